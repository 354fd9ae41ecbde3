/** Interval schedules: one window exists at a time, and starts (or finishes) anchor the next. */
import type { NextEvery } from "../change.ts";
import type { EverySchedule } from "../schedule/schedule.ts";
import type { Timing } from "../monitor.ts";
import type { Window } from "../ledger.ts";
import { windowOf } from "../timeline.ts";
import { currentTiming, timingOf, type Draft } from "./draft.ts";
import type { BlindSpot } from "../hearing.ts";
import type { Run } from "../run.ts";
import { expandRow, findRow } from "./rows.ts";

/** The interval now in force, or null when the current schedule is cron. */
export function intervalOf(draft: Draft): EverySchedule | null {
  const { schedule } = currentTiming(draft.monitor);
  return schedule.kind === "every" ? schedule : null;
}

/** The open window of an interval schedule; null for cron, and while nothing is expected. */
export function openEveryWindow(draft: Draft): Window | null {
  const every = draft.state.every;
  if (every === null || every.expectedAt === null) return null;
  return windowOf(timingOf(draft.monitor, every.version), every.expectedAt);
}

/** The window before the open one, for a start that comes late. */
export function previousEveryWindow(draft: Draft): Window | null {
  const every = draft.state.every;
  if (every === null || every.previousAt === null) return null;
  // Its row keeps the bounds it had, also when the interval was edited since.
  const row = findRow(draft, every.previousAt);
  if (row?.count === 1) return row;
  return windowOf(row?.timing ?? timingOf(draft.monitor, every.version), every.previousAt);
}

/** A late-delivered run from before the present anchor tells nothing about when the next one is expected. */
export function isBeforeAnchor(draft: Draft, at: number): boolean {
  const open = openEveryWindow(draft);
  if (open !== null) return at < open.expectedAt - open.gapMs;
  // Nothing is expected while a run is open; what lies before the start that took its window is past as well.
  const previousAt = draft.state.every?.previousAt ?? null;
  const row = previousAt === null ? null : findRow(draft, previousAt);
  return row !== null && row.startedAt !== null && at < row.startedAt;
}

/** An interval has no time of its own: any start after the present anchor answers the open window, however early. */
export function answersOpenWindow(draft: Draft, at: number): boolean {
  const open = openEveryWindow(draft);
  if (open === null) return false;
  const anchoredAt = open.expectedAt - open.gapMs;
  return at > anchoredAt || (at === anchoredAt && draft.state.every?.previousAt === null);
}

/** `from: finish`: whether a run is open whose end will say when the next one is expected. */
export function isFinishAwaited(draft: Draft): boolean {
  if (intervalOf(draft)?.from !== "finish") return false;
  // A late-delivered run of an older window says nothing about the next one.
  const latestAt = draft.state.every?.previousAt ?? 0;
  const isOld = (run: Run): boolean => run.isDeliveredLate && (run.windowAt ?? 0) < latestAt;
  const isAwaited = (run: Run): boolean => run.part !== "manual" && run.finishBy !== null && !isOld(run);
  return draft.state.openRuns.some(isAwaited);
}

/**
 * The windows of an interval schedule that a late-delivered start may belong to, oldest first: the one in force then
 * and one that had opened. Only their ledger rows still know them; none where those were not loaded.
 */
export function pastEveryWindows(draft: Draft, at: number): Window[] {
  return isBeforeAnchor(draft, at) ? loadedWindows(draft, at).slice(-2) : [];
}

/**
 * The window in force at an instant before those that were taken early, as the ledger has it; so too where such a one
 * was forgotten with the schedule it was of.
 */
export function windowBehindEarly(draft: Draft, at: number): Window | null {
  const previousAt = draft.state.every?.previousAt ?? null;
  if (previousAt !== null && previousAt <= at) return null;
  return loadedWindows(draft, at).findLast((window) => window.expectedAt <= at) ?? null;
}

/** The windows that had opened by then, among the rows that are known, oldest first. */
function loadedWindows(draft: Draft, at: number): Window[] {
  const opened = new Map<number, Window>();
  // What this very decision has judged counts as well: it must not matter whether a tick was there before.
  for (const row of [...draft.snapshot.rows, ...draft.rows.values()]) {
    if (timingOf(draft.monitor, row.version).schedule.kind !== "every") continue;
    for (const single of expandRow(row)) {
      if (single.opensAt <= at) opened.set(single.expectedAt, single);
    }
  }
  return [...opened.values()].sort((one, two) => one.expectedAt - two.expectedAt);
}

/** Expects the next run one interval after `anchorAt`; the window taken or judged becomes the one before. */
export function anchor(draft: Draft, anchorAt: number, previousAt: number | null): void {
  const interval = intervalOf(draft);
  if (interval === null) {
    draft.state.every = null;
    return;
  }
  const { version, afterAt } = currentTiming(draft.monitor);
  const beforeAt = latestOf(draft, previousAt);
  // Windows never go back in time: not behind an edit, nor to an instant that a late-delivered check-in claims.
  const { resumedAt } = remembered(draft);
  const nextAt = Math.max(anchorAt + interval.everyMs, (beforeAt ?? 0) + 1, afterAt + 1, resumedAt ?? 0);
  draft.state.every = {
    ...remembered(draft),
    expectedAt: freeInstant(draft, nextAt),
    version,
    previousAt: beforeAt,
  };
}

/** The later of this window and the one known as the one before. */
function latestOf(draft: Draft, previousAt: number | null): number | null {
  const knownAt = draft.state.every?.previousAt ?? null;
  return knownAt === null || previousAt === null ? (previousAt ?? knownAt) : Math.max(previousAt, knownAt);
}

/** The window that this run took. One more run of a window, which may be any before, takes none. */
export function takenBy({ part, windowAt }: Run): number | null {
  return part === "window" ? windowAt : null;
}

/** An early start had taken it far ahead, and another schedule has taken over since (`putTiming`). */
function isForgotten(draft: Draft, windowAt: number | null): boolean {
  if (windowAt === null || draft.state.every?.previousAt !== null) return false;
  const { version, afterAt } = currentTiming(draft.monitor);
  return windowAt > afterAt && findRow(draft, windowAt)?.version !== version;
}

/** A run ended: with `from: finish` the next is expected one interval later, unless another run is still open. */
export function anchorOnEnd(draft: Draft, run: Run, endedAt: number): void {
  if (intervalOf(draft)?.from !== "finish" || run.part === "manual") return;
  const { every } = draft.state;
  // An end delivered late, behind the one that was counted from: what is expected since stays as it is.
  if (every !== null && every.expectedAt !== null && endedAt <= (every.heardEndAt ?? 0)) return;
  const heardEndAt = Math.max(endedAt, every?.heardEndAt ?? 0);
  if (every !== null) draft.state.every = { ...every, heardEndAt };
  if (isBeforeAnchor(draft, heardEndAt) || isFinishAwaited(draft)) return;
  const takenAt = takenBy(run);
  anchor(draft, heardEndAt, isForgotten(draft, takenAt) ? null : takenAt);
}

function remembered({ state }: Draft): Pick<NextEvery, "heardEndAt" | "resumedAt"> {
  return { heardEndAt: state.every?.heardEndAt ?? null, resumedAt: state.every?.resumedAt ?? null };
}

/** Begins the interval anew at this instant (resume or edit); a run that is open decides itself what comes next. */
export function beginInterval(draft: Draft, beganAt: number): void {
  const interval = intervalOf(draft);
  if (interval === null) return;
  const { version } = currentTiming(draft.monitor);
  // A window that was taken early may lie ahead: windows never go back in time.
  const previousAt = draft.state.every?.previousAt ?? null;
  const nextAt = Math.max(beganAt + interval.everyMs, (previousAt ?? 0) + 1);
  const expectedAt = isFinishAwaited(draft) ? null : freeInstant(draft, nextAt);
  draft.state.every = { ...remembered(draft), expectedAt, version, previousAt };
}

/** Windows are told apart by their instant, and one taken early may stand already where the next would. */
function freeInstant(draft: Draft, expectedAt: number): number {
  let freeAt = expectedAt;
  while (findRow(draft, freeAt) !== null) freeAt += 1;
  return freeAt;
}

/** `from: finish`: nothing is expected while a run is open. */
export function expectNothing(draft: Draft, previousAt: number | null): void {
  if (intervalOf(draft) === null) return;
  const { version } = currentTiming(draft.monitor);
  draft.state.every = {
    ...remembered(draft),
    expectedAt: null,
    version,
    previousAt: latestOf(draft, previousAt),
  };
}

/**
 * After the open window was judged without a start: the next is one interval later. A blind spot does not
 * re-anchor, so after one it is the first such instant behind the blind end.
 */
export function expectAfterJudged(draft: Draft, window: Window, blind: BlindSpot | null): void {
  const interval = intervalOf(draft);
  if (interval === null) {
    draft.state.every = null;
    return;
  }
  // A window kept from before an edit may be judged long after it; the new interval counts from the edit.
  const { version, afterAt } = currentTiming(draft.monitor);
  const fromAt = window.version === version ? window.expectedAt : Math.max(window.expectedAt, afterAt);
  let nextAt = fromAt + interval.everyMs;
  if (blind !== null && nextAt <= blind.toAt) {
    nextAt += Math.ceil((blind.toAt + 1 - nextAt) / interval.everyMs) * interval.everyMs;
  }
  anchor(draft, nextAt - interval.everyMs, window.expectedAt);
}

/** The state of a new interval monitor: the first run is expected one interval after its creation. */
export function firstEvery(timing: Timing, beganAt: number): Draft["state"]["every"] {
  if (timing.schedule.kind !== "every") return null;
  const expectedAt = beganAt + timing.schedule.everyMs;
  return { expectedAt, version: timing.version, previousAt: null, heardEndAt: null, resumedAt: null };
}
