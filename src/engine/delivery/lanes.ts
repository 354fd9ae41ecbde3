/**
 * Bounded work side by side: a few pieces at once in each lane (a channel), some in all. A lane that hangs fills its
 * own places and no others. Holds only what is under way in this process.
 */
import { LIMITS } from "../../domain/limits.ts";

export interface Lanes {
  /** The lane counts as busy until the work ends. */
  occupy(lane: string, work: () => Promise<void>): Promise<void>;
  /** Waits for a place in the lane, then works. */
  run(lane: string, work: () => Promise<void>): Promise<void>;
  busy(): readonly string[];
}

interface Waiting {
  lane: string;
  begin: () => void;
}

export function createLanes(
  places: { inLane: number; inAll: number } = { inLane: LIMITS.sendsPerChannel, inAll: LIMITS.sendsAtOnce },
): Lanes {
  const occupied = new Map<string, number>();
  const running = new Map<string, number>();
  const waiting: Waiting[] = [];
  let inAll = 0;

  const hasPlace = (lane: string): boolean =>
    inAll < places.inAll && (running.get(lane) ?? 0) < places.inLane;
  const take = (lane: string): void => {
    inAll += 1;
    count(running, lane, 1);
  };
  const leave = (lane: string): void => {
    inAll -= 1;
    count(running, lane, -1);
    const index = waiting.findIndex((next) => hasPlace(next.lane));
    const [next] = index === -1 ? [] : waiting.splice(index, 1);
    if (next === undefined) return;
    take(next.lane);
    next.begin();
  };

  return {
    async occupy(lane, work) {
      count(occupied, lane, 1);
      try {
        await work();
      } finally {
        count(occupied, lane, -1);
      }
    },
    async run(lane, work) {
      if (hasPlace(lane)) take(lane);
      else await new Promise<void>((begin) => waiting.push({ lane, begin }));
      try {
        await work();
      } finally {
        leave(lane);
      }
    },
    busy: () => [...occupied.keys()],
  };
}

function count(counts: Map<string, number>, lane: string, by: 1 | -1): void {
  const after = (counts.get(lane) ?? 0) + by;
  if (after === 0) counts.delete(lane);
  else counts.set(lane, after);
}
