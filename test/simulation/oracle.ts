/**
 * What should have come of everything, by a plain reading of the rules over the whole history: no state that is kept
 * small, no ranges, no due instants. It never looks at how Rollcall decides, only at what reached it and when.
 * Left out on purpose, and held by weaker rules or by the stories: edits from cron to an interval or back (here such
 * a monitor is deleted and made anew), and which of two refusals turned the phase of an incident.
 */
import type { BlindSpot } from "../../src/domain/hearing.ts";
import { decidedAt, type HistoryEvent, type Judged } from "./history.ts";
import { accelerate, confirmAcceleration, endAcceleration, takeOver } from "./oracle-acceleration.ts";
import type { EndedAcceleration } from "./oracle-acceleration.ts";
import { createInterval } from "./oracle-interval.ts";
import { isFree } from "./oracle-matching.ts";
import { beginPause, finishByWith, isMetByTimeOff, noTimesOff } from "./oracle-off.ts";
import { closeIncident, type OracleIncident, type OracleResult } from "./oracle-results.ts";
import { applyCheckIn, endUnfinished, result, type Oracle } from "./oracle-runs.ts";
import {
  cronWindows,
  finishDeadline,
  startDeadline,
  type Deadline,
  type OracleRun,
  type OracleWindow,
} from "./oracle-windows.ts";
import { acceleratedSpec, type Spec } from "./specs.ts";

export interface Truth {
  windows: OracleWindow[];
  runs: OracleRun[];
  results: OracleResult[];
  incidents: OracleIncident[];
  /** Accelerations that are over. */
  ended: EndedAcceleration[];
}

export interface Asked {
  /** As it was created. */
  spec: Spec;
  createdAt: number;
  endAt: number;
  history: readonly HistoryEvent[];
  /** Null: one process had decided everything before an event when it decided that. */
  judged: { by: ReadonlyMap<HistoryEvent, Judged>; last: Judged } | null;
  /** Whether a deadline between the last sign of life and the real end of hearing had been judged by then. */
  wasJudgedBefore: (expectedAt: number, spot: BlindSpot) => boolean;
}

export function truthOf(asked: Asked): Truth {
  const { spec, createdAt, endAt, history } = asked;
  const oracle: Oracle = {
    spec,
    endAt,
    windows: cronWindows(spec, createdAt, endAt),
    interval: spec.every === null ? null : createInterval(spec, createdAt),
    runs: [],
    spots: [],
    off: noTimesOff(),
    keys: new Set(),
    book: { results: [], judgedUntilAt: 0, incidents: [] },
    tookOver: null,
    acceleration: null,
    ended: [],
  };
  const judgeableAt = earliestFromHere(asked);
  let isDeleted = false;
  for (const [index, event] of history.entries()) {
    if (isDeleted) break;
    if (event.what === "blind") meetSpot(oracle, event, asked);
    else {
      const before = judgedBefore(asked, event, judgeableAt[index] ?? 0);
      if (before !== null) advance(oracle, before);
      isDeleted = event.what === "deleted";
      apply(oracle, event);
    }
  }
  if (!isDeleted) advance(oracle, judgedAtLast(asked));
  const windows = oracle.interval === null ? oracle.windows : oracle.interval.past;
  return { windows, runs: oracle.runs, ...oracle.book, ended: oracle.ended };
}

/** For each event the earliest instant of itself and all after it: a deadline is judged only when every check-in
 * received before it has been decided. */
function earliestFromHere({ history, judged }: Asked): number[] {
  let earliestAt = Number.POSITIVE_INFINITY;
  const earliest = history.toReversed().map((event) => {
    // Of several processes none waits for a duplicate that another answers.
    const isDecided = judged === null || judged.by.has(event);
    earliestAt = Math.min(earliestAt, (isDecided ? decidedAt(event) : null) ?? earliestAt);
    return earliestAt;
  });
  return earliest.reverse();
}

/** Null: nothing is judged with this event. */
function judgedBefore({ judged }: Asked, event: HistoryEvent, judgeableAt: number): Judged | null {
  if (decidedAt(event) === null) return null;
  if (judged === null) return { absenceAt: judgeableAt, endsAt: judgeableAt };
  const before = judged.by.get(event);
  return before === undefined ? null : { ...before, absenceAt: Math.min(before.absenceAt, judgeableAt) };
}

function judgedAtLast({ judged, endAt }: Asked): Judged {
  const { absenceAt = endAt, endsAt = endAt } = judged?.last ?? {};
  return { absenceAt: Math.max(absenceAt, endAt), endsAt: Math.max(endsAt, endAt) };
}

function apply(oracle: Oracle, event: Exclude<HistoryEvent, { what: "blind" }>): void {
  switch (event.what) {
    case "check_in":
      applyCheckIn(oracle, event.checkIn);
      return confirmAcceleration(oracle, event.checkIn.receivedAt);
    case "edited":
      return edit(oracle, event);
    case "accelerated":
      return accelerate(oracle, event);
    case "taken_back":
      return endAcceleration(oracle, { at: event.at, because: "person" });
    case "paused":
      return beginPause(oracle.off, event.at, event.untilAt);
    case "resumed":
      return resume(oracle, event.at);
    case "planned":
      oracle.off.plans.set(event.plan.id, event.plan);
      return;
    case "plan_gone":
      oracle.off.plans.delete(event.id);
      return;
    case "resolved_by_hand":
    case "deleted":
      return closeIncident(oracle.book, event.at);
    case "acknowledged":
    case "commented":
    case "rejected":
  }
}

/** Windows that have opened keep their settings; the new ones begin after the edit and after the last of those. */
function edit(oracle: Oracle, { spec, at }: { spec: Spec; at: number }): void {
  const { acceleration } = oracle;
  const isSameTiming = timingOf(spec) === timingOf(acceleration?.original ?? oracle.spec);
  if (isSameTiming && acceleration !== null) {
    acceleration.original = spec;
    oracle.spec = acceleratedSpec(spec, acceleration.when);
  } else if (isSameTiming) oracle.spec = spec;
  else if (acceleration === null) takeOver(oracle, { spec, at, keeps: "opened" });
  else endAcceleration(oracle, { at, because: "edit", spec });
}

function timingOf({ input }: Spec): string {
  const { schedule, signals, graceMs, earlyMs, maxRuntimeMs } = input;
  return JSON.stringify([schedule, signals, graceMs, earlyMs, maxRuntimeMs]);
}

/** What was expected before the end of the pause is excused now; what is expected from now on is not. */
function resume(oracle: Oracle, at: number): void {
  const { off } = oracle;
  if (off.current === null) return;
  off.current.untilAt = Math.min(at, off.current.untilAt);
  for (;;) {
    const window = openWindows(oracle).find(
      (one) => one.expectedAt < at && one.verdicts.length === 0 && isFree(one) && isMetByTimeOff(off, one),
    );
    if (window === undefined) break;
    judgeUnstarted(oracle, window, startDeadline(window, oracle.spots, off));
  }
  off.current.untilAt = at;
  off.current = null;
  oracle.interval?.resumed(at, oracle.runs);
}

/** What was judged in the last moments before hearing ended stays as it was; everything else is moved by the spot. */
function meetSpot(oracle: Oracle, event: Extract<HistoryEvent, { what: "blind" }>, asked: Asked): void {
  const { spot, heardUntilAt } = event;
  advance(oracle, { absenceAt: spot.fromAt, endsAt: spot.fromAt });
  const mayJudge = (window: OracleWindow): boolean => asked.wasJudgedBefore(window.expectedAt, spot);
  advance(oracle, { absenceAt: heardUntilAt, endsAt: heardUntilAt }, mayJudge);
  oracle.spots.push(spot);
}

type Due =
  | { deadline: Deadline; window: OracleWindow; run: null }
  | { deadline: Deadline; window: null; run: OracleRun }
  | { deadline: Deadline; window: null; run: null; ends: "pause" | "acceleration" };

/** Judges, one after the other, whatever has its deadline before its instant. */
function advance(
  oracle: Oracle,
  { absenceAt, endsAt }: Judged,
  mayJudge: (window: OracleWindow) => boolean = () => true,
): void {
  const untilAt = Math.max(absenceAt, endsAt);
  for (;;) {
    const due = dues(oracle, untilAt)
      .filter(({ deadline, window, run }) => {
        if (deadline.at >= untilAt) return false;
        const about = window ?? run?.window ?? null;
        return about === null || mayJudge(about);
      })
      .sort((one, two) => one.deadline.at - two.deadline.at)[0];
    const isEnd = due?.window === null && due.run === null;
    // They are judged in their order, so what ends behind an absence waits for that.
    if (due === undefined || due.deadline.at >= (isEnd ? endsAt : absenceAt)) return;
    if (due.window !== null) judgeUnstarted(oracle, due.window, due.deadline);
    else if (due.run !== null) judgeUnfinished(oracle, due.run, due.deadline);
    else if (due.ends === "pause") resume(oracle, due.deadline.at + 1);
    else endAcceleration(oracle, { at: due.deadline.at + 1, because: "expiry" });
  }
}

function dues(oracle: Oracle, untilAt: number): Due[] {
  const waiting = openWindows(oracle).filter(
    (window) => window.startBy < untilAt && window.start === "none" && window.verdicts.length === 0,
  );
  const unstarted = waiting.map((window): Due => {
    return { deadline: startDeadline(window, oracle.spots, oracle.off), window, run: null };
  });
  const unfinished = oracle.runs.flatMap((run): Due[] => {
    const deadline = finishDeadline(run, oracle.spots, oracle.off);
    return deadline === null ? [] : [{ deadline, window: null, run }];
  });
  return [
    ...unstarted,
    ...unfinished,
    ending("pause", oracle.off.current?.untilAt),
    ending("acceleration", oracle.acceleration?.untilAt),
  ];
}

/** The end belongs to the time after it. */
function ending(ends: "pause" | "acceleration", endsAt: number = Number.POSITIVE_INFINITY): Due {
  return { deadline: { at: endsAt - 1, spot: null, isExcused: false }, window: null, run: null, ends };
}

function openWindows(oracle: Oracle): OracleWindow[] {
  return oracle.interval === null ? oracle.windows : oracle.interval.open();
}

function judgeUnstarted(oracle: Oracle, window: OracleWindow, deadline: Deadline): void {
  const { spec } = oracle;
  const skippedFor = oracle.runs.some(
    (run) =>
      run.state === "open" &&
      run.startedAt < window.startBy &&
      run.finishBy !== null &&
      (finishByWith(oracle.off, run) ?? window.startBy) >= window.startBy,
  );
  const isSkipped = deadline.spot === null && !deadline.isExcused && spec.overlap === "skip" && skippedFor;
  const isExcused = isSkipped || deadline.isExcused;
  const verdict = deadline.spot !== null ? "unknown" : isExcused ? "excused" : "missing";
  window.verdicts.push(verdict);
  oracle.interval?.judged(window, deadline.spot);
  result(oracle, {
    of: `window ${window.expectedAt}`,
    effect: verdict === "missing" ? "bad" : "neutral",
    kind: "missing",
    windowAt: window.expectedAt,
    at: deadline.at,
  });
}

function judgeUnfinished(oracle: Oracle, run: OracleRun, deadline: Deadline): void {
  endUnfinished(oracle, run, { verdict: deadline.spot === null ? "incomplete" : "unknown", at: deadline.at });
  oracle.interval?.gaveUp(deadline.at, oracle.runs);
}
