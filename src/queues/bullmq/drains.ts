/**
 * The queue of deliveries: jobs that say "send what waits on this channel". One of a channel is under way at a time, and
 * one more waits if it was asked for meanwhile: what was committed a moment ago may have come too late for the first.
 */
import type { JobsOptions } from "bullmq";
import { LIMITS } from "../../domain/limits.ts";
import type { ChannelRef } from "../../ports/store.ts";
import type { Work } from "../bullmq.ts";
import { openQueue, type QueuePlace } from "./queue.ts";
import { takeJobs, type TakingJobs, type WorkerSettings } from "./worker.ts";

const NAME = "drains";

export interface DrainQueue {
  ask(channels: readonly ChannelRef[]): Promise<void>;
  work(settings: Pick<WorkerSettings, "consumer" | "log" | "after"> & { work: Work }): TakingJobs;
  failed(): Promise<number>;
  close(): Promise<void>;
}

export function drainQueue({ producer, prefix, within }: QueuePlace): DrainQueue {
  const queue = openQueue<ChannelRef>(NAME, {
    connection: producer,
    prefix,
    within,
    streams: { events: { maxLen: LIMITS.queueEventsKept } },
  });
  return {
    async ask(channels) {
      if (channels.length === 0) return;
      const jobs = channels.map((data) => ({ name: "drain", data, opts: optionsFor(data) }));
      await (await queue.ready()).addBulk(jobs);
    },
    work: ({ work, ...settings }) =>
      takeJobs<ChannelRef>(
        { ...settings, queue: NAME, prefix, atOnce: LIMITS.drainsAtOnce, mayStall: 1 },
        ({ data }) => work.drain(data),
      ),
    failed: async () => (await queue.ready()).getFailedCount(),
    close: () => queue.close(),
  };
}

function optionsFor({ project, channel }: ChannelRef): JobsOptions {
  return {
    deduplication: {
      id: `${project}/${channel}`,
      keepLastIfActive: true,
      // A drain that is put off is timed by the clock of the machine that failed; whoever asks again has it done now.
      reschedule: true,
    },
    // Of the drain itself. A channel that refuses is the outbox's affair, which has retries of its own.
    attempts: LIMITS.drainAttempts,
    backoff: { type: "fixed", delay: LIMITS.queueRestMs },
    removeOnComplete: true,
    removeOnFail: { count: LIMITS.failedDrainsKept },
  };
}
