/**
 * The queue of ticks and chores. Job schedulers of BullMQ would time them by the clock of whichever machine made the last
 * one: where that clock is ahead and its machine dies, nothing is judged until the others have caught up. So every
 * worker asks for everything all the time, and Redis, by its own clock, lets one through in its time.
 */
import type { JobsOptions } from "bullmq";
import { LIMITS } from "../../domain/limits.ts";
import type { Partition } from "../../ports/store.ts";
import type { Chore, Work } from "../bullmq.ts";
import { byGroup } from "./groups.ts";
import { openQueue, type QueuePlace } from "./queue.ts";
import { takeJobs, type Consuming, type TakingJobs } from "./worker.ts";

const NAME = "ticks";
/** A tick that comes a little early is better than one that is left out because its worker's timer was early. */
const THROTTLED = 0.9;

type TickJob = { group: number } | { chore: string };

export interface TickQueue {
  /** Each is let through at most once in its time, whoever asks and however often. */
  ask(work: Pick<Work, "partitions" | "chores">): Promise<void>;
  work(settings: Consuming): TakingJobs;
  close(): Promise<void>;
}

export function tickQueue({ producer, prefix, within }: QueuePlace): TickQueue {
  const opened = openQueue<TickJob>(NAME, {
    connection: producer,
    prefix,
    within,
    // What fails is logged and asked for again: there is nothing to keep.
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    streams: { events: { maxLen: LIMITS.queueEventsKept } },
  });
  let groups = new Map<number, readonly Partition[]>();
  return {
    async ask({ partitions, chores }) {
      groups = byGroup(await partitions());
      const queue = await opened.ready();
      // Where nobody takes them they must not pile up: the next ones say the same.
      if ((await queue.getWaitingCount()) > LIMITS.ticksWaiting) return;
      const ticks = [...groups.keys()].map((group) =>
        once({ group }, { id: `group ${group}`, everyMs: LIMITS.sharedTickMs }),
      );
      const due = chores.map(({ name, everyMs }) => once({ chore: name }, { id: `chore ${name}`, everyMs }));
      await queue.addBulk([...ticks, ...due]);
    },
    work({ work, ...settings }) {
      const underWay = new Set<string>();
      return takeJobs<TickJob>(
        {
          ...settings,
          queue: NAME,
          prefix,
          atOnce: LIMITS.ticksAtOnce,
          mayStall: 0,
          stuckMs: LIMITS.tickStuckMs,
        },
        async ({ data, name }) => {
          // A slow one is not joined in this process, unless it is so slow that it may never end.
          if (underWay.has(name)) return;
          underWay.add(name);
          const forget = settings.after(LIMITS.tickAloneMs, () => underWay.delete(name));
          try {
            if ("group" in data) {
              // Others may have asked for it before this process has asked for any.
              if (groups.size === 0) groups = byGroup(await work.partitions());
              await work.tick(groups.get(data.group) ?? []);
            } else await choreNamed(work, data.chore)?.turn();
          } finally {
            forget();
            underWay.delete(name);
          }
        },
      );
    },
    close: () => opened.close(),
  };
}

function once(data: TickJob, { id, everyMs }: { id: string; everyMs: number }) {
  const opts: JobsOptions = { deduplication: { id, ttl: Math.floor(everyMs * THROTTLED) } };
  return { name: id, data, opts };
}

function choreNamed({ chores }: Work, name: string): Chore | undefined {
  return chores.find((chore) => chore.name === name);
}
