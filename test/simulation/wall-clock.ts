/** The wall clock of Rollcall's machine: it drifts, jitters, and is set forwards and backwards. */
import type { Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface WallClock {
  now(): number;
  /** Sets it forwards or, below zero, backwards. */
  step(byMs: number): void;
  drift(partsPerMillion: number): void;
  /** From which reading to which it was set. */
  steps: { beforeAt: number; afterAt: number }[];
}

export function createWallClock(around: {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
}): WallClock {
  const { time, chance, coverage } = around;
  let since = { trueAt: time.now(), wallAt: time.now(), partsPerMillion: 0 };
  const plain = (): number => {
    const passedMs = time.now() - since.trueAt;
    return Math.round(since.wallAt + passedMs + (passedMs * since.partsPerMillion) / 1_000_000);
  };
  return {
    steps: [],
    now() {
      if (!chance.isTrue(0.01)) return plain();
      note(coverage, "wall clock: jitter backwards");
      return plain() - chance.between(1, 40);
    },
    step(byMs) {
      const beforeAt = plain();
      since = { ...since, trueAt: time.now(), wallAt: beforeAt + byMs };
      this.steps.push({ beforeAt, afterAt: beforeAt + byMs });
      const isBig = Math.abs(byMs) > 15_000;
      const size = isBig ? "far" : "a little";
      note(coverage, byMs > 0 ? `wall clock: set forwards ${size}` : `wall clock: set back ${size}`);
    },
    drift(partsPerMillion) {
      since = { trueAt: time.now(), wallAt: plain(), partsPerMillion };
      note(coverage, "wall clock: drifts");
    },
  };
}
