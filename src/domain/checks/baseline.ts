/** What runs of this monitor usually tell, learned from the last good ones, and what is far from it. */
import type { CheckResult, CheckSubject, Learned, ProofSettings } from "./check.ts";

/** Only what is unusual, and only where enough good runs are known. */
export function baselineResults(_proof: ProofSettings, _subject: CheckSubject): CheckResult[] {
  return [];
}

/** What is known with this good run added. */
export function learn(_proof: ProofSettings, subject: CheckSubject): Learned {
  return subject.learned;
}
