/** Ledger rows while deciding: finding one, judging it, folding adjacent ones alike into a range, splitting it again. */
import { assert } from "../assert.ts";
import {
  currentJudgement,
  currentVerdict,
  type Judgement,
  type Verdict,
  type Window,
  type WindowRow,
} from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Timing } from "../monitor.ts";
import { previousPossible } from "../schedule/schedule.ts";
import { windowAfter, windowOf } from "../timeline.ts";
import { count, timingOf, type Draft } from "./draft.ts";

/** The row of this one window, split out of a range if need be; null when nothing is known of it. */
export function rowAt(draft: Draft, expectedAt: number): WindowRow | null {
  const known = findRow(draft, expectedAt);
  if (known === null || known.count === 1) return known;
  return splitOut(draft, known, expectedAt);
}

/** Like `rowAt` for a look only: a range row is returned whole. */
export function findRow(draft: Draft, expectedAt: number): WindowRow | null {
  const exact = draft.rows.get(expectedAt);
  if (exact !== undefined) return exact;
  for (const row of draft.rows.values()) if (covers(row, expectedAt)) return row;
  // What the state holds as a single window may have been folded into a range since: rows as stored come first.
  const stored = draft.snapshot.rows.find((row) => covers(row, expectedAt));
  if (stored !== undefined) return stored;
  const { latest, tail, windows } = draft.state;
  if (tail !== null && covers(tail, expectedAt)) return tail;
  const held = windows.find((row) => row.expectedAt === expectedAt);
  if (held !== undefined) return held;
  return latest?.expectedAt === expectedAt && currentVerdict(latest) !== null ? latest : null;
}

/** Adds a judgement to the row. A verdict that replaces another is a revision: both stay. */
export function judge(draft: Draft, row: WindowRow, judgement: Omit<Judgement, "judgedAt">): WindowRow {
  const before = currentVerdict(row);
  if (before !== judgement.verdict) {
    if (before !== null) count(draft, { what: before, at: row.expectedAt, delta: -1 });
    if (judgement.verdict !== null) count(draft, { what: judgement.verdict, at: row.expectedAt, delta: 1 });
    if (before !== null && judgement.verdict !== null)
      count(draft, { what: "revised", at: row.expectedAt, delta: 1 });
  }
  return { ...row, judgements: [...row.judgements, { ...judgement, judgedAt: draft.context.judgedAt }] };
}

/**
 * Writes a single row and keeps what the state holds of it in step: windows in progress, the latest judged one,
 * and the tail that the next row may fold into.
 */
export function putRow(draft: Draft, row: WindowRow): void {
  const { state } = draft;
  const isFolding = isFoldable(row) && state.tail !== null && isNext(draft, state.tail, row);
  const isInProgress = row.runId !== null && state.openRuns.some((run) => run.id === row.runId);
  const isAhead = row.expectedAt > state.cursorAt;
  const others = state.windows.filter((other) => other.expectedAt !== row.expectedAt);
  state.windows =
    isInProgress || isAhead ? [...others, row].sort((one, two) => one.expectedAt - two.expectedAt) : others;
  if (currentVerdict(row) !== null && row.expectedAt >= (state.latest?.expectedAt ?? 0)) state.latest = row;
  if (isFolding && state.tail !== null) {
    const timing = timingOf(draft.monitor, row.version);
    state.tail = { ...state.tail, toAt: row.expectedAt, count: state.tail.count + 1, timing };
    draft.rows.set(state.tail.expectedAt, state.tail);
    return;
  }
  // Only the newest row may be folded into. It stays known when a row with a start follows it.
  if (!isFoldable(row))
    state.tail = state.tail !== null && covers(state.tail, row.expectedAt) ? null : state.tail;
  else if (state.tail === null || row.expectedAt >= state.tail.toAt) state.tail = row;
  draft.rows.set(row.expectedAt, row);
}

/** Drops what the state need not hold any longer, once the cursor has moved or a run has ended. */
export function settleWindows(draft: Draft): void {
  const open = new Set(draft.state.openRuns.map((run) => run.id));
  draft.state.windows = draft.state.windows.filter(
    (row) => row.expectedAt > draft.state.cursorAt || (row.runId !== null && open.has(row.runId)),
  );
}

export function covers(row: WindowRow, expectedAt: number): boolean {
  if (expectedAt < row.expectedAt || row.toAt < expectedAt) return false;
  if (row.timing === null) return true;
  // Windows of two versions may lie side by side for a while after an edit.
  const { schedule } = row.timing;
  if (schedule.kind === "every") return (expectedAt - row.expectedAt) % schedule.everyMs === 0;
  return previousPossible(schedule, expectedAt + 1) === expectedAt;
}

function isFoldable(row: WindowRow): boolean {
  return row.start === "none" && row.extraCount === 0 && row.judgements.length === 1;
}

function isNext(draft: Draft, tail: WindowRow, row: WindowRow): boolean {
  const [before, after] = [currentJudgement(tail), currentJudgement(row)];
  if (before === null || after === null || tail.count >= LIMITS.windowsPerRange) return false;
  if (before.verdict !== after.verdict || before.reason.code !== after.reason.code) return false;
  if (tail.version !== row.version || before.cause !== after.cause) return false;
  // After an edit, a window taken early under the old schedule may lie between two of the new one.
  const isBetween = (other: WindowRow): boolean =>
    tail.toAt < other.expectedAt && other.expectedAt < row.expectedAt;
  const { latest, windows } = draft.state;
  if ((latest !== null && isBetween(latest)) || windows.some(isBetween)) return false;
  return followingAt(timingOf(draft.monitor, row.version), tail.toAt) === row.expectedAt;
}

/** The window after this one, as one timing alone has it. */
function followingAt(timing: Timing, expectedAt: number): number | null {
  if (timing.schedule.kind === "every") return expectedAt + timing.schedule.everyMs;
  return windowAfter([timing], expectedAt)?.expectedAt ?? null;
}

/** All windows of a range row, oldest first; the row itself when it is a single one. */
export function expandRow(row: WindowRow): WindowRow[] {
  if (row.count === 1 || row.timing === null) return [row];
  const rows: WindowRow[] = [];
  let at: number | null = row.expectedAt;
  while (at !== null && at <= row.toAt && rows.length < LIMITS.windowsPerRange + LIMITS.windowsRecounted) {
    const window: Window = { ...windowOf(row.timing, at), version: row.version };
    // An expanded window's judgement is dated by its own deadline.
    const judgements = row.judgements.map((judgement) =>
      at === row.expectedAt
        ? judgement
        : { ...judgement, judgedAt: Math.max(judgement.judgedAt, window.startBy) },
    );
    rows.push({ ...row, ...window, toAt: at, count: 1, timing: null, judgements });
    at = followingAt(row.timing, at);
  }
  return rows.length === row.count ? rows : rows.map((single) => recounted(single, row.count));
}

/** By other time-zone data the range holds other windows: that is shown, and none of them is judged again. */
function recounted(row: WindowRow, judgedAs: number): WindowRow {
  const mark = (judgement: Judgement): Judgement => ({
    ...judgement,
    reason: { ...judgement.reason, values: { ...judgement.reason.values, judgedAs } },
  });
  return { ...row, judgements: row.judgements.map(mark) };
}

/** Takes one window out of a range: what is left on either side stays a range, all in the same commit. */
function splitOut(draft: Draft, range: WindowRow, expectedAt: number): WindowRow {
  const singles = expandRow(range);
  const index = singles.findIndex((row) => row.expectedAt === expectedAt);
  const single = singles[index];
  assert(single !== undefined, `the range ${range.expectedAt}..${range.toAt} to hold ${expectedAt}`);
  const before = singles.slice(0, index);
  const after = singles.slice(index + 1);
  for (const part of [before, [single], after]) {
    const [first] = part;
    const last = part[part.length - 1];
    if (first === undefined || last === undefined) continue;
    const timing = part.length === 1 ? null : range.timing;
    draft.rows.set(first.expectedAt, { ...first, toAt: last.toAt, count: part.length, timing });
  }
  if (draft.state.tail !== null && covers(draft.state.tail, expectedAt)) {
    const [next] = after;
    draft.state.tail = next === undefined ? null : (draft.rows.get(next.expectedAt) ?? null);
  }
  return single;
}

/** Whether this window's verdict may still be replaced by another one. */
export function mayBeRevised(verdict: Verdict | null): boolean {
  return verdict === null || verdict === "missing" || verdict === "incomplete" || verdict === "unknown";
}
