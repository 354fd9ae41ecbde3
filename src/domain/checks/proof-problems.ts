/** What is wrong with a monitor's proof settings, and what is doubtful about them, for whoever saves them. */
import { durationInWords } from "../duration.ts";
import type { FieldProblem } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { COUNT_NAMES } from "../outcome/outcome.ts";
import type { Check, EvidenceRule, ProofSettings } from "./check.ts";
import { percentText } from "./words.ts";

/** Everything but the schema and the expressions themselves, which the port `ExpertChecks` knows about. */
export function proofProblems(proof: ProofSettings): FieldProblem[] {
  return [...checksProblems(proof), ...baselineProblems(proof), ...timeProblems(proof)];
}

function checksProblems({ checks }: ProofSettings): FieldProblem[] {
  const problems = checks.flatMap((check, index) => checkProblems(check, `checks[${index}]`));
  if (checks.length <= LIMITS.checksPerMonitor) return problems;
  const message = `has ${checks.length}; ${LIMITS.checksPerMonitor} are allowed`;
  return [...problems, { field: "checks", message }];
}

function checkProblems(check: Check, place: string): FieldProblem[] {
  switch (check.kind) {
    case "metric":
      return [
        ...textProblems(`${place}.metric`, check.metric),
        ...(check.of === null ? [] : textProblems(`${place}.of`, check.of)),
        ...(Number.isFinite(check.value) ? [] : [{ field: `${place}.value`, message: "must be a number" }]),
      ];
    case "evidence":
      return [...textProblems(`${place}.evidence`, check.evidence), ...evidenceProblems(check.must, place)];
    case "step":
      return textProblems(`${place}.step`, check.step);
    case "duration":
      return durationProblems(`${place}.duration.value`, check.valueMs, { longestMs: LIMITS.longestGraceMs });
    case "complete":
      return [];
    case "cel":
      return check.name === null ? [] : textProblems(`${place}.name`, check.name);
  }
}

function evidenceProblems(must: EvidenceRule, place: string): FieldProblem[] {
  switch (must.rule) {
    case "min_size":
      return Number.isSafeInteger(must.bytes) && must.bytes >= 0
        ? []
        : [{ field: `${place}.min_size`, message: "must be a whole number of bytes" }];
    case "max_age":
      return durationProblems(`${place}.max_age`, must.ageMs, { longestMs: LIMITS.longestGraceMs });
    case "exists":
    case "changed_since_last":
    case "url_ok":
      return [];
  }
}

function textProblems(field: string, text: string): FieldProblem[] {
  const isFit = text.trim() !== "" && text.length <= LIMITS.checkNameCharacters;
  return isFit ? [] : [{ field, message: `must have 1 to ${LIMITS.checkNameCharacters} characters` }];
}

function durationProblems(
  field: string,
  durationMs: number,
  { longestMs }: { longestMs: number },
): FieldProblem[] {
  if (Number.isFinite(durationMs) && durationMs >= 0 && durationMs <= longestMs) return [];
  return [{ field, message: `must be 0 or more and at most ${durationInWords(longestMs)}` }];
}

function baselineProblems({ baseline }: ProofSettings): FieldProblem[] {
  const metrics = baseline.metrics ?? [];
  const problems = metrics.flatMap((name, index) => textProblems(`baseline.metrics[${index}]`, name));
  if (metrics.length > LIMITS.baselineMetrics) {
    const message = `has ${metrics.length}; ${LIMITS.baselineMetrics} are allowed`;
    problems.push({ field: "baseline.metrics", message });
  }
  return problems;
}

function timeProblems({ maxIdleMs, verifyByMs }: ProofSettings): FieldProblem[] {
  return [
    ...(maxIdleMs === null ? [] : pauseProblems("max_idle", maxIdleMs, { longestMs: LIMITS.longestGraceMs })),
    ...pauseProblems("verify_by", verifyByMs, { longestMs: LIMITS.longestVerifyByMs }),
  ];
}

function pauseProblems(
  field: string,
  durationMs: number,
  { longestMs }: { longestMs: number },
): FieldProblem[] {
  if (Number.isFinite(durationMs) && durationMs > 0 && durationMs <= longestMs) return [];
  return [{ field, message: `must be longer than 0 and at most ${durationInWords(longestMs)}` }];
}

/** `runtimeMs`: how long a run may take; null where only finishes are told. */
export function proofWarnings(proof: ProofSettings, { runtimeMs }: { runtimeMs: number | null }): string[] {
  const { checks, maxIdleMs, baseline } = proof;
  const warnings: string[] = [];
  if (maxIdleMs !== null && runtimeMs === null) {
    warnings.push(
      "max_idle does nothing where signals is finish: nothing is heard of a run while it goes on.",
    );
  }
  if (maxIdleMs !== null && runtimeMs !== null && maxIdleMs >= runtimeMs) {
    warnings.push(
      `max_idle (${durationInWords(maxIdleMs)}) does nothing: a run may take ${durationInWords(runtimeMs)} in all.`,
    );
  }
  if (baseline.mode === "off" && baseline.metrics !== null) {
    warnings.push("baseline.metrics does nothing while baseline.mode is off.");
  }
  for (const [index, check] of checks.entries()) {
    if (check.kind === "duration" && runtimeMs === null) {
      warnings.push(
        `checks[${index}]: where signals is finish, only a finish with its duration can meet it.`,
      );
    }
    if (check.kind === "metric" && isWrittenAsPercentage(check)) {
      warnings.push(
        `checks[${index}]: ${check.value} is ${percentText(check.value * 100)} as a share; ${check.value} % is ${check.value / 100}.`,
      );
    }
  }
  return warnings;
}

/** 95 for 0.95: nothing is ever 95 times as much as was expected. */
function isWrittenAsPercentage({ metric, of, value }: Extract<Check, { kind: "metric" }>): boolean {
  const areCounts = [metric, of].every((name) => COUNT_NAMES.some((count) => count === name));
  return areCounts && value > 2 && value <= 100;
}
