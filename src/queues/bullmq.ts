/**
 * Ticks, deliveries and chores of any number of processes, as jobs in one Redis. A job only says what to look at: what is
 * due and what waits stands in the store, so that a job that is lost, late or done twice changes nothing.
 *
 * 1. Every worker asks, once a second, that each group of partitions is looked at; of all who ask the first is heard.
 * 2. Whichever worker is free takes the job, ticks the group and asks for the channels that have something to send.
 * 3. A channel has one drain at a time; what is asked for meanwhile is one more behind it.
 */
import type { Cluster, Redis } from "ioredis";
import type { Log } from "../ports/outside.ts";
import type { ChannelRef, Partition } from "../ports/store.ts";
import { consumerOf, producerOf } from "./bullmq/connections.ts";
import { drainQueue } from "./bullmq/drains.ts";
import { stopped } from "./bullmq/stopping.ts";
import { tickQueue } from "./bullmq/ticks.ts";

export interface QueueSettings {
  /** A client of the store's Redis, whose like is made for the queues: nothing here waits in line with check-ins. */
  client: Redis | Cluster;
  /** What every key begins with, as in the store. */
  prefix: string;
  log: Log;
  /** Calls `act` once after `delayMs`, unless what is given back is called before. */
  after: (delayMs: number, act: () => void) => () => void;
  /** The same promise, rejected after `durationMs`. */
  within: <Result>(work: Promise<Result>, durationMs: number) => Promise<Result>;
}

export interface Queues {
  /**
   * Asks that what waits on these channels is sent now. Rejects when Redis does not take it; nothing is lost by that,
   * because the next tick asks for whatever waits.
   */
  askForDrains(channels: readonly ChannelRef[]): Promise<void>;
  /** Begins to take jobs. */
  takePart(work: Work): Promise<TakingPart>;
  /** Channels whose latest drain failed for good; of the latest `LIMITS.failedDrainsKept` that did. */
  failedDrains(): Promise<readonly ChannelRef[]>;
  close(): Promise<void>;
}

/** What a worker does, whichever job it takes. What is thrown is logged, and the job is asked for again. */
export interface Work {
  partitions(): Promise<readonly Partition[]>;
  tick(partitions: readonly Partition[]): Promise<void>;
  drain(channel: ChannelRef): Promise<void>;
  chores: readonly Chore[];
}

/** What some worker does now and then. */
export interface Chore {
  name: string;
  everyMs: number;
  turn(): Promise<void>;
}

export interface TakingPart {
  /**
   * Asks for the ticks of all groups, for the chores, and once more for drains that failed; to be called every
   * `LIMITS.sharedTickMs`.
   */
  ask(): Promise<void>;
  /**
   * Takes no more jobs and resolves when those under way have ended; what waits is for others. Of Redis nothing is waited
   * for longer than `LIMITS.queueAnswerMs`. Twice is harmless.
   */
  stop(): Promise<void>;
}

export function openQueues(settings: QueueSettings): Queues {
  const producer = producerOf(settings.client);
  const { within } = settings;
  const place = { producer: producer.client, prefix: `${settings.prefix}:{queues}`, within };
  const ticks = tickQueue(place);
  const drains = drainQueue(place);
  return {
    askForDrains: (channels) => drains.ask(channels),
    async takePart(work) {
      const consumer = consumerOf(settings.client);
      const { client } = consumer;
      const workers = [
        ticks.work({ ...settings, consumer: client, work }),
        drains.work({ ...settings, consumer: client, work }),
      ];
      await Promise.all(workers.map((worker) => worker.isTaking));
      return {
        async ask() {
          await Promise.all([ticks.ask(work), drains.askForFailed()]);
        },
        stop: () => stopped(workers, { consumer, within }),
      };
    },
    failedDrains: () => drains.failed(),
    async close() {
      await Promise.all([ticks.close(), drains.close()]);
      producer.end();
    },
  };
}
