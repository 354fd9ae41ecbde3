/** Steps as jobs send them: in lists, or one with a check-in of its own. */
import { describe, expect, test } from "vitest";
import type { Step } from "../../../src/domain/outcome/outcome.ts";
import { readOutcome } from "../../../src/domain/outcome/read-outcome.ts";
import { step } from "./makers.ts";

const AT = Date.UTC(2026, 2, 8, 7);

function steps(...told: unknown[]): readonly Step[] {
  const read = readOutcome({ steps: told });
  expect(read.problems).toEqual([]);
  return read.part?.steps ?? [];
}

describe("steps", () => {
  test("every field of a step is read", () => {
    const told = {
      seq: 3,
      name: "enrich",
      kind: "http",
      status: "failed",
      attempt: 2,
      tokens: 1200,
      cost: 0.02,
      started_at: "2026-03-08T07:00:00Z",
      ended_at: AT / 1_000 + 5,
      counts: { processed: 50, expected: 200 },
      http: { method: "post", host: "API.OpenAI.com", status: 429, retry_after: 20 },
      error: { type: "RateLimitError", message: "slow\ndown" },
    };
    expect(steps(told)).toEqual([
      {
        id: "#3",
        parentId: null,
        seq: 3,
        name: "enrich",
        kind: "http",
        status: "failed",
        attempt: 2,
        startedAt: AT,
        endedAt: AT + 5_000,
        tokens: 1200,
        cost: 0.02,
        counts: { processed: 50, expected: 200 },
        http: { method: "POST", host: "api.openai.com", status: 429, retryAfterSeconds: 20 },
        error: { class: expect.any(String), type: "RateLimitError", message: "slow down" },
      },
    ]);
  });

  test.each([
    ["ok", "ok"],
    ["SUCCESS", "ok"],
    ["succeeded", "ok"],
    ["passed", "ok"],
    ["failed", "failed"],
    ["Error", "failed"],
    ["failure", "failed"],
    ["skipped", "skipped"],
    ["running", "running"],
    ["started", "running"],
    ["in progress", "running"],
  ])("the word %s is the status %s", (word, status) => {
    expect(steps({ name: "a", status: word })).toMatchObject([{ status }]);
  });

  test.each([
    ["nothing", {}, "ok"],
    ["no error", { error: false }, "ok"],
    ["a start without an end", { started_at: AT }, "running"],
    ["start and end", { started_at: AT, ended_at: AT + 1 }, "ok"],
    ["an error", { error: "boom" }, "failed"],
    ["an answer of 429", { http: 429 }, "failed"],
    ["an answer of 200", { http: { status: "200" } }, "ok"],
  ])("without a status, %s means what it says", (_what, told, status) => {
    expect(steps({ name: "a", ...told })).toMatchObject([{ status }]);
  });

  test("a step is a name, a place, or an object with one of them", () => {
    expect(steps("fetch", 2, { id: "span-1" })).toMatchObject([
      { id: "fetch", name: "fetch" },
      { id: "#2", seq: 2, name: "step 2" },
      { id: "span-1", name: "span-1" },
    ]);
    expect(readOutcome({ steps: [{ status: "ok" }] })).toMatchObject({
      part: null,
      problems: [{ field: "steps[0].name", message: "is missing; a step has a name, a seq or an id" }],
    });
  });

  test("a name that comes again in a list is another step; a place that does is the same one", () => {
    expect(steps("call", "call", "call").map(({ id }) => id)).toEqual(["call", "call#2", "call#3"]);
    const tries = [
      { seq: 1, name: "call", attempt: 1, http: { host: "a", status: 429 } },
      { seq: 1, name: "call", attempt: 2, http: { host: "a", status: 200 } },
    ];
    expect(readOutcome({ steps: tries }).part).toMatchObject({
      steps: [{ id: "#1", status: "ok", attempt: 2 }],
      http: [{ host: "a", status: 429, count: 1 }],
    });
  });

  test("what is wrong in a step is named and left out, the rest of it counts", () => {
    const read = readOutcome({
      steps: [
        "a",
        "b",
        { name: "c", kind: "magic", status: 7, attempt: 0, http: { status: "abc", host: "h" } },
      ],
    });
    expect(read.part?.steps?.[2]).toMatchObject({ name: "c", kind: "http", status: "ok", attempt: 1 });
    expect(read.problems).toEqual([
      { field: "steps[2].http.status", message: 'is "abc"; a whole number from 100 to 599 is allowed' },
      {
        field: "steps[2].kind",
        message: 'is "magic"; one of agent, llm, tool, retrieval, http, db, task is allowed',
      },
      { field: "steps[2].status", message: "is 7; one of running, ok, failed, skipped is allowed" },
      { field: "steps[2].attempt", message: "is 0; a whole number from 1 to 1000000 is allowed" },
    ]);
  });

  test("200 steps are kept, and failed ones rather than others; those beyond are counted and told", () => {
    const usual = { name: "enrich a lead", started_at: AT, ended_at: AT + 900, tokens: 1_234, cost: 0.0123 };
    const http = { method: "POST", host: "api.openai.com", status: 200 };
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ seq: at + 1, ...usual, http }));
    const all = readOutcome({ steps: many(200) });
    expect([all.notes, all.part?.steps?.length, all.part?.http]).toEqual([[], 200, undefined]);
    const read = readOutcome({ steps: [...many(249), { seq: 250, status: "failed" }] });
    expect(read.part?.steps).toHaveLength(200);
    expect(read.part?.steps?.at(-1)).toMatchObject({ seq: 250, status: "failed" });
    expect(read.part).toMatchObject({ stepsCut: 50, http: [{ host: "api.openai.com", count: 50 }] });
    expect(read.notes.join()).toContain("steps were cut by 50: a run keeps 200");
  });
});

describe("a step check-in", () => {
  test.each([
    ["its fields at the top", { name: "enrich", status: "failed", "http.status": "429", "http.host": "h" }],
    ["an object", { step: { name: "enrich", status: "failed", http: { status: 429, host: "h" } } }],
    [
      "dotted fields",
      { step: "enrich", "step.status": "failed", "step.http.status": 429, "step.http.host": "h" },
    ],
    ["its name and more", { step: "enrich", status: "failed", http: '{"status":429,"host":"h"}' }],
  ])("says its step by %s", (_how, values) => {
    const read = readOutcome(values, "step");
    expect(read.problems).toEqual([]);
    expect(read.part).toEqual({
      steps: [
        step({
          id: "enrich",
          name: "enrich",
          kind: "http",
          status: "failed",
          http: { method: null, host: "h", status: 429, retryAfterSeconds: null },
        }),
      ],
    });
  });

  test("counts at the top are the run's, and so is a list of answers", () => {
    const values = { step: 3, processed: 50, http: [{ host: "h", status: 200, count: 50 }] };
    expect(readOutcome(values, "step").part).toMatchObject({
      counts: { processed: 50 },
      steps: [{ seq: 3, counts: null, http: null }],
      http: [{ host: "h", status: 200, count: 50 }],
    });
  });

  test("without a word about a step it tells none", () => {
    expect(readOutcome({}, "step")).toEqual({ part: null, problems: [], notes: [] });
  });

  test("in other check-ins these names are not known", () => {
    expect(readOutcome({ name: "enrich", status: "ok" }, "success").part).toEqual({
      extra: { name: "enrich", status: "ok" },
    });
  });
});
