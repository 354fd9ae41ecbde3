/**
 * Counts the check-ins of each monitor over the last minute, and says which are stored singly, which are folded
 * with others of their kind, and which are too many even for that.
 */
import { LIMITS } from "../domain/limits.ts";
import type { Clock } from "../ports/outside.ts";

export type Rate = { what: "single" } | { what: "folded" } | { what: "refused"; retryAfterSeconds: number };

export interface CheckInRate {
  /** Counts one more check-in of this monitor. */
  note(monitorId: string): Rate;
}

const SECONDS = 60;

/** One number a second of the last minute; `counts[second % 60]`. */
interface Minute {
  counts: number[];
  total: number;
  /** The second, since 1970, up to which `counts` holds. */
  second: number;
}

export function createCheckInRate(clock: Clock): CheckInRate {
  const minutes = new Map<string, Minute>();
  return {
    note(monitorId) {
      const second = Math.floor(clock.now() / 1_000);
      const minute = minutes.get(monitorId) ?? { counts: Array<number>(SECONDS).fill(0), total: 0, second };
      minutes.delete(monitorId);
      minutes.set(monitorId, minute);
      forget(minutes, second);
      advance(minute, second);
      if (minute.total >= LIMITS.checkInsPerMinuteRefused) {
        return { what: "refused", retryAfterSeconds: secondsUntilRoom(minute) };
      }
      minute.total += 1;
      minute.counts[minute.second % SECONDS] = (minute.counts[minute.second % SECONDS] ?? 0) + 1;
      return { what: minute.total <= LIMITS.checkInsPerMinute ? "single" : "folded" };
    },
  };
}

/** Lets the seconds that are a minute old drop out. A clock that steps back keeps the latest second. */
function advance(minute: Minute, second: number): void {
  const passed = Math.min(SECONDS, Math.max(0, second - minute.second));
  for (let step = 1; step <= passed; step += 1) {
    const index = (minute.second + step) % SECONDS;
    minute.total -= minute.counts[index] ?? 0;
    minute.counts[index] = 0;
  }
  minute.second = Math.max(minute.second, second);
}

function secondsUntilRoom(minute: Minute): number {
  for (let step = 1; step <= SECONDS; step += 1) {
    if ((minute.counts[(minute.second + step) % SECONDS] ?? 0) > 0) return step;
  }
  return SECONDS;
}

/** The map keeps the order of the last check-in, so monitors that fell silent stand at its beginning. */
function forget(minutes: Map<string, Minute>, second: number): void {
  for (const [monitorId, minute] of minutes) {
    if (second - minute.second <= SECONDS) return;
    minutes.delete(monitorId);
  }
}
