/**
 * The thread in which the expressions and schemas of monitors are evaluated: what takes too long there is ended with
 * it, and nobody else has waited. A program of its own in the bundles, so that the server starts without it.
 */
import { parentPort } from "node:worker_threads";
import { LIMITS } from "../domain/limits.ts";
import { boundedCache, type BoundedCache, cached } from "../domain/schedule/bounded-cache.ts";
import { evaluateExpression, expressionOf } from "./expression.ts";
import { schemaFault, shapeOf, validateShape } from "./shape.ts";
import type { Answer, Job, Task, ThreadWord } from "./words.ts";

const expressions = boundedCache<ReturnType<typeof expressionOf>>(LIMITS.expressionsKept);
const shapes = boundedCache<ReturnType<typeof shapeOf>>(LIMITS.schemasKept);

function carryOut(task: Task, job: Job): Answer {
  switch (task.kind) {
    case "expression":
      return evaluateExpression(prepared(expressions, task.source, expressionOf), JSON.parse(job.run));
    case "shape":
      return validateShape(prepared(shapes, task.schema, shapeOf), JSON.parse(job.outcome));
    case "expression_to_save": {
      const expression = prepared(expressions, task.source, expressionOf);
      return asAnswer("fault" in expression ? expression.fault : null);
    }
    case "shape_to_save":
      return asAnswer(schemaFault(task.schema));
  }
}

function prepared<Made>(cache: BoundedCache<Made>, text: string, make: (text: string) => Made): Made {
  return cached(cache, text, () => {
    tell({ answer: null, isPreparing: true });
    const made = make(text);
    tell({ answer: null, isPreparing: false });
    return made;
  });
}

function asAnswer(fault: string | null): Answer {
  return fault === null ? { status: "passed", because: "" } : { status: "failed", because: fault };
}

function tell(word: Omit<ThreadWord, "usedMs">): void {
  const { user, system } = process.threadCpuUsage();
  const whole: ThreadWord = { ...word, usedMs: (user + system) / 1_000 };
  parentPort?.postMessage(whole);
}

/** The first of its kind takes a hundred times as long as all that follow; nobody's time is to pay for it. */
function warmUp(): void {
  const run = { processed: 190, expected: 200, steps: [] };
  const source = "run.processed >= run.expected * 0.95 && run.steps.all(step, step.status == 'ok')";
  evaluateExpression(expressionOf(source), run);
  validateShape(shapeOf(`{"type":"object"}`), run);
}

warmUp();
tell({ answer: null, isPreparing: false });
parentPort?.on("message", (job: Job) => {
  for (const task of job.tasks) tell({ answer: carryOut(task, job), isPreparing: false });
});
