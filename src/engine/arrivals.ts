/**
 * Check-ins that were received and are not decided yet. No deadline later than the oldest of them is judged,
 * so that a verdict depends on when a check-in was received and never on which turn of the loop came first.
 */
import { LIMITS } from "../domain/limits.ts";
import type { Clock } from "../ports/outside.ts";
import type { EngineParts } from "./parts.ts";

export interface Arrival {
  /** Engine time at which the whole request had been read. */
  receivedAt: number;
  /** The check-in is decided or refused. Twice is harmless. */
  leave(): void;
}

export interface Arrivals {
  arrive(): Arrival;
  /** Deadlines before this instant may be judged: what was received before it is decided, here and elsewhere. */
  judgeableAt(nowAt: number): number;
}

/**
 * When a decision that is no check-in takes place: what came in before must not be judged to be missing. A process
 * among several decides now, and judges no further than what is settled (`decisionOf`): an edit that were dated back
 * would expect windows from before it.
 */
export function judgeableNow(parts: Pick<EngineParts, "clock" | "sharing"> & { arrivals: Arrivals }): number {
  const nowAt = parts.clock.now();
  return parts.sharing === undefined ? parts.arrivals.judgeableAt(nowAt) : nowAt;
}

/** `heardUntilAt`: what came in before was heard, and where others heard it, it is decided. */
export function createArrivals(
  clock: Clock,
  heardUntilAt: (nowAt: number) => number = (nowAt) => nowAt,
): Arrivals {
  const underway = new Set<{ receivedAt: number }>();
  return {
    arrive() {
      const arrival = { receivedAt: clock.now() };
      underway.add(arrival);
      return { receivedAt: arrival.receivedAt, leave: () => void underway.delete(arrival) };
    },
    judgeableAt(nowAt) {
      let oldestAt = heardUntilAt(nowAt);
      for (const arrival of underway) {
        // One that never leaves must not stop all judging for ever.
        if (nowAt - arrival.receivedAt > LIMITS.arrivalHeldMs) underway.delete(arrival);
        else oldestAt = Math.min(oldestAt, arrival.receivedAt);
      }
      return oldestAt;
    },
  };
}
