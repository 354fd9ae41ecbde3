/**
 * Judging what did not come: the windows that wait for a start, and what they and their runs become without it.
 */
import { instantText } from "../instant.ts";
import { emptyRow, type Window } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Run } from "../run.ts";
import { firstExpectedAfter, windowAfter, windowOf } from "../timeline.ts";
import { movedFinishBy, type StartDeadline } from "./deadlines.ts";
import { dispatchOf } from "./dispatch.ts";
import { putRun, type Draft } from "./draft.ts";
import { anchorOnEnd, expectAfterJudged, openEveryWindow } from "./every.ts";
import { addResult } from "./results.ts";
import { findRow, judge, putRow, rowAt, settleWindows } from "./rows.ts";

/** The first window without a judged start of every timing still in use: edits can let deadlines cross. */
export function nextWindows(draft: Draft): Window[] {
  return firstWaiting(draft, () => true);
}

/** Of every timing still in use, the first window without a judged start of which this holds. */
export function firstWaiting(
  draft: Draft,
  holds: (window: Window) => boolean,
  untilAt: number = Number.POSITIVE_INFINITY,
): Window[] {
  const windows: Window[] = [];
  const every = openEveryWindow(draft);
  if (every !== null && holds(every)) windows.push(every);
  for (const timing of draft.monitor.timings) {
    let expectedAt = firstExpectedAfter(timing, draft.state.cursorAt);
    for (let passed = 0; passed < LIMITS.windowsInGrace; passed += 1) {
      if (expectedAt === null || expectedAt > untilAt) break;
      const window = isSettledAhead(draft, expectedAt) ? null : windowOf(timing, expectedAt);
      if (window !== null && holds(window)) {
        windows.push(window);
        break;
      }
      expectedAt = firstExpectedAfter(timing, expectedAt);
    }
  }
  return windows;
}

/** A window beyond the cursor that has its start, or was judged before an older one. */
function isSettledAhead(draft: Draft, expectedAt: number): boolean {
  return draft.state.windows.some((row) => row.expectedAt === expectedAt);
}

/** The deadline has passed: why was there no start? */
export function judgeWithoutStart(draft: Draft, window: Window, deadline: StartDeadline): void {
  const known = findRow(draft, window.expectedAt);
  const row = known !== null && known.count === 1 ? known : emptyRow(draft.monitor.id, window);
  const skippedFor = deadline.excuse === null && deadline.blind === null ? runThatSkips(draft, window) : null;
  // Absence says something only where presence would have been told.
  const { isSampled = false } = draft.state;
  if (deadline.excuse !== null) {
    const { code, cause, detail } = deadline.excuse;
    passWindow(draft, window);
    putRow(draft, judge(draft, row, { verdict: "excused", reason: { code, values: { detail } }, cause }));
  } else if (skippedFor !== null) {
    passWindow(draft, window);
    const reason = { code: "previous_still_running" as const, values: {} };
    putRow(draft, judge(draft, row, { verdict: "excused", reason, cause: null }));
  } else if (deadline.blind !== null) {
    passWindow(draft, window);
    const reason = { code: "blind" as const, values: { blindSpot: blindInWords(deadline.blind) } };
    putRow(draft, judge(draft, row, { verdict: "unknown", reason, cause: deadline.blind.id }));
  } else if (isSampled) {
    passWindow(draft, window);
    putRow(
      draft,
      judge(draft, row, { verdict: "unknown", reason: { code: "sampled", values: {} }, cause: null }),
    );
  } else {
    passWindow(draft, window);
    const reason = { code: "no_start" as const, values: { graceMs: window.graceMs } };
    putRow(draft, judge(draft, row, { verdict: "missing", reason, cause: null }));
  }
  if (openEveryWindow(draft)?.expectedAt === window.expectedAt)
    expectAfterJudged(draft, window, deadline.blind);
  if (deadline.blind !== null) noteUnknown(draft, deadline.blind.id, window.expectedAt);
  else if (deadline.excuse === null && skippedFor === null && !isSampled) {
    addResult(draft, {
      of: `window:${window.expectedAt}`,
      goodness: "bad",
      kind: "missing",
      phase:
        dispatchOf(draft.context.guard, window)?.what === "not_called" ? "not_dispatched" : "not_arrived",
      windowAt: window.expectedAt,
      at: deadline.at,
      isRevision: false,
      run: null,
    });
  }
}

/** `overlap: skip`: the scheduler leaves a run out while an earlier one is within its own time. */
function runThatSkips(draft: Draft, window: Window): Run | null {
  if (draft.monitor.settings.overlap !== "skip") return null;
  const within = (run: Run): boolean =>
    run.startedAt < window.startBy && (movedFinishBy(run, draft.context) ?? 0) >= window.startBy;
  return draft.state.openRuns.find(within) ?? null;
}

/** Ends a run that never finished, and judges the window it took. */
export function endUnfinished(
  draft: Draft,
  run: Run,
  how: {
    at: number;
    verdict: "incomplete" | "unknown";
    code: "no_finish" | "no_progress" | "superseded" | "blind_run";
    cause: string | null;
  },
): void {
  const ended: Run = { ...run, state: how.verdict };
  putRun(draft, ended);
  if (draft.state.every?.expectedAt === null) anchorOnEnd(draft, run, how.at);
  const row = run.part === "window" && run.windowAt !== null ? rowAt(draft, run.windowAt) : null;
  if (row === null) {
    settleWindows(draft);
    return;
  }
  const isRevision = row.judgements.some((judgement) => judgement.verdict !== null);
  const spot = draft.context.blindSpots.find((one) => one.id === how.cause);
  const runtimeMs = run.finishBy === null ? null : run.finishBy - run.startedAt;
  const idleMs = draft.monitor.settings.maxIdleMs;
  const values = { runtimeMs, idleMs, blindSpot: spot === undefined ? null : blindInWords(spot) };
  putRow(
    draft,
    judge(draft, row, { verdict: how.verdict, reason: { code: how.code, values }, cause: how.cause }),
  );
  settleWindows(draft);
  if (how.verdict === "unknown" && how.cause !== null) noteUnknown(draft, how.cause, row.expectedAt);
  addResult(draft, {
    of: `window:${row.expectedAt}`,
    goodness: how.verdict === "unknown" ? "neutral" : "bad",
    kind: "incomplete",
    phase: "in_run",
    windowAt: row.expectedAt,
    at: how.at,
    isRevision,
    run: ended,
  });
}

/** Moves the cursor over this window, once no older one is waiting, and over those settled ahead of it. */
export function passWindow(draft: Draft, window: Window): void {
  const waiting = nextWindows(draft).filter((other) => other.expectedAt !== window.expectedAt);
  if (waiting.some((other) => other.expectedAt < window.expectedAt)) return;
  draft.state.cursorAt = Math.max(draft.state.cursorAt, window.expectedAt);
  if (draft.state.windows.length === 0) return;
  const nextAt = Math.min(...nextWindows(draft).map((other) => other.expectedAt));
  for (const row of draft.state.windows) {
    if (row.expectedAt < nextAt && row.expectedAt > draft.state.cursorAt)
      draft.state.cursorAt = row.expectedAt;
  }
  settleWindows(draft);
}

/** For the blind spot's follow-up: a person can look at what Rollcall could not hear. */
function noteUnknown(draft: Draft, blindSpotId: string, expectedAt: number): void {
  const last = draft.unknowns.find((unknown) => unknown.blindSpotId === blindSpotId);
  // After a day of blindness this is asked for every minute of it; of a cron schedule the answer is the same.
  const nextExpectedAt =
    draft.state.every === null && last !== undefined
      ? last.nextExpectedAt
      : (draft.state.every?.expectedAt ??
        windowAfter(draft.monitor.timings, draft.context.judgedAt)?.expectedAt ??
        null);
  if (last !== undefined) {
    last.toAt = Math.max(last.toAt, expectedAt);
    last.fromAt = Math.min(last.fromAt, expectedAt);
    last.count += 1;
    last.nextExpectedAt = nextExpectedAt;
    return;
  }
  const { id: monitorId, slug, project } = draft.monitor;
  draft.unknowns.push({
    blindSpotId,
    monitorId,
    slug,
    project,
    fromAt: expectedAt,
    toAt: expectedAt,
    count: 1,
    nextExpectedAt,
  });
}

export function blindInWords(spot: { fromAt: number; toAt: number }): string {
  return `${instantText(spot.fromAt)} to ${instantText(spot.toAt)}`;
}
