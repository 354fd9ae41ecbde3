/** The clock of one of several processes: its machine's, put right by what the store was last measured to show. */
import type { Chance } from "./chance.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface MemberClock {
  now(): number;
  /** Its machine's clock is set forwards or, below zero, backwards. */
  step(byMs: number): void;
  /** Finds out how far it is off, as is done every few seconds and when the store refuses it. */
  measure(): void;
  /** From now on it is right. */
  mend(): void;
}

/** What is left when a clock was measured; with the jitter below no more than the store accepts. */
const LEFT_MS = 160;
const JITTER_MS = 40;

export function createMemberClock({ time, chance }: { time: VirtualTime; chance: Chance }): MemberClock {
  let offMs = 0;
  let leftMs = chance.between(-LEFT_MS, LEFT_MS);
  let correctionMs = leftMs;
  let isMended = false;
  return {
    now() {
      const jitterMs = !isMended && chance.isTrue(0.01) ? chance.between(1, JITTER_MS) : 0;
      return time.now() + offMs + correctionMs - jitterMs;
    },
    step(byMs) {
      offMs += byMs;
      leftMs = chance.between(-LEFT_MS, LEFT_MS);
    },
    measure() {
      correctionMs = leftMs - offMs;
    },
    mend() {
      isMended = true;
      [offMs, leftMs, correctionMs] = [0, 0, 0];
    },
  };
}
