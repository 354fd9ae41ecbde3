/** What checks would find in an outcome, before anybody relies on them. Nothing is written. */
import type { MonitorState } from "../domain/change.ts";
import {
  DEFAULT_PROOF,
  type CheckResult,
  type CheckSubject,
  type ProofSettings,
} from "../domain/checks/check.ts";
import { evaluate, stateAfter } from "../domain/checks/evaluate.ts";
import { proofProblems } from "../domain/checks/proof-problems.ts";
import { subjectOf } from "../domain/decide/examine.ts";
import { invalid, type FieldProblem } from "../domain/errors.ts";
import { mergeOutcome } from "../domain/outcome/merge.ts";
import { NOTHING_TOLD } from "../domain/outcome/outcome.ts";
import { readOutcome } from "../domain/outcome/read-outcome.ts";
import { isGood, type Run } from "../domain/run.ts";
import { findMonitor, monitorOfProject } from "./find-monitor.ts";
import { getRun } from "./list-runs.ts";
import type { EngineParts } from "./parts.ts";
import { expertProblems } from "./save-monitor.ts";

export interface Trial {
  results: readonly CheckResult[];
  /** `degraded`: good, with something to be looked at. */
  becomes: "verified" | "degraded" | "reported" | "unverified" | "failed";
  /** What is wrong with the outcome that was sent. */
  problems: readonly FieldProblem[];
  notes: readonly string[];
}

/** An outcome as a job would send it, and what its check-in would say beside it. */
export interface OutcomeSent {
  fields: Readonly<Record<string, unknown>>;
  message: string;
  exitStatus: number | null;
  durationMs: number | null;
}

/** Exactly one of `run` (Rollcall's id) and `outcome`; what is not in `given` is the monitor's, else the default. */
export interface TrialInput {
  project: string;
  given: Partial<Pick<ProofSettings, "checks" | "outcomeSchema" | "baseline">>;
  slug: string | null;
  run: string | null;
  outcome: OutcomeSent | null;
}

/** Throws what saving a monitor with these checks would throw, and `not_found`. */
export async function tryChecks(parts: EngineParts, input: TrialInput): Promise<Trial> {
  const { project, given } = input;
  const { run } = input.run === null ? { run: null } : await getRun(parts, { project, id: input.run });
  const known = await monitorFor(parts, { ...input, ofRun: run });
  const proof: ProofSettings = { ...(known?.settings ?? DEFAULT_PROOF), ...given };
  const problems = [...proofProblems(proof), ...(await expertProblems(parts, given))];
  if (problems.length > 0) throw invalid(problems);
  const tried = run === null ? ofOutcome(parts, input, known?.state) : ofRun(parts, run, known?.state);
  const expert = await parts.experts.evaluate(proof, tried.subject);
  const results = evaluate(proof, tried.subject, expert);
  const after = becomes(results, proof, tried);
  const notes = [...tried.notes, ...(after.note === null ? [] : [after.note])];
  return { results, becomes: after.becomes, problems: tried.problems, notes };
}

interface Known {
  settings: ProofSettings;
  state: Memory;
}

type Memory = Pick<MonitorState, "learned" | "lastEvidence">;

/** The monitor that was named, else that of the run. */
async function monitorFor(
  parts: EngineParts,
  { project, slug, ofRun: run }: Pick<TrialInput, "project" | "slug"> & { ofRun: Run | null },
): Promise<Known | null> {
  if (slug !== null) {
    const { monitor, state } = await findMonitor(parts, { project, slug });
    return { settings: monitor.settings, state };
  }
  const found = run === null ? null : await monitorOfProject(parts, { project, monitorId: run.monitorId });
  return found === null ? null : { settings: found.monitor.settings, state: found.state };
}

interface Tried {
  subject: CheckSubject;
  /** It says itself that it went wrong: then its checks do not decide. */
  isFailed: boolean;
  problems: readonly FieldProblem[];
  notes: readonly string[];
}

function ofOutcome({ clock }: EngineParts, { outcome }: TrialInput, memory: Memory = {}): Tried {
  if (outcome === null) throw invalid([{ field: "outcome", message: "is missing: give it, or a run" }]);
  const { fields, message, exitStatus, durationMs } = outcome;
  const { part, problems, notes } = readOutcome(fields);
  const told = part === null ? NOTHING_TOLD : mergeOutcome(null, part);
  const subject: CheckSubject = {
    outcome: { ...told, message, exitStatus },
    durationMs,
    finishedAt: clock.now(),
    learned: memory.learned ?? {},
    lastEvidence: memory.lastEvidence ?? {},
  };
  return { subject, isFailed: exitStatus !== null && exitStatus !== 0, problems, notes };
}

/** What is remembered of the last good run may be this run's own: it would be found not to have changed. */
function ofRun({ clock }: EngineParts, run: Run, memory: Memory = {}): Tried {
  const isFinished = run.finishedAt !== null;
  const wasGood = isGood(run);
  const subject = subjectOf(
    { state: wasGood ? { ...memory, lastEvidence: {} } : memory },
    isFinished ? run : { ...run, finishedAt: clock.now() },
  );
  const notes = [
    ...(isFinished ? [] : ["the run has not finished: it is looked at as if it ended now"]),
    ...(wasGood && Object.keys(memory.lastEvidence ?? {}).length > 0
      ? ["evidence is not compared with the last good run, which may be this one"]
      : []),
  ];
  return { subject, isFailed: run.state === "failed", problems: [], notes };
}

function becomes(
  results: readonly CheckResult[],
  proof: ProofSettings,
  { isFailed }: Tried,
): { becomes: Trial["becomes"]; note: string | null } {
  if (isFailed) {
    return { becomes: "failed", note: "it failed by its own word: its checks would not be looked at" };
  }
  const { state, isDegraded, isPending } = stateAfter(results, proof);
  const note = isPending
    ? "what is pending is asked for after the run; until it has answered the run is reported"
    : null;
  return { becomes: isDegraded && !isPending ? "degraded" : state, note };
}
