/** Pausing and resuming: windows met by a pause are excused, runs get their remaining time afterwards. */
import { pauseIdOf } from "../hearing.ts";
import type { Window } from "../ledger.ts";
import { startDeadline } from "./deadlines.ts";
import { firstWaiting, judgeWithoutStart } from "./absence.ts";
import { putRun, type Draft } from "./draft.ts";
import { beginInterval } from "./every.ts";
import { LIMITS } from "../limits.ts";

/** A pause replaces one that is already on: its reason and end are the new ones, its beginning stays. */
export function pause(
  draft: Draft,
  at: number,
  how: { untilAt: number | null; reason: string | null },
): void {
  const before = draft.state.pause;
  draft.state.pause = {
    id: before?.id ?? pauseIdOf(at),
    at: before?.at ?? at,
    untilAt: how.untilAt,
    reason: how.reason,
  };
}

/** Ends the pause: expects the first window with `expectedAt >= at`, and gives open runs the time they had left. */
export function resume(draft: Draft, at: number): void {
  const paused = draft.state.pause;
  if (paused === null) return;
  if (draft.isUnfinished) {
    // Windows of the pause wait to be judged: it ends at this instant, once they have been excused.
    draft.state.pause = { ...paused, untilAt: Math.min(at, paused.untilAt ?? at) };
    return;
  }
  excuseUntil(draft, at);
  draft.state.pause = null;
  const gone = { fromAt: paused.at, untilAt: at };
  const { maxIdleMs } = draft.monitor.settings;
  for (const run of draft.state.openRuns) {
    if (run.finishBy === null && maxIdleMs === null) continue;
    const idleFromAt = run.heardToAt + pausedMs(draft, run.heardToAt, gone);
    const silence = maxIdleMs === null ? {} : { idleFromAt };
    const finishBy = run.finishBy === null ? null : run.finishBy + pausedMs(draft, run.startedAt, gone);
    putRun(draft, { ...run, ...silence, finishBy });
  }
  if (draft.state.every !== null) draft.state.every = { ...draft.state.every, resumedAt: at };
  beginInterval(draft, at);
}

/** What the pause took of a time that runs since then. Where a maintenance overlaps it, that gives the shared time. */
function pausedMs(draft: Draft, sinceAt: number, paused: { fromAt: number; untilAt: number }): number {
  let coveredUntilAt = Math.max(paused.fromAt, sinceAt);
  let lostMs = 0;
  for (const plan of draft.context.plans) {
    if (plan.kind !== "maintenance" || plan.fromAt >= paused.untilAt) continue;
    lostMs += Math.max(0, plan.fromAt - coveredUntilAt);
    coveredUntilAt = Math.max(coveredUntilAt, plan.untilAt);
  }
  return lostMs + Math.max(0, paused.untilAt - coveredUntilAt);
}

/** Windows that were expected during the pause and have no start are excused now, ahead of their deadline. */
function excuseUntil(draft: Draft, at: number): void {
  const deadlineOf = (window: Window) => startDeadline(window, draft.state.pause, draft.context);
  // One from before the pause may still wait for what a blind spot gave it; it stops none of the others.
  const isExcused = (window: Window): boolean =>
    window.expectedAt >= at || deadlineOf(window).excuse !== null;
  for (let judged = 0; judged < LIMITS.windowsInGrace; judged += 1) {
    const window = firstWaiting(draft, isExcused)
      .filter((one) => one.expectedAt < at)
      .sort((one, two) => one.expectedAt - two.expectedAt)[0];
    if (window === undefined) return;
    judgeWithoutStart(draft, window, deadlineOf(window));
  }
}
