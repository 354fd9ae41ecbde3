/**
 * Which window does a start at `at` belong to?
 *
 * 1. The window that `scheduled_for` names, if it is open by then and has no start; one that was excused gets
 *    an extra run.
 * 2. Else, of the windows without a start with `opensAt <= at <= startBy`: the latest already expected.
 * 3. Else, of those: the earliest still to come (an early start).
 * 4. Else the window with `expectedAt <= at < next expectedAt`, if it has no start: the start is late.
 * 5. Else it is an extra run of that window; before the first window it lies outside.
 *
 * An optional window that was left empty is passed over in 4 and 5. Where 2 and 3 give an optional window of a second
 * pass, and its run in the first pass has not come, the start answers the first.
 */
import { LIMITS } from "../limits.ts";
import { currentVerdict, type StartFact, type Window } from "../ledger.ts";
import { firstPassOf, sameWithinMs, windowAfter, windowAtOrBefore, windowsAround } from "../timeline.ts";
import { timingOf, type Draft } from "./draft.ts";
import {
  answersOpenWindow,
  intervalOf,
  openEveryWindow,
  pastEveryWindows,
  previousEveryWindow,
  windowBehindEarly,
} from "./every.ts";
import { findRow, mayBeRevised } from "./rows.ts";

export type Match =
  | { as: "window"; window: Window; start: Exclude<StartFact, "none">; note: string | null }
  | { as: "extra"; window: Window; note: string | null }
  | { as: "outside"; window: null; note: string | null };

export function matchStart(draft: Draft, at: number, scheduledForAt: number | null): Match {
  let note: string | null = null;
  if (scheduledForAt !== null) {
    const named = namedWindow(draft, scheduledForAt);
    if (named === null) note = "scheduled_for names no expected run; matched by time instead";
    else if (!hasOpened(draft, named, at))
      note = "scheduled_for names a run that has not opened yet; matched by time instead";
    else if (isExcused(draft, named)) return { as: "extra", window: named, note };
    else if (hasStart(draft, named))
      note = "the run named by scheduled_for has a start already; matched by time instead";
    else return { as: "window", window: named, start: at <= named.startBy ? "on_time" : "late", note };
  }
  const candidate = bestCandidate(candidatesAt(draft, at), at);
  if (candidate !== null) {
    const window = emptyFirstPass(draft, candidate) ?? candidate;
    return { as: "window", window, start: at <= window.startBy ? "on_time" : "late", note };
  }
  const current = windowInForce(draft, at);
  if (current !== null && !hasStart(draft, current))
    return { as: "window", window: current, start: "late", note };
  const upcoming = openEveryWindow(draft);
  if (upcoming !== null && at < upcoming.opensAt && answersOpenWindow(draft, at))
    return { as: "window", window: upcoming, start: "on_time", note };
  const inForce = current ?? windowBehindEarly(draft, at);
  return inForce === null ? { as: "outside", window: null, note } : { as: "extra", window: inForce, note };
}

/** Whether a window later than this one would take a start at `at`. */
export function hasLaterCandidate(draft: Draft, at: number, windowAt: number | null): boolean {
  return candidatesAt(draft, at).some((window) => windowAt === null || window.expectedAt > windowAt);
}

/** Whether a finish at `at` without a start may belong to a later window than this one, which has no start yet. */
export function isInLaterWindow(draft: Draft, at: number, windowAt: number | null): boolean {
  if (hasLaterCandidate(draft, at, windowAt)) return true;
  const current = windowInForce(draft, at);
  if (current === null || hasStart(draft, current)) return false;
  return windowAt === null || current.expectedAt > windowAt;
}

/** Whether this instant lies in the same window, by time alone. */
export function isWithinWindow(draft: Draft, at: number, windowAt: number | null): boolean {
  return windowAt !== null && windowInForce(draft, at)?.expectedAt === windowAt;
}

/** How close two check-ins may be to count as one, at this time of this schedule. */
export function closenessAt(draft: Draft, at: number): number {
  const interval = intervalOf(draft);
  if (interval !== null) return sameWithinMs(interval.everyMs);
  const window = openEveryWindow(draft) ?? windowInForce(draft, at) ?? windowAfter(draft.monitor.timings, at);
  return window === null ? LIMITS.sameWithinMs : sameWithinMs(window.gapMs);
}

/** The latest one already expected, else the earliest to come. */
function bestCandidate(candidates: readonly Window[], at: number): Window | null {
  const expected = candidates.filter((window) => window.expectedAt <= at);
  return expected[expected.length - 1] ?? candidates[0] ?? null;
}

/** Windows without a start with `opensAt <= at <= startBy`, oldest first. */
function candidatesAt(draft: Draft, at: number): Window[] {
  const windows = windowsAround(draft.monitor.timings, at);
  for (const window of everyWindows(draft, at)) {
    if (hasOpened(draft, window, at) && at <= window.startBy) windows.push(window);
  }
  return windows.filter((window) => !hasStart(draft, window));
}

/** A run from before an interval's anchor is part of what the anchor counts from, however early the next may start. */
function hasOpened(draft: Draft, window: Window, at: number): boolean {
  if (window.opensAt > at) return false;
  return window.expectedAt !== draft.state.every?.expectedAt || answersOpenWindow(draft, at);
}

/** The window with `expectedAt <= at < next expectedAt`; one that need not have come, and did not, is none. */
function windowInForce(draft: Draft, at: number): Window | null {
  const { timings } = draft.monitor;
  let latest = windowAtOrBefore(timings, at);
  for (let count = 0; latest?.isOptional && isExcused(draft, latest); count += 1) {
    // Of a second pass that holds more windows than one grace may, the first pass is far away.
    if (count === LIMITS.windowsInGrace) return latest;
    latest = windowAtOrBefore(timings, latest.expectedAt - 1);
  }
  for (const window of everyWindows(draft, at)) {
    if (window.expectedAt <= at && (latest === null || window.expectedAt > latest.expectedAt))
      latest = window;
  }
  return latest;
}

/** What is known of an interval schedule's windows: the one before, the open one, an old one around `at`. */
function everyWindows(draft: Draft, at: number): Window[] {
  const windows = [...pastEveryWindows(draft, at), previousEveryWindow(draft), openEveryWindow(draft)];
  return windows.filter((window) => window !== null);
}

/** The window nearest to the instant named, if it is close enough to be meant. */
function namedWindow(draft: Draft, scheduledForAt: number): Window | null {
  const { timings } = draft.monitor;
  const near = [
    windowAtOrBefore(timings, scheduledForAt),
    windowAfter(timings, scheduledForAt),
    ...everyWindows(draft, scheduledForAt),
  ];
  let nearest: Window | null = null;
  for (const window of near) {
    if (window === null) continue;
    const distanceMs = Math.abs(window.expectedAt - scheduledForAt);
    if (distanceMs > sameWithinMs(window.gapMs)) continue;
    if (nearest === null || distanceMs < Math.abs(nearest.expectedAt - scheduledForAt)) nearest = window;
  }
  return nearest;
}

function isExcused(draft: Draft, window: Window): boolean {
  const row = findRow(draft, window.expectedAt);
  return row !== null && row.start === "none" && currentVerdict(row) === "excused";
}

/**
 * Whether a start can no longer be given to this window: it has one, or it was excused for good. A judged window
 * whose row was not loaded is taken to have one, so that no run ever pays for two windows.
 */
function hasStart(draft: Draft, window: Window): boolean {
  if (window.isOptional && isAnsweredInFirstPass(draft, window)) return true;
  const row = findRow(draft, window.expectedAt);
  if (row !== null) return row.start !== "none" || !mayBeRevised(currentVerdict(row));
  return window.expectedAt <= draft.state.cursorAt;
}

/**
 * The run in the first pass, if this one is of the second and that one did not come. Whoever was to make it may be
 * late, or may be a scheduler that runs in both passes: either way this start shows that the job runs.
 */
function emptyFirstPass(draft: Draft, window: Window): Window | null {
  const first = firstPassOf(timingOf(draft.monitor, window.version), window);
  return first === null || hasStart(draft, first) ? null : first;
}

/** Whether the start that came for this second pass was taken for the first. */
function isAnsweredInFirstPass(draft: Draft, window: Window): boolean {
  const first = firstPassOf(timingOf(draft.monitor, window.version), window);
  const startedAt = first === null ? null : (findRow(draft, first.expectedAt)?.startedAt ?? null);
  return startedAt !== null && startedAt >= window.opensAt;
}
