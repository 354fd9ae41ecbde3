/** Small makers of rules and of what they look at, and what they say as one line. */
import { step as anyStep } from "../outcome/makers.ts";
import { DEFAULT_PROOF } from "../../../src/domain/checks/check.ts";
import type {
  Check,
  CheckSubject,
  Comparison,
  EvidenceRule,
  ProofSettings,
} from "../../../src/domain/checks/check.ts";
import { ruleResults } from "../../../src/domain/checks/rules.ts";
import { NOTHING_TOLD } from "../../../src/domain/outcome/outcome.ts";
import type { EvidenceItem, Outcome, Step } from "../../../src/domain/outcome/outcome.ts";
import { START } from "../../makers.ts";

export function proof(checks: readonly Check[], more: Partial<ProofSettings> = {}): ProofSettings {
  return { ...DEFAULT_PROOF, checks, ...more };
}

export function subject(outcome: Partial<Outcome> = {}, more: Partial<CheckSubject> = {}): CheckSubject {
  return {
    outcome: { ...NOTHING_TOLD, ...outcome },
    durationMs: 60_000,
    finishedAt: START,
    learned: {},
    lastEvidence: {},
    ...more,
  };
}

let made = 0;

export function step(name: string, given: Partial<Step> = {}): Step {
  made += 1;
  return anyStep({ id: `step-${made}`, name, ...given });
}

export function item(given: Partial<EvidenceItem> = {}): EvidenceItem {
  return {
    kind: "file",
    url: null,
    id: null,
    name: null,
    size: null,
    sha256: null,
    createdAt: null,
    ...given,
  };
}

/** "passed: processed 198 of 200 = 99 %, …", as a table shows it best. */
export function told(
  check: Check,
  outcome: Partial<Outcome>,
  more: Parameters<typeof subject>[1] = {},
): string {
  const results = ruleResults(proof([check]), subject(outcome, more));
  return results.map(({ status, sentence }) => `${status}: ${sentence}`).join(" | ");
}

export function number(metric: string, op: Comparison, value: number): Check {
  return { kind: "metric", metric, of: null, op, value, severity: "fail" };
}

export function ratio([metric, of]: [string, string], op: Comparison, value: number): Check {
  return { kind: "metric", metric, of, op, value, severity: "fail" };
}

export function evidence(name: string, must: EvidenceRule): Check {
  return { kind: "evidence", evidence: name, must, severity: "fail" };
}
