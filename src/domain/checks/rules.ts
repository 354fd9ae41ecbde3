/** The structured rules, one after the other, each explained in numbers. */
import type { Outcome } from "../outcome/outcome.ts";
import type { Check, CheckResult, CheckSubject, ProofSettings, RuleAnswer } from "./check.ts";
import { completeness } from "./completeness.ts";
import { evidenceAnswers, printsToRemember } from "./evidence.ts";
import { metricAnswer } from "./metric-rules.ts";
import { latestTries } from "./step-tries.ts";
import { beingText, checkText, DURATION, isMet, shownTogether, takingText } from "./words.ts";

/** One result for each check that is a rule, more where several addresses are to be asked; no expression is one. */
export function ruleResults(proof: ProofSettings, subject: CheckSubject): CheckResult[] {
  return proof.checks.flatMap((check) => answersTo(check, subject).map((answer) => resultOf(check, answer)));
}

/** What `changed_since_last` compares with at the next run, by the names the checks have for it. */
export function evidenceToRemember(proof: ProofSettings, subject: CheckSubject): Record<string, string> {
  const names = proof.checks.flatMap((check) =>
    check.kind === "evidence" && check.must.rule === "changed_since_last" ? [check.evidence] : [],
  );
  return Object.fromEntries(
    names.flatMap((name) => {
      const prints = printsToRemember(subject, name);
      return prints === null ? [] : [[name, prints] as const];
    }),
  );
}

function answersTo(check: Check, subject: CheckSubject): RuleAnswer[] {
  switch (check.kind) {
    case "metric":
      return [metricAnswer(check, subject.outcome)];
    case "evidence":
      return evidenceAnswers(check, subject);
    case "step":
      return [stepAnswer(check, subject.outcome)];
    case "duration":
      return [durationAnswer(check, subject.durationMs)];
    case "complete":
      return [completeness(subject.outcome)];
    case "cel":
      return [];
  }
}

function resultOf(check: Check, { status, sentence, url }: RuleAnswer): CheckResult {
  const unmet = check.severity === "degrade" ? "degraded" : "failed";
  return {
    layer: "rule",
    check: checkText(check),
    status: status === "failed" ? unmet : status,
    sentence,
    ...(url === undefined ? {} : { url, otherwise: unmet }),
  };
}

/** Of a step that was tried again only the last try counts; of several steps with one name each must be so. */
function stepAnswer(
  { step: name, status }: Extract<Check, { kind: "step" }>,
  { steps = [], stepsCut = 0 }: Outcome,
): RuleAnswer {
  const tries = latestTries(steps.filter((step) => step.name === name));
  const needed = beingText("==", status);
  if (tries.length === 0) {
    const cut = stepsCut === 0 ? "" : `; ${stepsCut} more steps were told than are kept`;
    return { status: "failed", sentence: `step "${name}" was not told${cut}, ${needed}` };
  }
  const others = tries.filter((step) => step.status !== status);
  const [other] = others;
  if (other === undefined) return { status: "passed", sentence: `step "${name}" is ${status}, ${needed}` };
  const share = tries.length === 1 ? "" : ` in ${others.length} of ${tries.length}`;
  return { status: "failed", sentence: `step "${name}" is ${other.status}${share}, ${needed}` };
}

function durationAnswer(
  { op, valueMs }: Extract<Check, { kind: "duration" }>,
  durationMs: number | null,
): RuleAnswer {
  if (durationMs === null) {
    return {
      status: "failed",
      sentence: `how long it took is not known: no start was told, ${takingText(op, DURATION.short(valueMs))}`,
    };
  }
  const [took, needed] = shownTogether(DURATION, durationMs, valueMs);
  return {
    status: isMet(durationMs, op, valueMs) ? "passed" : "failed",
    sentence: `took ${took}, ${takingText(op, needed)}`,
  };
}
