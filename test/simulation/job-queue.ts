/**
 * The queue that several processes share: whose turn it is to look, and which channels have something to send. As the
 * real one it may lose a job, bring it late, or have it done again by another where the first stands still.
 */
import type { ChannelRef, Partition } from "../../src/ports/store.ts";
import type { Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A process that takes jobs. */
export interface Taker {
  /** It lives and does not stand still. */
  isThere(): boolean;
  tick(partition: Partition): Promise<void>;
  /** Rejects where it could not even begin. */
  drain(channel: ChannelRef): Promise<void>;
}

export interface JobQueue {
  takers: Taker[];
  losesUntilAt: number;
  isLateUntilAt: number;
  /** Whoever asks, and however often: each is let through once in its time. */
  askForTicks(partitions: readonly Partition[]): void;
  askForDrains(channels: readonly ChannelRef[]): void;
}

/** As `LIMITS.sharedTickMs`, a little less, so that nobody is passed over whose timer was early. */
const TICK_EVERY_MS = 900;
/** A job whose taker is gone is another's after this, once. */
const LOCK_MS = 5_000;
const TRIES = 3;

interface Draining {
  channel: ChannelRef;
  isActive: boolean;
  /** Asked for meanwhile: one more behind it. */
  isWantedAgain: boolean;
  tries: number;
}

export function createJobQueue({
  time,
  chance,
  coverage,
}: {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
}): JobQueue {
  const lastTicks = new Map<Partition, number>();
  const draining = new Map<string, Draining>();

  /** Hands the job out, unless it is lost. Null: nobody is there. */
  const bring = (take: (taker: Taker | null) => void): void => {
    const isLate = time.now() < queue.isLateUntilAt;
    if (isLate) note(coverage, "queue: job late");
    const delayMs = isLate ? chance.between(100, 20_000) : chance.between(0, 20);
    time.after(delayMs, () => {
      const there = queue.takers.filter((taker) => taker.isThere());
      take(there.length === 0 ? null : chance.pick(there));
    });
  };
  const isLost = (): boolean => {
    const lost = time.now() < queue.losesUntilAt && chance.isTrue(0.6);
    if (lost) note(coverage, "queue: job lost");
    return lost;
  };

  const drain = (one: Draining): void => {
    bring((taker) => {
      if (taker === null) return end(one);
      one.isActive = true;
      one.tries += 1;
      let isOver = false;
      const over = (after: () => void): void => {
        if (!isOver) after();
        isOver = true;
      };
      taker.drain(one.channel).then(
        () => over(() => end(one)),
        () => over(() => time.after(1_000, () => again(one))),
      );
      const watch = (): void => {
        if (isOver) return;
        if (taker.isThere()) return time.after(LOCK_MS, watch);
        note(coverage, "queue: job taken over");
        over(() => again(one));
      };
      time.after(LOCK_MS, watch);
    });
  };
  const again = (one: Draining): void => {
    if (one.tries < TRIES) drain(one);
    else end(one);
  };
  const end = (one: Draining): void => {
    const { channel, isWantedAgain } = one;
    draining.delete(nameOf(channel));
    if (isWantedAgain) queue.askForDrains([channel]);
  };

  const queue: JobQueue = {
    takers: [],
    losesUntilAt: 0,
    isLateUntilAt: 0,
    askForTicks(partitions) {
      for (const partition of partitions) {
        if (time.now() - (lastTicks.get(partition) ?? 0) < TICK_EVERY_MS) continue;
        lastTicks.set(partition, time.now());
        if (!isLost()) bring((taker) => void taker?.tick(partition));
      }
    },
    askForDrains(channels) {
      for (const channel of channels) {
        const known = draining.get(nameOf(channel));
        if (known !== undefined) known.isWantedAgain ||= known.isActive;
        else if (!isLost()) {
          const one = { channel, isActive: false, isWantedAgain: false, tries: 0 };
          draining.set(nameOf(channel), one);
          drain(one);
        }
      }
    },
  };
  return queue;
}

function nameOf({ project, channel }: ChannelRef): string {
  return `${project}/${channel}`;
}
