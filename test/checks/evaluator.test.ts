/** The thread of the checks: what takes too long there is ended, and nobody else notices. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createExpertChecks } from "../../src/checks/all.ts";
import { type Check, type CheckSubject, DEFAULT_PROOF } from "../../src/domain/checks/check.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import type { JsonValue } from "../../src/domain/outcome/outcome.ts";
import type { ExpertChecks } from "../../src/ports/checks.ts";
import { after } from "../../src/system/timers.ts";
import { step, subject } from "../domain/checks/subjects.ts";

let experts: ExpertChecks;
/** Timers of a minute wait until a test lets the minute pass. */
let later: (() => void)[];
beforeEach(() => {
  later = [];
  experts = createExpertChecks({
    after(delayMs, act) {
      if (delayMs < LIMITS.evaluationStrikeMs) return after(delayMs, act);
      later.push(act);
      return () => {};
    },
  });
});
afterEach(() => experts.close());

const MANY_STEPS = subject({
  counts: { processed: 7 },
  steps: Array.from({ length: 200 }, (_none, index) => step(`step ${index}`)),
});
const ENDLESS = "run.steps.all(a, run.steps.all(b, run.steps.all(c, a.name + b.name + c.name != '')))";

async function evaluated(cel: string[], about: CheckSubject = MANY_STEPS, outcomeSchema: JsonValue = null) {
  const checks = cel.map((each): Check => ({ kind: "cel", severity: "fail", cel: each, name: null }));
  const results = await experts.evaluate({ ...DEFAULT_PROOF, checks, outcomeSchema }, about);
  return results.map(({ status, sentence }) => ({ status, because: sentence.split("evaluated: ")[1] ?? "" }));
}

const OVER = { status: "error", because: `it took longer than ${LIMITS.evaluationMs} ms` };
const PASSED = { status: "passed", because: "" };

describe("an evaluation without an end", () => {
  test("is ended, and those beside it and after it are answered", async () => {
    expect(await evaluated(["run.processed == 7", ENDLESS, "run.processed > 6"])).toEqual([
      PASSED,
      OVER,
      PASSED,
    ]);
    expect(await evaluated(["run.processed == 7"])).toEqual([PASSED]);
  });

  test("never holds up the program that asked for it", async () => {
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns += 1;
      if (!isDone) after(1, turn);
    };
    turn();
    expect(await evaluated([ENDLESS])).toEqual([OVER]);
    isDone = true;
    expect(turns).toBeGreaterThan(10);
  });

  test("three times in a minute is left out until the minute is over", async () => {
    for (let time = 0; time < LIMITS.evaluationStrikes; time += 1) {
      expect(await evaluated([ENDLESS])).toEqual([OVER]);
    }
    const [left, other] = await evaluated([ENDLESS, "run.processed == 7"]);
    expect(left).toEqual({ status: "error", because: expect.stringContaining("left out") });
    expect(other).toEqual(PASSED);
    // A run with fewer steps, and the minute is over.
    later.forEach((act) => act());
    expect(await evaluated([ENDLESS], subject({ steps: [step("a")] }))).toEqual([PASSED]);
  });

  test("may be a pattern in a schema", async () => {
    const about = subject({ message: `${"a".repeat(60)}!`, counts: { processed: 7 } });
    const schema = { properties: { message: { pattern: "^(a+)+$" } } };
    const [shape, expression] = await evaluated(["run.processed == 7"], about, schema);
    expect(shape?.status).toBe("error");
    expect(expression).toEqual(PASSED);
  });
});

test("a pattern in an expression cannot run away", async () => {
  const about = subject({ message: `${"a".repeat(1_000)}!` });
  expect(await evaluated(["!run.message.matches('^(a+)+$')"], about)).toEqual([PASSED]);
});

test("a thousand runs at once each get their own answer", async () => {
  const asked = Array.from({ length: 1_000 }, async (_none, index) => {
    const [result] = await evaluated(
      [`run.processed == ${index % 7}`],
      subject({ counts: { processed: index } }),
    );
    return result?.status === (index === index % 7 ? "passed" : "failed");
  });
  expect((await Promise.all(asked)).every((isRight) => isRight)).toBe(true);
});

test("an outcome too large to be evaluated is told and not tried", async () => {
  const about = subject({ message: "x".repeat(LIMITS.expertInputCharacters) });
  expect(await evaluated(["true"], about)).toEqual([
    { status: "error", because: "the outcome is too large" },
  ]);
});

test("one that closes before its thread is there leaves none behind", async () => {
  const asked = evaluated(["true"]);
  await experts.close();
  expect((await asked)[0]?.status).toBe("error");
});

test("after the end nothing passes, and a second end is harmless", async () => {
  expect(await evaluated(["true"])).toEqual([PASSED]);
  await experts.close();
  await experts.close();
  expect(await evaluated(["true"])).toEqual([{ status: "error", because: "Rollcall is stopping" }]);
});

test("what is under way when it ends is answered with an error", async () => {
  const asked = evaluated([ENDLESS]);
  const other = evaluated(["true"]);
  await evaluatedOnce();
  await experts.close();
  expect((await asked)[0]?.status).toBe("error");
  expect((await other)[0]?.status).toBe("error");

  function evaluatedOnce(): Promise<void> {
    return new Promise((resolve) => void after(1, resolve));
  }
});
