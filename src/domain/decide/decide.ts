/**
 * The heart: a snapshot, an event and its context go in; everything that follows comes out, to be committed
 * together or not at all. Pure: the same three values always give the same change.
 *
 * 1. A check-in whose duplicate key is known changes nothing and gets the same receipt.
 * 2. Whatever was due before the event is judged first.
 * 3. The event itself is applied.
 * 4. Proofs from outside that are due are asked for.
 * 5. Notices are held by a pause or plan, and released at its end; reminders that are due are sent.
 * 6. The next due instant is computed from what the monitor has become.
 */
import type { Change, Context, MonitorEvent, Receipt, Snapshot } from "../change.ts";
import type { CheckSubject } from "../checks/check.ts";
import type { Run } from "../run.ts";
import { isOn } from "../acceleration.ts";
import { accelerate, decelerate, expireAcceleration } from "./accelerate.ts";
import { applyCheckIn } from "./check-in.ts";
import { advance } from "./clock.ts";
import { applyDeletion, applySettings, isSameConfiguration } from "./configure.ts";
import { changeOf, draftOf, type Draft } from "./draft.ts";
import { dueAfter } from "./due.ts";
import { holdWhileMuted, releaseHeld, remind } from "./notices.ts";
import { leaveConfiguration, putUnder } from "./managed.ts";
import { pause, resume } from "./pause.ts";
import { answerProofs, askForProofs } from "./proof.ts";
import { acknowledge, applyCall, applyRejection, comment, resolveByHand } from "./person.ts";
import { dropOldTimings } from "./timings.ts";

export interface Decision {
  /** Null: nothing follows, nothing need be written. */
  change: Change | null;
  /** Of a check-in; null for other events. */
  receipt: Receipt | null;
  /** What experts must look at before this may be committed: with their results in the event, decide again. */
  subject?: CheckSubject;
  /** Once this is committed, their proofs are to be asked for outside. */
  proofsToAsk?: readonly Run[];
}

export function decide(snapshot: Snapshot, event: MonitorEvent, context: Context): Decision {
  if (event.type === "check_in" && snapshot.earlierReceipt !== null) {
    return { change: null, receipt: { ...snapshot.earlierReceipt, isDuplicate: true } };
  }
  if (event.type === "configured" && isSameConfiguration(event, snapshot.monitor)) {
    return { change: null, receipt: null };
  }
  if (event.type === "gone" && snapshot.monitor.managedBy?.goneAt != null) {
    return { change: null, receipt: null };
  }
  // A tick or a proof that was under way when the monitor was deleted.
  if ((event.type === "clock" || event.type === "probed") && snapshot.monitor.deletedAt !== null) {
    return { change: null, receipt: null };
  }
  const draft = draftOf(snapshot, event, context);
  const at = event.type === "check_in" ? event.checkIn.receivedAt : context.judgedAt;
  advance(draft, at);
  if (draft.isUnfinished && event.type !== "clock") expireBehind(draft, at);
  const receipt = applyEvent(draft, event);
  askForProofs(draft);
  holdWhileMuted(draft);
  releaseHeld(draft);
  remind(draft);
  dropOldTimings(draft);
  const isUntouched =
    draft.judged === 0 &&
    draft.notifications.length === 0 &&
    draft.state.isNoticeHeld === snapshot.state.isNoticeHeld &&
    draft.state.heldEnd === snapshot.state.heldEnd;
  // A duplicate with a key of its own is remembered by it: the same again gets the same receipt.
  const isKeyed = event.type === "check_in" && event.checkIn.duplicateKey !== null;
  if (receipt?.isDuplicate === true && isUntouched && !isKeyed) return { change: null, receipt };
  const isTold = event.type === "rejected" || event.type === "called";
  if (isTold && isUntouched && draft.incidents.size === 0) return { change: null, receipt };
  const change = changeOf(draft, { event, receipt, dueAt: dueAfter(draft) });
  // A tick that found nothing to judge only moves the due instant; that is no history.
  const isHistory = event.type !== "clock" || !isUntouched;
  return {
    change: isHistory ? change : { ...change, journal: null },
    receipt,
    ...(draft.subject === null ? {} : { subject: draft.subject }),
    ...(draft.proofsToAsk.length === 0 ? {} : { proofsToAsk: draft.proofsToAsk }),
  };
}

/** More is due than one decision may judge: what happens now must not be taken for one of the faster windows. */
function expireBehind(draft: Draft, at: number): void {
  const { acceleration } = draft.state;
  if (isOn(acceleration) && acceleration.untilAt <= at) expireAcceleration(draft, acceleration.untilAt);
}

function applyEvent(draft: Draft, event: MonitorEvent): Receipt | null {
  switch (event.type) {
    case "check_in":
      return applyCheckIn(draft, event.checkIn);
    case "clock":
      return null;
    case "probed":
      answerProofs(draft, event.run, event.answers);
      return null;
    case "configured":
      putUnder(draft, event.configuration ?? null);
      applySettings(draft, event.settings, event.by);
      if (event.ping !== undefined) draft.monitor = { ...draft.monitor, ...event.ping };
      return null;
    case "gone":
      leaveConfiguration(draft, event.configuration);
      return null;
    case "deleted":
      applyDeletion(draft, event.by);
      return null;
    case "paused":
      pause(draft, draft.context.judgedAt, event);
      return null;
    case "resumed":
      resume(draft, draft.context.judgedAt);
      return null;
    case "acknowledged":
      acknowledge(draft, event.by, event.note);
      return null;
    case "resolved":
      resolveByHand(draft, event.by, event.note);
      return null;
    case "commented":
      comment(draft, event.by, event.text);
      return null;
    case "rejected":
      applyRejection(draft);
      return null;
    case "called":
      applyCall(draft);
      return null;
    case "accelerated":
      accelerate(draft, event);
      return null;
    case "decelerated":
      decelerate(draft, event.by);
      return null;
  }
}
