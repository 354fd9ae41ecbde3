/** What has to happen again and again in one process, and whether it does: a loop that fails or hangs is seen by this. */
import { durationInWords } from "../domain/duration.ts";

export interface Pulses {
  /** Of work that must be done all the time: `problem` is what it means when it was not for `withinMs`. Begins now. */
  steady(problem: string, withinMs: number): Pulse;
  /** Of work that may not come for long, but must not go on failing for `withinMs` when it does. */
  whenAsked(problem: string, withinMs: number): Pulse;
  /** A sentence for each that has stopped. */
  problems(): readonly string[];
}

export interface Pulse {
  /** Does the work; hands on what it throws. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** `elapsedMs`: since any instant, by a clock that is never set. */
export function createPulses(elapsedMs: () => number): Pulses {
  const problems: (() => string | null)[] = [];
  /** Null while there is nothing to complain of. */
  const added = (problem: string, withinMs: number, badSinceMs: () => number | null): void => {
    problems.push(() => {
      const sinceMs = badSinceMs();
      const forMs = sinceMs === null ? 0 : elapsedMs() - sinceMs;
      return forMs <= withinMs ? null : `${problem} for ${durationInWords(forMs)}.`;
    });
  };
  return {
    steady(problem, withinMs) {
      let lastMs = elapsedMs();
      added(problem, withinMs, () => lastMs);
      return {
        async during(work) {
          const result = await work();
          lastMs = elapsedMs();
          return result;
        },
      };
    },
    whenAsked(problem, withinMs) {
      let failingSinceMs: number | null = null;
      added(problem, withinMs, () => failingSinceMs);
      return {
        async during(work) {
          const beganMs = elapsedMs();
          try {
            const result = await work();
            failingSinceMs = null;
            return result;
          } catch (error) {
            failingSinceMs ??= beganMs;
            throw error;
          }
        },
      };
    },
    problems: () => problems.flatMap((problem) => problem() ?? []),
  };
}
