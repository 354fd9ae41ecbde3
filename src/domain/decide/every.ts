/** Interval schedules: one window exists at a time, and starts (or finishes) anchor the next. */
import type { EverySchedule } from "../schedule/schedule.ts";
import type { Timing } from "../monitor.ts";
import type { Window } from "../ledger.ts";
import { windowOf } from "../timeline.ts";
import { currentTiming, timingOf, type Draft } from "./draft.ts";
import type { BlindSpot } from "../hearing.ts";
import { expandRow } from "./rows.ts";

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
  return windowOf(timingOf(draft.monitor, every.version), every.previousAt);
}

/** A late-delivered run from before the present anchor tells nothing about when the next one is expected. */
export function isBeforeAnchor(draft: Draft, at: number): boolean {
  const open = openEveryWindow(draft);
  return open !== null && at < open.expectedAt - open.gapMs;
}

/**
 * The window of an interval schedule that a late-delivered start belonged to: only its ledger row still knows it.
 * Null when the rows around that instant were not loaded.
 */
export function pastEveryWindow(draft: Draft, at: number): Window | null {
  if (!isBeforeAnchor(draft, at)) return null;
  let latest: Window | null = null;
  for (const row of draft.snapshot.rows) {
    if (timingOf(draft.monitor, row.version).schedule.kind !== "every") continue;
    for (const single of expandRow(row)) {
      if (single.opensAt <= at && (latest === null || single.expectedAt > latest.expectedAt)) latest = single;
    }
  }
  return latest;
}

/** Expects the next run one interval after `anchorAt`; the window taken or judged becomes the one before. */
export function anchor(draft: Draft, anchorAt: number, previousAt: number | null): void {
  const interval = intervalOf(draft);
  if (interval === null) {
    draft.state.every = null;
    return;
  }
  const { version } = currentTiming(draft.monitor);
  draft.state.every = { expectedAt: anchorAt + interval.everyMs, version, previousAt };
}

/** `from: finish`: nothing is expected while a run is open. */
export function expectNothing(draft: Draft, previousAt: number | null): void {
  if (intervalOf(draft) === null) return;
  const { version } = currentTiming(draft.monitor);
  draft.state.every = { expectedAt: null, version, previousAt };
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
  let nextAt = window.expectedAt + interval.everyMs;
  if (blind !== null && nextAt <= blind.toAt) {
    nextAt += Math.ceil((blind.toAt + 1 - nextAt) / interval.everyMs) * interval.everyMs;
  }
  anchor(draft, nextAt - interval.everyMs, window.expectedAt);
}

/** The state of an interval schedule that begins at `beganAt` (creation, resume or edit). */
export function firstEvery(timing: Timing, beganAt: number): Draft["state"]["every"] {
  if (timing.schedule.kind !== "every") return null;
  return { expectedAt: beganAt + timing.schedule.everyMs, version: timing.version, previousAt: null };
}
