/** Pausing and resuming: windows met by a pause are excused, runs get their remaining time afterwards. */
import { pauseIdOf, type Pause } from "../hearing.ts";
import { startDeadline } from "./deadlines.ts";
import { judgeWithoutStart, nextWindows } from "./absence.ts";
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
  for (const run of draft.state.openRuns) {
    if (run.finishBy === null) continue;
    putRun(draft, { ...run, finishBy: at + remainingMs(run, paused) });
  }
  beginInterval(draft, at, draft.state.every?.previousAt ?? null);
}

function remainingMs(run: { startedAt: number; finishBy: number | null }, paused: Pause): number {
  return Math.max(0, (run.finishBy ?? 0) - Math.max(paused.at, run.startedAt));
}

/** Windows that were expected during the pause and have no start are excused now, ahead of their deadline. */
function excuseUntil(draft: Draft, at: number): void {
  for (let judged = 0; judged < LIMITS.windowsInGrace; judged += 1) {
    const window = nextWindows(draft)
      .filter((one) => one.expectedAt < at)
      .sort((one, two) => one.expectedAt - two.expectedAt)[0];
    if (window === undefined) return;
    const deadline = startDeadline(window, draft.state.pause, draft.context);
    if (deadline.excuse === null) return;
    judgeWithoutStart(draft, window, deadline);
  }
}
