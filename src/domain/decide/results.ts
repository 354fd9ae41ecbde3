/**
 * What a verdict does: results in a row make streaks, streaks open and close the monitor's one incident.
 *
 * Results count in the order in which they are judged, with one exception: a good result of a window older than
 * the latest bad one says nothing about what went wrong since, so it neither resets the bad streak nor recovers.
 * A revision of the latest result replaces it in the streak; a revision of an older one changes the ledger only.
 */
import type { RecentResult, Streaks } from "../change.ts";
import { goodnessOf, type Goodness, type Verdict, type WindowRow } from "../ledger.ts";
import type { MonitorIncidentKind, Phase } from "../incident.ts";
import { isAwaited, type Run } from "../run.ts";
import { LIMITS } from "../limits.ts";
import { changeIncident, loseWindow, openIncident, recovering, resolveByEvidence } from "./incidents.ts";
import { currentTiming, type Draft } from "./draft.ts";
import { findRow } from "./rows.ts";

export interface Result {
  /** `window:<expectedAt>`, `run:<id>` or `overlap:<id>`. */
  of: string;
  goodness: Goodness;
  /** Of a bad result. */
  kind: MonitorIncidentKind | null;
  phase: Phase | null;
  windowAt: number | null;
  /** From when it was so, by rule. */
  at: number;
  /** It replaces an earlier verdict of the same window. */
  isRevision: boolean;
  run: Run | null;
}

export function addResult(draft: Draft, result: Result): void {
  if (result.goodness === "good" && isToBeProven(draft, result)) return;
  const isLatest = latestResult(draft)?.of === result.of;
  if (result.goodness === "neutral") {
    // What was missing and is now unknown no longer counts.
    if (isLatest && result.isRevision) restoreStreaks(draft);
    return;
  }
  if (result.isRevision && !isLatest && !isOfLatestWindow(draft, result) && !fillsGap(draft, result)) return;
  // A bad result that replaces a bad one is the same lost window.
  const isLostAlready = isLatest && draft.state.streaks.bad > 0;
  if (isLatest) restoreStreaks(draft);
  if (result.goodness === "bad") addBad(draft, result, isLostAlready);
  else addGood(draft, result);
}

/** What ends an incident, or a bad streak, must be shown: a run that awaits its proof counts once it has it. */
function isToBeProven(draft: Draft, { run }: Result): boolean {
  return run !== null && isAwaited(run) && isGoingBadly(draft);
}

export function isGoingBadly({ state }: Draft): boolean {
  return state.incident !== null || state.streaks.bad > 0;
}

/** If no later window has been judged, a revised `unknown` is a first result and a lowered good one a new result. */
function isOfLatestWindow(draft: Draft, result: Result): boolean {
  const latest = draft.state.latest;
  if (latest === null || result.windowAt !== latest.expectedAt) return false;
  const before = verdictBefore(latest);
  return before === "unknown" || goodnessOf(before) === "good";
}

/** The verdict that the current one replaced. */
function verdictBefore({ judgements }: Pick<WindowRow, "judgements">): Verdict | null {
  return (
    judgements.findLast(({ verdict }, index) => verdict !== null && index < judgements.length - 1)?.verdict ??
    null
  );
}

/**
 * A window that was unknown turns out well, and all that was judged of later ones is neutral: without it two bad
 * results would seem to stand in a row that do not. A bad one would open an incident for an old window.
 */
function fillsGap(draft: Draft, { of, goodness, windowAt }: Result): boolean {
  const row = goodness === "good" && windowAt !== null ? findRow(draft, windowAt) : null;
  if (row === null) return false;
  if (verdictBefore(row) !== "unknown") return false;
  const { resultLatestAt, recent } = draft.state.streaks;
  if (resultLatestAt === null || resultLatestAt < row.expectedAt) return true;
  // What counted of the same window may be that its run overlapped.
  return resultLatestAt === row.expectedAt && recent.every((one) => one.of !== of);
}

/** The result that a revision may replace; null when none is remembered. */
export function latestResult({ state }: Draft): RecentResult | null {
  return state.streaks.recent.at(-1) ?? null;
}

/** Takes the latest result back; the one before it is the latest again. */
function restoreStreaks(draft: Draft): void {
  const latest = latestResult(draft);
  if (latest === null) return;
  draft.state.streaks = { ...latest.before, recent: draft.state.streaks.recent.slice(0, -1) };
}

/** With this result as the latest, remembering what a revision of it would go back to. */
function remembered({ state }: Draft, { of }: Result): Streaks {
  const { recent, ...before } = state.streaks;
  const kept = recent.slice(1 - LIMITS.recentResults);
  return { ...before, recent: [...kept, { of, before, lastGoodAtBefore: state.lastGoodAt }] };
}

function addBad(draft: Draft, result: Result, isLostAlready: boolean): void {
  const { streaks, incident } = draft.state;
  const placeAt = placeOf(draft, result);
  const isFirst = streaks.bad === 0;
  const isWindow = result.of.startsWith("window:");
  draft.state.streaks = {
    ...remembered(draft, result),
    bad: streaks.bad + 1,
    badWindows: (isFirst ? 0 : streaks.badWindows) + (isWindow ? 1 : 0),
    good: 0,
    badSinceAt: isFirst ? result.windowAt : streaks.badSinceAt,
    // Good ones end a streak, but not what the open incident is about.
    badLatestAt: maximum(isFirst && incident === null ? null : streaks.badLatestAt, placeAt),
    resultLatestAt: maximum(streaks.resultLatestAt, placeAt),
  };
  if (incident !== null) {
    if (!isLostAlready && isWindow) loseWindow(draft);
    changeIncident(draft, result);
  } else if (draft.state.streaks.bad >= draft.monitor.settings.failureThreshold) {
    openIncident(draft, result);
  }
}

function addGood(draft: Draft, result: Result): void {
  const { streaks, incident } = draft.state;
  const badLatestAt = streaks.bad > 0 || incident !== null ? streaks.badLatestAt : null;
  const placeAt = placeOf(draft, result);
  const isOlder = badLatestAt !== null && placeAt !== null && placeAt < badLatestAt;
  if (isOlder) return;
  if (incident !== null && !mayRecover(incident.kind, result.run)) return;
  const good = streaks.good + 1;
  const isOver = incident === null || good >= draft.monitor.settings.recoveryThreshold;
  draft.state.streaks = {
    ...remembered(draft, result),
    bad: 0,
    good,
    // What went badly in an incident that has ended is nothing that the next one is about.
    badLatestAt: isOver ? null : streaks.badLatestAt,
    resultLatestAt: maximum(streaks.resultLatestAt, placeAt),
  };
  if (incident === null) return;
  if (isOver) resolveByEvidence(draft, result);
  else recovering(draft, result);
}

/**
 * Where its window stands among all: an interval's that was taken long before it was expected lies behind the windows of
 * a timing that took over since, though they are expected before it.
 */
function placeOf(draft: Draft, { windowAt }: Result): number | null {
  const { version, afterAt } = currentTiming(draft.monitor);
  if (windowAt === null || windowAt <= afterAt) return windowAt;
  const row = findRow(draft, windowAt);
  return row === null || row.version === version ? windowAt : afterAt;
}

/** An overlap is closed only by a run that overlaps nothing; a manual run never closes a missing one. */
function mayRecover(kind: string, run: Run | null): boolean {
  if (kind === "overlap") return run !== null && !run.isOverlapping && run.part !== "manual";
  if (run?.part === "manual") return kind === "failed" || kind === "incomplete" || kind === "unverified";
  return true;
}

function maximum(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}
