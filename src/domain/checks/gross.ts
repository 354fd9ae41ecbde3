/** What is plainly wrong without anybody having said what is right: no work at all, or far from what was expected. */
import type { CheckResult, CheckSubject, ProofSettings } from "./check.ts";

/** Only what is wrong: a run of which nothing is wrong has no result here. */
export function grossResults(_proof: ProofSettings, _subject: CheckSubject): CheckResult[] {
  return [];
}
