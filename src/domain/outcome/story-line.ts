/**
 * What became of a run in one sentence, the same for the same facts:
 * `failed on step 3 of 7 "enrich": api.openai.com answered 429; processed 50 of 200`.
 */
import type { Run } from "../run.ts";

/** Null where the run has told nothing that would make a story: no step, no count, no answer of a host. */
export function storyLine(_run: Pick<Run, "state" | "outcome" | "checks">): string | null {
  return null;
}
