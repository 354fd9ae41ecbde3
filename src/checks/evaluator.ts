/** Evaluates one job after the other in a thread that is begun when it is needed, and anew when one had to be ended. */
import { LIMITS } from "../domain/limits.ts";
import { type After, type CheckThread, openCheckThread } from "./thread.ts";
import type { Answer, Job, Task } from "./words.ts";

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
  const strikes = strikesForgotten(after);
  let thread: CheckThread | null = null;
  let isWorking = false;
  let isClosed = false;

  /** At least one answer: of the tasks until the end, or until one that brings the thread to its end. */
  const answersTo = async (job: Job): Promise<readonly Answer[]> => {
    if (isClosed) return errors(job, STOPPING);
    const out = job.tasks.findIndex(strikes.isOut);
    if (out === 0) return [{ status: "error", because: STRUCK_OUT }];
    const tasks = out < 0 ? job.tasks : job.tasks.slice(0, out);
    if (thread === null || !thread.isAlive()) thread = await openCheckThread({ after });
    if (isClosed) {
      await thread.close();
      return errors(job, STOPPING);
    }
    const { answers, end } = await thread.carryOut({ ...job, tasks });
    if (end === null) return answers;
    thread = null;
    const guilty = tasks[answers.length];
    if (guilty !== undefined && end.isTasksFault) strikes.add(guilty);
    return [...answers, { status: "error", because: end.because }];
  };
  const allAnswersTo = async (job: Job): Promise<readonly Answer[]> => {
    const answers: Answer[] = [];
    try {
      while (answers.length < job.tasks.length) {
        answers.push(...(await answersTo({ ...job, tasks: job.tasks.slice(answers.length) })));
      }
      return answers;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const rest = { ...job, tasks: job.tasks.slice(answers.length) };
      return [...answers, ...errors(rest, `its thread does not start: ${reason}`)];
    }
  };
  const workThrough = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      next.answer(await allAnswersTo(next.job));
    }
    isWorking = false;
  };

  return {
    evaluate: (job) =>
      new Promise((resolve) => {
        if (waiting.length >= LIMITS.evaluationsWaiting) {
          resolve(errors(job, "too much waits to be evaluated"));
          return;
        }
        waiting.push({ job, answer: resolve });
        void workThrough();
      }),

    async close() {
      isClosed = true;
      await thread?.close();
    },
  };
}

const STOPPING = "Rollcall is stopping";
const STRUCK_OUT = `it was ended ${LIMITS.evaluationStrikes} times within a minute and is left out until that is over`;

interface Strikes {
  add(task: Task): void;
  isOut(task: Task): boolean;
}

/** Each end costs everybody a new thread: what brings it about again and again is left out for a while. */
function strikesForgotten(after: After): Strikes {
  const counts = new Map<string, number>();
  const textOf = (task: Task): string => ("source" in task ? task.source : task.schema);
  return {
    add(task) {
      const text = textOf(task);
      counts.set(text, (counts.get(text) ?? 0) + 1);
      after(LIMITS.evaluationStrikeMs, () => counts.delete(text));
    },
    isOut: (task) => (counts.get(textOf(task)) ?? 0) >= LIMITS.evaluationStrikes,
  };
}

function errors(job: Job, because: string): readonly Answer[] {
  return job.tasks.map((): Answer => ({ status: "error", because }));
}
