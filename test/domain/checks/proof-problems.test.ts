/** Proof settings as they are saved: limits at their edge, each bad field named, doubtful ones warned of. */
import { describe, expect, test } from "vitest";
import { DEFAULT_PROOF, type Check, type ProofSettings } from "../../../src/domain/checks/check.ts";
import { proofProblems, proofWarnings } from "../../../src/domain/checks/proof-problems.ts";
import { LIMITS } from "../../../src/domain/limits.ts";
import { HOUR, MINUTE } from "../../makers.ts";
import { evidence, number, ratio } from "./rule-makers.ts";

const fields = (given: Partial<ProofSettings>): string[] =>
  proofProblems({ ...DEFAULT_PROOF, ...given }).map(({ field }) => field);
const long = "x".repeat(LIMITS.checkNameCharacters + 1);
const name = "x".repeat(LIMITS.checkNameCharacters);
const cel = (text: string, called: string | null = null): Check => ({
  kind: "cel",
  cel: text,
  name: called,
  severity: "fail",
});
const took = (valueMs: number): Check => ({ kind: "duration", op: "<=", valueMs, severity: "fail" });

describe("fields at fault", () => {
  test.each<[string, Check]>([
    ["metric", number(" ", ">=", 1)],
    ["metric", number(long, ">=", 1)],
    ["of", ratio(["rows", ""], ">=", 1)],
    ["value", number("rows", ">=", Number.NaN)],
    ["value", number("rows", ">=", Number.POSITIVE_INFINITY)],
    ["evidence", evidence("", { rule: "exists" })],
    ["min_size", evidence("a", { rule: "min_size", bytes: -1 })],
    ["min_size", evidence("a", { rule: "min_size", bytes: 0.5 })],
    ["max_age", evidence("a", { rule: "max_age", ageMs: LIMITS.longestGraceMs + 1 })],
    ["step", { kind: "step", step: "", status: "ok", severity: "fail" }],
    ["duration.value", took(-1)],
    ["duration.value", took(LIMITS.longestGraceMs + 1)],
    ["name", cel("true", long)],
  ])("%s of a check, with its place", (field, check) => {
    expect(fields({ checks: [number("rows", ">=", 1), check] })).toEqual([`checks[1].${field}`]);
  });

  test.each<[string, Partial<ProofSettings>]>([
    ["max_idle", { maxIdleMs: 0 }],
    ["max_idle", { maxIdleMs: LIMITS.longestGraceMs + 1 }],
    ["verify_by", { verifyByMs: 0 }],
    ["verify_by", { verifyByMs: LIMITS.longestVerifyByMs + 1 }],
    ["baseline.metrics[1]", { baseline: { mode: "fail", metrics: ["rows", ""] } }],
    [
      "baseline.metrics",
      {
        baseline: { mode: "fail", metrics: Array.from({ length: LIMITS.baselineMetrics + 1 }, () => "rows") },
      },
    ],
    ["checks", { checks: Array.from({ length: LIMITS.checksPerMonitor + 1 }, () => took(1)) }],
  ])("%s", (field, given) => {
    expect(fields(given)).toEqual([field]);
  });

  test("are none at the limits themselves", () => {
    const checks = [
      number(name, ">=", Number.MAX_VALUE),
      evidence(name, { rule: "min_size", bytes: Number.MAX_SAFE_INTEGER }),
      evidence(name, { rule: "max_age", ageMs: 0 }),
      took(LIMITS.longestGraceMs),
      cel("true", name),
    ];
    const many = Array.from({ length: LIMITS.checksPerMonitor - checks.length }, () => took(0));
    const metrics = Array.from({ length: LIMITS.baselineMetrics }, () => name);
    expect(
      fields({
        checks: [...checks, ...many],
        baseline: { mode: "degrade", metrics },
        maxIdleMs: 1,
        verifyByMs: LIMITS.longestVerifyByMs,
      }),
    ).toEqual([]);
  });
});

describe("warnings", () => {
  const warnings = (given: Partial<ProofSettings>, runtimeMs: number | null = HOUR): string =>
    proofWarnings({ ...DEFAULT_PROOF, ...given }, { runtimeMs }).join(" ");

  test("a max_idle as long as a run may take does nothing", () => {
    expect(warnings({ maxIdleMs: HOUR })).toMatch(/max_idle \(1h\) does nothing: a run may take 1h in all/);
    expect(warnings({ maxIdleMs: HOUR - 1 })).toBe("");
    expect(warnings({ maxIdleMs: MINUTE }, null)).toMatch(/max_idle does nothing where signals is finish/);
  });

  test("a percentage written as a number of times is asked about", () => {
    expect(warnings({ checks: [ratio(["processed", "expected"], ">=", 95)] })).toMatch(
      /checks\[0\]: 95 is 9500 % as a share; 95 % is 0.95/,
    );
    expect(warnings({ checks: [ratio(["processed", "expected"], "<=", 1.05)] })).toBe("");
    expect(warnings({ checks: [ratio(["tokens", "processed"], "<=", 95)] })).toBe("");
  });

  test("what does nothing is said so", () => {
    expect(warnings({ baseline: { mode: "off", metrics: ["rows"] } })).toMatch(
      /baseline.metrics does nothing/,
    );
    expect(warnings({ checks: [took(MINUTE)] }, null)).toMatch(/only a finish with its duration can meet it/);
    expect(warnings({ checks: [took(MINUTE)] })).toBe("");
    expect(warnings({})).toBe("");
  });
});
