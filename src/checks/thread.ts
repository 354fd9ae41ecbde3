/**
 * The thread of the checks as the main thread sees it: it answers in time or is ended. What counts is the time in which
 * that thread itself has worked, so that a machine that is busy elsewhere fails nobody's check.
 */
import { Worker } from "node:worker_threads";
import { LIMITS } from "../domain/limits.ts";
import type { Answer, Job, ThreadWord } from "./words.ts";

/** Calls `act` once after a while, unless what is given back is called before. */
export type After = (delayMs: number, act: () => void) => () => void;

/** Why a thread is gone. */
export interface End {
  because: string;
  /** It was ended for what the task did, and not for what the machine did. */
  isTasksFault: boolean;
}

export interface CheckThread {
  /**
   * The answers, in the order of the tasks. They are fewer than the tasks where one could not be answered: then the
   * thread has come to its end, and the first task without an answer is the one that it could not answer.
   */
  carryOut(job: Job): Promise<{ answers: readonly Answer[]; end: End | null }>;
  /** False: another has to be opened. */
  isAlive(): boolean;
  /** Twice is harmless. */
  close(): Promise<void>;
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
  let onWord: (word: ThreadWord) => void = () => {};
  let onEnd: (end: End) => void = () => {};
  worker.on("message", (word: ThreadWord) => ("usedMs" in word ? onWord(word) : undefined));
  worker.on("error", (error) => onEnd(endBy(error)));
  let isAlive = true;
  worker.on("exit", () => {
    isAlive = false;
    onEnd({ because: "its thread has ended", isTasksFault: false });
  });
  const first = await new Promise<ThreadWord>((resolve, reject) => {
    onWord = resolve;
    onEnd = ({ because }) => reject(new Error(because));
  });
  let { usedMs } = first;

  const carryOut: CheckThread["carryOut"] = (job) =>
    new Promise((resolve) => {
      const answers: Answer[] = [];
      const done = (end: End | null): void => {
        watch.stop();
        onWord = onEnd = () => {};
        resolve({ answers, end });
      };
      const watch = watched({ worker, after, usedMs }, (end) => {
        onWord = onEnd = () => {};
        void worker.terminate().then(() => done(end));
      });
      onWord = (word) => {
        usedMs = word.usedMs;
        watch.hear(word);
        if (word.answer !== null) answers.push(word.answer);
        if (answers.length === job.tasks.length) done(null);
      };
      onEnd = done;
      worker.postMessage(job);
    });
  const close = async (): Promise<void> => {
    await worker.terminate();
  };
  return { carryOut, isAlive: () => isAlive, close };
}

/** Looks now and then whether what the thread is at has had its time. */
function watched(
  { worker, after, usedMs }: { worker: Worker; after: After; usedMs: number },
  onOver: (end: End) => void,
): { hear(word: ThreadWord): void; stop(): void } {
  let sinceMs = usedMs;
  let mayTakeMs: number = LIMITS.evaluationMs;
  let looks = 0;
  let isStopped = false;
  const look = async (): Promise<void> => {
    looks += 1;
    const spentMs = (await processorMs(worker)) - sinceMs;
    if (isStopped) return;
    if (spentMs >= mayTakeMs) {
      onOver({ because: `it took longer than ${mayTakeMs} ms`, isTasksFault: true });
    } else if (looks * LIMITS.evaluationMs >= LIMITS.evaluationWaitMs) {
      onOver({
        because: `no processor was free for it in ${LIMITS.evaluationWaitMs} ms`,
        isTasksFault: false,
      });
    } else lookLater();
  };
  let cancel: () => void;
  const lookLater = (): void => {
    cancel = after(LIMITS.evaluationMs, () => void look());
  };
  lookLater();
  return {
    hear(word) {
      sinceMs = word.usedMs;
      mayTakeMs = word.isPreparing ? LIMITS.preparationMs : LIMITS.evaluationMs;
      looks = 0;
    },
    stop() {
      isStopped = true;
      cancel();
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

function endBy(error: unknown): End {
  const { code, message } = error as Error & { code?: string };
  return code === "ERR_WORKER_OUT_OF_MEMORY"
    ? { because: `it took more than ${LIMITS.evaluationMemoryMb} MB of memory`, isTasksFault: true }
    : { because: `its thread has failed: ${message}`, isTasksFault: false };
}
