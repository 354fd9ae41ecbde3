/** Rules on steps, duration and completeness, at their edges; severities and names of all of them. */
import { describe, expect, test } from "vitest";
import type { Check, Comparison } from "../../../src/domain/checks/check.ts";
import { ruleResults } from "../../../src/domain/checks/rules.ts";
import type { Outcome, Step, StepStatus } from "../../../src/domain/outcome/outcome.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../makers.ts";
import { evidence, item, number, proof, ratio, step, subject, told } from "./rule-makers.ts";

describe("a step", () => {
  const enrich: Check = { kind: "step", step: "enrich", status: "ok", severity: "fail" };
  const failed = (given: Partial<Step> = {}) => step("enrich", { status: "failed", ...given });

  test.each<[StepStatus, string]>([
    ["ok", 'passed: step "enrich" is ok, needs to be ok'],
    ["failed", 'failed: step "enrich" is failed, needs to be ok'],
    ["skipped", 'failed: step "enrich" is skipped, needs to be ok'],
    ["running", 'failed: step "enrich" is running, needs to be ok'],
  ])("that is %s", (status, sentence) => {
    expect(told(enrich, { steps: [step("read"), step("enrich", { status })] })).toBe(sentence);
  });

  test("that was not told is not met", () => {
    expect(told(enrich, { steps: [step("read")] })).toBe(
      'failed: step "enrich" was not told, needs to be ok',
    );
    expect(told(enrich, { steps: [], stepsCut: 9 })).toBe(
      'failed: step "enrich" was not told; 9 more steps were told than are kept, needs to be ok',
    );
  });

  test("that was tried again is as its last try", () => {
    const steps = [failed(), failed({ attempt: 2 }), step("enrich", { attempt: 3 })];
    expect(told(enrich, { steps })).toContain("passed");
  });

  test("that failed for good is not excused by another one's retry", () => {
    const steps = [failed(), failed(), step("enrich", { attempt: 2 }), step("enrich")];
    expect(told(enrich, { steps })).toBe('failed: step "enrich" is failed in 1 of 3, needs to be ok');
  });
});

describe("the duration", () => {
  const within = (op: Comparison, valueMs: number): Check => ({
    kind: "duration",
    op,
    valueMs,
    severity: "fail",
  });

  test.each<[number, Comparison, number, string]>([
    [123 * SECOND, "<=", MINUTE, "failed: took 2m 3s, may take at most 1m"],
    [MINUTE, "<=", MINUTE, "passed: took 1m, may take at most 1m"],
    [MINUTE + 1, "<=", MINUTE, "failed: took 1m1ms, may take at most 1m"],
    [MINUTE, "<", MINUTE, "failed: took 1m, has to take less than 1m"],
    [5 * SECOND, ">=", MINUTE, "failed: took 5s, has to take at least 1m"],
    [MINUTE, ">", MINUTE, "failed: took 1m, has to take more than 1m"],
    [0, ">", 0, "failed: took 0ms, has to take more than 0ms"],
    [MINUTE, "==", MINUTE, "passed: took 1m, has to take 1m"],
    [MINUTE, "!=", MINUTE, "failed: took 1m, may not take 1m"],
    [400 * DAY, "<=", HOUR, "failed: took 400d, may take at most 1h"],
  ])("of %d ms %s %d ms", (durationMs, op, valueMs, sentence) => {
    expect(told(within(op, valueMs), {}, { durationMs })).toBe(sentence);
  });

  test("that nobody knows is not met", () => {
    expect(told(within("<=", HOUR), {}, { durationMs: null })).toBe(
      "failed: how long it took is not known: no start was told, may take at most 1h",
    );
  });
});

describe("completeness", () => {
  const complete: Check = { kind: "complete", severity: "fail" };
  const plan = ["read", "enrich", "write"];

  test.each<[string, Partial<Outcome>, string]>([
    ["nothing", {}, "failed: no outcome was told: no counts, metrics, steps or evidence"],
    [
      "a message alone",
      { message: "done", exitStatus: 0 },
      "failed: no outcome was told: no counts, metrics, steps or evidence",
    ],
    ["counts", { counts: { processed: 0 } }, "passed: the outcome was told"],
    [
      "what cannot be read",
      { counts: { processed: 1 }, unreadable: "it is no JSON" },
      "failed: the outcome could not be read: it is no JSON",
    ],
    ["a plan alone", { plan }, "failed: no outcome was told: no counts, metrics, steps or evidence"],
    [
      "the whole plan",
      { plan, steps: plan.map((name) => step(name)) },
      "passed: all 3 planned steps ended ok",
    ],
    [
      "a part of the plan",
      { plan, steps: [step("read"), step("write")] },
      'failed: step 2 of 3 "enrich" was left out',
    ],
    [
      "a plan whose steps went otherwise",
      {
        plan,
        steps: [
          step("read", { status: "skipped" }),
          step("enrich", { status: "failed" }),
          step("write", { status: "running" }),
        ],
      },
      'failed: step "write" has not ended; step 1 of 3 "read" was skipped; step 2 of 3 "enrich" failed',
    ],
    [
      "more than can be named",
      { plan: ["a", "b", "c", "d", "e"], counts: { processed: 1 } },
      'failed: step 1 of 5 "a" was left out; step 2 of 5 "b" was left out; step 3 of 5 "c" was left out; and 2 more',
    ],
    [
      "steps beyond the limit",
      { plan, steps: [step("read"), step("enrich")], stepsCut: 7 },
      'failed: step 3 of 3 "write" is not among the steps that were kept (7 were cut)',
    ],
    [
      "a step planned twice and made once",
      { plan: ["read", "read"], steps: [step("read")] },
      'failed: step 2 of 2 "read" was left out',
    ],
    [
      "a failure outside of the plan",
      { plan: ["read"], steps: [step("read"), step("warm up", { status: "failed" })] },
      "passed: the planned step ended ok",
    ],
    [
      "a failure that was tried again",
      {
        plan: ["read"],
        steps: [step("read", { status: "failed" }), step("read", { attempt: 2 })],
      },
      "passed: the planned step ended ok",
    ],
  ])("of a run that told %s", (_what, outcome, sentence) => {
    expect(told(complete, outcome)).toBe(sentence);
  });
});

test("a check that only degrades says so instead of failing; an error and a wait stay what they are", () => {
  const mild = (check: Check): Check => ({ ...check, severity: "degrade" });
  expect(told(mild(number("rows", ">=", 10)), { metrics: { rows: 3 } })).toBe(
    "degraded: rows is 3, needs at least 10",
  );
  expect(told(mild(number("tool_calls", "<=", 9)), { steps: [], stepsCut: 1 })).toMatch(/^error: /);
  const page = { evidence: [item({ kind: "page", url: "https://example.com" })] };
  const [pending] = ruleResults(proof([mild(evidence("page", { rule: "url_ok" }))]), subject(page));
  expect(pending).toMatchObject({ status: "pending", otherwise: "degraded" });
});

test("each check is called by what it asks for; expressions are evaluated elsewhere", () => {
  const checks: Check[] = [
    ratio(["processed", "expected"], ">=", 0.95),
    number("rows", ">", 10),
    evidence("backup.tar", { rule: "exists" }),
    evidence("backup.tar", { rule: "min_size", bytes: 1_000_000 }),
    evidence("backup.tar", { rule: "max_age", ageMs: DAY }),
    evidence("backup.tar", { rule: "changed_since_last" }),
    evidence("backup.tar", { rule: "url_ok" }),
    { kind: "step", step: "enrich", status: "ok", severity: "fail" },
    { kind: "duration", op: "<=", valueMs: 90 * SECOND, severity: "fail" },
    { kind: "complete", severity: "fail" },
    { kind: "cel", cel: "true", name: null, severity: "fail" },
  ];
  const results = ruleResults(proof(checks), subject());
  expect(results.every(({ layer }) => layer === "rule")).toBe(true);
  expect(results.map(({ check }) => check)).toEqual([
    "processed / expected >= 0.95",
    "rows > 10",
    "backup.tar exists",
    "backup.tar of at least 1 MB",
    "backup.tar not older than 1d",
    "backup.tar changed since last",
    "backup.tar answers at its URL",
    'step "enrich" is ok',
    "duration <= 1m30s",
    "complete",
  ]);
});
