/**
 * How workers stop: what they have begun is ended and told to Redis. Where only Redis could still answer it is not waited
 * for without end: a job that was done and not told is given to another worker, and done twice is harmless.
 */
import { LIMITS } from "../../domain/limits.ts";
import type { QueueSettings } from "../bullmq.ts";
import type { Connections } from "./connections.ts";
import type { TakingJobs } from "./worker.ts";

/** A command that a Cluster is about to try once more fails only when it is told again. */
const ENDINGS = 5;
const ENDING_MS = 500;

export async function stopped(
  workers: readonly TakingJobs[],
  { consumer, within }: Pick<QueueSettings, "within"> & { consumer: Connections },
): Promise<void> {
  const closed = Promise.all(workers.map((worker) => worker.close()));
  const isClosedWithin = (durationMs: number): Promise<boolean> =>
    within(closed, durationMs).then(
      () => true,
      () => false,
    );
  let isClosed = false;
  do {
    await Promise.allSettled(workers.flatMap(({ turns }) => [...turns]));
    isClosed = await isClosedWithin(LIMITS.queueAnswerMs);
    // What was asked for before may have been given meanwhile.
  } while (!isClosed && workers.some(({ turns }) => turns.size > 0));
  for (let ending = 0; ending < ENDINGS; ending += 1) {
    consumer.end();
    if (isClosed || (await isClosedWithin(ENDING_MS))) return;
  }
}
