/**
 * Check-ins that were received and are not decided yet. No deadline later than the oldest of them is judged,
 * so that a verdict depends on when a check-in was received and never on which turn of the loop came first.
 */
import { LIMITS } from "../domain/limits.ts";
import type { Clock } from "../ports/outside.ts";

export interface Arrival {
  /** Engine time at which the whole request had been read. */
  receivedAt: number;
  /** The check-in is decided or refused. Twice is harmless. */
  leave(): void;
}

export interface Arrivals {
  arrive(): Arrival;
  /** Deadlines before this instant may be judged. */
  judgeableAt(nowAt: number): number;
}

/** For decisions that are no check-in: what came in before must not be judged to be missing. */
export function judgeableNow(parts: { arrivals: Arrivals; clock: Clock }): number {
  return parts.arrivals.judgeableAt(parts.clock.now());
}

export function createArrivals(clock: Clock): Arrivals {
  const underway = new Set<{ receivedAt: number }>();
  return {
    arrive() {
      const arrival = { receivedAt: clock.now() };
      underway.add(arrival);
      return { receivedAt: arrival.receivedAt, leave: () => void underway.delete(arrival) };
    },
    judgeableAt(nowAt) {
      let oldestAt = nowAt;
      for (const arrival of underway) {
        // One that never leaves must not stop all judging for ever.
        if (nowAt - arrival.receivedAt > LIMITS.arrivalHeldMs) underway.delete(arrival);
        else oldestAt = Math.min(oldestAt, arrival.receivedAt);
      }
      return oldestAt;
    },
  };
}
