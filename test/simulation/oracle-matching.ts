/** Which window a check-in belongs to, found by looking at all windows there are. */
import type { CheckIn } from "../../src/domain/check-in.ts";
import type { Interval } from "./oracle-interval.ts";
import { closenessMs, verdictOf, type OracleRun, type OracleWindow } from "./oracle-windows.ts";
import type { Spec } from "./specs.ts";

/** What matching looks at. */
export interface Board {
  spec: Spec;
  windows: OracleWindow[];
  /** Null for cron. */
  interval: Interval | null;
  runs: OracleRun[];
}

/** Which window the run takes, or of which it is one more. */
export function claimWindow(oracle: Board, checkIn: CheckIn, run: OracleRun, at: number): void {
  const meant = named(oracle, checkIn.scheduledForAt, at);
  if (meant !== null && meant.start === "none" && verdictOf(meant) === "excused") {
    run.window = meant;
    run.part = "extra";
    oracle.interval?.started(null, { at, isOver: checkIn.kind !== "start", runs: oracle.runs });
    return;
  }
  const free = meant !== null && isFree(meant) ? meant : candidate(oracle, at);
  const inForce = current(oracle, at);
  const late =
    inForce !== null && isFree(inForce) && oracle.interval?.isPassed(inForce, at) !== true ? inForce : null;
  const taken = free ?? late ?? oracle.interval?.anyStart(at) ?? null;
  run.window = taken ?? inForce;
  run.part = taken !== null ? "window" : inForce === null ? "outside" : "extra";
  if (taken !== null) {
    taken.run = run;
    taken.start = at <= taken.startBy ? "on_time" : "late";
  }
  oracle.interval?.started(taken, { at, isOver: checkIn.kind !== "start", runs: oracle.runs });
}

function named(oracle: Board, scheduledForAt: number | null, at: number): OracleWindow | null {
  if (scheduledForAt === null) return null;
  const distance = (window: OracleWindow): number => Math.abs(window.expectedAt - scheduledForAt);
  const near = allWindows(oracle).filter((window) => distance(window) <= closenessMs(window.gapMs));
  const nearest = near.sort((one, two) => distance(one) - distance(two))[0] ?? null;
  return nearest !== null && nearest.opensAt <= at ? nearest : null;
}

function candidate(oracle: Board, at: number): OracleWindow | null {
  const all = candidates(oracle, at);
  return all.findLast((window) => window.expectedAt <= at) ?? all[0] ?? null;
}

function candidates(oracle: Board, at: number): OracleWindow[] {
  return allWindows(oracle).filter(
    (window) =>
      isFree(window) &&
      window.opensAt <= at &&
      at <= window.startBy &&
      oracle.interval?.mayAnswer(window, at) !== false,
  );
}

export function hasLaterCandidate(oracle: Board, at: number, run: OracleRun): boolean {
  return candidates(oracle, at).some(
    (window) => run.window === null || window.expectedAt > run.window.expectedAt,
  );
}

/** Whether a finish that comes alone may belong to a later window, in time or late. */
export function isInLaterWindow(oracle: Board, at: number, run: OracleRun): boolean {
  const inForce = current(oracle, at);
  const isLater = inForce !== null && inForce.expectedAt > (run.window?.expectedAt ?? 0);
  return hasLaterCandidate(oracle, at, run) || (isLater && isFree(inForce));
}

/** The window with `expectedAt <= at < next expectedAt`. */
function current(oracle: Board, at: number): OracleWindow | null {
  if (oracle.interval !== null) return oracle.interval.inForce(at);
  return oracle.windows.findLast((window) => window.expectedAt <= at) ?? null;
}

function allWindows(oracle: Board): OracleWindow[] {
  if (oracle.interval === null) return oracle.windows;
  return [...oracle.interval.past, ...oracle.interval.open()];
}

/** Without a start, and not excused for good. */
export function isFree(window: OracleWindow): boolean {
  return window.start === "none" && verdictOf(window) !== "excused";
}

/** A job that reports only its end may seem to have begun a little early: it belongs to the window it reached into. */
export function claimedStart(oracle: Board, startedAt: number, finishedAt: number): number {
  if (oracle.spec.signals !== "finish") return startedAt;
  const next = oracle.windows.find((window) => window.expectedAt > startedAt);
  if (next === undefined || next.expectedAt > finishedAt) return startedAt;
  return next.expectedAt - startedAt <= closenessMs(next.gapMs) ? next.expectedAt : startedAt;
}

export function closeness(oracle: Board, at: number): number {
  if (oracle.spec.every !== null) return closenessMs(oracle.spec.typicalGapMs);
  return closenessMs((current(oracle, at) ?? oracle.windows[0])?.gapMs ?? Number.POSITIVE_INFINITY);
}
