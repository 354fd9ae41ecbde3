/** A proven check-in is decided and written; its receipt is given only once that is durable. */
import type { MonitorEvent, Receipt, Snapshot } from "../domain/change.ts";
import { happenedAt, isFinish, type CheckIn } from "../domain/check-in.ts";
import { durationInWords } from "../domain/duration.ts";
import { RollcallError } from "../domain/errors.ts";
import { assert } from "../domain/assert.ts";
import { LIMITS } from "../domain/limits.ts";
import { redact } from "../domain/redact.ts";
import { windowsAround } from "../domain/timeline.ts";
import type { Wanted } from "../ports/store.ts";
import { decideAndCommit, type Deciding } from "./decide-and-commit.ts";
import type { LiveParts } from "./live-parts.ts";
import type { EngineParts } from "./parts.ts";

/**
 * Throws `gone` for a deleted monitor, `unavailable` when the store cannot take it: then nothing was kept and
 * the sender may try again. The same check-in twice is harmless: its duplicate key, or nearness in time, tells.
 */
export async function recordCheckIn(
  parts: LiveParts,
  input: { monitorId: string; checkIn: CheckIn },
): Promise<Receipt> {
  const { decision } = await decideAndCommit(parts, decidingOn(parts, input));
  assert(decision.receipt !== null, "a check-in to get a receipt");
  return decision.receipt;
}

/** How a check-in is decided on, whether it is then written or only looked at. */
export function decidingOn(
  { clock }: EngineParts,
  input: { monitorId: string; checkIn: CheckIn },
): Omit<Deciding, "eventOf"> & { eventOf: (snapshot: Snapshot) => MonitorEvent } {
  const checkIn = possible(input.checkIn);
  return {
    monitorId: input.monitorId,
    wanted: wantedFor(checkIn),
    windowsAlsoAt: (snapshot) => windowsAlsoAt(snapshot, checkIn),
    judgedAt: () => Math.max(checkIn.receivedAt, clock.now()),
    commitByAt: checkIn.receivedAt + LIMITS.commitWithinMs,
    eventOf: (snapshot) => ({ type: "check_in", checkIn: acceptable(snapshot, checkIn) }),
  };
}

/** What a check-in must be decided with; whoever decides a past one again asks for the same. */
export function wantedFor(checkIn: CheckIn): Wanted {
  const around = [...startsClaimedBy(checkIn), checkIn.scheduledForAt];
  return {
    runId: checkIn.runId,
    windowsAt: [...new Set(around.filter((at) => at !== null))],
    duplicateKey: checkIn.duplicateKey,
  };
}

function startsClaimedBy(checkIn: CheckIn): number[] {
  const at = happenedAt(checkIn);
  return [at, at - (checkIn.durationMs ?? 0)];
}

/**
 * Where the finish takes the window, it is the window of the run's start, which may long have been judged. So may all
 * those whose grace holds an instant that the check-in claims, and the one behind a window that had opened by then and
 * was taken early.
 */
export function windowsAlsoAt({ monitor, state, rows }: Snapshot, checkIn: CheckIn): number[] {
  const unclaimed = state.openRuns.filter(
    (run) => run.runId === checkIn.runId && run.windowAt === null && run.part !== "manual",
  );
  const startedAts = isFinish(checkIn.kind) ? unclaimed.map((run) => run.startedAt) : [];
  const claimedAts = [...startsClaimedBy(checkIn), ...startedAts].filter((at) => at < checkIn.receivedAt);
  const around = claimedAts.flatMap((at) => windowsAround(monitor.timings, at));
  const takenEarly = rows.filter(
    (row) => row.start !== "none" && claimedAts.some((at) => row.opensAt <= at && at < row.expectedAt),
  );
  return [...startedAts, ...[...around, ...takenEarly].map((window) => window.expectedAt)];
}

/** An instant that cannot be is not claimed: what is loaded lies around the one that counts. */
function possible(checkIn: CheckIn): CheckIn {
  const { occurredAt, receivedAt, notes } = checkIn;
  const refusal = occurredAt === null ? null : impossibility({ occurredAt, receivedAt });
  return refusal === null ? checkIn : { ...checkIn, occurredAt: null, notes: [...notes, refusal] };
}

function impossibility({
  occurredAt,
  receivedAt,
}: {
  occurredAt: number;
  receivedAt: number;
}): string | null {
  if (occurredAt > receivedAt) return "occurred_at ignored: it lies in the future";
  if (receivedAt - occurredAt <= LIMITS.lateDeliveryMs) return null;
  return `occurred_at ignored: it lies more than ${durationInWords(LIMITS.lateDeliveryMs)} back`;
}

/** Claims that this monitor does not accept are dropped, and the receipt says so; the check-in itself is kept. */
function acceptable(snapshot: Snapshot, checkIn: CheckIn): CheckIn {
  const { monitor } = snapshot;
  if (monitor.deletedAt !== null) {
    throw new RollcallError("gone", `Monitor "${monitor.slug}" was deleted; remove this call from the job.`);
  }
  const notes = [...checkIn.notes];
  const body = redact(checkIn.body);
  if (body !== checkIn.body) notes.push("what looked like credentials in the body was not kept");
  const mayBeLate = snapshot.monitor.settings.acceptLate ?? checkIn.via !== "ping_url";
  if (mayBeLate || checkIn.occurredAt === null) return { ...checkIn, body, notes };
  notes.push("occurred_at ignored: this monitor does not accept late delivery here (accept_late)");
  return { ...checkIn, body, occurredAt: null, notes };
}
