/**
 * The thread of the checks as the main thread sees it: it answers in time or is ended. What counts is the time in which
 * that thread itself has worked, so that a machine that is busy elsewhere fails nobody's check.
 */
import { Worker } from "node:worker_threads";
import { LIMITS } from "../domain/limits.ts";
import type { Answer, Job, ThreadWord } from "./words.ts";

/** Calls `act` once after a while, unless what is given back is called before. */
export type After = (delayMs: number, act: () => void) => () => void;

export interface CheckThread {
  /**
   * The answers, in the order of the tasks. They are fewer than the tasks where one could not be answered: then
   * `ended` says why, the thread is gone, and the first task without an answer is the one at fault.
   */
  carryOut(job: Job): Promise<{ answers: readonly Answer[]; ended: string | null }>;
  /** Twice is harmless. */
  end(): Promise<void>;
}

/** The bundles lie side by side; the sources do too. */
const THREAD_FILE = import.meta.url.endsWith(".ts") ? "./check-thread.ts" : "./check-thread.mjs";

/** Throws when it does not come to life. */
export async function openCheckThread({ after }: { after: After }): Promise<CheckThread> {
  const worker = new Worker(new URL(THREAD_FILE, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: LIMITS.evaluationMemoryMb },
  });
  // A program that is done ends, whether or not somebody has closed this.
  worker.unref();
  let usedMs = 0;
  let onAnswer: (answer: Answer | null) => void = () => {};
  let onEnded: (because: string) => void = () => {};
  worker.on("message", (word: ThreadWord) => {
    if (!("usedMs" in word)) return;
    usedMs = word.usedMs;
    onAnswer(word.answer);
  });
  worker.on("error", (error: Error & { code?: string }) => onEnded(reasonOf(error)));
  worker.on("exit", () => onEnded("the thread of the checks has ended"));
  await new Promise<void>((resolve, reject) => {
    onAnswer = () => resolve();
    onEnded = (because) => reject(new Error(because));
  });

  /** Ends an evaluation that has had its time. */
  const watch = (onOver: (because: string) => void): { again(): void; stop(): void } => {
    let looks = 0;
    let isStopped = false;
    const look = async (): Promise<void> => {
      looks += 1;
      const spentMs = (await processorMs(worker)) - usedMs;
      if (isStopped) return;
      if (spentMs >= LIMITS.evaluationMs) return onOver(`it took longer than ${LIMITS.evaluationMs} ms`);
      if (looks * LIMITS.evaluationMs >= LIMITS.evaluationWaitMs)
        return onOver(`the machine did not come to it in ${LIMITS.evaluationWaitMs} ms`);
      cancel = after(LIMITS.evaluationMs, () => void look());
    };
    let cancel = after(LIMITS.evaluationMs, () => void look());
    return {
      again: () => (looks = 0),
      stop() {
        isStopped = true;
        cancel();
      },
    };
  };

  return {
    carryOut: (job) =>
      new Promise((resolve) => {
        const answers: Answer[] = [];
        const done = (ended: string | null): void => {
          watched.stop();
          onAnswer = onEnded = () => {};
          resolve({ answers, ended });
        };
        const watched = watch((because) => void worker.terminate().then(() => done(because)));
        onAnswer = (answer) => {
          watched.again();
          if (answer !== null) answers.push(answer);
          if (answers.length === job.tasks.length) done(null);
        };
        onEnded = done;
        worker.postMessage(job);
      }),

    async end() {
      await worker.terminate();
    },
  };
}

async function processorMs(worker: Worker): Promise<number> {
  try {
    const { user, system } = await worker.cpuUsage();
    return (user + system) / 1_000;
  } catch {
    // Older releases of Node cannot tell: then the wall's time has to do.
    return Number.POSITIVE_INFINITY;
  }
}

function reasonOf(error: Error & { code?: string }): string {
  return error.code === "ERR_WORKER_OUT_OF_MEMORY"
    ? `it took more than ${LIMITS.evaluationMemoryMb} MB of memory`
    : `the thread of the checks has failed: ${error.message}`;
}
