/** What the check-ins of a run tell is gathered in it, as they come; what finds no room is told in the receipt. */
import { cutByMerging, mergeOutcome } from "../outcome/merge.ts";
import type { Outcome, OutcomePart } from "../outcome/outcome.ts";
import type { Draft } from "./draft.ts";

export function gather(draft: Draft, before: Outcome | null, part: OutcomePart | undefined): Outcome | null {
  if (part === undefined) return before;
  const after = mergeOutcome(before, part);
  draft.notes.push(...cutByMerging(part, { before, after }));
  return after;
}
