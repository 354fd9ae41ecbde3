/** A run that had ended well turns out badly after all: by a later, worse finish, or by a proof that did not come. */
import { currentVerdict, goodnessOf } from "../ledger.ts";
import type { Reason } from "../reason.ts";
import type { Run } from "../run.ts";
import { badResult } from "./conclude.ts";
import { putRun, type Draft } from "./draft.ts";
import { addResult, latestResult } from "./results.ts";
import { judge, putRow, rowAt } from "./rows.ts";

/** `run` as it is now, failed or unverified. What is lowered of the ledger is the latest window alone. */
export function lowerRun(draft: Draft, run: Run, how: { at: number; reason: Reason }): void {
  putRun(draft, run);
  forgetVerified(draft, run);
  if (run.part === "manual") return;
  if (run.part === "window" && run.windowAt !== null) lowerWindow(draft, run, run.windowAt, how);
  else lowerOther(draft, run, how.at);
}

/** An extra run of the latest window, or one outside all windows; an older one is lowered and no more. */
function lowerOther(draft: Draft, run: Run, at: number): void {
  const row = run.windowAt === null ? null : rowAt(draft, run.windowAt);
  // It ended nothing after all: the next good run of that window may.
  if (row?.recoveredBy === run.id) putRow(draft, { ...row, recoveredBy: null });
  const latestAt = draft.state.latest?.expectedAt ?? null;
  if (run.windowAt !== null && latestAt !== null && run.windowAt < latestAt) return;
  forgetLastGood(draft, `run:${run.id}`);
  addResult(draft, badResult(run, `run:${run.id}`, at));
}

/** Only the latest window may still be lowered: of an older one the ledger stays as it was judged. */
function lowerWindow(draft: Draft, run: Run, windowAt: number, how: { at: number; reason: Reason }): void {
  const row = rowAt(draft, windowAt);
  if (
    row === null ||
    draft.state.latest?.expectedAt !== windowAt ||
    goodnessOf(currentVerdict(row)) !== "good"
  )
    return;
  const verdict = run.state === "failed" ? "failed" : "unverified";
  putRow(draft, judge(draft, row, { verdict, reason: how.reason, cause: null }));
  forgetLastGood(draft, `window:${windowAt}`);
  addResult(draft, { ...badResult(run, `window:${windowAt}`, how.at), isRevision: true });
}

/** It was not the last verified one either, and is nothing that the next is compared with. */
function forgetVerified({ state }: Draft, run: Run): void {
  const { beforeVerified: before } = state;
  if (before?.run !== run.id) return;
  state.lastVerifiedAt = before.lastVerifiedAt;
  state.lastEvidence = before.lastEvidence;
  delete state.beforeVerified;
}

/** The lowered run was not the last good one: that was the one before. */
function forgetLastGood(draft: Draft, of: string): void {
  const latest = latestResult(draft);
  if (latest?.of === of) draft.state.lastGoodAt = latest.lastGoodAtBefore;
}
