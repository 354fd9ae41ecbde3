/** What the end of a run means: for its window, for the runs beside it, and for the streaks. */
import { happenedAt, type CheckIn } from "../check-in.ts";
import { currentVerdict, goodnessOf, type Verdict, type WindowRow } from "../ledger.ts";
import type { Outcome } from "../outcome/outcome.ts";
import type { Reason } from "../reason.ts";
import { isAwaited, isGood, type Run } from "../run.ts";
import { putRun, type Draft } from "./draft.ts";
import { anchorOnEnd } from "./every.ts";
import { examine, learnFrom } from "./examine.ts";
import { notifyResult } from "./notices.ts";
import { addResult, type Result } from "./results.ts";
import { judge, putRow, rowAt, settleWindows } from "./rows.ts";

/** Writes the run as ended by this finish, and everything that follows. */
export function conclude(draft: Draft, checkIn: CheckIn, run: Run, outcome: Outcome): Run {
  const finishedAt = happenedAt(checkIn);
  const ended = endedRun(draft, { checkIn, run, outcome, finishedAt });
  putRun(draft, ended);
  const row = run.windowAt === null ? null : rowAt(draft, run.windowAt);
  if (run.part === "window" && row !== null) concludeWindow(draft, ended, row);
  else concludeOther(draft, ended, row);
  settleWindows(draft);
  if (isGood(ended)) noteGood(draft, ended);
  anchorOnEnd(draft, run, finishedAt);
  return ended;
}

/** As the job says it ended, and where it says well, as its checks find it. */
export function endedRun(
  draft: Draft,
  told: { checkIn: CheckIn; run: Run; outcome: Outcome; finishedAt: number },
): Run {
  const { checkIn, run, outcome, finishedAt } = told;
  const isDeliveredLate = run.isDeliveredLate || checkIn.occurredAt !== null;
  const ended: Run = { ...run, state: "failed", finishedAt, outcome, isDeliveredLate };
  if (isFailure(checkIn)) return ended;
  const { results: all, state, isDegraded } = examine(draft, ended);
  // What is refuted already needs no proof from outside: nobody will ask for it.
  const results = state === "unverified" ? all.filter(({ status }) => status !== "pending") : all;
  return {
    ...ended,
    state,
    ...(results.length === 0 ? {} : { checks: results }),
    ...(isDegraded ? { isDegraded } : {}),
  };
}

/** What a good run leaves behind: when the last one was, and what is usual. */
function noteGood(draft: Draft, run: Run): void {
  const at = run.finishedAt ?? run.startedAt;
  draft.state.lastGoodAt = Math.max(draft.state.lastGoodAt ?? 0, at);
  if (run.state === "verified") noteVerified(draft, run);
  // What a proof may still refute teaches nothing yet.
  if (!isAwaited(run)) learnFrom(draft, run);
}

/** Before it is learned from: what it replaces is kept beside it. */
export function noteVerified({ state }: Draft, run: Run): void {
  const { lastVerifiedAt, lastEvidence = {} } = state;
  state.beforeVerified = { run: run.id, lastVerifiedAt, lastEvidence };
  state.lastVerifiedAt = Math.max(state.lastVerifiedAt ?? 0, run.finishedAt ?? run.startedAt);
}

function concludeWindow(draft: Draft, run: Run, row: WindowRow): void {
  const isRevision = row.judgements.some((judgement) => judgement.verdict !== null);
  const verdict = verdictOf(run, row);
  const finished = { ...row, finishedAt: run.finishedAt };
  putRow(draft, judge(draft, finished, { verdict, reason: reasonOf(run), cause: null }));
  const at = run.finishedAt ?? run.startedAt;
  const of = `window:${row.expectedAt}`;
  if (!isGood(run)) addResult(draft, { ...badResult(run, of, at), isRevision });
  else addResult(draft, { ...goodResult(run, of, at), isRevision });
  if (verdict === "late") notifyResult(draft, "late", `${draft.monitor.slug}: ran late`);
  if (run.isDegraded === true) tellDegraded(draft, run);
}

/** To those who want to hear of good runs with something to be looked at. */
export function tellDegraded(draft: Draft, run: Run): void {
  notifyResult(draft, "degraded", `${draft.monitor.slug}: degraded: ${wrongIn(run) ?? "see the run"}`);
}

function verdictOf(run: Run, row: WindowRow): Verdict {
  if (run.state === "failed") return "failed";
  if (run.state === "unverified") return "unverified";
  return row.start === "late" ? "late" : "on_time";
}

/** Why a run that has ended is judged as it is. */
export function reasonOf(run: Run): Reason {
  if (run.state === "failed") return { code: "reported_failure", values: { detail: statusDetail(run) } };
  if (run.state === "unverified") return { code: "not_verified", values: { detail: wrongIn(run) } };
  if (run.isDegraded === true) return { code: "finished_degraded", values: { detail: wrongIn(run) } };
  return { code: "finished_well", values: {} };
}

/** Extra, outside and manual runs: bad ones count unless a person made them, good ones only where they recover. */
export function concludeOther(draft: Draft, run: Run, row: WindowRow | null): void {
  const of = `run:${run.id}`;
  const at = run.finishedAt ?? run.startedAt;
  if (!isGood(run)) {
    if (run.part !== "manual") addResult(draft, badResult(run, of, at));
    return;
  }
  // It recovers nothing before its proof is there.
  if (isAwaited(run)) return;
  if (run.part === "manual") {
    if (draft.state.incident !== null) addResult(draft, goodResult(run, of, at));
    return;
  }
  if (run.part !== "extra" || row === null || row.recoveredBy !== null) return;
  if (goodnessOf(currentVerdict(row)) !== "bad") return;
  putRow(draft, { ...row, recoveredBy: run.id });
  addResult(draft, goodResult(run, of, at));
}

/** The result of a run that is failed or unverified. */
export function badResult(run: Run, of: string, at: number): Result {
  const isUnverified = run.state === "unverified";
  return {
    of,
    goodness: "bad",
    kind: isUnverified ? "unverified" : "failed",
    phase: isUnverified ? "unverified" : "in_run",
    windowAt: run.windowAt,
    at,
    isRevision: false,
    run,
  };
}

export function goodResult(run: Run, of: string, at: number): Result {
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

export function isFailure(checkIn: CheckIn): boolean {
  return checkIn.kind === "fail" || (checkIn.exitStatus !== null && checkIn.exitStatus !== 0);
}

export function statusDetail(run: Run): string | null {
  const status = run.outcome?.exitStatus ?? null;
  return status === null ? null : `exit status ${status}`;
}

/** The sentences of what its checks found wrong; the first ones. */
function wrongIn({ checks }: Run): string | null {
  const wrong = (checks ?? []).filter(({ status }) => ["failed", "error", "degraded"].includes(status));
  if (wrong.length === 0) return null;
  const more = wrong.length > 3 ? `; and ${wrong.length - 3} more` : "";
  return `${wrong
    .slice(0, 3)
    .map(({ sentence }) => sentence)
    .join("; ")}${more}`;
}
