/** Queues over a real Redis and workers that remember what they were given, all closed after their test. */
import { Cluster, Redis } from "ioredis";
import { afterEach, expect } from "vitest";
import type { Log } from "../../src/ports/outside.ts";
import type { ChannelRef, Partition } from "../../src/ports/store.ts";
import {
  openQueues,
  type Queues,
  type QueueSettings,
  type TakingPart,
  type Work,
} from "../../src/queues/bullmq.ts";
import { after, within } from "../../src/system/timers.ts";

export const SLACK: ChannelRef = { project: "default", channel: "slack" };
export const PARTITIONS = Array.from({ length: 40 }, (_each, index) => `default/${index}`);

let count = 0;
/** What is to be closed after the test, the latest first. */
export const closing: (() => Promise<void>)[] = [];
/** Warnings and errors of the test. */
export const told: { what: string; more: Record<string, unknown> | undefined }[] = [];
const log: Log = {
  debug() {},
  info() {},
  warn: (what, more) => told.push({ what, more }),
  error: (what, more) => told.push({ what, more }),
};

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  told.length = 0;
});

/** Queues of one more process; with the same prefix they are those of the same instance. */
export function queuesAt(
  url: string | readonly string[],
  prefix = `test-${(count += 1)}`,
  own: Partial<QueueSettings> = {},
): Queues {
  const client = typeof url === "string" ? new Redis(url) : new Cluster([...url]);
  client.on("error", () => {});
  const queues = openQueues({ client, prefix, log, after, within, ...own });
  closing.push(async () => {
    await queues.close();
    client.disconnect();
  });
  return queues;
}

/** A worker that remembers what it was given. */
export async function worker(queues: Queues, own: Partial<Work> = {}) {
  const ticked: Partition[][] = [];
  const drained: string[] = [];
  const part = await queues.takePart({
    partitions: async () => PARTITIONS,
    tick: async (partitions) => void ticked.push([...partitions]),
    drain: async ({ channel }) => void drained.push(channel),
    chores: [],
    ...own,
  });
  closing.push(() => part.stop());
  return { ...part, ticked, drained };
}

/** Asks as the loop of a worker does, only more often, until the condition holds. */
export async function askUntil(
  parts: readonly TakingPart[],
  isReached: () => boolean,
  timeout = 15_000,
): Promise<void> {
  await expect
    .poll(
      async () => {
        await Promise.all(parts.map((part) => part.ask()));
        return isReached();
      },
      { interval: 50, timeout },
    )
    .toBe(true);
}
