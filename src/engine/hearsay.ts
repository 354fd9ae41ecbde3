/**
 * What a process knows of hearing that takes no check-ins itself: the signs of life of those that do. Its own gaps
 * say nothing about what was heard, so it records none, and judges no further than the latest sign.
 */
import { LIMITS } from "../domain/limits.ts";
import type { BlindSpot } from "../domain/hearing.ts";
import { announceBlindSpots, latelyBlind } from "./announce-blind-spot.ts";
import type { EngineClock } from "./engine-clock.ts";
import type { Hearing } from "./hearing.ts";
import type { EngineParts } from "./parts.ts";

export function createHearsay(parts: EngineParts & { clock: EngineClock }): Hearing {
  let signAt: number | null = null;
  let lookedAt: number | null = null;
  // Null: not known yet.
  let unannounced: readonly BlindSpot[] | null = null;
  let underway: Promise<void> | null = null;

  const look = async (nowAt: number): Promise<void> => {
    const before = signAt;
    signAt = await parts.store.lastSignOfLifeAt();
    lookedAt = nowAt;
    // Whoever came back after a silence tells of it, unless it died between recording and telling.
    if (signAt !== null && before !== null && signAt - before > LIMITS.blindAfterMs) unannounced = null;
    unannounced ??= await latelyBlind(parts, nowAt);
    unannounced = await announceBlindSpots(parts, unannounced);
  };

  const hear = (): Promise<void> => {
    const nowAt = parts.clock.now();
    const isFresh = lookedAt !== null && nowAt - lookedAt < LIMITS.lookForSignsMs;
    if (isFresh && unannounced !== null) return Promise.resolve();
    underway ??= look(nowAt).finally(() => {
      underway = null;
    });
    return underway;
  };

  // What others hear goes on.
  return { hear, lastSignAt: () => signAt, end() {}, endedAt: () => null };
}
