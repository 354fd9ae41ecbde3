/**
 * What time alone brings: windows whose start did not come, runs that did not finish, pauses that end.
 *
 * 1. Of everything that is due before `untilAt`, take the earliest deadline.
 * 2. A window without a start becomes excused, unknown or missing; the cursor moves past it.
 * 3. An open run becomes incomplete or unknown; with it the window it took.
 * 4. A run whose outside proof did not come in its time is unverified.
 * 5. A pause that has run out is resumed.
 * 6. An acceleration whose time is over is taken back.
 * 7. Go on until nothing more is due, or the limit of one tick is reached. Of what did not come nothing is judged that
 *    may still be on its way in another process (`settledAt`); what only ends (5 and 6) waits for nobody.
 */
import { isOn } from "../acceleration.ts";
import type { Window } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Run } from "../run.ts";
import { windowOf } from "../timeline.ts";
import { expireAcceleration } from "./accelerate.ts";
import { endUnfinished, firstWaiting, judgeWithoutStart, nextWindows } from "./absence.ts";
import { finishDeadline, startDeadline, type FinishDeadline, type StartDeadline } from "./deadlines.ts";
import { currentTiming, type Draft, settledUntil } from "./draft.ts";
import { resume } from "./pause.ts";
import { endUnproven, proofDeadlineOf } from "./proof.ts";

type Due =
  | { what: "window"; at: number; window: Window; deadline: StartDeadline }
  | { what: "run"; at: number; run: Run; deadline: FinishDeadline }
  | { what: "proof"; at: number; run: Run }
  | { what: "pause"; at: number }
  | { what: "acceleration"; at: number };

/** Judges everything whose deadline lies before `untilAt`: the same, whenever the tick itself runs. */
export function advance(draft: Draft, untilAt: number): void {
  for (;;) {
    const due = earliestDue(draft);
    if (due === null || due.at >= (isAbsence(due) ? settledUntil(draft, untilAt) : untilAt)) return;
    if (draft.judged >= LIMITS.windowsPerTick) {
      draft.isUnfinished = true;
      return;
    }
    draft.judged += 1;
    if (due.what === "window") judgeWithoutStart(draft, due.window, due.deadline);
    else if (due.what === "run") judgeUnfinished(draft, due.run, due.deadline);
    else if (due.what === "proof") endUnproven(draft, due.run, due.at);
    else if (due.what === "pause") resume(draft, due.at + 1);
    else expireAcceleration(draft, due.at + 1);
  }
}

function isAbsence({ what }: Due): boolean {
  return what !== "pause" && what !== "acceleration";
}

/** The next thing that time alone will bring, whether or not it is due yet. */
export function earliestDue(draft: Draft): Due | null {
  const dues: Due[] = [];
  for (const window of nextWindows(draft)) {
    const deadline = deadlineOf(draft, window);
    dues.push({ what: "window", at: deadline.at, window, deadline });
    if (deadline.blind !== null) dues.push(...excusedBehind(draft, deadline.at));
  }
  for (const run of draft.state.openRuns) {
    const graceMs = graceOf(draft, run);
    const { maxIdleMs } = draft.monitor.settings;
    const deadline = finishDeadline(run, { pause: draft.state.pause, graceMs, maxIdleMs }, draft.context);
    if (deadline !== null) dues.push({ what: "run", at: deadline.at, run, deadline });
  }
  for (const run of draft.state.awaiting ?? []) {
    dues.push({ what: "proof", at: proofDeadlineOf(draft, run), run });
  }
  // A resume belongs to the instant itself, so it is due one millisecond earlier than a deadline would be.
  const untilAt = draft.state.pause?.untilAt ?? null;
  if (untilAt !== null) dues.push({ what: "pause", at: untilAt - 1 });
  const { acceleration } = draft.state;
  if (isOn(acceleration)) dues.push({ what: "acceleration", at: acceleration.untilAt - 1 });
  // At one instant windows go before runs, and runs before what ends then: the sort keeps that order.
  return dues.sort((one, two) => one.at - two.at)[0] ?? null;
}

/** A blind spot moves deadlines and an excuse does not: what is excused must not wait for what stands before it. */
function excusedBehind(draft: Draft, untilAt: number): Due[] {
  if (draft.state.pause === null && draft.context.plans.length === 0) return [];
  const isExcused = (window: Window): boolean => deadlineOf(draft, window).excuse !== null;
  return firstWaiting(draft, isExcused, untilAt).map((window) => {
    const deadline = deadlineOf(draft, window);
    return { what: "window", at: deadline.at, window, deadline };
  });
}

function deadlineOf(draft: Draft, window: Window): StartDeadline {
  return startDeadline(window, draft.state.pause, draft.context);
}

/** An open run's deadline has passed. */
export function judgeUnfinished(draft: Draft, run: Run, { at, blind, isIdle }: FinishDeadline): void {
  if (blind !== null) {
    endUnfinished(draft, run, { at, verdict: "unknown", code: "blind_run", cause: blind.id });
  } else if (isIdle) {
    const silent = { ...run, isSilent: true };
    endUnfinished(draft, silent, { at, verdict: "incomplete", code: "no_progress", cause: null });
  } else endUnfinished(draft, run, { at, verdict: "incomplete", code: "no_finish", cause: null });
}

/** The grace that goes with a run: its window's, of which the state holds no row where the run is one more of it. */
function graceOf(draft: Draft, run: Run): number {
  const { windowAt } = run;
  if (windowAt === null) return 0;
  const row = draft.state.windows.find((one) => one.expectedAt === windowAt);
  if (row !== undefined) return row.graceMs;
  const { timings } = draft.monitor;
  const own = timings.find((one) => one.afterAt < windowAt && windowAt <= (one.untilAt ?? windowAt));
  return windowOf(own ?? currentTiming(draft.monitor), windowAt).graceMs;
}
