/** An outcome as jobs send it: every field in its forms, and what becomes of what is wrong, secret or too much. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { OutcomePart } from "../../../src/domain/outcome/outcome.ts";
import { readOutcome } from "../../../src/domain/outcome/read-outcome.ts";
import { anyValues } from "./any-values.ts";

const AT = Date.UTC(2026, 2, 8, 7);

function part(values: Record<string, unknown>): OutcomePart {
  const read = readOutcome(values);
  expect(read.problems).toEqual([]);
  return read.part ?? {};
}

describe("counts and metrics", () => {
  test.each([
    ["an object", { counts: { expected: 200, processed: 3 } }],
    ["JSON text in a form field", { counts: '{"expected":200,"processed":3}' }],
    ["dotted fields", { "counts.expected": "200", "counts.processed": "3" }],
    ["their bare names", { expected: "200", processed: 3 }],
    ["both", { counts: { expected: 200, processed: 1 }, "counts.processed": 3 }],
  ])("counts are told by %s", (_how, values) => {
    expect(part(values)).toEqual({ counts: { expected: 200, processed: 3 } });
  });

  test.each([[-1], [1.5], [Number.NaN], [Infinity], ["1e999"], ["many"], [true], [[3]], [2 ** 53]])(
    "%j is no count",
    (value) => {
      const read = readOutcome({ counts: { processed: value, failed: 0 } });
      expect(read.part).toEqual({ counts: { failed: 0 } });
      expect(read.problems).toMatchObject([{ field: "counts.processed" }]);
    },
  );

  test("metrics are finite numbers by any name, with dots and all", () => {
    expect(part({ metrics: { rows: -5, "cost.usd": "0.5" }, "metrics.a.b": "1e3" })).toEqual({
      metrics: { rows: -5, "cost.usd": 0.5, "a.b": 1000 },
    });
    const read = readOutcome({ metrics: { good: 1, bad: Infinity, worse: { in: 1 } } });
    expect(read.part).toEqual({ metrics: { good: 1 } });
    expect(read.problems.map(({ field }) => field)).toEqual(["metrics.bad", "metrics.worse"]);
  });

  test("64 metrics are kept, and what is beyond is told", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, at]));
    expect(readOutcome({ metrics: many(64) }).notes).toEqual([]);
    const read = readOutcome({ metrics: many(65) });
    expect(Object.keys(read.part?.metrics ?? {})).toHaveLength(64);
    expect(read.notes).toEqual([
      "metrics were cut by 1: a run keeps 64, of at most 8000 characters together",
    ]);
  });

  test("names that every object has are no metrics, and nothing is inherited from them", () => {
    const values = JSON.parse(
      '{"__proto__": {"bad": 1}, "metrics": {"__proto__": 5, "constructor": 1, "rows": 2}, "metrics.__proto__": 7}',
    ) as Record<string, unknown>;
    const read = readOutcome(values);
    expect(read.part).toEqual({ metrics: { rows: 2 } });
    expect(Object.getPrototypeOf(read.part?.metrics)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["bad"]).toBeUndefined();
  });
});

describe("plan, evidence, environment, log, answers", () => {
  test("a plan is a list of names, or text with commas", () => {
    for (const plan of [["fetch", "enrich"], "fetch, enrich", '["fetch","enrich"]']) {
      expect(part({ plan })).toEqual({ plan: ["fetch", "enrich"] });
    }
    const read = readOutcome({ plan: Array.from({ length: 201 }, (_, at) => `s${at}`) });
    expect([read.part?.plan?.length, read.notes.length]).toEqual([200, 1]);
  });

  test("evidence is a list, one object or an address", () => {
    const file = {
      kind: "file",
      url: null,
      id: null,
      name: "db.sql.gz",
      size: 47_000,
      sha256: "a".repeat(64),
      createdAt: AT,
    };
    const told = { name: "db.sql.gz", size: "47000", sha256: `sha256:${"A".repeat(64)}`, created_at: AT };
    expect(part({ evidence: [told] })).toEqual({ evidence: [file] });
    expect(part({ evidence: told })).toEqual({ evidence: [file] });
    expect(part({ "evidence.name": "x", "evidence.kind": "table" })).toMatchObject({
      evidence: [{ kind: "table", name: "x" }],
    });
    expect(part({ evidence: "https://example.org/report" })).toMatchObject({
      evidence: [{ kind: "url", url: "https://example.org/report" }],
    });
  });

  test.each([
    ["javascript:alert(1)", null],
    ["javascript://x/%0aalert(1)", null],
    ["/relative", null],
    [`https://example.org/${"a".repeat(1_000)}`, null],
    ["https://user:hunter2@example.org/a", "https://example.org/a"],
    [
      "https://h/a?x=1&X-Amz-Signature=abc&sig=def#top",
      "https://h/a?x=1&X-Amz-Signature=[removed]&sig=[removed]#top",
    ],
    ["s3://bucket/key", "s3://bucket/key"],
  ])("of the address %s is kept %s", (url, kept) => {
    const read = readOutcome({ evidence: [{ name: "x", url }] });
    expect(read.part?.evidence?.[0]?.url).toBe(kept);
    expect(read.problems).toHaveLength(kept === null ? 1 : 0);
  });

  test("50 items of evidence are kept", () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `r${at}` }));
    expect(readOutcome({ evidence: many(50) }).notes).toEqual([]);
    const read = readOutcome({ evidence: many(51) });
    expect([read.part?.evidence?.length, read.notes.length]).toEqual([50, 1]);
  });

  test("the environment is four texts", () => {
    expect(part({ environment: { host: "web-1", commit: "abc" }, "environment.version": 2 })).toEqual({
      environment: { host: "web-1", version: "2", commit: "abc", trace: null },
    });
  });

  test("of a log the end is kept, without colours", () => {
    expect(part({ log: "\u001b[31mred\u001b[0m\nline\u0000" })).toEqual({ log: "red\nline " });
    expect(part({ log: ["one", "two"] })).toEqual({ log: "one\ntwo" });
    const fits = "x".repeat(LIMITS.logCharacters);
    expect(readOutcome({ log: fits })).toMatchObject({ part: { log: fits }, notes: [] });
    const read = readOutcome({ log: `first\n${fits}` });
    expect(read.part?.log).toBe(fits);
    expect(read.notes).toEqual(["the log was cut to its end of 6000 characters"]);
  });

  test("answers are counted by host and status", () => {
    const http = [
      {
        host: "https://user:pw@API.example.org:8443/x",
        status: 429,
        count: 3,
        retry_after: "1m",
        first_at: AT,
      },
      { url: "https://api.example.org:8443/y", status: "429", quota: true },
    ];
    expect(part({ http })).toEqual({
      http: [
        {
          host: "api.example.org:8443",
          status: 429,
          count: 4,
          firstAt: AT,
          lastAt: null,
          retryAfterSeconds: 60,
          isQuota: true,
        },
      ],
    });
    expect(readOutcome({ http: { host: "h" } }).problems).toMatchObject([{ field: "http[0].status" }]);
  });
});

describe("what is not known", () => {
  test("is kept under extra, with the place where it stood", () => {
    const read = readOutcome({
      rows: 5,
      nested: { a: [1, null, "x"] },
      counts: { processed: 1, rows: 2 },
      steps: [{ name: "a", model: "m" }],
    });
    expect(read.part?.extra).toEqual({
      rows: 5,
      nested: { a: [1, null, "x"] },
      "counts.rows": 2,
      "steps[0].model": "m",
    });
    expect(read.notes).toEqual([
      'kept under extra, because they are not known: "counts.rows", "steps[0].model", "rows", "nested"',
    ]);
  });

  test("is kept up to 4000 characters of JSON; what is beyond is told", () => {
    const fits = "x".repeat(
      LIMITS.extraCharacters -
        JSON.stringify([
          ["a", ""],
          ["b", 1],
        ]).length -
        1,
    );
    expect(readOutcome({ a: fits, b: 1 }).part?.extra).toEqual({ a: fits, b: 1 });
    const read = readOutcome({ b: 1, a: `${fits}x`, c: 2 });
    expect(read.part?.extra).toEqual({ b: 1, c: 2 });
    expect(read.notes[1]).toBe('cut, because 4000 characters of what is not known are kept: "a"');
  });

  test("things too deep within each other are not kept", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 10_000; depth += 1) deep = [deep];
    expect(readOutcome({ deep, flat: [[1]] }).part?.extra).toEqual({ flat: [[1]] });
  });

  test("what a finish says elsewhere is no outcome", () => {
    expect(readOutcome({ message: "done", exit_status: 0 })).toEqual({ part: null, problems: [], notes: [] });
  });
});

describe("problems", () => {
  test("twenty are named, the rest is counted", () => {
    const read = readOutcome({ steps: Array.from({ length: 25 }, () => ({})) });
    expect(read.problems).toHaveLength(LIMITS.problemsTold);
    expect(read.notes).toEqual(["5 more fields were wrong"]);
  });

  test("broken JSON in a form field is named, and no name of a step", () => {
    const broken = '[{"name": "a"';
    const read = readOutcome({ steps: broken, plan: broken, evidence: broken, http: broken, counts: broken });
    expect(read.part).toBeNull();
    expect(read.problems.map(({ field }) => field).sort()).toEqual([
      "counts",
      "evidence",
      "http",
      "plan",
      "steps",
    ]);
  });

  test("an object that is no text, even where it says so itself, is named too", () => {
    const odd = JSON.parse('{"toString": 1, "valueOf": null}') as unknown;
    const read = readOutcome({
      step: { name: "a", status: odd, kind: odd, error: odd },
      "step.http.method.x": 1,
      log: odd,
    });
    expect(read.part?.steps).toMatchObject([{ name: "a", status: "ok", kind: "task" }]);
    expect(read.problems.map(({ field }) => field)).toEqual(["step.kind", "step.status", "log"]);
  });

  test("a list where an object is wanted is named as such", () => {
    expect(readOutcome({ counts: [1], metrics: "x", environment: 5, evidence: [7] }).problems).toEqual(
      ["counts", "metrics", "evidence[0]", "environment"].map((field) => ({
        field,
        message: expect.stringContaining("an object, or JSON text of one, is allowed"),
      })),
    );
  });
});

describe("at the edge of its limit", () => {
  const letters = (count: number) => "x".repeat(count);
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

  test.each([
    ["a name", LIMITS.outcomeNameCharacters, (count: number) => ({ plan: [letters(count)] })],
    [
      "an error",
      LIMITS.outcomeTextCharacters,
      (count: number) => ({ steps: [{ seq: 1, error: letters(count) }] }),
    ],
    ["a reason", LIMITS.outcomeTextCharacters, (count: number) => ({ unreadable: letters(count) })],
    [
      "a host",
      LIMITS.outcomeNameCharacters,
      (count: number) => ({ environment: { host: letters(3 * count) } }),
    ],
  ])("%s of %i characters is whole, a longer one is cut and told", (_what, limit, values) => {
    expect(readOutcome(values(limit)).notes).toEqual([]);
    expect(readOutcome(values(limit + 1)).notes).toEqual([
      expect.stringMatching(/^cut, because .* too long: /),
    ]);
  });

  test.each([
    [
      "an address",
      LIMITS.evidenceUrlCharacters,
      (count: number) => ({ evidence: `https://${letters(count - 8)}` }),
    ],
    ["a number of tries", LIMITS.stepAttempts, (count: number) => ({ steps: [{ seq: 1, attempt: count }] })],
  ])("%s of %i is taken, a larger one is refused", (_what, limit, values) => {
    expect(readOutcome(values(limit)).problems).toEqual([]);
    expect(readOutcome(values(limit + 1)).problems).toHaveLength(1);
  });

  test("plan, metrics and evidence fill their shares, and what is beyond is told", () => {
    const many = Array.from({ length: 200 }, (_, at) => `${at}`.padEnd(99, "x"));
    const { part, notes } = readOutcome({
      plan: many,
      metrics: Object.fromEntries(many.slice(0, 64).map((name) => [name.replaceAll("x", '"'), 1])),
      evidence: many.slice(0, 50).map((name) => ({ name, url: `https://example.org/${name}` })),
    });
    const shares = [
      [part?.plan, LIMITS.planCharacters],
      [part?.metrics, LIMITS.metricsCharacters],
      [part?.evidence, LIMITS.evidenceCharacters],
    ] as const;
    for (const [kept, characters] of shares) {
      const { length } = JSON.stringify(kept);
      expect([length <= characters, length > characters * 0.9]).toEqual([true, true]);
    }
    expect(notes).toEqual(Array.from({ length: 3 }, () => expect.stringContaining("were cut")));
  });

  test("things within things are kept to a depth of eight", () => {
    expect(readOutcome({ deep: nested(LIMITS.extraDepth) }).part).not.toBeNull();
    expect(readOutcome({ deep: nested(LIMITS.extraDepth + 1) }).part).toBeNull();
  });
});

describe("whatever is sent", () => {
  test("it is read without a crash, and what is read is JSON and can be read again by a store", () => {
    fc.assert(
      fc.property(anyValues(), fc.constantFrom("success" as const, "step" as const), (values, kind) => {
        const read = readOutcome(values, kind);
        expect(JSON.parse(JSON.stringify(read))).toEqual(read);
        expect(read.problems.length).toBeLessThanOrEqual(LIMITS.problemsTold);
        expect(JSON.stringify(read.part).length).toBeLessThan(LIMITS.outcomeCharacters);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  test("it may be no JSON at all", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (values) => {
        readOutcome(values);
        readOutcome({ extra: values, steps: [values], metrics: values });
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  test("things that hold themselves are left out", () => {
    const round: Record<string, unknown> = { rows: 1 };
    round["round"] = round;
    expect(readOutcome(round).part).toEqual({ extra: { rows: 1 } });
  });
});
