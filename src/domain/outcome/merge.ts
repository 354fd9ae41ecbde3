/** A run's outcome grows: what a check-in says is added to what was said before, within the limits. */
import { NOTHING_TOLD, type Outcome, type OutcomePart } from "./outcome.ts";

/** Telling the same again is harmless: steps are known by their ids, counts and metrics are the latest ones. */
export function mergeOutcome(before: Outcome | null, part: OutcomePart): Outcome {
  return { ...(before ?? NOTHING_TOLD), ...part };
}
