/** Evaluates one job after the other in a thread that is begun when it is needed, and anew when one had to be ended. */
import { LIMITS } from "../domain/limits.ts";
import { type After, type CheckThread, openCheckThread } from "./thread.ts";
import type { Answer, Job } from "./words.ts";

export interface Evaluator {
  /** One answer for each task, in their order. Never throws. */
  evaluate(job: Job): Promise<readonly Answer[]>;
  /** What still waits is answered with an error. Twice is harmless. */
  close(): Promise<void>;
}

interface Waiting {
  job: Job;
  answer(answers: readonly Answer[]): void;
}

export function createEvaluator({ after }: { after: After }): Evaluator {
  const waiting: Waiting[] = [];
  let thread: CheckThread | null = null;
  let isWorking = false;
  let isClosed = false;

  const answersTo = async (job: Job): Promise<readonly Answer[]> => {
    const answers: Answer[] = [];
    while (answers.length < job.tasks.length) {
      if (isClosed) return withError(job, answers, "Rollcall is stopping");
      thread ??= await openCheckThread({ after });
      const { answers: more, ended } = await thread.carryOut({
        ...job,
        tasks: job.tasks.slice(answers.length),
      });
      answers.push(...more);
      if (ended === null) continue;
      thread = null;
      answers.push({ status: "error", because: ended });
    }
    return answers;
  };
  const workThrough = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { job, answer } = next;
      try {
        answer(await answersTo(job));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        answer(withError(job, [], `its thread does not start: ${reason}`));
      }
    }
    isWorking = false;
  };

  return {
    evaluate: (job) =>
      new Promise((resolve) => {
        if (waiting.length >= LIMITS.evaluationsWaiting) {
          resolve(withError(job, [], "too much waits to be evaluated"));
          return;
        }
        waiting.push({ job, answer: resolve });
        void workThrough();
      }),

    async close() {
      isClosed = true;
      await thread?.end();
    },
  };
}

function withError(job: Job, answers: readonly Answer[], because: string): readonly Answer[] {
  const rest = job.tasks.slice(answers.length).map((): Answer => ({ status: "error", because }));
  return [...answers, ...rest];
}
