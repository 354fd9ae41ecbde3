/** The oracle's windows: bounds by the plain rule, deadlines by looking at every blind spot there was. */
import type { BlindSpot } from "../../src/domain/hearing.ts";
import type { Verdict } from "../../src/domain/ledger.ts";
import { finishByWith, isMetByTimeOff, type TimesOff } from "./oracle-off.ts";
import { expectedInstants } from "./schedules.ts";
import type { Spec } from "./specs.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface OracleWindow {
  /** The settings it was opened under; others where an edit has let them be forgotten. */
  spec: Spec;
  /** Those it was opened under, whatever is forgotten. */
  born: Spec;
  expectedAt: number;
  opensAt: number;
  startBy: number;
  gapMs: number;
  graceMs: number;
  /** What further runs of it have; another one where an edit has let its settings be forgotten. */
  extraGraceMs: number;
  start: "none" | "on_time" | "late";
  run: OracleRun | null;
  /** Every verdict it had, the last one holds; empty: not judged. */
  verdicts: Verdict[];
  recoveredBy: OracleRun | null;
}

export interface OracleRun {
  ordinal: number;
  runId: string | null;
  attempt: number;
  isManual: boolean;
  part: "window" | "extra" | "outside" | "manual" | "unclaimed";
  window: OracleWindow | null;
  state: "open" | "well" | "failed" | "incomplete" | "unknown";
  startedAt: number;
  /** When it was first heard of. */
  heardAt: number;
  isStartHeard: boolean;
  finishedAt: number | null;
  finishBy: number | null;
  isOverlapping: boolean;
  /** Begun by a check-in that said it happened before. */
  isDeliveredLate: boolean;
  /** When a check-in of each kind was last heard, for those without a key. */
  heard: Map<string, number>;
}

export interface Deadline {
  at: number;
  spot: BlindSpot | null;
  /** A pause or a maintenance meets it. */
  isExcused: boolean;
}

/** The windows of one reading of the settings, expected after an instant. */
export function cronWindows(spec: Spec, afterAt: number, endAt: number): OracleWindow[] {
  // Far enough for the neighbours of a daily run, and for what a clock set back leaves out.
  const usualHours = spec.cron?.stepMs === SECOND ? 1.25 : 4;
  const marginMs = Math.max(2 * spec.typicalGapMs, (spec.cron?.isFixed === true ? 50 : usualHours) * HOUR);
  const instants = expectedInstants(spec, afterAt - marginMs, endAt + marginMs);
  return instants.flatMap((expectedAt, index) => {
    const [before, after] = [instants[index - 1], instants[index + 1]];
    if (expectedAt <= afterAt || before === undefined || after === undefined) return [];
    return [windowAt(spec, expectedAt, { gapMs: after - expectedAt, gapBeforeMs: expectedAt - before })];
  });
}

export function intervalWindow(spec: Spec, expectedAt: number): OracleWindow {
  const gapMs = spec.typicalGapMs;
  return windowAt(spec, expectedAt, { gapMs, gapBeforeMs: gapMs });
}

function windowAt(
  spec: Spec,
  expectedAt: number,
  gaps: { gapMs: number; gapBeforeMs: number },
): OracleWindow {
  const quarterMs = Math.floor(gaps.gapMs / 4);
  const graceMs = spec.graceMs ?? Math.min(10 * MINUTE, Math.max(5 * SECOND, quarterMs));
  const isFinishOnly = spec.signals === "finish";
  const usualEarlyMs = isFinishOnly ? 0 : Math.min(graceMs, Math.floor(gaps.gapBeforeMs / 2));
  return {
    spec,
    born: spec,
    expectedAt,
    opensAt: expectedAt - (spec.earlyMs ?? usualEarlyMs),
    startBy: expectedAt + graceMs + (isFinishOnly ? (spec.maxRuntimeMs ?? 0) : 0),
    gapMs: gaps.gapMs,
    graceMs,
    extraGraceMs: graceMs,
    start: "none",
    run: null,
    verdicts: [],
    recoveredBy: null,
  };
}

export function verdictOf(window: OracleWindow): Verdict | null {
  return window.verdicts.at(-1) ?? null;
}

/** How long a run of this window may take. */
export function runtimeMs(spec: Spec, window: Pick<OracleWindow, "gapMs" | "graceMs">): number {
  return spec.maxRuntimeMs ?? Math.min(24 * HOUR, Math.max(HOUR, window.gapMs + window.graceMs));
}

/** Two check-ins of a kind closer than this are one, where nothing else tells them apart. */
export function closenessMs(gapMs: number): number {
  return Math.min(MINUTE, Math.floor(gapMs / 2));
}

/** A window without a start: affected is one whose `[expectedAt − 60 s, startBy]` a spot meets. */
export function startDeadline(window: OracleWindow, spots: readonly BlindSpot[], off: TimesOff): Deadline {
  const deadline: Deadline = { at: window.startBy, spot: null, isExcused: isMetByTimeOff(off, window) };
  if (deadline.isExcused) return deadline;
  for (const spot of spots) {
    if (spot.fromAt > deadline.at || spot.toAt < window.expectedAt - MINUTE) continue;
    deadline.at = Math.max(deadline.at, spot.toAt + window.graceMs, spot.toAt + MINUTE);
    deadline.spot = spot;
  }
  return deadline;
}

/** A run that was open during a spot. */
export function finishDeadline(run: OracleRun, spots: readonly BlindSpot[], off: TimesOff): Deadline | null {
  const finishBy = run.state === "open" ? finishByWith(off, run) : null;
  if (finishBy === null) return null;
  const deadline: Deadline = { at: finishBy, spot: null, isExcused: false };
  for (const spot of spots) {
    if (spot.fromAt > deadline.at || spot.toAt <= run.startedAt) continue;
    const graceMs = (run.part === "window" ? run.window?.graceMs : run.window?.extraGraceMs) ?? 0;
    deadline.at = Math.max(deadline.at, spot.toAt + graceMs, spot.toAt + MINUTE);
    deadline.spot = spot;
  }
  return deadline;
}
