/** The oracle's runs: which run a check-in speaks of, and what comes of it. */
import type { CheckIn } from "../../src/domain/check-in.ts";
import type { BlindSpot } from "../../src/domain/hearing.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import {
  claimedStart,
  claimWindow,
  closeness,
  hasLaterCandidate,
  isInLaterWindow,
  type Board,
} from "./oracle-matching.ts";
import type { EndedAcceleration, OracleAcceleration } from "./oracle-acceleration.ts";
import type { TimesOff } from "./oracle-off.ts";
import { addResult, type OracleBook, type OracleResult } from "./oracle-results.ts";
import type { Spec } from "./specs.ts";
import { intervalWindow, runtimeMs, verdictOf, type OracleRun, type OracleWindow } from "./oracle-windows.ts";

export interface Oracle extends Board {
  /** Windows are known until then. */
  endAt: number;
  /** The settings in force since then, if they took over from others. */
  tookOver: { at: number; spec: Spec } | null;
  acceleration: OracleAcceleration | null;
  ended: EndedAcceleration[];
  spots: BlindSpot[];
  off: TimesOff;
  keys: Set<string>;
  book: OracleBook;
}

export function applyCheckIn(oracle: Oracle, checkIn: CheckIn): void {
  if (checkIn.duplicateKey !== null) {
    if (oracle.keys.has(checkIn.duplicateKey)) return;
    oracle.keys.add(checkIn.duplicateKey);
  }
  const known = runOf(oracle, checkIn);
  if (known !== null && isSame(oracle, checkIn, known)) return;
  const run = checkIn.kind === "start" ? start(oracle, checkIn, known) : finish(oracle, checkIn, known);
  if (checkIn.duplicateKey === null) run.heard.set(checkIn.kind, happened(checkIn));
}

/** With an id: the latest run of that id. Without: the open anonymous one of that time, else the latest. */
function runOf(oracle: Oracle, checkIn: CheckIn): OracleRun | null {
  const own = oracle.runs.filter((run) => run.runId === checkIn.runId);
  if (checkIn.runId !== null) return own.at(-1) ?? null;
  const open = own.filter((run) => run.state === "open" && run.startedAt <= happened(checkIn));
  const byStart = (runs: OracleRun[]) =>
    runs.sort((one, two) => one.startedAt - two.startedAt).at(-1) ?? null;
  const latest = byStart(open) ?? byStart(own);
  if (checkIn.kind === "start" || latest === null || happened(checkIn) >= latest.startedAt) return latest;
  // What finished before the latest run began was another run, of which nothing is kept; unless it is a lone end again.
  const isLive = checkIn.occurredAt === null;
  return isLive && !latest.isStartHeard && isSame(oracle, checkIn, latest) ? latest : null;
}

function isSame(oracle: Oracle, checkIn: CheckIn, run: OracleRun): boolean {
  const at = happened(checkIn);
  const isClose = (otherAt: number | undefined): boolean =>
    otherAt !== undefined && Math.abs(at - otherAt) <= closeness(oracle, at);
  // One anonymous run: a second start of it, whatever it carries, is the same while it is open.
  if (run.runId === null && run.state === "open" && checkIn.kind === "start" && isClose(run.startedAt))
    return true;
  if (checkIn.duplicateKey !== null || !isClose(run.heard.get(checkIn.kind))) return false;
  return run.runId !== null || checkIn.kind !== "start" || run.state === "open";
}

function start(oracle: Oracle, checkIn: CheckIn, known: OracleRun | null): OracleRun {
  const at = happened(checkIn);
  if (known === null) return begin(oracle, checkIn, { startedAt: at, attempt: 1, isLone: false });
  if (!known.isStartHeard && known.finishedAt !== null) {
    // A finish overtook its start.
    const isClose = at <= known.finishedAt + closeness(oracle, at);
    if (isClose && !hasLaterCandidate(oracle, at, known)) {
      known.isStartHeard = true;
      return known;
    }
  }
  const isOpen = known.state === "open";
  if (known.runId !== null && isOpen && !hasLaterCandidate(oracle, at, known)) return known;
  if (isOpen && (known.runId !== null || at >= known.startedAt))
    endUnfinished(oracle, known, { verdict: "incomplete", at: checkIn.receivedAt });
  const attempt = known.runId === null ? 1 : known.attempt + 1;
  return begin(oracle, checkIn, { startedAt: at, attempt, isLone: false });
}

function finish(oracle: Oracle, checkIn: CheckIn, known: OracleRun | null): OracleRun {
  const at = happened(checkIn);
  const alone = (attempt: number): OracleRun => {
    const startedAt = claimedStart(oracle, at - (checkIn.durationMs ?? 0), at);
    return conclude(oracle, checkIn, begin(oracle, checkIn, { startedAt, attempt, isLone: true }));
  };
  if (known === null) return alone(1);
  if (known.state === "open") {
    if (known.part === "unclaimed") {
      claimWindow(oracle, checkIn, known, claimedStart(oracle, known.startedAt, at));
    }
    return conclude(oracle, checkIn, known);
  }
  const isGivenUp = known.state === "incomplete" || known.state === "unknown";
  // With an id it is that run's own finish, however late; without one it may be another run's.
  if (isGivenUp && (known.runId !== null || !hasLaterCandidate(oracle, at, known)))
    return conclude(oracle, checkIn, known);
  if (known.runId !== null)
    return isInLaterWindow(oracle, at, known) ? alone(known.attempt + 1) : again(oracle, checkIn, known);
  const isClose = known.finishedAt !== null && Math.abs(at - known.finishedAt) <= closeness(oracle, at);
  // Behind its first finish a start was heard, which this finish shows to have been another run's.
  const startAt = known.heard.get("start") ?? 0;
  const isOthers = startAt > (known.finishedAt ?? startAt) && at >= startAt;
  return known.isStartHeard && isClose && !isOthers ? again(oracle, checkIn, known) : alone(1);
}

/** A second finish: a worse one lowers the run, and the latest window's verdict if it was good. */
function again(oracle: Oracle, checkIn: CheckIn, run: OracleRun): OracleRun {
  if (!isFailure(checkIn) || run.state === "failed") return run;
  run.state = "failed";
  const about = {
    effect: "bad" as const,
    kind: "failed" as const,
    at: happened(checkIn),
    isLowering: true,
    run,
  };
  const { window } = run;
  if (window?.recoveredBy === run) window.recoveredBy = null;
  const judged = (oracle.interval?.past ?? oracle.windows).filter((one) => one.verdicts.length > 0);
  // Of windows before the latest one the ledger stays as it was.
  if (window !== null && judged.some((one) => one.expectedAt > window.expectedAt)) return run;
  if (run.part === "window" && window !== null) {
    if (verdictOf(window) !== "on_time" && verdictOf(window) !== "late") return run;
    window.verdicts.push("failed");
    result(oracle, { of: `window ${window.expectedAt}`, windowAt: window.expectedAt, ...about });
  } else if (run.part !== "manual") {
    result(oracle, { of: `run ${run.ordinal}`, windowAt: window?.expectedAt ?? null, ...about });
  }
  return run;
}

function isFailure(checkIn: CheckIn): boolean {
  return checkIn.kind === "fail" || (checkIn.exitStatus ?? 0) !== 0;
}

function begin(
  oracle: Oracle,
  checkIn: CheckIn,
  how: { startedAt: number; attempt: number; isLone: boolean },
): OracleRun {
  const { spec } = oracle;
  const isManual = checkIn.trigger === "manual";
  const run: OracleRun = {
    ordinal: oracle.runs.length,
    runId: checkIn.runId,
    attempt: how.attempt,
    isManual,
    part: isManual ? "manual" : "unclaimed",
    window: null,
    state: "open",
    startedAt: how.startedAt,
    heardAt: checkIn.receivedAt,
    isStartHeard: !how.isLone,
    finishedAt: null,
    finishBy: null,
    isOverlapping: false,
    isDeliveredLate: checkIn.occurredAt !== null,
    heard: new Map(),
  };
  if (!how.isLone) makeRoom(oracle, checkIn.receivedAt);
  const others = how.isLone ? [] : oracle.runs.filter((one) => one.state === "open");
  oracle.runs.push(run);
  if (!isManual && (spec.signals === "both" || how.isLone)) claimWindow(oracle, checkIn, run, how.startedAt);
  if (!how.isLone && spec.signals === "both") {
    const gapAndGrace = run.window ?? intervalWindow(spec, how.startedAt);
    run.finishBy = how.startedAt + runtimeMs(run.window?.spec ?? spec, gapAndGrace);
    if (checkIn.occurredAt !== null) run.finishBy = Math.max(run.finishBy, checkIn.receivedAt + 60_000);
  }
  if (others.length > 0 && spec.overlap !== "allow") {
    for (const one of [...others, run]) one.isOverlapping = true;
    const windowAt = run.window?.expectedAt ?? null;
    const about = { effect: "bad" as const, kind: "overlap" as const, windowAt, at: how.startedAt, run };
    if (spec.overlap === "forbid") result(oracle, { of: `overlap ${run.ordinal}`, ...about });
  }
  return run;
}

/** At most 32 runs are open at once: the oldest is given up for the new one. */
function makeRoom(oracle: Oracle, at: number): void {
  const open = oracle.runs.filter((run) => run.state === "open");
  const [oldest] = open.sort((one, two) => one.startedAt - two.startedAt);
  if (open.length >= LIMITS.openRuns && oldest !== undefined)
    endUnfinished(oracle, oldest, { verdict: "incomplete", at });
}

function conclude(oracle: Oracle, checkIn: CheckIn, run: OracleRun): OracleRun {
  const at = happened(checkIn);
  const isFailed = isFailure(checkIn);
  run.state = isFailed ? "failed" : "well";
  run.finishedAt = at;
  const { window } = run;
  const windowAt = window?.expectedAt ?? null;
  const about = {
    effect: isFailed ? ("bad" as const) : ("good" as const),
    kind: "failed" as const,
    windowAt,
    at,
    run,
  };
  if (run.part === "window" && window !== null) {
    const isRevision = window.verdicts.length > 0;
    window.verdicts.push(isFailed ? "failed" : window.start === "late" ? "late" : "on_time");
    result(oracle, { of: `window ${window.expectedAt}`, isRevision, ...about });
  } else if (isFailed) {
    if (run.part !== "manual") result(oracle, { of: `run ${run.ordinal}`, ...about });
  } else if (run.part === "manual") {
    result(oracle, { of: `run ${run.ordinal}`, ...about });
  } else if (run.part === "extra" && window !== null && window.recoveredBy === null && isBad(window)) {
    window.recoveredBy = run;
    result(oracle, { of: `run ${run.ordinal}`, ...about });
  }
  if (run.part !== "manual") oracle.interval?.finished(at, oracle.runs);
  return run;
}

function isBad(window: OracleWindow): boolean {
  const verdict = verdictOf(window);
  return verdict === "missing" || verdict === "incomplete" || verdict === "failed";
}

function happened(checkIn: CheckIn): number {
  return checkIn.occurredAt ?? checkIn.receivedAt;
}

export function endUnfinished(
  oracle: Oracle,
  run: OracleRun,
  how: { verdict: "incomplete" | "unknown"; at: number },
): void {
  run.state = how.verdict;
  if (run.part !== "window" || run.window === null) return;
  const isRevision = run.window.verdicts.length > 0;
  run.window.verdicts.push(how.verdict);
  result(oracle, {
    of: `window ${run.window.expectedAt}`,
    effect: how.verdict === "incomplete" ? "bad" : "neutral",
    kind: "incomplete",
    windowAt: run.window.expectedAt,
    at: how.at,
    isRevision,
    run,
  });
}

export function result(
  oracle: Oracle,
  given: Omit<OracleResult, "isRevision" | "isLowering" | "run"> & Partial<OracleResult>,
): void {
  const windowAt = placeOf(oracle, given.windowAt);
  addResult(oracle.book, oracle.spec, {
    isRevision: false,
    isLowering: false,
    run: null,
    ...given,
    windowAt,
  });
}

/** What was taken far ahead under settings that hold no longer is in the past for all that comes now. */
function placeOf({ tookOver, interval }: Oracle, windowAt: number | null): number | null {
  if (tookOver === null || windowAt === null || windowAt <= tookOver.at) return windowAt;
  const window = interval?.past.find((one) => one.expectedAt === windowAt);
  return window === undefined || window.born === tookOver.spec ? windowAt : tookOver.at;
}
