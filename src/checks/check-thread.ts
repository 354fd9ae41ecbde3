/**
 * The thread in which the expressions and schemas of monitors are evaluated: what takes too long there is ended with
 * it, and nobody else has waited. A program of its own in the bundles, so that the server starts without it.
 */
import { parentPort } from "node:worker_threads";
import { evaluateExpression, expressionFault } from "./expression.ts";
import { schemaFault, validateShape } from "./shape.ts";
import type { Answer, Job, Task, ThreadWord } from "./words.ts";

/** The first of its kind takes a hundred times as long as all that follow; nobody's time is to pay for it. */
function warmUp(): void {
  evaluateExpression("run.processed >= run.expected * 0.95", { processed: 190, expected: 200 });
  validateShape(`{"type":"object"}`, {});
}

function carryOut(task: Task, job: Job): Answer {
  switch (task.kind) {
    case "expression":
      return evaluateExpression(task.source, JSON.parse(job.run));
    case "shape":
      return validateShape(task.schema, JSON.parse(job.outcome));
    case "expression_to_save":
      return asAnswer(expressionFault(task.source));
    case "shape_to_save":
      return asAnswer(schemaFault(task.schema));
  }
}

function asAnswer(fault: string | null): Answer {
  return fault === null ? { status: "passed", because: "" } : { status: "failed", because: fault };
}

function tell(answer: Answer | null): void {
  const { user, system } = process.threadCpuUsage();
  const word: ThreadWord = { answer, usedMs: (user + system) / 1_000 };
  parentPort?.postMessage(word);
}

warmUp();
tell(null);
parentPort?.on("message", (job: Job) => {
  for (const task of job.tasks) tell(carryOut(task, job));
});
