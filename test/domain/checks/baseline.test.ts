/** What a monitor learns from its good runs, and what it finds unusual then. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { baselineResults, learn } from "../../../src/domain/checks/baseline.ts";
import { type CheckSubject, DEFAULT_PROOF, type Learned } from "../../../src/domain/checks/check.ts";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { Outcome } from "../../../src/domain/outcome/outcome.ts";
import { learnedOf, step, subject, times } from "./subjects.ts";

const TIGHT = [
  180, 190, 200, 195, 185, 190, 200, 205, 195, 210, 180, 190, 200, 195, 185, 190, 200, 205, 195, 210,
];

function found(outcome: Partial<Outcome>, more: Partial<CheckSubject>, proof = DEFAULT_PROOF): string[] {
  return baselineResults(proof, subject(outcome, more)).map(
    ({ status, sentence }) => `${status}: ${sentence}`,
  );
}

function isUnusual(value: number, known: readonly number[]): boolean {
  return found({ metrics: { rows: value } }, { learned: { rows: known } }).length > 0;
}

/** As if it had run so often, each run good. */
function after(
  runs: readonly Partial<CheckSubject & { outcome: Outcome }>[],
  learned: Learned = {},
): Learned {
  return runs.reduce<Learned>(
    (known, run) => learn(DEFAULT_PROOF, { ...subject({}), ...run, learned: known }),
    learned,
  );
}

describe("a count", () => {
  test("is told beside the runs it is compared with", () => {
    expect(found({ counts: { processed: 3 } }, learnedOf("processed", ...TIGHT))).toEqual([
      "degraded: processed 3; the last 20 runs: 180-210",
    ]);
  });

  test.each([
    [195, false],
    [180, false],
    [150, false],
    [117, true],
    [100, true],
    [0, true],
    [240, false],
    [300, true],
  ])("of %i beside 180-210", (processed, isFound) => {
    expect(found({ counts: { processed } }, learnedOf("processed", ...TIGHT))).toHaveLength(isFound ? 1 : 0);
  });

  test("a drop of 40 % against even runs is found, one of 20 % is not", () => {
    for (const usual of [50, 100, 1_000, 100_000]) {
      expect(isUnusual(usual * 0.6, times(20, usual))).toBe(true);
      expect(isUnusual(usual * 0.8, times(20, usual))).toBe(false);
    }
  });

  test.each([
    [1, 2],
    [3, 4],
    [0, 1],
    [10, 12],
  ])("that was always %i may be %i", (always, now) => {
    expect(isUnusual(now, times(20, always))).toBe(false);
  });

  test("has weekdays and weekends", () => {
    const weeks = [20, 20, 200, 200, 200, 200, 200, 20, 20, 200, 200, 200, 200, 200];
    expect(isUnusual(20, weeks)).toBe(false);
    expect(isUnusual(0, weeks)).toBe(true);
  });
});

describe("what it takes", () => {
  test("seven good runs say nothing yet, eight do", () => {
    expect(found({ counts: { processed: 3 } }, learnedOf("processed", ...times(7, 200)))).toEqual([]);
    expect(found({ counts: { processed: 3 } }, learnedOf("processed", ...times(8, 200)))).toEqual([
      "degraded: processed 3; the last 8 runs: 200",
    ]);
  });

  test("it can be told to fail, to look at some metrics only, and to be off", () => {
    const run = { counts: { processed: 3 }, metrics: { tokens: 1 } };
    const more = { learned: { processed: TIGHT, tokens: times(20, 9_000) } };
    const baseline = (mode: "off" | "degrade" | "fail", metrics: string[] | null = null) => ({
      ...DEFAULT_PROOF,
      baseline: { mode, metrics },
    });
    expect(found(run, more, baseline("fail"))).toHaveLength(2);
    expect(found(run, more, baseline("fail", ["tokens"]))).toEqual([
      "failed: tokens 1; the last 20 runs: 9000",
    ]);
    expect(found(run, more, baseline("off"))).toEqual([]);
  });

  test("what was expected is never judged", () => {
    expect(found({ counts: { expected: 3 } }, learnedOf("expected", ...TIGHT))).toEqual([]);
  });
});

describe("a duration", () => {
  const MINUTE = 60_000;
  const usual = learnedOf("duration", ...times(10, 4 * MINUTE), ...times(10, 5 * MINUTE));

  test.each([
    [5 * MINUTE, []],
    [9 * MINUTE, []],
    [10 * MINUTE, ["degraded: took 10m; the last 20 runs: 4m-5m"]],
    [MINUTE, []],
    [20_000, ["degraded: took 20s; the last 20 runs: 4m-5m"]],
  ])("of %i ms beside 4 to 5 minutes", (durationMs, expected) => {
    expect(found({}, { ...usual, durationMs })).toEqual(expected);
  });

  test("of a quick job may vary by seconds, and by nothing that only a machine notices", () => {
    expect(found({}, { ...learnedOf("duration", ...times(20, 80)), durationMs: 9_000 })).toEqual([]);
    expect(found({}, { ...learnedOf("duration", ...times(20, 9_000)), durationMs: 10 })).toEqual([]);
  });

  test("is not what a job calls so, in whatever unit", () => {
    expect(found({ metrics: { duration: 3_600_000 } }, usual)).toEqual([]);
    expect(after([subject({ metrics: { duration: 12 } })])).toEqual({});
  });

  test("is not known where no start was heard", () => {
    expect(found({}, { ...usual, durationMs: null })).toEqual([]);
  });
});

describe("learning", () => {
  test("keeps the last 20 values, oldest first, of counts, metrics and the duration", () => {
    const run = (processed: number) => ({
      ...subject({ counts: { expected: 200, processed }, metrics: { tokens: 1_234_567.891 } }),
      durationMs: 1_000 + processed,
    });
    const learned = after(Array.from({ length: 25 }, (_none, index) => run(index)));
    expect(Object.keys(learned).toSorted()).toEqual(["duration", "processed", "tokens"]);
    expect(learned["processed"]).toEqual(Array.from({ length: 20 }, (_none, index) => index + 5));
    expect(learned["duration"]?.at(-1)).toBe(1_024);
    expect(learned["tokens"]?.[0]).toBe(1_234_570);
  });

  test("is bounded in metrics: those told longest ago make room, and counts stay", () => {
    const metrics = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 30 }, (_none, index) => [`${prefix}${index}`, 1]));
    const old = after([subject({ metrics: { old: 1 } })]);
    expect(Object.keys(old)).toEqual(["old"]);
    const learned = after([subject({ counts: { processed: 4 }, metrics: metrics("a") })], old);
    expect(Object.keys(learned)).toHaveLength(LIMITS.learnedMetrics);
    expect(learned["processed"]).toEqual([4]);
    expect(learned["a0"]).toEqual([1]);
    expect(learned["old"]).toBeUndefined();
  });

  test("keeps what this run does not tell, and forgets all when it is off", () => {
    const known = { processed: [1], tokens: [2] };
    expect(learn(DEFAULT_PROOF, subject({ counts: { processed: 5 } }, { learned: known }))).toEqual({
      processed: [1, 5],
      tokens: [2],
    });
    const off = { ...DEFAULT_PROOF, baseline: { mode: "off" as const, metrics: null } };
    expect(learn(off, subject({ counts: { processed: 5 } }, { learned: known }))).toEqual({});
  });

  test("knows of an agent's steps how many tools it used and how many tokens", () => {
    const steps = [step("think", { kind: "llm", tokens: 40 }), step("look", { kind: "tool" }), step("send")];
    expect(after([subject({ steps })])).toEqual({ tool_calls: [2], tokens: [40] });
    expect(after([subject({ steps: [step("plain")] })])).toEqual({});
  });

  test("a metric may have any name", () => {
    const metrics: Record<string, number> = JSON.parse(`{"constructor": 1, "__proto__": 2, "toString": 3}`);
    const unusual: Record<string, number> = JSON.parse(`{"toString": 300}`);
    const learned = after(Array.from({ length: 9 }, () => subject({ metrics })));
    expect(Object.keys(learned).toSorted()).toEqual(["__proto__", "constructor", "toString"]);
    expect(found({ metrics: unusual }, { learned })).toEqual(["degraded: toString 300; the last 9 runs: 3"]);
  });

  test("takes a metric called after a count for no count, and leaves out what is no number", () => {
    const learned = after([
      subject({ counts: { processed: 5 }, metrics: { processed: 9, broken: Number.NaN } }),
    ]);
    expect(learned).toEqual({ processed: [5] });
  });
});

describe("for every history", () => {
  const level = fc.double({ min: 100, max: 1e6, noNaN: true });
  const around = fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 8, maxLength: 20 });
  const history = fc.tuple(level, around).map(([middle, parts]) => parts.map((part) => middle * (1 + part)));

  test("a value within what was seen is usual", () => {
    fc.assert(
      fc.property(history, fc.double({ min: 0, max: 1, noNaN: true }), (known, part) => {
        const [least, most] = [Math.min(...known), Math.max(...known)];
        expect(isUnusual(least + (most - least) * part, known)).toBe(false);
      }),
    );
  });

  test("whatever a fifth of the runs reached is usual, however they lie", () => {
    const any = fc.array(fc.integer({ min: -1_000, max: 1_000_000 }), { minLength: 8, maxLength: 20 });
    fc.assert(
      fc.property(any, fc.nat(), (known, at) => {
        const sorted = known.toSorted((one, other) => one - other);
        const fifth = Math.ceil(known.length / 5);
        const middle = sorted.slice(fifth - 1, sorted.length - fifth + 1);
        expect(isUnusual(middle[at % middle.length] ?? 0, known)).toBe(false);
      }),
    );
  });

  test("one outlier among twenty hides neither itself nor another", () => {
    fc.assert(
      fc.property(level, fc.nat(19), fc.constantFrom(0, 0.02, 5, 100), (usual, at, factor) => {
        const known = times(20, usual).with(at, usual * factor);
        expect(isUnusual(usual * factor, known)).toBe(true);
        expect(isUnusual(usual * 0.5, known)).toBe(true);
        expect(isUnusual(usual, known)).toBe(false);
      }),
    );
  });

  test("the unit in which it is counted makes no difference", () => {
    const value = fc.double({ min: 0, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(history, value, fc.integer({ min: -6, max: 20 }), (known, now, power) => {
        const scaled = (each: number) => each * 2 ** power;
        fc.pre([now, ...known].some((each) => !Number.isInteger(scaled(each))));
        fc.pre([now, ...known].some((each) => !Number.isInteger(each)));
        expect(isUnusual(scaled(now), known.map(scaled))).toBe(isUnusual(now, known));
      }),
    );
  });

  test("a new level is told four times and is usual then", () => {
    fc.assert(
      fc.property(level, fc.constantFrom(0.1, 0.5, 2, 30), (usual, factor) => {
        let learned: Learned = { rows: times(20, usual) };
        const told: boolean[] = [];
        for (let run = 0; run < 10; run += 1) {
          const now = subject({ metrics: { rows: usual * factor } }, { learned });
          told.push(baselineResults(DEFAULT_PROOF, now).length > 0);
          learned = learn(DEFAULT_PROOF, now);
        }
        expect(told).toEqual([true, true, true, true, false, false, false, false, false, false]);
      }),
    );
  });
});
