/**
 * A clock on which a minute passes in a second, or as fast as is wished. It moves only as far as it is taken along
 * step by step, so that a slow moment of the machine makes it wait instead of making Rollcall deaf.
 */
import type { Clock } from "../../src/ports/outside.ts";

/** Well below the gap between two signs of life that would be a blind spot. */
const LONGEST_STEP_MS = 4_000;

export interface FastClock extends Clock {
  /** Takes the clock along; to be called often. */
  step(): void;
  /** As if the machine had been suspended for so long. */
  jump(byMs: number): void;
}

/** `speed`: milliseconds that pass on it in one of the wall's. */
export function fastClock(wall: Clock, speed: number): FastClock {
  let base = { at: wall.now(), wallAt: wall.now() };
  const now = (): number => base.at + Math.min((wall.now() - base.wallAt) * speed, LONGEST_STEP_MS);
  return {
    now: () => Math.floor(now()),
    step() {
      base = { at: now(), wallAt: wall.now() };
    },
    jump(byMs) {
      base = { at: now() + byMs, wallAt: wall.now() };
    },
  };
}
