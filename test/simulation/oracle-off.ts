/** The oracle's reading of pauses and maintenance: times in which nothing is asked of the job. */
import type { Plan } from "../../src/domain/hearing.ts";
import type { OracleRun, OracleWindow } from "./oracle-windows.ts";

export interface Off {
  fromAt: number;
  /** Infinity while nobody knows. */
  untilAt: number;
}

export interface TimesOff {
  /** Those that are over, and the one that is on. */
  pauses: Off[];
  current: Off | null;
  plans: Map<string, Plan>;
}

export function noTimesOff(): TimesOff {
  return { pauses: [], current: null, plans: new Map() };
}

/** A pause on top of a pause has the new end and the old beginning. */
export function beginPause(off: TimesOff, at: number, untilAt: number | null): void {
  const end = untilAt ?? Number.POSITIVE_INFINITY;
  if (off.current !== null) {
    off.current.untilAt = end;
    return;
  }
  off.current = { fromAt: at, untilAt: end };
  off.pauses.push(off.current);
}

export function isMetByTimeOff(off: TimesOff, window: OracleWindow): boolean {
  return [...off.pauses, ...maintenances(off)].some(
    (one) => one.fromAt <= window.startBy && one.untilAt > window.expectedAt,
  );
}

/** When a run must have finished, every moment of a pause or a maintenance given to it once; null while paused. */
export function finishByWith(off: TimesOff, run: OracleRun): number | null {
  if (run.finishBy === null || off.current !== null) return null;
  const planned = maintenances(off);
  let at = run.finishBy;
  // A pause that was over when the run was heard of has taken nothing from it.
  for (const pause of off.pauses.filter((one) => one.untilAt > run.heardAt)) {
    const fromAt = Math.max(pause.fromAt, run.startedAt);
    at += lengthOutside({ fromAt, untilAt: pause.untilAt }, planned);
  }
  let coveredUntilAt = run.startedAt;
  for (const plan of planned) {
    const fromAt = Math.max(plan.fromAt, coveredUntilAt);
    if (fromAt > at || plan.untilAt <= fromAt) continue;
    at += plan.untilAt - fromAt;
    coveredUntilAt = plan.untilAt;
  }
  return at;
}

function maintenances({ plans }: TimesOff): Off[] {
  return [...plans.values()]
    .filter((plan) => plan.kind === "maintenance")
    .sort((one, two) => one.fromAt - two.fromAt || (one.id < two.id ? -1 : 1));
}

/** The length of the part of an interval that none of the others covers, in order of their beginning. */
function lengthOutside(interval: Off, others: readonly Off[]): number {
  let coveredUntilAt = interval.fromAt;
  let lengthMs = 0;
  for (const other of others) {
    if (other.fromAt >= interval.untilAt) continue;
    lengthMs += Math.max(0, other.fromAt - coveredUntilAt);
    coveredUntilAt = Math.max(coveredUntilAt, other.untilAt);
  }
  return lengthMs + Math.max(0, interval.untilAt - coveredUntilAt);
}
