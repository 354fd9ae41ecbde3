/** JSON Schema and expressions through their port, in their real thread. */
import { afterAll, describe, expect, test } from "vitest";
import { createExpertChecks } from "../../src/checks/all.ts";
import { type Check, DEFAULT_PROOF, type ProofSettings } from "../../src/domain/checks/check.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import type { JsonValue } from "../../src/domain/outcome/outcome.ts";
import { after } from "../../src/system/timers.ts";
import { step, subject, times } from "../domain/checks/subjects.ts";

const experts = createExpertChecks({ after });
afterAll(() => experts.close());

const LEADS = subject(
  {
    counts: { expected: 200, processed: 3 },
    metrics: { tokens: 1200 },
    steps: [step("fetch"), step("enrich", { status: "failed" })],
    extra: { region: "eu" },
    message: "3 leads done",
  },
  { durationMs: 90_000 },
);

function expression(cel: string, more: Partial<Check & { kind: "cel" }> = {}): Check {
  return { kind: "cel", severity: "fail", cel, name: null, ...more };
}

async function resultsOf(proof: Partial<ProofSettings>, about = LEADS): Promise<string[]> {
  const results = await experts.evaluate({ ...DEFAULT_PROOF, ...proof }, about);
  return results.map(({ status, sentence }) => `${status}: ${sentence}`);
}

async function resultOf(cel: string, about = LEADS): Promise<string> {
  return (await resultsOf({ checks: [expression(cel)] }, about)).join();
}

async function problemsWith(cel: string): Promise<string[]> {
  const problems = await experts.problems({ checks: [expression(cel)], outcomeSchema: null });
  return problems.map(({ field, message }) => `${field}: ${message}`);
}

describe("an expression", () => {
  test.each([
    ["run.processed >= 3", "passed"],
    ["run.processed / run.expected >= 0.95", "failed"],
    ["run.processed * 100 / run.expected == 1.5", "passed"],
    ["run.processed + 1 == 4 && 10 - run.processed == 7", "passed"],
    ["run.counts.processed == run.processed", "passed"],
    ["run.metrics.tokens > 0 && run.metrics['tokens'] < 2000.5", "passed"],
    ["run.ratio < 0.95", "passed"],
    ["run.duration == 90", "passed"],
    ["run.exit_status == 0", "passed"],
    ["run.retries == 0 && size(run.evidence) == 0", "passed"],
    ["run.steps.all(step, step.status == 'ok')", "failed"],
    ["run.steps.exists(step, step.name == 'enrich')", "passed"],
    ["run.steps.filter(s, s.status == 'failed').map(s, s.name) == ['enrich']", "passed"],
    ["has(run.succeeded) || run.message.contains('3 leads')", "passed"],
    ["run.extra.region == 'eu' && run.region == 'eu'", "passed"],
    ["timestamp(run.finished_at) > timestamp('2020-01-01T00:00:00Z')", "passed"],
  ])("%s has %s", async (cel, status) => {
    expect(await resultOf(cel)).toMatch(new RegExp(`^${status}: `));
  });

  test("says in numbers what it looked at", async () => {
    expect(await resultOf("run.processed >= run.expected * 0.95")).toBe(
      `failed: "run.processed >= run.expected * 0.95" does not hold: run.processed is 3, run.expected is 200`,
    );
    const named = expression("run.region == 'eu'", { name: "only Europe" });
    expect(await resultsOf({ checks: [named] })).toEqual([`passed: "only Europe" holds: run.region is "eu"`]);
  });

  test("that degrades does not fail the run", async () => {
    const check = expression("run.processed > 100", { severity: "degrade" });
    expect(await resultsOf({ checks: [check] })).toEqual([
      `degraded: "run.processed > 100" does not hold: run.processed is 3`,
    ]);
  });

  test.each([
    ["run.succeeded > 3", `"succeeded" was not told`],
    ["run.processed", "it gave the number 3, and only true or false say something"],
    ["size(run.steps)", "it gave the number 2, and only true or false say something"],
    ["'true'", "it gave a text, and only true or false say something"],
    ["[true]", "it gave a list, a map or the like, and only true or false say something"],
    ["null", "it gave null, and only true or false say something"],
    ["run.processed > 'many'", "found no matching overload for '_>_' applied to '(double, string)'"],
    ["run.message.matches('[')", "error parsing regexp: missing closing ]: `[`"],
    ["run.steps[7].name == 'x'", "index 7 out of bounds"],
    ["run.processed >", "line 1, column 15: found > but expecting end of input"],
    ["run.constructor == run.toString", `"constructor" was not told`],
  ])("%s never passes: it could not be evaluated", async (cel, because) => {
    const result = await resultOf(cel);
    expect(result).toMatch(/^error: ".*" could not be evaluated: /);
    expect(result).toContain(because);
  });

  test("of a run that told nothing has lists and maps without anything in them", async () => {
    const cel = "size(run.steps) == 0 && size(run.metrics) == 0 && run.message == '' && !has(run.duration)";
    expect(await resultOf(cel, subject({}))).toMatch(/^passed/);
    expect(await resultOf("run.ratio == 1", subject({ counts: { expected: 0, processed: 0 } }))).toMatch(
      /^passed/,
    );
  });

  test("of a monitor comes after its schema, in the order of its checks", async () => {
    const checks = [expression("false"), expression("true"), expression("run.x")];
    const results = await experts.evaluate({ ...DEFAULT_PROOF, checks, outcomeSchema: true }, LEADS);
    expect(results.map(({ layer, check, status }) => [layer, check, status])).toEqual([
      ["schema", "outcome_schema", "passed"],
      ["expert", "false", "failed"],
      ["expert", "true", "passed"],
      ["expert", "run.x", "error"],
    ]);
  });

  test("that is not there is not evaluated", async () => {
    expect(await resultsOf({})).toEqual([]);
    const [rule, other] = [{ kind: "complete" }, { kind: "duration", op: "<", valueMs: 1 }] as const;
    const checks: Check[] = [
      { ...rule, severity: "fail" },
      { ...other, severity: "fail" },
    ];
    expect(await resultsOf({ checks })).toEqual([]);
  });
});

describe("what is wrong with an expression is told when it is saved", () => {
  test.each([
    "run.processed >= 3",
    "run.steps.all(a, run.steps.exists(b, run.steps.exists_one(c, a == b && b == c)))",
    "run.steps.filter(s, s.attempt > 1).map(s, s.name).all(name, name.startsWith('a')) || !has(run.x)",
    "[1, 2].map(n, {n: double(n) * run.processed}).size() == 2 ? true : int(run.processed) in [1, 2]",
    `${" ".repeat(LIMITS.celCharacters - 4)}true`,
  ])("nothing, of %s", async (cel) => {
    expect(await problemsWith(cel)).toEqual([]);
  });

  test.each([
    ["", "checks[0].cel: line 1, column 1: found end of input"],
    ["run.processed >= ", "checks[0].cel: line 1, column 15: found >"],
    [
      "processed >= 3",
      `checks[0].cel: there is no variable "processed": everything is in run, as in run.processed`,
    ],
    ["sum(run.steps) > 3", `checks[0].cel: there is no function "sum"`],
    ["true || run.steps.all(s, t.name == '')", `checks[0].cel: there is no variable "t"`],
    [
      "[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))",
      "checks[0].cel: all, exists, filter and map may lie within each other 3 deep, and here they lie 4 deep",
    ],
    [
      `${" ".repeat(LIMITS.celCharacters - 3)}true`,
      `checks[0].cel: ${LIMITS.celCharacters + 1} characters; at most ${LIMITS.celCharacters} are allowed`,
    ],
    ["(".repeat(990) + ")".repeat(990), "checks[0].cel: "],
  ])("%s", async (cel, problem) => {
    const problems = await problemsWith(cel);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test("names the check at fault among others", async () => {
    const checks: Check[] = [{ kind: "complete", severity: "fail" }, expression("true"), expression("1 +")];
    const problems = await experts.problems({ checks, outcomeSchema: null });
    expect(problems.map(({ field }) => field)).toEqual(["checks[2].cel"]);
  });
});

describe("a schema", () => {
  const COUNTS: JsonValue = {
    type: "object",
    required: ["succeeded"],
    properties: { processed: { type: "integer", minimum: 10 }, expected: { type: "string" } },
  };
  const STEPS: JsonValue = { items: { properties: { status: { enum: ["ok"] } } } };
  const REGION: JsonValue = { anyOf: [{ const: "us" }, { type: "number" }] };

  test("says where the outcome is not what it asks for, and what is wrong there", async () => {
    const outcomeSchema = { required: ["counts", "report_url"], properties: { counts: COUNTS } };
    expect(await resultsOf({ outcomeSchema })).toEqual([
      "failed: the outcome is not what its schema asks for: report_url is missing; counts.succeeded is missing; " +
        "counts.processed: 3 is less than 10; counts.expected is of type number, not string",
    ]);
  });

  test.each<[JsonValue, string]>([
    [{ properties: { steps: STEPS } }, `steps[1].status does not match any of ["ok"]`],
    [{ properties: { region: REGION } }, "region does not match any subschemas"],
    [{ properties: { message: { pattern: "^all " } } }, "message does not match pattern"],
    [{ properties: { metrics: { additionalProperties: false } } }, "metrics.tokens is not allowed"],
    [{ type: ["array", "string"] }, "it is of type object, not array or string"],
    [false, "it is not allowed"],
  ])("%j", async (outcomeSchema, because) => {
    expect(await resultsOf({ outcomeSchema })).toEqual([
      `failed: the outcome is not what its schema asks for: ${because}`,
    ]);
  });

  test("tells a few places and counts the others", async () => {
    const required = Array.from({ length: 9 }, (_none, index) => `field${index}`);
    const [result] = await resultsOf({ outcomeSchema: { required } });
    expect(result).toMatch(/field4 is missing; and 4 more$/);
  });

  test("sees what was sent, in the words in which it was sent, and nothing else", async () => {
    const names = ["exit_status", "message", "counts", "metrics", "steps", "region"];
    const properties = Object.fromEntries(names.map((name) => [name, true]));
    expect(
      await resultsOf({ outcomeSchema: { required: names, properties, additionalProperties: false } }),
    ).toEqual(["passed: the outcome has the shape that its schema asks for"]);
  });

  test.each<[JsonValue, string | null]>([
    [null, null],
    [true, null],
    [{ properties: { counts: COUNTS, steps: STEPS, region: REGION } }, null],
    [{ $ref: "#/$defs/whole", $defs: { whole: { type: "object" } } }, null],
    [{ enum: [{ $ref: "https://elsewhere.test" }], properties: { type: { type: "string" } } }, null],
    ["text", "must be a JSON Schema: an object, or true or false"],
    [[], "must be a JSON Schema: an object, or true or false"],
    [7, "must be a JSON Schema: an object, or true or false"],
    [{ allOf: [{ $ref: "https://json-schema.test/x" }] }, `"https://json-schema.test/x" lies elsewhere`],
    [{ properties: { a: { $ref: "#/$defs/none" } } }, `"#/$defs/none" refers to nothing in the schema`],
    [{ $ref: "#" }, "the schema refers to itself without end"],
    [{ properties: { a: { type: "strin" } } }, `there is no type "strin"`],
    [{ properties: { a: { pattern: "(" } } }, "egular expression"],
    [{ patternProperties: { "(": true } }, "egular expression"],
    [{ required: 5 }, "it is no valid JSON Schema"],
    [{ enum: times(10_000, 12) }, "characters; at most"],
    [Array.from({ length: 31 }).reduce<JsonValue>((inner) => ({ not: inner }), true), "deeper than 30"],
  ])("%j is looked at when it is saved", async (outcomeSchema, problem) => {
    const problems = await experts.problems({ checks: [], outcomeSchema });
    if (problem === null) expect(problems).toEqual([]);
    else expect(problems).toEqual([{ field: "outcome_schema", message: expect.stringContaining(problem) }]);
  });
});
