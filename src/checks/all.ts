/** The checks that need more than plain rules, behind their port: JSON Schema and expressions in CEL. */
import type { Check, CheckResult, CheckSubject, Severity } from "../domain/checks/check.ts";
import type { FieldProblem } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { outcomeAsSent } from "../domain/outcome/outcome-as-sent.ts";
import type { JsonValue } from "../domain/outcome/outcome.ts";
import type { ExpertChecks } from "../ports/checks.ts";
import { createEvaluator } from "./evaluator.ts";
import { runInExpressions } from "./run-in-expressions.ts";
import { schemaProblem } from "./schema-bounds.ts";
import type { After } from "./thread.ts";
import type { Answer, Job, Task } from "./words.ts";

/** Nothing is loaded before the first schema or expression. */
export function createExpertChecks({ after }: { after: After }): ExpertChecks {
  const evaluator = createEvaluator({ after });
  return {
    async evaluate({ checks, outcomeSchema }, subject) {
      const asked = [
        ...(outcomeSchema === null ? [] : [schemaAsked(outcomeSchema)]),
        ...checks.flatMap((check) => (check.kind === "cel" ? [expressionAsked(check)] : [])),
      ];
      if (asked.length === 0) return [];
      const job = jobOf(asked, subject);
      if (job.outcome.length + job.run.length > LIMITS.expertInputCharacters) {
        return asked.map((one) => one.resultOf({ status: "error", because: "the outcome is too large" }));
      }
      const answers = await evaluator.evaluate(job);
      return asked.map((one, index) => one.resultOf(answers[index] ?? NO_ANSWER));
    },

    async problems({ checks, outcomeSchema }) {
      return [
        ...(await schemaProblems(outcomeSchema, evaluator.evaluate)),
        ...(await expressionProblems(checks, evaluator.evaluate)),
      ];
    },

    close: () => evaluator.close(),
  };
}

interface Asked {
  task: Task;
  resultOf(answer: Answer): CheckResult;
}

const NO_ANSWER: Answer = { status: "error", because: "there is no answer" };

function schemaAsked(schema: JsonValue): Asked {
  return {
    task: { kind: "shape", schema: JSON.stringify(schema) },
    resultOf: ({ status, because }) => ({
      layer: "schema",
      check: "outcome_schema",
      status,
      sentence:
        status === "passed"
          ? "the outcome has the shape that its schema asks for"
          : `the outcome ${status === "failed" ? "is not what its schema asks for" : "could not be compared with its schema"}: ${because}`,
    }),
  };
}

function expressionAsked(check: Check & { kind: "cel" }): Asked {
  const label = check.name ?? check.cel.slice(0, LIMITS.nameCharacters);
  return {
    task: { kind: "expression", source: check.cel },
    resultOf: ({ status, because }) => ({
      layer: "expert",
      check: label,
      status: status === "failed" ? failedAs(check.severity) : status,
      sentence: `"${label}" ${HOLDS[status]}${because === "" ? "" : `: ${because}`}`,
    }),
  };
}

const HOLDS: Record<Answer["status"], string> = {
  passed: "holds",
  failed: "does not hold",
  error: "could not be evaluated",
};

function failedAs(severity: Severity): CheckResult["status"] {
  return severity === "degrade" ? "degraded" : "failed";
}

function jobOf(asked: readonly Asked[], subject: CheckSubject): Job {
  const has = (kind: Task["kind"]): boolean => asked.some(({ task }) => task.kind === kind);
  return {
    tasks: asked.map(({ task }) => task),
    outcome: has("shape") ? JSON.stringify(outcomeAsSent(subject.outcome)) : "",
    run: has("expression") ? JSON.stringify(runInExpressions(subject)) : "",
  };
}

type Evaluate = (job: Job) => Promise<readonly Answer[]>;

async function schemaProblems(schema: JsonValue, evaluate: Evaluate): Promise<FieldProblem[]> {
  if (schema === null) return [];
  const field = "outcome_schema";
  const problem = schemaProblem(schema);
  if (problem !== null) return [{ field, message: problem }];
  const task: Task = { kind: "shape_to_save", schema: JSON.stringify(schema) };
  const [answer = NO_ANSWER] = await evaluate({ tasks: [task], outcome: "", run: "" });
  return answer.status === "passed" ? [] : [{ field, message: answer.because }];
}

async function expressionProblems(checks: readonly Check[], evaluate: Evaluate): Promise<FieldProblem[]> {
  const found = await Promise.all(
    checks.map(async (check, index): Promise<FieldProblem[]> => {
      if (check.kind !== "cel") return [];
      const field = `checks[${index}].cel`;
      const task: Task = { kind: "expression_to_save", source: check.cel };
      const [answer = NO_ANSWER] = await evaluate({ tasks: [task], outcome: "", run: "" });
      return answer.status === "passed" ? [] : [{ field, message: answer.because }];
    }),
  );
  return found.flat();
}
