/** What a person reads of a run that told what it did: the title, and the evidence beside it (R16, R19, R57). */
import { describe, expect, test } from "vitest";
import { evidenceOf, titleOf, type Story } from "../../../src/domain/decide/story.ts";
import type { CheckResult } from "../../../src/domain/checks/check.ts";
import type { Outcome } from "../../../src/domain/outcome/outcome.ts";
import { MINUTE, monitor, run, settings, START } from "../../makers.ts";
import { callIn, check, error, failed, SEVEN, step, tally } from "../outcome/story.ts";

const ENRICH = failed("enrich");
const STEPS = [
  step("load"),
  step("split"),
  ENRICH,
  callIn(ENRICH, 429, { error: error({ class: "rate_limited" }) }),
];
const COUNTS = { expected: 200, processed: 50 };

function story(
  kind: "failed" | "unverified" | "incomplete",
  told: Partial<Outcome> | null,
  given: Partial<Story> & { checks?: readonly CheckResult[] } = {},
): Story {
  const schedule = { kind: "every", everyMs: 60 * MINUTE, from: "start" } as const;
  const ended = run({
    state: kind,
    startedAt: START,
    finishedAt: kind === "incomplete" ? null : START + 2_000,
    finishBy: START + 60 * MINUTE,
    outcome: told === null ? null : { exitStatus: null, message: "", ...told },
    checks: given.checks ?? [],
  });
  return {
    monitor: monitor({ slug: "lead-agent", settings: settings({ schedule }) }),
    kind,
    phase: kind === "unverified" ? "unverified" : "in_run",
    window: null,
    run: ended,
    rejections: null,
    dispatch: null,
    deploy: null,
    lastCheckInAt: START,
    lastGoodAt: null,
    lastVerifiedAt: null,
    learned: {},
    isHearingWhole: true,
    ...given,
  };
}

describe("the title", () => {
  test("of a failed run is its story (R16)", () => {
    expect(titleOf(story("failed", { plan: SEVEN, steps: STEPS, counts: COUNTS }))).toBe(
      'lead-agent failed on step 3 of 7 "enrich": api.openai.com answered 429; processed 50 of 200',
    );
  });

  test("of an unverified run says what was to be true (R11)", () => {
    const checks = [check("processed 3 of 200 = 1.5 %, needs at least 95 %")];
    expect(titleOf(story("unverified", { counts: { expected: 200, processed: 3 } }, { checks }))).toBe(
      "lead-agent is not verified: processed 3 of 200 = 1.5 %, needs at least 95 %",
    );
  });

  test("of a run that never ended says how far it came", () => {
    const steps = [step("load"), step("split"), step("enrich")];
    expect(titleOf(story("incomplete", { plan: SEVEN, steps, counts: COUNTS }))).toBe(
      'lead-agent crashed after step 3 of 7 "enrich"; processed 50 of 200',
    );
    expect(titleOf(story("incomplete", { counts: COUNTS }))).toBe(
      "lead-agent: started 00:00 UTC, not finished by 01:00 (runtime 1h); processed 50 of 200",
    );
  });

  test("of a run that fell silent says since when", () => {
    const silent = story("incomplete", { counts: COUNTS });
    const ended = { ...run({ ...silent.run, heardToAt: START + 20 * MINUTE }), isSilent: true };
    const quiet = monitor({ slug: "lead-agent", settings: settings({ maxIdleMs: 10 * MINUTE }) });
    const told = { ...silent, monitor: quiet, run: ended };
    expect(titleOf(told)).toBe(
      "lead-agent: started 00:00 UTC, silent since 00:20 (max_idle 10m); processed 50 of 200",
    );
    expect(evidenceOf(told)).toMatchObject({
      expected: "Word of the run at least every 10m (max_idle).",
      came: expect.stringContaining("Last heard of it: 2026-03-02 00:20 UTC."),
    });
  });

  test("of a run that told nothing is as it was", () => {
    expect(titleOf(story("failed", { exitStatus: 3 }))).toBe(
      "lead-agent: the run started 00:00 UTC failed with exit status 3",
    );
    expect(titleOf(story("incomplete", null))).toBe(
      "lead-agent: started 00:00 UTC, not finished by 01:00 (runtime 1h)",
    );
    expect(titleOf(story("unverified", null))).toBe("lead-agent: the run started 00:00 UTC is not verified");
  });
});

describe("the evidence", () => {
  test("of an unverified run: what was asked for, what came, and all that is known of it", () => {
    const limited = { count: 12, firstAt: START, lastAt: START + 50_000, retryAfterSeconds: 60 };
    const told = {
      counts: { expected: 200, processed: 3 },
      http: [tally(429, limited), tally(200, { count: 3 })],
      environment: { host: "worker-3", version: "1.4", commit: null, trace: "https://trace.example/1" },
      log: "one\ntwo\n\u0000three",
    };
    const checks = [check("processed 3 of 200 = 1.5 %, needs at least 95 %")];
    const learned = { processed: [180, 210, 195], duration: [1_000, 3_000], tokens: [5] };
    const evidence = evidenceOf(
      story("unverified", told, { checks, learned, lastVerifiedAt: START - MINUTE }),
    );
    expect(evidence).toEqual({
      expected: "A run that ends well and shows it: processed / expected >= 0.95.",
      came: "A finish at 2026-03-02 00:00:02 UTC that reports success: processed 3 of 200.",
      known: [
        "Failed check: processed 3 of 200 = 1.5 %, needs at least 95 %.",
        "api.openai.com answered 429 (rate limited) 12 times from 00:00 to 00:00:50, asks to wait up to 1m.",
        "3 other calls went well.",
        "Good runs before told processed 180-210, the last one 195; this one 3.",
        "Good runs before told tokens 5; this one did not say.",
        "It ran with: host worker-3, version 1.4, trace https://trace.example/1.",
        "Last accepted check-in: 2026-03-02 00:00 UTC.",
        "No run has ended well yet.",
        "Last verified run: 2026-03-01 23:59 UTC.",
        "Rollcall was listening all the time.",
        "The end of its log:\none\ntwo\n three",
      ],
      unknown: [],
      next: expect.stringContaining("Retry-After"),
    });
  });

  test("of a failed run: how far it came, and what it said", () => {
    const told = { plan: SEVEN, steps: STEPS, counts: COUNTS, exitStatus: 1, message: "giving up" };
    expect(evidenceOf(story("failed", told)).came).toBe(
      "A finish at 2026-03-02 00:00:02 UTC that reports failure with exit status 1: " +
        "processed 50 of 200; 2 of 7 steps. It said: giving up",
    );
  });

  test("says what to look at next, by the class of the failure (R57)", () => {
    const nextOf = (errorClass: Parameters<typeof error>[0]): string =>
      evidenceOf(story("failed", { steps: [failed("enrich", { error: error(errorClass) })] })).next;
    expect(nextOf({ class: "quota_exhausted" })).toContain("billing");
    expect(nextOf({ class: "auth" })).toContain("expired");
    expect(nextOf({ class: "unknown" })).toBe("Read the end of the job's output, kept with the run.");
    expect(evidenceOf(story("unverified", {})).next).toContain("what the job really did");
    expect(evidenceOf(story("incomplete", { http: [tally(503)] })).next).toMatch(/process.+status page/);
  });

  test("is bounded, however much a job tells", () => {
    const long = "very long ".repeat(10_000);
    const told = {
      http: Array.from({ length: 50 }, (_each, index) => tally(400 + index, { host: long })),
      environment: { host: long, version: long, commit: long, trace: long },
      log: long,
      message: long,
      unreadable: long,
    };
    const checks = Array.from({ length: 100 }, () => check(long, { check: long }));
    const learned = Object.fromEntries(
      Array.from({ length: 50 }, (_each, index) => [`${long}${index}`, [1]]),
    );
    const all = story("unverified", told, { checks, learned });
    expect(JSON.stringify(evidenceOf(all)).length).toBeLessThan(12_000);
    expect(titleOf(all).length).toBeLessThan(600);
  });
});
