/** A new timing takes over from the one in force: which windows keep the old one, and from when the new one expects. */
import type { Window } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Timing } from "../monitor.ts";
import { firstExpectedAfter, windowAtOrBefore, windowOf } from "../timeline.ts";
import { nextWindows } from "./absence.ts";
import { currentTiming, timingOf, type Draft } from "./draft.ts";
import { beginInterval, openEveryWindow } from "./every.ts";

export interface Takeover {
  at: number;
  /**
   * Which windows stay: those that had opened by then, or only those that were expected already. Where a scheduler is
   * put into another gear, what has opened and is still to come will not come any more.
   */
  keeps: "opened" | "expected";
}

/** Windows that stay keep the version under which they were opened; the new one begins behind the last of them. */
export function putTiming(
  draft: Draft,
  part: Omit<Timing, "version" | "afterAt" | "untilAt">,
  takeover: Takeover,
): void {
  const { at } = takeover;
  const { version } = currentTiming(draft.monitor);
  const kept = keptTimings(draft, takeover);
  const keptEvery = openEveryWindow(draft);
  const isEveryKept = keptEvery !== null && staysFrom(keptEvery, takeover) <= at;
  // By version: the interval may be an older one, kept by an earlier edit.
  if (isEveryKept) kept.push(closed(timingOf(draft.monitor, keptEvery.version), at));
  kept.sort((one, two) => one.version - two.version);
  const lastKeptAt = Math.max(
    0,
    ...kept.map((timing) => (timing.schedule.kind === "cron" ? (timing.untilAt ?? 0) : 0)),
    isEveryKept ? keptEvery.expectedAt : 0,
  );
  const next: Timing = { ...part, version: version + 1, afterAt: Math.max(at, lastKeptAt), untilAt: null };
  draft.monitor = { ...draft.monitor, timings: [...kept, next] };
  if (takeover.keeps === "expected") forgetWhatLiesAhead(draft, next.afterAt);
  // The kept window still holds the place of an interval's one window; the new interval follows it.
  if (!isEveryKept) {
    if (next.schedule.kind === "every") beginInterval(draft, next.afterAt);
    else draft.state.every = null;
  }
  moveCursorBack(draft, next.afterAt);
}

/**
 * An interval's window may have been taken long before it was expected: the new windows lie before it, and are later
 * all the same.
 */
function forgetWhatLiesAhead({ state }: Draft, afterAt: number): void {
  const { every, streaks } = state;
  if (every !== null && (every.previousAt ?? 0) > afterAt) state.every = { ...every, previousAt: null };
  const behind = (windowAt: number | null): number | null =>
    windowAt === null ? null : Math.min(windowAt, afterAt);
  state.streaks = {
    ...streaks,
    badLatestAt: behind(streaks.badLatestAt),
    resultLatestAt: behind(streaks.resultLatestAt),
  };
}

/** The new schedule's windows may lie before one that an early start has taken: that one is ahead of the cursor then. */
function moveCursorBack(draft: Draft, afterAt: number): void {
  if (draft.state.cursorAt <= afterAt) return;
  draft.state.cursorAt = afterAt;
  const { latest, windows } = draft.state;
  if (latest === null || latest.expectedAt <= afterAt) return;
  if (windows.some((row) => row.expectedAt === latest.expectedAt)) return;
  draft.state.windows = [...windows, latest];
}

/** The cron timings that still have windows: each ends with the last one that stays. */
function keptTimings(draft: Draft, takeover: Takeover): Timing[] {
  const kept: Timing[] = [];
  for (const timing of draft.monitor.timings) {
    if (timing.schedule.kind !== "cron") continue;
    const lastAt = lastStaying(draft, timing, takeover);
    if (lastAt !== null) kept.push(closed(timing, lastAt));
  }
  // Earlier versions are needed while a late start may still belong to one of their windows; a window that nobody has
  // judged yet must not be forgotten, however many takeovers lie behind it.
  const waiting = new Set(nextWindows(draft).map(({ version }) => version));
  const isKept = ({ version }: Timing, index: number): boolean =>
    index >= kept.length - LIMITS.timingsKept || waiting.has(version);
  return kept.filter(isKept);
}

function closed(timing: Timing, untilAt: number): Timing {
  return { ...timing, untilAt: timing.untilAt === null ? untilAt : Math.min(untilAt, timing.untilAt) };
}

/** expectedAt of the last window of this timing that stays; null when none does. */
function lastStaying(draft: Draft, timing: Timing, takeover: Takeover): number | null {
  let lastAt = windowAtOrBefore([timing], takeover.at)?.expectedAt ?? null;
  let nextAt = firstExpectedAfter(timing, takeover.at);
  for (let count = 0; nextAt !== null && count < LIMITS.windowsInGrace; count += 1) {
    const window = windowOf(timing, nextAt);
    const isStaying = staysFrom(window, takeover) <= takeover.at || isTakenAhead(draft, window);
    if (!isStaying) break;
    lastAt = nextAt;
    nextAt = firstExpectedAfter(timing, nextAt);
  }
  return lastAt;
}

function staysFrom(window: Window, { keeps }: Takeover): number {
  return keeps === "opened" ? window.opensAt : window.expectedAt;
}

/** An early start has taken it. */
function isTakenAhead({ state }: Draft, { expectedAt, version }: Window): boolean {
  const rows = state.latest === null ? state.windows : [...state.windows, state.latest];
  return rows.some((row) => row.version === version && row.expectedAt >= expectedAt && row.start !== "none");
}

/**
 * Drops timings that no start can belong to any more: a later version has a window that lies further back than a
 * check-in may claim to have happened.
 */
export function dropOldTimings(draft: Draft): void {
  const { timings } = draft.monitor;
  if (timings.length === 1) return;
  const claimableAt = Math.min(draft.state.cursorAt, draft.context.judgedAt - LIMITS.lateDeliveryMs);
  const oldest = timings.findIndex((_timing, index) => {
    const later = timings.slice(index + 1);
    return later.length === 0 || windowAtOrBefore(later, claimableAt) === null;
  });
  const isNeeded = (timing: Timing, index: number): boolean =>
    index >= oldest || draft.state.every?.version === timing.version;
  if (oldest > 0) draft.monitor = { ...draft.monitor, timings: timings.filter(isNeeded) };
}
