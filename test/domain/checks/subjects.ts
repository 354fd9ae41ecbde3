/** Small makers of what checks look at: they show only what matters to a test. */
import { step as anyStep } from "../outcome/makers.ts";
import {
  type Check,
  type CheckSubject,
  DEFAULT_PROOF,
  type Learned,
} from "../../../src/domain/checks/check.ts";
import { NOTHING_TOLD, type Outcome, type Step } from "../../../src/domain/outcome/outcome.ts";
import { START } from "../../makers.ts";

export function subject(outcome: Partial<Outcome>, more: Partial<CheckSubject> = {}): CheckSubject {
  return {
    outcome: { ...NOTHING_TOLD, exitStatus: 0, ...outcome },
    durationMs: null,
    finishedAt: START,
    learned: {},
    lastEvidence: {},
    ...more,
  };
}

export function step(name: string, more: Partial<Step> = {}): Step {
  return anyStep({ name, ...more });
}

export function proofWith(...checks: Check[]) {
  return { ...DEFAULT_PROOF, checks };
}

export function metricCheck(metric: string, of: string | null = null): Check {
  return { kind: "metric", severity: "fail", metric, of, op: ">=", value: 0 };
}

/** So many good runs, each of them telling this. */
export function learnedOf(name: string, ...values: number[]): { learned: Learned } {
  return { learned: { [name]: values } };
}

export function times(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value);
}
