/** A run ends: the first finish stands, a worse one lowers it, a better one is kept as a note. */
import { happenedAt, type CheckIn } from "../check-in.ts";
import { currentVerdict, goodnessOf, type Verdict, type WindowRow } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Outcome } from "../outcome/outcome.ts";
import type { Reason } from "../reason.ts";
import { shownRunId, type Run } from "../run.ts";
import { sameWithinMs, windowAfter } from "../timeline.ts";
import { beginRun, giveWindow, isManual } from "./begin.ts";
import { putRun, withNote, type Draft } from "./draft.ts";
import { anchorOnEnd } from "./every.ts";
import { matchStart } from "./match.ts";
import { notifyResult } from "./notices.ts";
import { addResult, latestResult, type Result } from "./results.ts";
import { judge, putRow, rowAt, settleWindows } from "./rows.ts";

/** A finish of which no start was heard: a run that begins and ends with it. */
export function finishAlone(draft: Draft, checkIn: CheckIn, attempt: number): Run {
  const finishedAt = happenedAt(checkIn);
  const startedAt = claimedStart(draft, finishedAt - (checkIn.durationMs ?? 0), finishedAt);
  const run = beginRun(draft, checkIn, { startedAt, attempt, isStartHeard: false, isLone: true });
  return conclude(draft, checkIn, run);
}

/** The finish of a run that is open, or that was given up as incomplete or unknown. */
export function finishRun(draft: Draft, checkIn: CheckIn, run: Run): Run {
  const isUnclaimed =
    draft.monitor.settings.signals === "finish" && run.windowAt === null && !isManual(draft, run);
  if (!isUnclaimed || run.state !== "started") return conclude(draft, checkIn, run);
  const at = claimedStart(draft, run.startedAt, happenedAt(checkIn));
  const match = matchStart(draft, at, checkIn.scheduledForAt);
  if (match.note !== null) draft.notes.push(match.note);
  const claimed: Run = { ...run, part: match.as, windowAt: match.window?.expectedAt ?? null };
  putRun(draft, claimed);
  giveWindow(draft, checkIn, claimed, match);
  return conclude(draft, checkIn, draft.runs.get(claimed.id) ?? claimed);
}

/** A second finish of a run that has one. */
export function finishAgain(draft: Draft, checkIn: CheckIn, run: Run): Run {
  const isWorse = isFailure(checkIn) && run.state !== "failed";
  const shown = shownRunId(run) ?? "this run";
  if (!isWorse) {
    const note = `a later ${isFailure(checkIn) ? "failure" : "success"} was received; the first finish stands`;
    draft.notes.push(`${shown} had finished already: ${note}`);
    const noted = withNote(run, note);
    putRun(draft, noted);
    return noted;
  }
  const lowered: Run = withNote(
    { ...run, state: "failed", outcome: outcomeOf(checkIn) },
    "a later, worse finish lowered this run",
  );
  putRun(draft, lowered);
  draft.notes.push(`${shown} had finished already: this worse finish lowers it`);
  if (run.part === "window" && run.windowAt !== null) lowerWindow(draft, checkIn, lowered, run.windowAt);
  else if (run.part !== "manual") lowerOther(draft, checkIn, lowered);
  return lowered;
}

/** An extra run of the latest window, or one outside all windows; an older one is lowered and no more. */
function lowerOther(draft: Draft, checkIn: CheckIn, run: Run): void {
  const row = run.windowAt === null ? null : rowAt(draft, run.windowAt);
  // It ended nothing after all: the next good run of that window may.
  if (row?.recoveredBy === run.id) putRow(draft, { ...row, recoveredBy: null });
  const latestAt = draft.state.latest?.expectedAt ?? null;
  if (run.windowAt !== null && latestAt !== null && run.windowAt < latestAt) return;
  forgetLastGood(draft, `run:${run.id}`);
  addResult(draft, badResult(checkIn, run, `run:${run.id}`));
}

/** The lowered run was not the last good one: that was the one before. */
function forgetLastGood(draft: Draft, of: string): void {
  const latest = latestResult(draft);
  if (latest?.of === of) draft.state.lastGoodAt = latest.lastGoodAtBefore;
}

/** Only the latest window may still be lowered: of an older one the ledger stays as it was judged. */
function lowerWindow(draft: Draft, checkIn: CheckIn, run: Run, windowAt: number): void {
  const row = rowAt(draft, windowAt);
  if (
    row === null ||
    draft.state.latest?.expectedAt !== windowAt ||
    goodnessOf(currentVerdict(row)) !== "good"
  )
    return;
  const reason: Reason = { code: "worse_finish", values: { detail: detailOf(run) } };
  putRow(draft, judge(draft, row, { verdict: "failed", reason, cause: null }));
  forgetLastGood(draft, `window:${windowAt}`);
  addResult(draft, { ...badResult(checkIn, run, `window:${windowAt}`), isRevision: true });
}

function conclude(draft: Draft, checkIn: CheckIn, run: Run): Run {
  const finishedAt = happenedAt(checkIn);
  const isFailed = isFailure(checkIn);
  const ended: Run = {
    ...run,
    state: isFailed ? "failed" : "reported",
    finishedAt,
    outcome: outcomeOf(checkIn),
    isDeliveredLate: run.isDeliveredLate || checkIn.occurredAt !== null,
  };
  putRun(draft, ended);
  const row = run.windowAt === null ? null : rowAt(draft, run.windowAt);
  if (run.part === "window" && row !== null) concludeWindow(draft, checkIn, ended, row);
  else concludeOther(draft, checkIn, ended, row);
  settleWindows(draft);
  if (!isFailed && (draft.state.lastGoodAt ?? 0) < finishedAt) draft.state.lastGoodAt = finishedAt;
  anchorOnEnd(draft, run, finishedAt);
  return ended;
}

function concludeWindow(draft: Draft, checkIn: CheckIn, run: Run, row: WindowRow): void {
  const isRevision = row.judgements.some((judgement) => judgement.verdict !== null);
  const verdict: Verdict = run.state === "failed" ? "failed" : row.start === "late" ? "late" : "on_time";
  const reason: Reason =
    run.state === "failed"
      ? { code: "reported_failure", values: { detail: detailOf(run) } }
      : { code: "finished_well", values: {} };
  const finished = { ...row, finishedAt: run.finishedAt };
  putRow(draft, judge(draft, finished, { verdict, reason, cause: null }));
  const of = `window:${row.expectedAt}`;
  if (verdict === "failed") addResult(draft, { ...badResult(checkIn, run, of), isRevision });
  else addResult(draft, { ...goodResult(checkIn, run, of), isRevision });
  if (verdict === "late") notifyResult(draft, "late", `${draft.monitor.slug}: ran late`);
}

/** Extra, outside and manual runs: bad ones count unless a person made them, good ones only where they recover. */
function concludeOther(draft: Draft, checkIn: CheckIn, run: Run, row: WindowRow | null): void {
  const of = `run:${run.id}`;
  if (run.state === "failed") {
    if (run.part !== "manual") addResult(draft, badResult(checkIn, run, of));
    return;
  }
  if (run.part === "manual") {
    if (draft.state.incident !== null) addResult(draft, goodResult(checkIn, run, of));
    return;
  }
  if (run.part !== "extra" || row === null || row.recoveredBy !== null) return;
  if (goodnessOf(currentVerdict(row)) !== "bad") return;
  putRow(draft, { ...row, recoveredBy: run.id });
  addResult(draft, goodResult(checkIn, run, of));
}

function badResult(checkIn: CheckIn, run: Run, of: string): Result {
  const at = happenedAt(checkIn);
  return {
    of,
    goodness: "bad",
    kind: "failed",
    phase: "in_run",
    windowAt: run.windowAt,
    at,
    isRevision: false,
    run,
  };
}

function goodResult(checkIn: CheckIn, run: Run, of: string): Result {
  const at = happenedAt(checkIn);
  return {
    of,
    goodness: "good",
    kind: null,
    phase: null,
    windowAt: run.windowAt,
    at,
    isRevision: false,
    run,
  };
}

/**
 * Where a job reports only its end, a start reckoned back from it may come out a little before the expected
 * instant (clocks differ, starting takes time): it belongs to the window it precedes, if the run reached into it.
 */
function claimedStart(draft: Draft, startedAt: number, finishedAt: number): number {
  if (draft.monitor.settings.signals !== "finish") return startedAt;
  const next = windowAfter(draft.monitor.timings, startedAt);
  if (next === null || next.expectedAt > finishedAt) return startedAt;
  return next.expectedAt - startedAt <= sameWithinMs(next.gapMs) ? next.expectedAt : startedAt;
}

export function isFailure(checkIn: CheckIn): boolean {
  return checkIn.kind === "fail" || (checkIn.exitStatus !== null && checkIn.exitStatus !== 0);
}

function outcomeOf(checkIn: CheckIn): Outcome {
  return { exitStatus: checkIn.exitStatus, message: endOf(checkIn.body, LIMITS.messageKeptCharacters) };
}

/** A copy: a piece of a text holds all of it in memory, for as long as a store keeps the run at hand. */
function endOf(text: string, characters: number): string {
  return text.length <= characters ? text : (JSON.parse(JSON.stringify(text.slice(-characters))) as string);
}

function detailOf(run: Run): string | null {
  const status = run.outcome?.exitStatus ?? null;
  return status === null ? null : `exit status ${status}`;
}
