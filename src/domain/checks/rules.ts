/** The structured rules, one after the other, each explained in numbers. */
import type { CheckResult, CheckSubject, ProofSettings } from "./check.ts";

/** One result for each check that is a rule; those in an expression are evaluated elsewhere. */
export function ruleResults(_proof: ProofSettings, _subject: CheckSubject): CheckResult[] {
  return [];
}

/** What `changed_since_last` compares with at the next run, by the names the checks have for it. */
export function evidenceToRemember(_proof: ProofSettings, _subject: CheckSubject): Record<string, string> {
  return {};
}
