/** A run's outcome grows with every check-in, stays within its bounds, and telling the same again changes nothing. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import { cutByMerging, joinParts, mergeOutcome } from "../../../src/domain/outcome/merge.ts";
import { NOTHING_TOLD, type Outcome, type OutcomePart } from "../../../src/domain/outcome/outcome.ts";
import { readOutcome } from "../../../src/domain/outcome/read-outcome.ts";
import { anyValues } from "./any-values.ts";
import { step } from "./makers.ts";

function told(...parts: readonly OutcomePart[]): Outcome {
  return parts.reduce<Outcome>((known, part) => mergeOutcome(known, part), NOTHING_TOLD);
}

const answer = (status: number, host = "h") => ({ method: null, host, status, retryAfterSeconds: null });

describe("what is told later", () => {
  test("replaces counts and metrics of the same name; expected stays from the start", () => {
    const run = told(
      { counts: { expected: 200, processed: 1 }, metrics: { rows: 1, pages: 2 } },
      { counts: { processed: 50 }, metrics: { rows: 9 } },
    );
    expect(run).toMatchObject({
      counts: { expected: 200, processed: 50 },
      metrics: { rows: 9, pages: 2 },
    });
  });

  test("replaces the plan, and adds to the environment and to what is not known", () => {
    const none = { host: null, version: null, commit: null, trace: null };
    const run = told(
      { plan: ["a", "b"], environment: { ...none, host: "web-1" }, extra: { a: 1, b: 1 } },
      { plan: ["a"], environment: { ...none, commit: "abc" }, extra: { b: 2 } },
    );
    expect(run).toMatchObject({
      plan: ["a"],
      environment: { ...none, host: "web-1", commit: "abc" },
      extra: { a: 1, b: 2 },
    });
  });

  test("is appended to the log, of which the end is kept; what it ends with already is not", () => {
    const log = "x".repeat(LIMITS.logCharacters - 2);
    expect(told({ log: "one" }, { log: "two" }, { log: "two" }).log).toBe("one\ntwo");
    expect(told({ log: "first" }, { log }).log).toBe(`\n${log}`);
  });

  test("replaces evidence of the same kind and id, name or address", () => {
    const file = { kind: "file", url: null, id: null, name: "a", size: 1, sha256: null, createdAt: null };
    const run = told({ evidence: [file, { ...file, name: "b" }] }, { evidence: [{ ...file, size: 2 }] });
    expect(run.evidence?.map(({ name, size }) => [name, size])).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
  });

  test("does not make an unreadable outcome readable", () => {
    expect(told({ unreadable: "cut" }, { counts: { processed: 1 } })).toMatchObject({ unreadable: "cut" });
  });
});

describe("steps", () => {
  test("keep the place at which they were told first, and what is known of them while they go on", () => {
    const run = told(
      {
        steps: [step({ name: "a" }), step({ name: "b", status: "running", seq: 2, startedAt: 5, tokens: 1 })],
      },
      { steps: [step({ name: "c" }), step({ name: "b", endedAt: 9 })] },
    );
    expect(run.steps?.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(run.steps?.[1]).toMatchObject({ status: "ok", seq: 2, startedAt: 5, endedAt: 9, tokens: 1 });
  });

  test("begin anew when they run once more", () => {
    const run = told(
      {
        steps: [
          step({
            seq: 2,
            status: "failed",
            startedAt: 1,
            endedAt: 2,
            error: { class: "unknown", type: null, message: "x" },
          }),
        ],
      },
      { steps: [step({ status: "running", startedAt: 7 })] },
    );
    expect(run.steps).toMatchObject([
      { status: "running", seq: 2, startedAt: 7, endedAt: null, error: null },
    ]);
  });

  test("an earlier try that is told late does not undo a later one", () => {
    const run = told({ steps: [step({ attempt: 2 })] }, { steps: [step({ attempt: 1, status: "failed" })] });
    expect(run).toMatchObject({ steps: [{ status: "ok", attempt: 2 }], retries: 1 });
  });

  test("tries after the first one are added up over all steps", () => {
    const run = told(
      { steps: [step({ name: "a", attempt: 3 }), step({ name: "b" })] },
      { steps: [step({ name: "b", attempt: 2 }), step({ name: "a", attempt: 3 })] },
    );
    expect(run.retries).toBe(3);
  });

  test("200 are kept; of others the number, and failed and running ones rather than others", () => {
    const many = Array.from({ length: 200 }, (_, at) => step({ name: `s${at}` }));
    expect(told({ steps: many })).toEqual({ ...NOTHING_TOLD, steps: many });
    const run = told(
      { steps: many },
      { steps: [step({ name: "bad", status: "failed" }), step({ name: "now", status: "running" })] },
      { steps: [step({ name: "fine" })] },
    );
    expect(run.steps).toHaveLength(200);
    expect(run.steps?.slice(-3).map(({ name }) => name)).toEqual(["s197", "bad", "now"]);
    expect(run.stepsCut).toBe(3);
  });

  test("of many spans the latest is kept: it says how far the run came", () => {
    const spans = Array.from({ length: 300 }, (_, at) =>
      step({ name: `s${at}`, startedAt: at, endedAt: at + 1 }),
    );
    const run = told({ steps: spans });
    expect(run.steps?.at(-1)?.name).toBe("s299");
    expect(told({ steps: spans }, { steps: spans }).steps).toEqual(run.steps);
  });
});

test("what found no room in the run is told", () => {
  const numbered = <Value>(count: number, value: (at: number) => Value) =>
    Array.from({ length: count }, (_, at) => value(at));
  const metrics = (from: number, to: number) =>
    Object.fromEntries(numbered(to - from, (at) => [`m${from + at}`, at]));
  const before = told({ steps: numbered(199, (at) => step({ name: `s${at}` })), metrics: metrics(0, 63) });
  const fits = { steps: [step({ name: "s198" }), step({ name: "last" })], metrics: metrics(62, 64) };
  const full = mergeOutcome(before, fits);
  expect(cutByMerging(fits, { before, after: full })).toEqual([]);
  const beyond = { steps: [step({ name: "one more" })], metrics: metrics(60, 66), stepsCut: 7 };
  expect(cutByMerging(beyond, { before: full, after: mergeOutcome(full, beyond) })).toEqual([
    "steps were cut by 1: this run has told as many as are kept",
    "metrics were cut by 2: this run has told as many as are kept",
  ]);
});

describe("HTTP answers", () => {
  test("are counted once for each step, however often it is told", () => {
    const part = { steps: [step({ http: answer(429), endedAt: 5 })] };
    expect(told(part, part, part).http).toEqual([
      { host: "h", status: 429, count: 1, firstAt: 5, lastAt: 5, retryAfterSeconds: null, isQuota: false },
    ]);
  });

  test("of a further try, or with another status, are further answers", () => {
    const run = told(
      { steps: [step({ status: "running", http: answer(429) })] },
      { steps: [step({ status: "running", attempt: 2, http: answer(429) })] },
      { steps: [step({ attempt: 2, http: answer(200) })] },
    );
    expect(run.http?.map(({ status, count }) => [status, count])).toEqual([
      [429, 2],
      [200, 1],
    ]);
  });

  test("that the job counted are added up, and the largest Retry-After stays", () => {
    const tally = {
      host: "h",
      status: 429,
      count: 2,
      firstAt: 5,
      lastAt: 6,
      retryAfterSeconds: 60,
      isQuota: true,
    };
    const more = { ...tally, firstAt: null, lastAt: 9, retryAfterSeconds: 20, isQuota: false };
    expect(told({ http: [tally] }, { http: [more] }).http).toEqual([{ ...tally, count: 4, lastAt: 9 }]);
  });

  test("of steps that were cut are counted too", () => {
    const steps = Array.from({ length: 300 }, (_, at) => step({ name: `s${at}`, http: answer(200) }));
    expect(told({ steps }).http).toMatchObject([{ status: 200, count: 300 }]);
    const read = joinParts({}, { steps });
    expect(mergeOutcome(null, read)).toMatchObject({ stepsCut: 100, http: [{ status: 200, count: 300 }] });
  });

  test("50 hosts with a status are kept, troubles rather than others", () => {
    const many = Array.from({ length: 60 }, (_, at) => step({ name: `s${at}`, http: answer(200, `h${at}`) }));
    const run = told({ steps: [...many, step({ name: "bad", http: answer(503, "bad") })] });
    expect(run.http).toHaveLength(LIMITS.httpTallies);
    expect(run.http?.at(-1)).toMatchObject({ host: "bad", status: 503 });
  });
});

describe("whatever is sent", () => {
  const parts = fc.array(
    anyValues().map((values) => readOutcome(values).part ?? {}),
    { minLength: 1, maxLength: 8 },
  );

  test("an outcome stays within its limit, and so do the lists in it", () => {
    fc.assert(
      fc.property(parts, (parts) => {
        const run = told(...parts);
        expect(JSON.stringify(run).length).toBeLessThanOrEqual(LIMITS.outcomeCharacters);
        expect(run.steps?.length ?? 0).toBeLessThanOrEqual(LIMITS.stepsPerRun);
        expect(Object.keys(run.metrics ?? {}).length).toBeLessThanOrEqual(LIMITS.metricsPerRun);
        expect(JSON.parse(JSON.stringify(run))).toEqual(run);
      }),
      { seed: 4, numRuns: 150 },
    );
  });

  test("the same part told again changes nothing but what the job itself has counted", () => {
    fc.assert(
      fc.property(parts, (parts) => {
        const withoutTallies = parts.map((part) => {
          const kept = Object.entries(part).filter(
            ([name]) => !["http", "stepsCut", "retries"].includes(name),
          );
          return Object.fromEntries(kept);
        });
        const run = told(...withoutTallies);
        const last = withoutTallies.at(-1) ?? {};
        expect(mergeOutcome(run, last)).toEqual(run);
      }),
      { seed: 4, numRuns: 150 },
    );
  });

  test("several parts joined say the same as one after the other", () => {
    fc.assert(
      fc.property(parts, (parts) => {
        const joined = mergeOutcome(null, parts.reduce(joinParts, {}));
        const single = told(...parts);
        expect(joined.steps).toEqual(single.steps);
        expect(joined.counts).toEqual(single.counts);
        expect(joined.metrics).toEqual(single.metrics);
        expect(joined.log).toEqual(single.log);
      }),
      { seed: 4, numRuns: 150 },
    );
  });

  test("parts that are larger than any reader makes them are bounded all the same", () => {
    const long = "\u0001".repeat(100_000);
    const environment = { host: long, version: long, commit: long, trace: null };
    const evidence = [
      { kind: long, url: null, id: null, name: "a", size: null, sha256: null, createdAt: null },
    ];
    const run = told({
      plan: [long],
      log: long,
      extra: { long },
      unreadable: "no",
      environment,
      evidence,
      metrics: { [long]: 1 },
      steps: [step({ name: long }), step({ name: "b" })],
    });
    expect(run.steps?.map(({ name }) => name)).toEqual(["b"]);
    expect(JSON.stringify(run).length).toBeLessThan(LIMITS.outcomeCharacters);
  });
});
