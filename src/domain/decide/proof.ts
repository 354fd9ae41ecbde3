/**
 * Proofs from outside (`url_ok`): a run that ended well is `reported` until every address that shows its work has
 * answered. Who asks is the engine, after the commit; what was asked for lasts in the state, so that a crash in
 * between is asked again.
 */
import { stateAfter } from "../checks/evaluate.ts";
import type { ProbeAnswer } from "../change.ts";
import type { CheckResult } from "../checks/check.ts";
import { oneLine } from "../clean-text.ts";
import { LIMITS } from "../limits.ts";
import { isAwaited, type Run } from "../run.ts";
import { confirmAcceleration } from "./accelerate.ts";
import { badResult, concludeOther, goodResult, noteVerified, reasonOf, tellDegraded } from "./conclude.ts";
import { proofDeadline } from "./deadlines.ts";
import { putRun, type Draft } from "./draft.ts";
import { learnFrom } from "./examine.ts";
import { lowerRun } from "./lower.ts";
import { addResult, isGoingBadly } from "./results.ts";
import { rowAt } from "./rows.ts";

/** Keeps the run among those awaited, if its checks need a proof; else gives it back as it is. */
export function awaitProof(draft: Draft, run: Run, receivedAt: number): Run {
  if (!isAwaited(run)) return run;
  const untilAt = receivedAt + draft.monitor.settings.verifyByMs;
  const isHeld = isGoingBadly(draft);
  const awaited: Run = { ...run, awaited: { untilAt, askAt: draft.context.judgedAt, isHeld } };
  draft.state.awaiting = [...(draft.state.awaiting ?? []), awaited];
  putRun(draft, awaited);
  const [oldest] = draft.state.awaiting;
  if (oldest !== undefined && draft.state.awaiting.length > LIMITS.runsAwaiting)
    endUnproven(draft, oldest, receivedAt);
  return awaited;
}

export function proofDeadlineOf(draft: Draft, run: Run): number {
  const fromAt = run.finishedAt ?? run.startedAt;
  return proofDeadline({ fromAt, untilAt: run.awaited?.untilAt ?? fromAt }, draft.context);
}

/** When a proof is to be asked for next; null: none is awaited. */
export function nextAskAt({ state }: Draft): number | null {
  const instants = (state.awaiting ?? []).flatMap((run) => (run.awaited ? [run.awaited.askAt] : []));
  return instants.length === 0 ? null : Math.min(...instants);
}

/** Has those asked for that are due, and puts the next time off: the answer may be lost with this process. */
export function askForProofs(draft: Draft): void {
  const { judgedAt } = draft.context;
  for (const run of draft.state.awaiting ?? []) {
    if (!run.awaited || run.awaited.askAt > judgedAt) continue;
    const asked: Run = { ...run, awaited: { ...run.awaited, askAt: judgedAt + LIMITS.proofEveryMs } };
    putRun(draft, asked);
    draft.proofsToAsk.push(asked);
  }
}

/** The engine has asked. What answered well is shown; what did not is asked again until its time is over. */
export function answerProofs(draft: Draft, runId: string, answers: readonly ProbeAnswer[]): void {
  const run = draft.state.awaiting?.find(({ id }) => id === runId);
  if (run === undefined) return;
  const checks = (run.checks ?? []).map((result) => answered(result, answers));
  const told: Run = { ...run, checks };
  if (isAwaited(told)) putRun(draft, told);
  else prove(draft, told, draft.context.judgedAt);
}

function answered(result: CheckResult, answers: readonly ProbeAnswer[]): CheckResult {
  const answer = answers.find(({ url }) => url === result.url);
  if (result.status !== "pending" || answer === undefined) return result;
  const sentence = `${oneLine(answer.url, LIMITS.errorShownCharacters)} ${answer.said}`;
  return answer.isOk ? { ...result, status: "passed", sentence } : { ...result, sentence };
}

/** Nothing is awaited any more: the run is verified, and what it could not recover before it recovers now. */
function prove(draft: Draft, told: Run, at: number): void {
  const { state } = stateAfter(told.checks ?? [], draft.monitor.settings);
  const run: Run = { ...told, state };
  notAwaited(draft, run);
  const proven = { ...run, awaited: null };
  putRun(draft, proven);
  if (state === "verified") noteVerified(draft, proven);
  learnFrom(draft, proven);
  const row = run.windowAt === null ? null : rowAt(draft, run.windowAt);
  if (run.part !== "window") concludeOther(draft, proven, row);
  else if (told.awaited?.isHeld === true || isAfterBad(draft, run)) {
    addResult(draft, goodResult(proven, `window:${run.windowAt}`, proven.finishedAt ?? proven.startedAt));
  }
  confirmAcceleration(draft, proven, at);
}

/** Its time is over, and a proof has not come. One that only degrades the run leaves it good. */
export function endUnproven(draft: Draft, run: Run, at: number): void {
  const checks = (run.checks ?? []).map((result): CheckResult =>
    result.status === "pending" ? { ...result, status: result.otherwise ?? "failed" } : result,
  );
  if (stateAfter(checks, draft.monitor.settings).state !== "unverified") {
    const degraded: Run = { ...run, checks, isDegraded: true };
    prove(draft, degraded, at);
    if (run.isDegraded !== true && run.part === "window") tellDegraded(draft, degraded);
    return;
  }
  const unproven: Run = { ...run, checks, state: "unverified", awaited: null };
  notAwaited(draft, unproven);
  lowerRun(draft, unproven, { at, reason: reasonOf(unproven) });
  if (isOlder(draft, run) && !isVerifiedSince(draft, run)) {
    addResult(draft, badResult(unproven, `run:${run.id}`, at));
  }
}

/** An older run has proved wrong since this one ended well by its own word. */
function isAfterBad(draft: Draft, { windowAt }: Run): boolean {
  const { badLatestAt } = draft.state.streaks;
  return isGoingBadly(draft) && windowAt !== null && badLatestAt !== null && badLatestAt < windowAt;
}

/** Where runs follow each other faster than proofs come, the latest window is always another one. */
function isOlder({ state }: Draft, { windowAt, part }: Run): boolean {
  return part === "window" && windowAt !== null && windowAt < (state.latest?.expectedAt ?? 0);
}

function isVerifiedSince({ state }: Draft, run: Run): boolean {
  return (state.lastVerifiedAt ?? 0) > (run.finishedAt ?? run.startedAt);
}

/** Nothing is awaited of this run any more. */
export function notAwaited(draft: Draft, { id }: Pick<Run, "id">): void {
  const { awaiting } = draft.state;
  if (awaiting === undefined || !awaiting.some((run) => run.id === id)) return;
  draft.state.awaiting = awaiting.filter((run) => run.id !== id);
}
