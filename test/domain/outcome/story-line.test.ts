/** The story of a run in one sentence, as exact texts (R15-R17): the same facts give the same words. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import { STEP_STATUSES, type Step } from "../../../src/domain/outcome/outcome.ts";
import { storyLine } from "../../../src/domain/outcome/story-line.ts";
import type { RunState } from "../../../src/domain/run.ts";
import { callIn, check, error, failed, run, SEVEN, step, tally } from "./story.ts";

const COUNTS = { expected: 200, processed: 50 };
const SHORT = check("processed 3 of 200 = 1.5 %, needs at least 95 %");

describe("a failed run", () => {
  test("the article's case: the step, what its call was answered, and how far it came (R16)", () => {
    const enrich = failed("enrich");
    const steps = [step("load"), step("split"), enrich, callIn(enrich, 429)];
    expect(storyLine(run("failed", { plan: SEVEN, steps, counts: COUNTS }))).toBe(
      'failed on step 3 of 7 "enrich": api.openai.com answered 429; processed 50 of 200',
    );
  });

  test("without a plan the step has its number and no total (R15)", () => {
    const steps = [step("load"), step("split"), failed("enrich", { error: error({ class: "timeout" }) })];
    expect(storyLine(run("failed", { steps }))).toBe('failed on step 3 "enrich": it took too long');
  });

  test("the fifth call of an agent that only tells its calls (R15)", () => {
    const calls = [1, 2, 3, 4].map((id) => callIn(step("run"), 200, { id: `c${id}`, parentId: "gone" }));
    const fifth = callIn(step("run"), 429, { id: "c5", parentId: "gone" });
    expect(storyLine(run("failed", { steps: [...calls, fifth] }))).toBe(
      'failed on step 5 "chat": api.openai.com answered 429',
    );
  });

  test("a quota that is used up is told apart from a rate to wait for (R17)", () => {
    const enrich = failed("enrich");
    const call = callIn(enrich, 429, { error: error({ class: "quota_exhausted" }) });
    expect(storyLine(run("failed", { plan: SEVEN, steps: [enrich, call] }))).toContain(
      "api.openai.com answered 429 (quota exhausted)",
    );
    expect(storyLine(run("failed", { http: [tally(429, { isQuota: true })] }))).toBe(
      "failed: api.openai.com answered 429 (quota exhausted)",
    );
  });

  test("tries are counted (R18)", () => {
    const first = failed("enrich", { attempt: 1 });
    const steps = [step("load"), first, failed("enrich", { attempt: 2 }), failed("enrich", { attempt: 3 })];
    expect(storyLine(run("failed", { plan: SEVEN, steps }))).toBe(
      'failed on step 3 of 7 "enrich" after 3 tries; step 2 "split" was left out',
    );
  });

  test("a step without calls is told with its error, or with the class of it", () => {
    const parse = error({ class: "parse", type: "JSONDecodeError", message: "Expecting value\nline 1" });
    expect(storyLine(run("failed", { steps: [failed("read", { error: parse })] }))).toBe(
      'failed on step 1 "read": JSONDecodeError: Expecting value line 1',
    );
    const oom = error({ class: "oom" });
    expect(storyLine(run("failed", { steps: [failed("read", { error: oom })] }))).toBe(
      'failed on step 1 "read": memory ran out',
    );
  });

  test("a refusal that was made up for within the step is not its cause", () => {
    const read = failed("read", { error: error({ class: "parse", type: "SyntaxError" }) });
    const steps = [read, callIn(read, 429, { seq: null }), callIn(read, 200)];
    expect(storyLine(run("failed", { steps }))).toBe('failed on step 1 "read": the answer could not be read');
  });

  test("only counts, only answers, only an exit status beside counts", () => {
    expect(storyLine(run("failed", { counts: COUNTS, http: [tally(429)] }))).toBe(
      "failed: api.openai.com answered 429; processed 50 of 200",
    );
    expect(storyLine(run("failed", { counts: COUNTS, exitStatus: 2 }))).toBe(
      "failed: exit status 2; processed 50 of 200",
    );
    expect(storyLine(run("failed", { counts: { succeeded: 150, expected: 200, failed: 50 } }))).toBe(
      "failed; succeeded 150 of 200, 50 failed",
    );
  });

  test("of failures in a row the first is told: the others follow from it", () => {
    const steps = [failed("load"), step("split"), failed("enrich"), failed("score"), step("write")];
    expect(storyLine(run("failed", { steps }))).toBe('failed on step 3 "enrich"');
  });

  test("a step that was going on when the job gave up, or the last one where all ended well", () => {
    const going = [step("load"), step("split", { status: "running" })];
    expect(storyLine(run("failed", { plan: SEVEN, steps: going, exitStatus: 137 }))).toBe(
      'failed on step 2 of 7 "split": exit status 137',
    );
    const ended = [step("load"), step("split")];
    expect(storyLine(run("failed", { plan: SEVEN, steps: ended, exitStatus: 1 }))).toBe(
      'failed after step 2 of 7 "split": exit status 1',
    );
  });
});

describe("a run that is not verified", () => {
  test("only counts and a failed check (S17)", () => {
    expect(storyLine(run("unverified", { counts: { expected: 200, processed: 3 } }, [SHORT]))).toBe(
      "is not verified: processed 3 of 200 = 1.5 %, needs at least 95 %",
    );
  });

  test("why it is so stands before what was to be true", () => {
    const enrich = failed("enrich");
    const steps = [step("load"), step("split"), enrich, callIn(enrich, 429)];
    const counts = { expected: 200, processed: 3 };
    expect(storyLine(run("unverified", { plan: SEVEN, steps, counts }, [SHORT]))).toBe(
      'is not verified: step 3 of 7 "enrich" failed: api.openai.com answered 429; ' +
        "processed 3 of 200 = 1.5 %, needs at least 95 %",
    );
    expect(storyLine(run("unverified", { counts, http: [tally(429)] }, [SHORT]))).toBe(
      "is not verified: api.openai.com answered 429; processed 3 of 200 = 1.5 %, needs at least 95 %",
    );
  });

  test("two checks are told and more are counted; what passed is not told", () => {
    const passed = check("backup.sql is there", { status: "passed" });
    const broken = check("the expression could not be evaluated.", { status: "error" });
    expect(storyLine(run("unverified", {}, [passed, SHORT, broken, SHORT, SHORT]))).toBe(
      "is not verified: processed 3 of 200 = 1.5 %, needs at least 95 %; " +
        "the expression could not be evaluated; 2 more checks",
    );
  });

  test("a step of the plan that was left out, once (R15)", () => {
    const steps = ["load", "split", "enrich", "rank", "write", "report"].map((name) => step(name));
    expect(storyLine(run("unverified", { plan: SEVEN, steps }, [check("evidence missing")]))).toBe(
      'is not verified: evidence missing; step 4 "score" was left out',
    );
    const said = check('step 4 of 7 "score" was skipped');
    expect(storyLine(run("unverified", { plan: SEVEN, steps }, [said]))).toBe(
      'is not verified: step 4 of 7 "score" was skipped',
    );
    expect(storyLine(run("unverified", { plan: SEVEN, steps, stepsCut: 9 }, [SHORT]))).toBe(
      "is not verified: processed 3 of 200 = 1.5 %, needs at least 95 %",
    );
  });

  test("a step that a check found to have failed is told once", () => {
    const enrich = failed("enrich");
    const told = { plan: SEVEN, steps: [step("load"), step("split"), enrich, callIn(enrich, 429)] };
    for (const sentence of [
      'step 3 of 7 "enrich" failed',
      'step "enrich" failed (api.openai.com answered 429)',
    ]) {
      expect(storyLine(run("unverified", told, [check(sentence), SHORT]))).toBe(
        'is not verified: step 3 of 7 "enrich" failed: api.openai.com answered 429; ' +
          "processed 3 of 200 = 1.5 %, needs at least 95 %",
      );
    }
  });

  test("what is planned twice is told by its turn", () => {
    const plan = ["load", "check", "write", "check"];
    const steps = ["load", "check", "write"].map((name) => step(name));
    const told = { plan, steps: [...steps, failed("check", { id: "second" })] };
    expect(storyLine(run("unverified", told))).toBe('is not verified: step 4 of 4 "check" failed');
    expect(storyLine(run("unverified", { plan, steps }))).toBe(
      'is not verified: step 4 "check" was left out',
    );
  });
});

describe("a run of which no end was heard", () => {
  test("the last step known had ended (S34)", () => {
    const steps = [step("load"), step("split"), step("enrich")];
    expect(storyLine(run("incomplete", { plan: SEVEN, steps, counts: COUNTS }))).toBe(
      'crashed after step 3 of 7 "enrich"; processed 50 of 200',
    );
  });

  test("a step was going on", () => {
    const enrich = step("enrich", { status: "running" });
    expect(storyLine(run("incomplete", { plan: SEVEN, steps: [step("load"), step("split"), enrich] }))).toBe(
      'died in step 3 of 7 "enrich"',
    );
    expect(storyLine(run("incomplete", { plan: SEVEN, steps: [enrich, callIn(enrich, 503)] }))).toBe(
      'died in step 3 of 7 "enrich": api.openai.com answered 503; steps 1 "load" and 2 "split" were left out',
    );
  });

  test("the last step known had failed", () => {
    expect(
      storyLine(run("incomplete", { steps: [failed("load", { error: error({ class: "oom" }) })] })),
    ).toBe('crashed after step 1 "load" failed: memory ran out');
  });

  test("only counts; and a run that goes on", () => {
    expect(storyLine(run("incomplete", { counts: COUNTS }))).toBe("did not finish; processed 50 of 200");
    const steps = [step("load"), step("split", { status: "running" })];
    expect(storyLine(run("started", { plan: SEVEN, steps }))).toBe('is in step 2 of 7 "split"');
    expect(storyLine(run("started", { counts: { expected: 200 } }))).toBe("is running; expected 200");
  });
});

describe("a good run", () => {
  test("what it did, and what is to be looked at", () => {
    expect(storyLine(run("verified", { counts: { expected: 200, processed: 200 } }))).toBe(
      "is verified: processed 200 of 200",
    );
    const steps = SEVEN.map((name) => step(name));
    expect(storyLine(run("reported", { plan: SEVEN, steps }))).toBe("ended well: 7 of 7 steps");
    const unusual = check("processed 3; the last 20 runs: 180-210", { status: "degraded" });
    expect(storyLine(run("reported", { counts: { processed: 3 }, retries: 5 }, [unusual]))).toBe(
      "ended well, degraded: processed 3; the last 20 runs: 180-210; 5 retries",
    );
    const slow = check("took 3h; the last 20 runs: 4m-5m", { status: "degraded" });
    expect(storyLine(run("reported", {}, [slow]))).toBe(
      "ended well, degraded: took 3h; the last 20 runs: 4m-5m",
    );
  });

  test("a step that the plan does not name is none of it, and what was cut is not guessed", () => {
    const plan = ["load", "save"];
    const steps = ["one", "two", "load"].map((name) => step(name));
    expect(storyLine(run("reported", { plan, steps }))).toBe(
      'ended well: 1 of 2 steps; step 2 "save" was left out',
    );
    expect(storyLine(run("reported", { plan, steps, stepsCut: 9 }))).toBe("ended well");
  });
});

test("a run that told nothing has no story", () => {
  for (const state of ["failed", "reported", "incomplete", "started", "unverified"] as const) {
    expect(storyLine(run(state, { exitStatus: 1, message: "boom", log: "…" }))).toBeNull();
    expect(storyLine({ state, outcome: null })).toBeNull();
  }
});

test("steps are told in the order of their numbers or beginnings, not of their arrival", () => {
  const late = [failed("c", { startedAt: 30 }), step("a", { startedAt: 10 }), step("b", { startedAt: 20 })];
  expect(storyLine(run("failed", { steps: late }))).toBe('failed on step 3 "c"');
  const numbered = [failed("c", { seq: 12 }), step("b", { seq: 11 })];
  expect(storyLine(run("failed", { steps: numbered, stepsCut: 10 }))).toBe('failed on step 12 "c"');
  expect(storyLine(run("failed", { steps: late, stepsCut: 10 }))).toBe('failed on step "c"');
});

test("text from outside is shortened, on one line, and its quotation marks end nothing", () => {
  const hostile = failed(`a "b"\r\nBcc: x${"y".repeat(500)}`, {
    error: error({ message: `<!channel>\u0000\u202E\n${"z".repeat(5_000)}` }),
  });
  const story = storyLine(run("failed", { steps: [hostile] })) ?? "";
  expect(story).toMatch(/^failed on step 1 "a 'b' Bcc: xy+…": <!channel> z+…$/);
  expect(story.length).toBeLessThanOrEqual(LIMITS.storyCharacters);
});

test("any steps and counts give one bounded line, the same twice", () => {
  const anyStep: fc.Arbitrary<Step> = fc
    .record({
      id: fc.constantFrom("a", "b", "c", "d", "e"),
      parentId: fc.constantFrom(null, "a", "b", "c", "d", "e", "gone"),
      seq: fc.constantFrom(null, 1, 2, 9),
      status: fc.constantFrom(...STEP_STATUSES),
      startedAt: fc.constantFrom(null, 1, 2),
      attempt: fc.nat(5),
    })
    .chain((given) => fc.string().map((name) => step(name, given)));
  const states: RunState[] = ["started", "reported", "verified", "failed", "incomplete", "unverified"];
  fc.assert(
    fc.property(
      fc.constantFrom(...states),
      fc.uniqueArray(anyStep, { selector: ({ id }) => id }),
      fc.array(fc.string(), { maxLength: 8 }),
      (state, steps, plan) => {
        const told = run(state, { steps, plan, counts: { processed: 1 } });
        const story = storyLine(told);
        expect(story).not.toBeNull();
        expect(story).toBe(storyLine(told));
        expect(story).not.toMatch(/\p{Cc}/u);
        expect(story?.length).toBeLessThanOrEqual(LIMITS.storyCharacters);
      },
    ),
  );
});
