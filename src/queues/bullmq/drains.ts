/**
 * The queue of deliveries: jobs that say "send what waits on this channel". One of a channel is under way at a time, and
 * one more waits if it was asked for meanwhile: what was committed a moment ago may have come too late for the first.
 */
import type { JobsOptions } from "bullmq";
import { LIMITS } from "../../domain/limits.ts";
import type { ChannelRef } from "../../ports/store.ts";
import { openQueue, type QueuePlace } from "./queue.ts";
import { takeJobs, type Consuming, type TakingJobs } from "./worker.ts";

const NAME = "drains";

export interface DrainQueue {
  ask(channels: readonly ChannelRef[]): Promise<void>;
  work(settings: Consuming): TakingJobs;
  /** Asks once more for those that failed for good. */
  askForFailed(): Promise<void>;
  /** The channels whose latest drain failed for good. */
  failed(): Promise<readonly ChannelRef[]>;
  close(): Promise<void>;
}

export function drainQueue({ producer, prefix, within }: QueuePlace): DrainQueue {
  const queue = openQueue<ChannelRef>(NAME, {
    connection: producer,
    prefix,
    within,
    streams: { events: { maxLen: LIMITS.queueEventsKept } },
  });
  const ask = async (channels: readonly ChannelRef[]): Promise<void> => {
    if (channels.length === 0) return;
    const jobs = channels.map((data) => ({ name: "drain", data, opts: optionsFor(data) }));
    await (await queue.ready()).addBulk(jobs);
  };
  const failedJobs = async () => {
    const opened = await queue.ready();
    // Nearly always there is none, and to count is cheap.
    return (await opened.getFailedCount()) === 0 ? [] : opened.getFailed(0, LIMITS.failedDrainsKept - 1);
  };
  const failed = async () => {
    const channels = (await failedJobs()).map(({ data }) => data);
    return [...new Map(channels.map((channel) => [nameOf(channel), channel])).values()];
  };
  return {
    ask,
    askForFailed: async () => ask(await failed()),
    work: ({ work, ...settings }) =>
      takeJobs<ChannelRef>(
        {
          ...settings,
          queue: NAME,
          prefix,
          atOnce: LIMITS.drainsAtOnce,
          mayStall: 1,
          stuckMs: LIMITS.drainStuckMs,
        },
        async ({ data }) => {
          await work.drain(data);
          // What failed before has been made up for.
          const past = (await failedJobs()).filter((job) => nameOf(job.data) === nameOf(data));
          await Promise.all(past.map((job) => job.remove()));
        },
      ),
    failed,
    close: () => queue.close(),
  };
}

function nameOf({ project, channel }: ChannelRef): string {
  return `${project}/${channel}`;
}

function optionsFor(channel: ChannelRef): JobsOptions {
  return {
    deduplication: {
      id: nameOf(channel),
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
