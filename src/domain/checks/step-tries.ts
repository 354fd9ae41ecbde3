/** A step that failed and was tried again is as its last try; tries are told apart from further steps of the name. */
import type { Step } from "../outcome/outcome.ts";

/**
 * The steps without those that a later try took the place of. Try 2 of a step belongs to the nearest try 1 of the
 * same name before it, so that a failure which nobody tried again is not excused by another step's retry.
 */
export function latestTries(steps: readonly Step[]): Step[] {
  const replaced = new Set<Step>();
  for (const [index, step] of steps.entries()) {
    if (step.attempt < 2) continue;
    const before = steps
      .slice(0, index)
      .findLast((other) => isSameStep(other, step) && other.attempt < step.attempt && !replaced.has(other));
    if (before !== undefined) replaced.add(before);
  }
  return steps.filter((step) => !replaced.has(step));
}

function isSameStep(one: Step, other: Step): boolean {
  return one.name === other.name && one.parentId === other.parentId && one.seq === other.seq;
}
