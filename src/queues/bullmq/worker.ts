/** One worker of BullMQ, as both queues want it. */
import { type Job, Worker } from "bullmq";
import { LIMITS } from "../../domain/limits.ts";
import type { QueueSettings, Work } from "../bullmq.ts";
import type { Client } from "./connections.ts";

export interface WorkerSettings extends Pick<QueueSettings, "log" | "after" | "within"> {
  queue: string;
  prefix: string;
  consumer: Client;
  atOnce: number;
  /** How often a job may be left unfinished by workers that died before it has failed. */
  mayStall: number;
  /** A turn that takes so long has failed: it would keep its place, and its channel from others, for ever. */
  stuckMs: number;
}

/** What is alike for all queues of a process. */
export type Consuming = Pick<WorkerSettings, "consumer" | "log" | "after" | "within"> & { work: Work };

export interface TakingJobs {
  /** Resolves once jobs are taken. */
  isTaking: Promise<unknown>;
  /** What is under way. */
  turns: ReadonlySet<Promise<void>>;
  /** Takes no more, and resolves when Redis knows what came of what was taken. */
  close(): Promise<void>;
}

/** Each job is handed to `turn`; what it throws fails the job. */
export function takeJobs<Given>(
  { queue, prefix, consumer, atOnce, mayStall, stuckMs, log, after, within }: WorkerSettings,
  turn: (job: Job<Given>) => Promise<void>,
): TakingJobs {
  const turns = new Set<Promise<void>>();
  const take = async (job: Job<Given>): Promise<void> => {
    const underWay = within(turn(job), stuckMs);
    turns.add(underWay);
    try {
      await underWay;
    } finally {
      turns.delete(underWay);
    }
  };
  const worker = new Worker<Given>(queue, take, {
    connection: consumer,
    prefix,
    concurrency: atOnce,
    // A worker that died or stands still loses its jobs to others after this.
    lockDuration: LIMITS.jobLockMs,
    stalledInterval: LIMITS.jobLockMs / 2,
    maxStalledCount: mayStall,
    runRetryDelay: LIMITS.queueRestMs,
  });
  let cancelRest = (): void => {};
  let isClosing = false;
  worker.on("error", (error) => {
    if (isClosing || worker.isPaused()) return;
    log.warn("a queue does not answer as it should", { queue, error });
    // BullMQ would ask again at once, and again: a Redis that refuses everything (full, read only) must be left alone.
    const resting = worker.pause(true);
    cancelRest = after(LIMITS.queueRestMs, () => void resting.then(() => worker.resume()));
  });
  worker.on("failed", (job, error) => {
    const { name, data, attemptsMade } = job ?? {};
    log.error("a job failed", { queue, job: name, data, attempts: attemptsMade, error });
  });
  return {
    isTaking: worker.waitUntilReady(),
    turns,
    close() {
      isClosing = true;
      cancelRest();
      return worker.close();
    },
  };
}
