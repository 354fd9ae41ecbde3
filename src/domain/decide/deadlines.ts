/**
 * When a window or run must be judged, and what excuses it: blind spots move deadlines, pauses and
 * maintenance excuse windows and stretch runs, a clock change excuses windows of optional runs.
 */
import type { Context } from "../change.ts";
import type { BlindSpot, Pause, Plan } from "../hearing.ts";
import type { Window } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Run } from "../run.ts";

export interface StartDeadline {
  /** A start at this instant is still in time; judged when it has passed. */
  at: number;
  /** The blind spot that moved it: without evidence by then the window is unknown, never missing. */
  blind: BlindSpot | null;
  excuse: {
    code: "paused" | "maintenance" | "clock_change";
    cause: string | null;
    detail: string | null;
  } | null;
}

/** A window without a start: when it is judged, and as what. */
export function startDeadline(window: Window, pause: Pause | null, context: Context): StartDeadline {
  const excuse = excuseOf(window, pause, context.plans);
  if (excuse !== null) return { at: window.startBy, blind: null, excuse };
  let at = window.startBy;
  let blind: BlindSpot | null = null;
  for (const spot of context.blindSpots) {
    // A deadline that has been moved by one spot may meet the next.
    if (spot.fromAt > at || spot.toAt < window.expectedAt - LIMITS.blindMarginMs) continue;
    at = Math.max(at, spot.toAt + Math.max(window.graceMs, LIMITS.blindMarginMs));
    blind = laterEnding(blind, spot);
  }
  // A run that need not have come leaves nothing unknown.
  if (window.isOptional) return { at, blind: null, excuse: CLOCK_CHANGE };
  return { at, blind, excuse: null };
}

/** A clock set back and an outage may begin at the same instant, and come in either order. */
function laterEnding(one: BlindSpot | null, other: BlindSpot): BlindSpot {
  return one !== null && one.toAt > other.toAt ? one : other;
}

const CLOCK_CHANGE = { code: "clock_change", cause: null, detail: null } as const;

function excuseOf(window: Window, pause: Pause | null, plans: readonly Plan[]): StartDeadline["excuse"] {
  if (
    pause !== null &&
    pause.at <= window.startBy &&
    (pause.untilAt === null || pause.untilAt > window.expectedAt)
  ) {
    return { code: "paused", cause: pause.id, detail: pause.reason };
  }
  const plan = plans.find(
    (one) => one.kind === "maintenance" && one.fromAt <= window.startBy && one.untilAt > window.expectedAt,
  );
  return plan === undefined ? null : { code: "maintenance", cause: plan.id, detail: plan.reason };
}

export interface FinishDeadline {
  at: number;
  blind: BlindSpot | null;
  /** Not its runtime is over, but its silence lasts too long. */
  isIdle: boolean;
}

/** An open run: when it must have finished, or been heard of. Null: not while the monitor is paused without an end. */
export function finishDeadline(
  run: Run,
  more: { pause: Pause | null; graceMs: number; maxIdleMs: number | null },
  context: Context,
): FinishDeadline | null {
  const finishBy = movedFinishBy(run, context) ?? Number.POSITIVE_INFINITY;
  const hearBy = movedHearBy(run, more.maxIdleMs, context) ?? Number.POSITIVE_INFINITY;
  let at = Math.min(finishBy, hearBy);
  if (at === Number.POSITIVE_INFINITY || more.pause !== null) return null;
  const isIdle = hearBy < finishBy;
  // What was heard of it after a blind spot is where its silence begins: that spot swallowed none of it.
  const fromAt = isIdle ? Math.max(run.startedAt, run.heardToAt) : run.startedAt;
  let blind: BlindSpot | null = null;
  for (const spot of context.blindSpots) {
    if (spot.fromAt > at || spot.toAt <= fromAt) continue;
    at = Math.max(at, spot.toAt + Math.max(more.graceMs, LIMITS.blindMarginMs));
    blind = laterEnding(blind, spot);
  }
  return { at, blind, isIdle };
}

/** Until when something must be heard of the run; null where it may be silent. */
function movedHearBy(run: Run, maxIdleMs: number | null, context: Context): number | null {
  if (maxIdleMs === null) return null;
  const fromAt = Math.max(run.heardToAt, run.idleFromAt ?? 0);
  return movedFinishBy({ startedAt: fromAt, finishBy: fromAt + maxIdleMs }, context);
}

/** An outside proof: until when it may take. What Rollcall could not ask for while it was blind is given time. */
export function proofDeadline(awaited: { untilAt: number; fromAt: number }, context: Context): number {
  let at = awaited.untilAt;
  for (const spot of context.blindSpots) {
    if (spot.fromAt <= at && spot.toAt > awaited.fromAt) at = Math.max(at, spot.toAt + LIMITS.blindMarginMs);
  }
  return at;
}

/** When the run must have finished, with the time that maintenance has given it; null where it need not. */
export function movedFinishBy(run: Pick<Run, "startedAt" | "finishBy">, context: Context): number | null {
  if (run.finishBy === null) return null;
  let at = run.finishBy;
  let coveredUntilAt = run.startedAt;
  for (const plan of context.plans) {
    // Where two maintenances overlap, the time they share is given once.
    const fromAt = Math.max(plan.fromAt, coveredUntilAt);
    if (plan.kind !== "maintenance" || fromAt > at || plan.untilAt <= fromAt) continue;
    at += plan.untilAt - fromAt;
    coveredUntilAt = plan.untilAt;
  }
  return at;
}

/** Until when sending is muted; `Infinity` for a pause without an end, null when it is not. */
export function mutedUntil(pause: Pause | null, context: Context): number | null {
  let until: number | null = null;
  if (pause !== null) until = pause.untilAt ?? Number.POSITIVE_INFINITY;
  for (const plan of context.plans) {
    if (plan.fromAt <= context.judgedAt && context.judgedAt < plan.untilAt)
      until = Math.max(until ?? 0, plan.untilAt);
  }
  return until;
}
