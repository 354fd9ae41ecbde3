/** All layers together: the worst result decides what a run is, and what was asked for and not answered never passes. */
import { describe, expect, test } from "vitest";
import type { Check, CheckResult, CheckStatus } from "../../../src/domain/checks/check.ts";
import { evaluate, stateAfter } from "../../../src/domain/checks/evaluate.ts";
import { proof, subject } from "./rule-makers.ts";

const atLeastTen: Check = {
  kind: "metric",
  metric: "rows",
  of: null,
  op: ">=",
  value: 10,
  severity: "fail",
};
const expression: Check = { kind: "cel", cel: "metrics.rows > 1.0", name: "rows", severity: "fail" };

function results(...statuses: CheckStatus[]): CheckResult[] {
  return statuses.map((status) => ({ layer: "rule", check: "rows", status, sentence: "" }));
}

describe("a run that ended well", () => {
  test.each<[CheckStatus[], ReturnType<typeof stateAfter>]>([
    [["passed", "passed"], { state: "verified", isDegraded: false, isPending: false }],
    [["passed", "degraded"], { state: "verified", isDegraded: true, isPending: false }],
    [["passed", "pending"], { state: "reported", isDegraded: false, isPending: true }],
    [["degraded", "pending"], { state: "reported", isDegraded: true, isPending: true }],
    [["passed", "error"], { state: "unverified", isDegraded: false, isPending: false }],
    [["failed", "degraded", "pending"], { state: "unverified", isDegraded: false, isPending: false }],
  ])("with the results %j", (statuses, state) => {
    expect(stateAfter(results(...statuses), proof([atLeastTen]))).toEqual(state);
  });

  test("is never verified where nothing was asked of it", () => {
    expect(stateAfter([], proof([])).state).toBe("reported");
    expect(stateAfter(results("degraded"), proof([]))).toMatchObject({ state: "reported", isDegraded: true });
    expect(stateAfter(results("failed"), proof([])).state).toBe("unverified");
    expect(stateAfter([], proof([], { outcomeSchema: {} })).state).toBe("verified");
  });
});

test("rules come first, then what the experts' port answered", () => {
  const expert: CheckResult[] = [
    { layer: "expert", check: "rows", status: "passed", sentence: "rows is true" },
  ];
  const found = evaluate(proof([expression, atLeastTen]), subject({ metrics: { rows: 10 } }), expert);
  expect(found.map(({ layer, status }) => `${layer} ${status}`)).toEqual(["rule passed", "expert passed"]);
});

test("what the experts' port did not answer is an error", () => {
  const asked = proof([expression, { ...expression, name: null }], { outcomeSchema: { type: "object" } });
  const shape: CheckResult = { layer: "schema", check: "shape", status: "passed", sentence: "" };
  const found = evaluate(asked, subject({ metrics: { rows: 10 } }), [shape]);
  expect(found.map(({ check, status }) => `${check} ${status}`)).toEqual([
    "shape passed",
    "rows error",
    "metrics.rows > 1.0 error",
  ]);
  expect(stateAfter(found, asked).state).toBe("unverified");
});
