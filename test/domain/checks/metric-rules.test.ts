/** Rules on numbers and shares, at their edges: what comes of each and what it says. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMPARISONS } from "../../../src/domain/checks/check.ts";
import type { Comparison } from "../../../src/domain/checks/check.ts";
import { isMet } from "../../../src/domain/checks/words.ts";
import type { Counts } from "../../../src/domain/outcome/outcome.ts";
import { number, ratio, step, told } from "./rule-makers.ts";

describe("one number", () => {
  test.each<[number, Comparison, number, string]>([
    [3, ">=", 10, "failed: rows is 3, needs at least 10"],
    [10, ">=", 10, "passed: rows is 10, needs at least 10"],
    [10, ">", 10, "failed: rows is 10, needs more than 10"],
    [10, "<=", 10, "passed: rows is 10, may be 10 at most"],
    [11, "<=", 10, "failed: rows is 11, may be 10 at most"],
    [10, "<", 10, "failed: rows is 10, needs less than 10"],
    [10, "==", 10, "passed: rows is 10, needs to be 10"],
    [0.1 + 0.2, "==", 0.3, "failed: rows is 0.30000000000000004, needs to be 0.3"],
    [0, "!=", 0, "failed: rows is 0, may not be 0"],
    [-0, ">=", 0, "passed: rows is 0, needs at least 0"],
    [-5, ">=", 0, "failed: rows is -5, needs at least 0"],
    [Number.MAX_SAFE_INTEGER, ">", 1, "passed: rows is 9007199254740991, needs more than 1"],
    [1e300, "<", 1e301, "passed: rows is 1e+300, needs less than 1e+301"],
    [Number.MIN_VALUE, ">", 0, "passed: rows is 5e-324, needs more than 0"],
  ])("rows %d %s %d", (value, op, needed, sentence) => {
    expect(told(number("rows", op, needed), { metrics: { rows: value } })).toBe(sentence);
  });

  test("that was not told is not met, whatever is asked of it", () => {
    for (const op of COMPARISONS) {
      expect(told(number("rows", op, 0), {})).toBe("failed: rows was not told");
      expect(told(number("constructor", op, 0), { metrics: {} })).toBe("failed: constructor was not told");
    }
  });

  test("a count is known by its name, and a metric of that name comes before it", () => {
    const counts = { processed: 3 };
    expect(told(number("processed", ">=", 1), { counts })).toContain("processed is 3");
    expect(told(number("processed", ">=", 1), { counts, metrics: { processed: 7 } })).toContain("is 7");
    expect(told(number("tokens", ">=", 1), { metrics: { tokens: 7 } })).toContain("tokens is 7");
  });
});

describe("what steps and texts add up to", () => {
  const steps = [
    step("agent", { id: "a", kind: "agent", tokens: 900, cost: 0.3 }),
    step("ask", { id: "b", parentId: "a", kind: "llm", tokens: 500, cost: 0.1 }),
    step("ask", { id: "c", parentId: "a", kind: "llm", tokens: 400, cost: 0.2, attempt: 2 }),
    step("search", { id: "d", parentId: "b", kind: "tool", status: "failed", cost: 9 }),
    step("ask", { id: "e", kind: "llm", tokens: 100, cost: 0.1 }),
    step("ask", { id: "f", kind: "llm", cost: 0.2 }),
  ];

  test.each([
    ["steps", 6],
    ["failed_steps", 1],
    ["retries", 1],
    ["tool_calls", 1],
    ["llm_calls", 4],
    ["tokens", 1000],
    ["cost", 0.6],
    ["log_characters", 5],
    ["message_characters", 4],
  ])("%s is %d", (name, value) => {
    const outcome = { steps, retries: 1, log: "lines", message: "done" };
    expect(told(number(name, "==", value), outcome)).toBe(
      `passed: ${name} is ${value}, needs to be ${value}`,
    );
  });

  test("what an agent does besides thinking is a tool call; the steps of other jobs are none", () => {
    const deeds = [step("fetch", { kind: "http" }), step("save", { kind: "db" }), step("sum")];
    const calls = number("tool_calls", "==", 3);
    expect(told(calls, { steps: [step("ask", { kind: "llm" }), ...deeds] })).toContain("passed");
    expect(told(calls, { steps: deeds })).toContain("tool_calls is 0");
  });

  test("tokens are known by their usual names, the one that says most first", () => {
    const tokens = number("tokens", "==", 7);
    const steps = [step("ask", { kind: "llm", tokens: 1 })];
    expect(told(tokens, { steps, metrics: { input_tokens: 3, output_tokens: 4 } })).toContain("passed");
    expect(told(tokens, { metrics: { output_tokens: 7 } })).toContain("passed");
    expect(told(tokens, { metrics: { total_tokens: 7, input_tokens: 9 } })).toContain("passed");
    expect(told(tokens, { metrics: { tokens: 7, total_tokens: 9 } })).toContain("passed");
  });

  test("nothing of it is known of a run that told no steps", () => {
    for (const name of [
      "steps",
      "retries",
      "failed_steps",
      "tool_calls",
      "tokens",
      "cost",
      "log_characters",
    ]) {
      expect(told(number(name, "<=", 100), {})).toBe(`failed: ${name} was not told`);
    }
    expect(told(number("tokens", "<=", 100), { steps: [step("ask")] })).toBe("failed: tokens was not told");
    expect(told(number("tool_calls", ">=", 1), { steps: [] })).toBe(
      "failed: tool_calls is 0, needs at least 1",
    );
    expect(told(number("retries", "==", 0), { steps: [], stepsCut: 9 })).toContain("passed: retries is 0");
    expect(told(number("retries", "<=", 3), { retries: 5 })).toBe("failed: retries is 5, may be 3 at most");
  });

  test("steps that are each other's parents are added once", () => {
    const circle = [
      step("a", { id: "a", parentId: "b", tokens: 1 }),
      step("b", { id: "b", parentId: "a", tokens: 1 }),
    ];
    expect(told(number("tokens", "<=", 9), { steps: circle })).toMatch(/^passed: tokens is [012],/);
  });

  test.each<[Comparison, number, string]>([
    [">=", 2, "passed: tool_calls is 2, needs at least 2"],
    ["<", 2, "failed: tool_calls is 2, needs less than 2"],
    [">=", 3, "error: tool_calls is at least 2, and more steps were told than are kept; needs at least 3"],
    ["<=", 2, "error: tool_calls is at least 2, and more steps were told than are kept; may be 2 at most"],
    ["==", 2, "error: tool_calls is at least 2, and more steps were told than are kept; needs to be 2"],
    ["!=", 9, "error: tool_calls is at least 2, and more steps were told than are kept; may not be 9"],
  ])("where steps were cut, tool_calls %s %d is decided only if more would change nothing", (...row) => {
    const [op, needed, sentence] = row;
    const tools = [step("search", { kind: "tool" }), step("search", { kind: "tool" })];
    expect(told(number("tool_calls", op, needed), { steps: tools, stepsCut: 40 })).toBe(sentence);
    expect(told(number("steps", "==", 42), { steps: tools, stepsCut: 40 })).toContain("passed");
    expect(told(ratio(["tool_calls", "steps"], "<=", 1), { steps: tools, stepsCut: 40 })).toBe(
      "error: tool_calls 2 of steps 42 or more: more steps were told than are kept",
    );
  });
});

describe("a share", () => {
  test.each<[number, number, Comparison, number, string]>([
    [3, 200, ">=", 0.95, "failed: processed 3 of 200 = 1.5 %, needs at least 95 %"],
    [198, 200, ">=", 0.95, "passed: processed 198 of 200 = 99 %, needs at least 95 %"],
    [190, 200, ">=", 0.95, "passed: processed 190 of 200 = 95 %, needs at least 95 %"],
    [190, 200, ">", 0.95, "failed: processed 190 of 200 = 95 %, needs more than 95 %"],
    [9_496, 10_000, ">=", 0.95, "failed: processed 9496 of 10000 = 94.96 %, needs at least 95 %"],
    [949_999, 1_000_000, ">=", 0.95, "failed: processed 949999 of 1000000 = 94.9999 %, needs at least 95 %"],
    [29, 100, "==", 0.29, "passed: processed 29 of 100 = 29 %, needs to be 29 %"],
    [7, 100, ">=", 0.07, "passed: processed 7 of 100 = 7 %, needs at least 7 %"],
    [1, 3, ">=", 0.333, "passed: processed 1 of 3 = 33.33 %, needs at least 33.3 %"],
    [9_999, 10_000, ">=", 0.95, "passed: processed 9999 of 10000 = 99.99 %, needs at least 95 %"],
    [1, 1_000_000, ">=", 0.95, "failed: processed 1 of 1000000 = 0.0001 %, needs at least 95 %"],
    [210, 200, "<=", 1, "failed: processed 210 of 200 = 105 %, may be 100 % at most"],
    [210, 200, "<=", 1.05, "passed: processed 210 of 200 = 105 %, may be 105 % at most"],
    [0, 200, ">=", 0.95, "failed: processed 0 of 200 = 0 %, needs at least 95 %"],
  ])("processed %d of %d %s %d", (processed, expected, op, value, sentence) => {
    const counts: Counts = { processed, expected };
    expect(told(ratio(["processed", "expected"], op, value), { counts })).toBe(sentence);
  });

  test("of something else than what was expected names it", () => {
    const counts = { failed: 3, processed: 200 };
    expect(told(ratio(["failed", "processed"], "<=", 0.01), { counts })).toBe(
      "failed: failed 3 of processed 200 = 1.5 %, may be 1 % at most",
    );
  });

  test("above one of numbers that are no counts is told as a number", () => {
    const metrics = { used_tokens: 500_000, rows: 100 };
    expect(told(ratio(["used_tokens", "rows"], "<=", 2_000), { metrics })).toBe(
      "failed: used_tokens 500000 of rows 100 = 5000, may be 2000 at most",
    );
    expect(told(ratio(["used_tokens", "rows"], "<=", 5_000), { metrics })).toContain("passed");
    expect(told(ratio(["cost", "unit"], "==", 3), { metrics: { cost: 0.3, unit: 0.1 } })).toBe(
      "passed: cost 0.3 of unit 0.1 = 3, needs to be 3",
    );
  });

  test("of what was not told is not met", () => {
    const check = ratio(["processed", "expected"], ">=", 0.95);
    expect(told(check, {})).toBe("failed: processed and expected were not told");
    expect(told(check, { counts: { processed: 3 } })).toBe("failed: expected was not told");
    expect(told(check, { counts: { expected: 3 } })).toBe("failed: processed was not told");
  });

  test("all of nothing is all, and told as such; something out of nothing is no ratio", () => {
    for (const op of COMPARISONS) {
      const check = ratio(["processed", "expected"], op, 0.95);
      expect(told(check, { counts: { processed: 0, expected: 0 } })).toMatch(
        /^passed: processed 0 of 0: there was nothing to do \(/,
      );
      expect(told(check, { counts: { processed: 5, expected: 0 } })).toMatch(
        /^failed: processed 5 of 0 is no ratio, /,
      );
    }
  });

  test("as shown never says otherwise than it was judged", () => {
    const count = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(
        count,
        count.filter((whole) => whole > 0),
        fc.integer({ min: 0, max: 10_000 }),
        fc.constantFrom(...COMPARISONS),
        (processed, expected, needed, op) => {
          const check = ratio(["processed", "expected"], op, needed / 10_000);
          const sentence = told(check, { counts: { processed, expected } });
          const [shown, mark] = [...sentence.matchAll(/([\d.e+-]+) %/g)].map(([, text]) => Number(text));
          expect(sentence.startsWith("passed")).toBe(isMet(shown ?? Number.NaN, op, mark ?? Number.NaN));
        },
      ),
    );
  });
});
