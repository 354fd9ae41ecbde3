/** JSON Schema and expressions through their port, in their real thread. */
import { afterAll, describe, expect, test } from "vitest";
import { createExpertChecks } from "../../src/checks/all.ts";
import { type Check, type CheckSubject, DEFAULT_PROOF } from "../../src/domain/checks/check.ts";
import { NOTHING_TOLD, type Outcome } from "../../src/domain/outcome/outcome.ts";
import { after } from "../../src/system/timers.ts";

const experts = createExpertChecks({ after });
afterAll(() => experts.close());

const AT = Date.parse("2026-03-02T06:00:00Z");

function subject(outcome: Partial<Outcome>, durationMs: number | null = 90_000): CheckSubject {
  return {
    outcome: { ...NOTHING_TOLD, exitStatus: 0, ...outcome },
    durationMs,
    finishedAt: AT,
    learned: {},
    lastEvidence: {},
  };
}

function expression(cel: string, more: Partial<Check & { kind: "cel" }> = {}): Check {
  return { kind: "cel", severity: "fail", cel, name: null, ...more };
}

const LEADS = subject({ counts: { expected: 200, processed: 3 }, metrics: { tokens: 1200 } });

async function resultOf(cel: string, about: CheckSubject = LEADS) {
  const [result] = await experts.evaluate({ ...DEFAULT_PROOF, checks: [expression(cel)] }, about);
  return result;
}

describe("an expression", () => {
  test.each([
    ["run.processed >= 3", "passed"],
    ["run.processed * 100 / run.expected < 2", "passed"],
    ["run.processed >= run.expected * 0.95", "failed"],
    ["run.nothing > 3", "error"],
    ["run.processed", "error"],
    ["'true'", "error"],
    ["run.message.matches('[')", "error"],
  ])("%s is %s", async (cel, status) => {
    expect((await resultOf(cel))?.status).toBe(status);
  });
});
