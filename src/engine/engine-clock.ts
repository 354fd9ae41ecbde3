/**
 * Engine time: wall time that never runs backwards. After a backward step it stands still until the wall clock
 * has passed it, so that no deadline is judged twice and none before a check-in that was stamped earlier.
 */
import type { Clock } from "../ports/outside.ts";

export interface EngineClock extends Clock {
  /**
   * The instant at which engine time stood still and how far the wall had stepped back, once the wall has passed
   * it again; null when nothing of the kind has ended since the last call.
   */
  takeStandstill(): Standstill | null;
}

export interface Standstill {
  at: number;
  steppedMs: number;
}

/** `notBeforeAt`: the last instant already used, so that a restart does not go back either. */
export function createEngineClock(wall: Clock, notBeforeAt: number): EngineClock {
  let lastAt = notBeforeAt;
  let standing: Standstill | null = null;
  let ended: Standstill | null = null;
  return {
    now() {
      const wallAt = wall.now();
      if (wallAt < lastAt) {
        const steppedMs = Math.max(standing?.steppedMs ?? 0, lastAt - wallAt);
        standing = { at: lastAt, steppedMs };
        return lastAt;
      }
      if (standing !== null) {
        ended = standing;
        standing = null;
      }
      lastAt = wallAt;
      return lastAt;
    },
    takeStandstill() {
      const taken = ended;
      ended = null;
      return taken;
    },
  };
}
