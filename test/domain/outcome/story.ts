/** Small makers of steps, answers and runs for the tests of stories: say only what matters. */
import { step as anyStep } from "./makers.ts";
import type { CheckResult } from "../../../src/domain/checks/check.ts";
import type { HttpTally, Outcome, Step, StepError } from "../../../src/domain/outcome/outcome.ts";
import type { StoryRun } from "../../../src/domain/outcome/story-line.ts";

export const SEVEN = ["load", "split", "enrich", "score", "rank", "write", "report"];

export function step(name: string, given: Partial<Step> = {}): Step {
  return anyStep({ id: `${name}-${given.seq ?? ""}-${given.attempt ?? 1}`, name, ...given });
}

export function failed(name: string, given: Partial<Step> = {}): Step {
  return step(name, { status: "failed", ...given });
}

/** A call within the step named, answered with a status. */
export function callIn(parent: Step, status: number, given: Partial<Step> = {}): Step {
  return step("chat", {
    id: given.id ?? `call-${status}`,
    parentId: parent.id,
    kind: "llm",
    status: status >= 400 ? "failed" : "ok",
    http: { method: "POST", host: "api.openai.com", status, retryAfterSeconds: null },
    ...given,
  });
}

export function error(given: Partial<StepError> = {}): StepError {
  return { class: "unknown", type: null, message: null, ...given };
}

export function tally(status: number, given: Partial<HttpTally> = {}): HttpTally {
  return {
    host: "api.openai.com",
    status,
    count: 1,
    firstAt: null,
    lastAt: null,
    retryAfterSeconds: null,
    isQuota: false,
    ...given,
  };
}

export function check(sentence: string, given: Partial<CheckResult> = {}): CheckResult {
  return { layer: "rule", check: "processed / expected >= 0.95", status: "failed", sentence, ...given };
}

export function run(
  state: StoryRun["state"],
  told: Partial<Outcome> = {},
  checks: readonly CheckResult[] = [],
): StoryRun {
  return { state, outcome: { exitStatus: null, message: "", ...told }, checks };
}
