/**
 * What a run's checks find when it has ended well, by its own word: whether it is verified, and what is learned from it.
 */
import type { MonitorState } from "../change.ts";
import type { CheckResult, CheckSubject } from "../checks/check.ts";
import { learn } from "../checks/baseline.ts";
import { evaluate, hasExpertChecks, stateAfter, type StateAfterChecks } from "../checks/evaluate.ts";
import { evidenceToRemember } from "../checks/rules.ts";
import { NOTHING_TOLD } from "../outcome/outcome.ts";
import type { Run } from "../run.ts";
import type { Draft } from "./draft.ts";

export interface Examined extends StateAfterChecks {
  results: readonly CheckResult[];
}

/** Notes in the draft what experts would have to look at, where nobody has: the engine asks them and decides again. */
export function examine(draft: Draft, run: Run): Examined {
  const { settings } = draft.monitor;
  const subject = subjectOf(draft, run);
  if (draft.expert === null && hasExpertChecks(settings)) draft.subject = subject;
  const results = evaluate(settings, subject, draft.expert ?? []);
  return { results, ...stateAfter(results, settings) };
}

/** A good run of the schedule teaches what is usual; what a person starts by hand need not be usual. */
export function learnFrom(draft: Draft, run: Run): void {
  if (run.part === "manual") return;
  const { settings } = draft.monitor;
  const subject = subjectOf(draft, run);
  const learned = learn(settings, subject);
  if (Object.keys(learned).length > 0) draft.state.learned = learned;
  const evidence = evidenceToRemember(settings, subject);
  if (Object.keys(evidence).length > 0) draft.state.lastEvidence = evidence;
}

/** What the checks of this run look at, beside what its monitor has learned. */
export function subjectOf(
  { state }: { state: Pick<MonitorState, "learned" | "lastEvidence" | "beforeVerified"> },
  run: Run,
): CheckSubject {
  const finishedAt = run.finishedAt ?? run.startedAt;
  const durationMs = finishedAt - run.startedAt;
  // Of a finish alone nobody knows how long it took, unless it said so.
  const isTimed = run.isStartHeard || durationMs > 0;
  const { beforeVerified } = state;
  const earlier = beforeVerified?.run === run.id ? beforeVerified : state;
  return {
    outcome: run.outcome ?? NOTHING_TOLD,
    durationMs: isTimed && durationMs >= 0 ? durationMs : null,
    finishedAt,
    learned: state.learned ?? {},
    lastEvidence: earlier.lastEvidence ?? {},
  };
}
