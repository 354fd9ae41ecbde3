/**
 * The ledger: one row a window, each row an append-only list of judgements. Adjacent windows without
 * check-ins that were judged alike are one range row, expanded by whoever shows it.
 */
import type { Timing } from "./monitor.ts";
import type { Reason } from "./reason.ts";

export const VERDICTS = [
  "on_time",
  "late",
  "failed",
  "incomplete",
  "unverified",
  "missing",
  "excused",
  "unknown",
] as const;
export type Verdict = (typeof VERDICTS)[number];
export type StartFact = "on_time" | "late" | "none";
export type Goodness = "good" | "bad" | "neutral";

/** One judgement. Rows keep all of them; the last is current, the first is always shown. */
export interface Judgement {
  /** Null: a start was accepted and its run goes on. */
  verdict: Verdict | null;
  reason: Reason;
  judgedAt: number;
  /** The blind spot, pause or maintenance behind it; null otherwise. Windows of one cause fold together. */
  cause: string | null;
}

/** One expected run. Computed from the schedule; written when it is touched or judged. */
export interface Window {
  expectedAt: number;
  opensAt: number;
  startBy: number;
  /** To the next window's expectedAt, by the schedule version of this one. */
  gapMs: number;
  graceMs: number;
  version: number;
  /** At a clock change, only some schedulers would make this run, and nobody said which one it is. */
  isOptional: boolean;
}

export interface WindowRow extends Window {
  monitorId: string;
  /** The last expectedAt of a range row; equal to expectedAt for a single window. */
  toAt: number;
  /** How many windows the row stands for. */
  count: number;
  start: StartFact;
  /** Rollcall's id of the run that took it. */
  runId: string | null;
  startedAt: number | null;
  finishedAt: number | null;
  finishBy: number | null;
  judgements: readonly Judgement[];
  /** Rollcall's ids of further runs of this window, the first ones; `extraCount` counts all. */
  extraRuns: readonly string[];
  extraCount: number;
  /** The extra run that ended well after this window went badly. */
  recoveredBy: string | null;
  /** Range rows carry the timing from which they are expanded. */
  timing: Timing | null;
}

/** The row of a window that nothing has happened to yet. */
export function emptyRow(monitorId: string, window: Window): WindowRow {
  return {
    ...window,
    monitorId,
    toAt: window.expectedAt,
    count: 1,
    start: "none",
    runId: null,
    startedAt: null,
    finishedAt: null,
    finishBy: null,
    judgements: [],
    extraRuns: [],
    extraCount: 0,
    recoveredBy: null,
    timing: null,
  };
}

export function currentJudgement(row: Pick<WindowRow, "judgements">): Judgement | null {
  return row.judgements[row.judgements.length - 1] ?? null;
}

export function currentVerdict(row: Pick<WindowRow, "judgements">): Verdict | null {
  return currentJudgement(row)?.verdict ?? null;
}

/** What a verdict does to streaks, incidents and recovery. */
export function goodnessOf(verdict: Verdict | null): Goodness {
  if (verdict === null || verdict === "excused" || verdict === "unknown") return "neutral";
  return verdict === "on_time" || verdict === "late" ? "good" : "bad";
}
