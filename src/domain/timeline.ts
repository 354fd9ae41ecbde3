/**
 * The windows that a monitor's timings expect, computed when asked for: also those of runs that are optional.
 * `every` has no timeline of its own: its one window lives in the state, and `everyWindow` gives that its bounds.
 */
import { assert } from "./assert.ts";
import type { Window } from "./ledger.ts";
import { LIMITS } from "./limits.ts";
import type { Timing } from "./monitor.ts";
import {
  firstPassAt,
  isOptional,
  nextCertain,
  nextPossible,
  previousPossible,
  type CronSchedule,
} from "./schedule/schedule.ts";

/** The first window with `expectedAt > at`, over all cron timings; null when there is none. */
export function windowAfter(timings: readonly Timing[], at: number): Window | null {
  let first: Window | null = null;
  for (const timing of timings) {
    const expectedAt = firstExpectedAfter(timing, at);
    if (expectedAt !== null && (first === null || expectedAt < first.expectedAt))
      first = cronWindow(timing, expectedAt);
  }
  return first;
}

/** The latest window with `expectedAt <= at`, over all cron timings; null when there is none. */
export function windowAtOrBefore(timings: readonly Timing[], at: number): Window | null {
  for (let index = timings.length - 1; index >= 0; index -= 1) {
    const timing = timings[index];
    if (timing === undefined || timing.schedule.kind !== "cron") continue;
    const before = timing.untilAt === null ? at : Math.min(at, timing.untilAt);
    const expectedAt = previousPossible(timing.schedule, before + 1);
    if (expectedAt !== null && expectedAt > timing.afterAt) return cronWindow(timing, expectedAt);
  }
  return null;
}

/** Windows with `fromAt <= expectedAt < toAt`, oldest first, at most `limit`. */
export function windowsBetween(
  timings: readonly Timing[],
  between: { fromAt: number; toAt: number },
  limit: number,
): Window[] {
  const windows: Window[] = [];
  let window = windowAfter(timings, between.fromAt - 1);
  while (window !== null && window.expectedAt < between.toAt && windows.length < limit) {
    windows.push(window);
    window = windowAfter(timings, window.expectedAt);
  }
  return windows;
}

/** Windows with `opensAt <= at <= startBy`, oldest first: a long grace may hold many. */
export function windowsAround(timings: readonly Timing[], at: number): Window[] {
  // Timing by timing: one from before an edit may have a longer grace than those that follow it.
  const windows = timings.flatMap((timing) => windowsOfAround([timing], at));
  return timings.length === 1 ? windows : windows.sort((one, two) => one.expectedAt - two.expectedAt);
}

function windowsOfAround(timings: readonly Timing[], at: number): Window[] {
  const windows: Window[] = [];
  let past = windowAtOrBefore(timings, at);
  for (let count = 0; past !== null && past.startBy >= at && count < LIMITS.windowsInGrace; count += 1) {
    windows.unshift(past);
    past = windowAtOrBefore(timings, past.expectedAt - 1);
  }
  let coming = windowAfter(timings, at);
  for (let count = 0; coming !== null && coming.opensAt <= at && count < LIMITS.windowsInGrace; count += 1) {
    windows.push(coming);
    coming = windowAfter(timings, coming.expectedAt);
  }
  return windows;
}

/** The bounds of the window that one timing expects at `expectedAt`, whatever its kind of schedule. */
export function windowOf(timing: Timing, expectedAt: number): Window {
  return timing.schedule.kind === "every" ? everyWindow(timing, expectedAt) : cronWindow(timing, expectedAt);
}

/** The first expectedAt of a cron timing after `at` within its own bounds. */
export function firstExpectedAfter(timing: Timing, at: number): number | null {
  if (timing.schedule.kind !== "cron") return null;
  const { next } = latelyOf(timing);
  if (next !== null && next.afterAt <= at && at < next.expectedAt) return next.expectedAt;
  const expectedAt = searchedAfter(timing, timing.schedule, at);
  if (expectedAt !== null) latelyOf(timing).next = { afterAt: at, expectedAt };
  return expectedAt;
}

function searchedAfter(timing: Timing, schedule: CronSchedule, at: number): number | null {
  const expectedAt = nextPossible(schedule, Math.max(at, timing.afterAt));
  if (expectedAt === null || (timing.untilAt !== null && expectedAt > timing.untilAt)) return null;
  return expectedAt;
}

/** Where this window is of the second pass of an overlap and optional, the one of the same run in the first pass. */
export function firstPassOf(timing: Timing, window: Window): Window | null {
  if (!window.isOptional || timing.schedule.kind !== "cron") return null;
  const expectedAt = firstPassAt(timing.schedule, window.expectedAt);
  return expectedAt === null || expectedAt <= timing.afterAt ? null : cronWindow(timing, expectedAt);
}

/** The window `expectedAt` of an `every` timing. */
function everyWindow(timing: Timing, expectedAt: number): Window {
  assert(timing.schedule.kind === "every", "an `every` timing");
  const gapMs = timing.schedule.everyMs;
  return bounded(timing, { expectedAt, isOptional: false }, { gapMs, gapBeforeMs: gapMs });
}

function cronWindow(timing: Timing, expectedAt: number): Window {
  const { windows } = latelyOf(timing);
  const known = windows.find((window) => window.expectedAt === expectedAt);
  if (known !== undefined) return known;
  const window = newCronWindow(timing, expectedAt);
  windows.unshift(window);
  windows.splice(WINDOWS_KEPT);
  return window;
}

function newCronWindow(timing: Timing, expectedAt: number): Window {
  assert(timing.schedule.kind === "cron", "a cron timing");
  const run = { expectedAt, isOptional: isOptional(timing.schedule, expectedAt) };
  // The gap behind a certain run reaches over optional ones: what may not come must not shorten grace or runtime.
  const next = run.isOptional ? nextPossible : nextCertain;
  const nextAt = next(timing.schedule, expectedAt);
  const gapMs = nextAt === null ? LIMITS.longestEveryMs : nextAt - expectedAt;
  // Only a default early looks at the gap before; asking the schedule backwards costs as much as forwards.
  if (timing.earlyMs !== null || timing.signals === "finish") {
    return bounded(timing, run, { gapMs, gapBeforeMs: gapMs });
  }
  const previousAt = previousPossible(timing.schedule, expectedAt);
  const gapBeforeMs = previousAt === null ? LIMITS.longestEveryMs : expectedAt - previousAt;
  return bounded(timing, run, { gapMs, gapBeforeMs });
}

/**
 * What was found lately of the timing asked for last: one decision asks for the same few windows a dozen times, and each
 * takes three searches. A timing never changes, so what was found of it stays true.
 */
interface Lately {
  timing: Timing;
  windows: Window[];
  /** No window of it lies after `afterAt` and before `expectedAt`. */
  next: { afterAt: number; expectedAt: number } | null;
}

const WINDOWS_KEPT = 4;
let lately: Lately | null = null;

function latelyOf(timing: Timing): Lately {
  if (lately?.timing !== timing) lately = { timing, windows: [], next: null };
  return lately;
}

function bounded(
  timing: Timing,
  run: Pick<Window, "expectedAt" | "isOptional">,
  gaps: { gapMs: number; gapBeforeMs: number },
): Window {
  const { expectedAt } = run;
  const graceMs = timing.graceMs ?? defaultGraceMs(gaps.gapMs);
  const isFinishOnly = timing.signals === "finish";
  const earlyMs = timing.earlyMs ?? (isFinishOnly ? 0 : Math.min(graceMs, Math.floor(gaps.gapBeforeMs / 2)));
  const startBy = expectedAt + graceMs + (isFinishOnly ? (timing.maxRuntimeMs ?? 0) : 0);
  return {
    expectedAt,
    opensAt: expectedAt - earlyMs,
    startBy,
    gapMs: gaps.gapMs,
    graceMs,
    version: timing.version,
    isOptional: run.isOptional,
  };
}

/** A quarter of the gap, within reason. */
function defaultGraceMs(gapMs: number): number {
  const quarterMs = Math.floor(gapMs / 4);
  return Math.min(LIMITS.longestDefaultGraceMs, Math.max(LIMITS.shortestDefaultGraceMs, quarterMs));
}

/** When a run of this window that began at `startedAt` must have finished. */
export function finishByOf(timing: Timing, window: Window, startedAt: number): number {
  return startedAt + (timing.maxRuntimeMs ?? defaultRuntimeMs(window));
}

/** How long runs that are so far apart may take, where nobody has said it. */
export function usualRuntimeMs(gapMs: number, graceMs: number | null): number {
  return defaultRuntimeMs({ gapMs, graceMs: graceMs ?? defaultGraceMs(gapMs) });
}

function defaultRuntimeMs(window: Pick<Window, "gapMs" | "graceMs">): number {
  const wholeMs = Math.max(window.gapMs + window.graceMs, LIMITS.shortestDefaultRuntimeMs);
  return Math.min(LIMITS.longestDefaultRuntimeMs, wholeMs);
}

/** Two check-ins closer than this may be one, where nothing else tells them apart. */
export function sameWithinMs(gapMs: number): number {
  return Math.min(LIMITS.sameWithinMs, Math.floor(gapMs / 2));
}
