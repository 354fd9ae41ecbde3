/** What is found without any configuration, and each rule's ordinary counter-example, which is not. */
import { describe, expect, test } from "vitest";
import { type CheckSubject, DEFAULT_PROOF } from "../../../src/domain/checks/check.ts";
import { grossResults } from "../../../src/domain/checks/gross.ts";
import type { Counts, HttpTally, Outcome } from "../../../src/domain/outcome/outcome.ts";
import { learnedOf, metricCheck, proofWith, step, subject, times } from "./subjects.ts";

/** `failed: …` for each fault. */
function faults(about: CheckSubject, proof = DEFAULT_PROOF): string[] {
  return grossResults(proof, about).map(({ status, sentence }) => `${status}: ${sentence}`);
}

function ofOutcome(outcome: Partial<Outcome>, more: Partial<CheckSubject> = {}): string[] {
  return faults(subject(outcome, more));
}

function ofCounts(counts: Counts, more: Partial<CheckSubject> = {}): string[] {
  return faults(subject({ counts }, more));
}

const WORKED = { learned: { processed: [180, 190, 200, 195, 0, 185, 190, 200, 205, 195] } };

describe("a job that says nothing", () => {
  test.each([
    ["an empty success", {}],
    ["a log that speaks of errors", { message: "model not found; error code: 404; insufficient_quota" }],
    ["an exit status alone", { exitStatus: 0 }],
    [
      "a log tail and a host",
      { log: "0 files", environment: { host: "a", version: null, commit: null, trace: null } },
    ],
    ["fields of its own", { extra: { status: "ok", result: "3 errors were mended", output: "" } }],
  ])("has nothing wrong: %s", (_what, outcome) => {
    expect(ofOutcome(outcome, WORKED)).toEqual([]);
  });
});

test("an outcome that could not be read has failed", () => {
  expect(ofOutcome({ unreadable: "the file ends in the middle of a text" })).toEqual([
    "failed: the outcome could not be read: the file ends in the middle of a text",
  ]);
});

describe("counts beside what was expected", () => {
  test("3 of 200 has failed, on the first run", () => {
    expect(ofCounts({ expected: 200, processed: 3 })).toEqual([
      "failed: processed 3 of 200 = 1.5 %: far below what was expected",
    ]);
  });

  test.each<[Counts, string | null]>([
    [{ expected: 200, processed: 0 }, "failed: processed 0 of 200 = 0 %: far below what was expected"],
    [{ expected: 200, processed: 99 }, "failed: processed 99 of 200 = 49.5 %: far below what was expected"],
    [{ expected: 200, processed: 100 }, "degraded: processed 100 of 200 = 50 %: fewer than were expected"],
    [{ expected: 200, processed: 189 }, "degraded: processed 189 of 200 = 94.5 %: fewer than were expected"],
    [{ expected: 200, processed: 190 }, null],
    [{ expected: 200, processed: 400 }, null],
    [{ expected: 200, succeeded: 3 }, "failed: succeeded 3 of 200 = 1.5 %: far below what was expected"],
    [{ expected: 200, processed: 200, succeeded: 200 }, null],
    [{ expected: 0, processed: 0 }, null],
    [{ expected: 0 }, null],
    [{ expected: 200 }, null],
    [{ expected: 1, processed: 1 }, null],
  ])("%j", (counts, fault) => {
    expect(ofCounts(counts)).toEqual(fault === null ? [] : [fault]);
  });

  test("what was skipped was attended to, and is told where so much of it is not usual", () => {
    const counts = { expected: 200, processed: 20, skipped: 180 };
    expect(ofCounts(counts)).toEqual(["degraded: skipped 180 of 200 = 90 %: what is skipped is not done"]);
    expect(ofCounts(counts, learnedOf("skipped", 170, 185, 190))).toEqual([]);
    expect(ofCounts({ expected: 200, processed: 190, skipped: 10 })).toEqual([]);
    expect(ofCounts({ expected: 200, processed: 20, skipped: 20 })[0]).toMatch(
      /^failed: processed 20 of 200/,
    );
  });

  test("a check of the monitor's own about that count decides instead", () => {
    const about = subject({ counts: { expected: 200, processed: 3 } });
    const steps = "run.steps.all(s, s.status != 'processed')";
    expect(faults(about, proofWith({ kind: "cel", severity: "fail", cel: steps, name: null }))).toHaveLength(
      1,
    );
    expect(faults(about, proofWith(metricCheck("processed", "expected")))).toEqual([]);
    expect(
      faults(about, proofWith({ kind: "cel", severity: "fail", cel: "run.processed > 1", name: null })),
    ).toEqual([]);
    expect(faults(about, proofWith(metricCheck("tokens")))).toHaveLength(1);
  });
});

describe("counts of what failed", () => {
  test.each<[Counts, string | null]>([
    [{ processed: 200, failed: 101 }, "failed: failed 101 of 200 = 50.5 %: more than half"],
    [{ processed: 200, failed: 100 }, null],
    [{ succeeded: 100, failed: 101 }, "failed: failed 101 of 201 = 50.2 %: more than half"],
    [{ succeeded: 101, failed: 100 }, null],
    [{ processed: 1, failed: 1 }, "failed: failed 1 of 1 = 100 %: more than half"],
    [{ failed: 5 }, null],
    [{ processed: 0, failed: 0, succeeded: 0, expected: 0 }, null],
  ])("%j", (counts, fault) => {
    expect(ofCounts(counts)).toEqual(fault === null ? [] : [fault]);
  });
});

describe("counts that are all zero", () => {
  const zero = { processed: 0, failed: 0 };

  test("have failed where good runs hardly ever had none", () => {
    expect(ofCounts(zero, WORKED)).toEqual(["failed: processed 0: of the last 10 good runs 9 had some"]);
  });

  test("are degraded where nothing is known yet", () => {
    expect(ofCounts(zero)).toEqual(["degraded: processed 0: a run that did nothing"]);
    expect(ofCounts(zero, learnedOf("processed", 0, 0))).toHaveLength(1);
  });

  test("are nothing to speak of where they are usual, or happen now and then", () => {
    expect(ofCounts(zero, learnedOf("processed", 0, 0, 0))).toEqual([]);
    expect(ofCounts(zero, learnedOf("processed", ...times(8, 5), 0, 0))).toEqual([]);
  });

  test("are right where nothing was expected, and where the baseline is switched off", () => {
    expect(ofCounts({ ...zero, expected: 0 }, WORKED)).toEqual([]);
    const proof = { ...DEFAULT_PROOF, baseline: { mode: "off" as const, metrics: null } };
    expect(faults(subject({ counts: zero }, WORKED), proof)).toEqual([]);
    // What needs no learning is found all the same.
    expect(faults(subject({ counts: { expected: 9, processed: 0 } }, WORKED), proof)).toHaveLength(1);
  });

  test("are not all zero when something was skipped", () => {
    expect(ofCounts({ processed: 0, skipped: 12 }, WORKED)).toEqual([]);
  });
});

describe("an agent's run that did no work", () => {
  const thought = step("think", { kind: "llm", tokens: 900 });

  test("used no tokens", () => {
    const found = ["failed: used 0 tokens: no model was asked for anything"];
    expect(ofOutcome({ metrics: { tokens: 0 } })).toEqual(found);
    expect(ofOutcome({ metrics: { input_tokens: 0, output_tokens: 0 } })).toEqual(found);
    expect(
      ofOutcome({ metrics: { tool_calls: 2 }, steps: [step("ask", { kind: "llm", tokens: 0 })] }),
    ).toEqual(found);
    expect(ofOutcome({ metrics: { tokens: 1 } })).toEqual([]);
    expect(ofOutcome({ metrics: { tokens: 0 }, counts: { expected: 0 } })).toEqual([]);
    expect(faults(subject({ metrics: { tokens: 0 } }), proofWith(metricCheck("tokens")))).toEqual([]);
    expect(ofOutcome({ metrics: { tokens: 0 } }, learnedOf("tokens", 0, 0, 0))).toEqual([]);
  });

  test("is only degraded where counts or evidence show work: tokens may not have been counted", () => {
    const counts = { expected: 200, processed: 200 };
    expect(ofOutcome({ metrics: { tokens: 0 }, counts })[0]).toMatch(/^degraded: used 0 tokens/);
    expect(ofOutcome({ metrics: { tokens: 9 }, counts, extra: { output: "" } })).toEqual([
      "degraded: the output is empty",
    ]);
  });

  test("tells tokens in and out, and those of its steps, once", () => {
    const steps = [step("ask", { kind: "llm", tokens: 5 }), step("act")];
    expect(ofOutcome({ metrics: { input_tokens: 0 }, steps })).toHaveLength(1);
    expect(ofOutcome({ steps })).toEqual([]);
  });

  test("used no tool: degraded at first, failed where good runs do", () => {
    const told = { metrics: { tokens: 900, tool_calls: 0 } };
    expect(ofOutcome(told)).toEqual(["degraded: used no tool: an agent without one has only thought"]);
    expect(ofOutcome(told, learnedOf("tool_calls", ...times(8, 3)))).toEqual([
      "failed: used no tool: nearly all of the last 8 good runs did",
    ]);
    expect(ofOutcome(told, learnedOf("tool_calls", ...times(4, 0)))).toEqual([]);
    expect(ofOutcome({ metrics: { tokens: 900, tool_calls: 1 } })).toEqual([]);
  });

  test("told only steps in which it thought", () => {
    expect(ofOutcome({ steps: [thought] })).toHaveLength(1);
    expect(ofOutcome({ steps: [thought, step("search", { kind: "tool", parentId: "think" })] })).toEqual([]);
    expect(ofOutcome({ steps: [thought, step("write to the CRM")] })).toEqual([]);
    // Steps beyond the limit were not kept: one of them may have been a tool.
    expect(ofOutcome({ steps: [thought], stepsCut: 3 })).toEqual([]);
    // A writer of texts uses no tool, and shows what it wrote.
    expect(ofOutcome({ steps: [thought], counts: { processed: 4 } })).toEqual([]);
  });

  test("has an empty output", () => {
    expect(ofOutcome({ metrics: { tokens: 9, output_characters: 0 } })).toEqual([
      "failed: the output is empty",
    ]);
    expect(ofOutcome({ metrics: { tokens: 9 }, extra: { output: " \n" } })).toEqual([
      "failed: the output is empty",
    ]);
    expect(ofOutcome({ metrics: { tokens: 9 }, extra: { output: null } })).toHaveLength(1);
    expect(
      ofOutcome({ metrics: { tokens: 9, output_characters: 12 }, extra: { output: "3 leads done" } }),
    ).toEqual([]);
    expect(ofOutcome({ metrics: { output_characters: 0 } }, learnedOf("output_characters", 0, 0, 0))).toEqual(
      [],
    );
  });
});

describe("an answer that is an error's text", () => {
  const agent = { metrics: { tokens: 900, tool_calls: 1 } };

  test.each([
    "Error code: 404 - {'error': {'message': 'The model `gpt-9` does not exist'}}",
    "model not found",
    "openai.NotFoundError: Error code: 404 - gone",
    `{"error":{"code":"insufficient_quota"}}`,
    "You exceeded your current quota, please check your plan.",
    `Error code: 429 ${"x".repeat(2_000)}`,
  ])("has failed: %s", (message) => {
    const [fault, ...more] = ofOutcome({ ...agent, message });
    expect(fault).toMatch(/^failed: the answer is an error: /);
    expect(fault?.length).toBeLessThan(170);
    expect(more).toEqual([]);
    expect(ofOutcome({ ...agent, extra: { output: message } })).toHaveLength(1);
  });

  test.each([
    "Sent 12 mails; 0 errors.",
    `Report of the night. ${"All went well. ".repeat(40)} One request got error code: 404 and was left out.`,
    "The model railway does run again.",
    "Looked at 12 sites; 1 answered with error code 404.",
    "2 leads; the model Civic was not found in stock.",
  ])("is none: %s", (message) => {
    expect(ofOutcome({ ...agent, message })).toEqual([]);
  });

  test("is degraded where the run shows work beside it", () => {
    const [fault] = ofOutcome({
      ...agent,
      message: "model not found, used another",
      counts: { processed: 200 },
    });
    expect(fault).toMatch(/^degraded: the answer is an error/);
  });
});

describe("a run that says itself how it ended", () => {
  test.each([
    [{ outcome: "skipped, no project binding" }, []],
    [{ outcome: "skipped" }, [`failed: says outcome "skipped": that is not success`]],
    [
      { status: "Max retries exhausted" },
      [`failed: says status "max_retries_exhausted": that is not success`],
    ],
    [
      { finish_reason: "error_max_turns" },
      [`failed: says finish_reason "error_max_turns": that is not success`],
    ],
    [
      { finish_reasons: ["stop", "content_filter"] },
      [`failed: says finish_reasons "content_filter": that is not success`],
    ],
    [{ finish_reasons: ["content_filter", "stop"] }, []],
    [{ result: "guardrail-halt" }, [`failed: says result "guardrail_halt": that is not success`]],
    [{ stop_reason: "max_tokens" }, [`degraded: says stop_reason "max_tokens": the answer was cut off`]],
    [{ max_retries_exhausted: true }, ["failed: says max_retries_exhausted: that is not success"]],
    [{ max_retries_exhausted: false, skipped: false }, []],
    [{ finish_reason: "stop", status: "ok", outcome: "success", result: 3, state: null }, []],
  ])("%j", (extra, expected) => {
    expect(ofOutcome({ extra })).toEqual(expected);
  });

  test("a metric may say it too, but skipped things are a count like others", () => {
    expect(ofOutcome({ metrics: { max_retries_exhausted: 1 } })).toHaveLength(1);
    expect(ofOutcome({ metrics: { max_retries_exhausted: 0, skipped: 14 } })).toEqual([]);
  });

  test("nothing to do today is no fault", () => {
    expect(ofOutcome({ extra: { outcome: "skipped" }, counts: { expected: 0 } })).toEqual([]);
  });
});

describe("steps that failed in a run that reports success", () => {
  const failed = { status: "failed" } as const;

  test("the last one, or one of the plan, has failed the run", () => {
    expect(ofOutcome({ steps: [step("fetch"), step("send", failed)] })).toEqual([
      `failed: step "send" failed, and the run reports success`,
    ]);
    expect(ofOutcome({ plan: ["fetch", "send"], steps: [step("fetch", failed), step("send")] })).toHaveLength(
      1,
    );
  });

  test("an agent's report about a step that failed does not mend it; a tool that failed was a try", () => {
    const report = step("report", { kind: "llm" });
    expect(ofOutcome({ steps: [step("back up", failed), report] })).toEqual([
      `failed: step "back up" failed, and the run reports success`,
    ]);
    const search = step("search", { ...failed, kind: "tool" });
    expect(ofOutcome({ steps: [search, report] })[0]).toMatch(/^degraded: step "search" failed/);
  });

  test("the last one is known by its number, else by when it began, else as it was told", () => {
    const [fetched, sent] = [
      step("fetch", { seq: 1, startedAt: 5 }),
      step("send", { ...failed, seq: 2, startedAt: 4 }),
    ];
    expect(ofOutcome({ steps: [sent, fetched] })[0]).toMatch(/^failed/);
    expect(ofOutcome({ steps: [{ ...sent, seq: null }, fetched] })[0]).toMatch(/^degraded/);
    expect(ofOutcome({ steps: [fetched, { ...sent, seq: null, startedAt: null }] })[0]).toMatch(/^failed/);
  });

  test("it is said what was answered, or what went wrong", () => {
    const http = { method: null, host: "api.openai.com", status: 429, retryAfterSeconds: null };
    const error = { class: "parse", type: "ValueError", message: "no JSON" } as const;
    expect(ofOutcome({ steps: [step("a", { ...failed, http })] })[0]).toContain(
      "(api.openai.com answered 429)",
    );
    expect(ofOutcome({ steps: [step("a", { ...failed, error })] })[0]).toContain("(no JSON)");
  });

  test("one that was worth a try, or went well later, is degraded", () => {
    expect(ofOutcome({ steps: [step("warm the cache", failed), step("send")] })).toEqual([
      `degraded: step "warm the cache" failed, and the run reports success`,
    ]);
    const tries = [
      step("send", failed),
      step("send", { ...failed, id: "2" }),
      step("send", { id: "3", attempt: 3 }),
    ];
    expect(ofOutcome({ steps: tries })).toEqual([`degraded: step "send" failed 2 times before it went well`]);
  });

  test("one within another step is that step's affair, and a check about it decides", () => {
    const tool = step("search", { ...failed, kind: "tool", parentId: "act" });
    expect(ofOutcome({ steps: [step("act", { kind: "agent" }), tool] })).toEqual([]);
    const check = { kind: "step", severity: "fail", step: "send", status: "failed" } as const;
    expect(faults(subject({ steps: [step("send", failed)] }), proofWith(check))).toEqual([]);
  });

  test("steps that are still running or were left out are no failures", () => {
    expect(
      ofOutcome({ steps: [step("a", { status: "skipped" }), step("b", { status: "running" })] }),
    ).toEqual([]);
  });
});

test("of very many faults the failed ones and a few others are told, and the rest is counted", () => {
  const steps = Array.from({ length: 30 }, (_none, index) => step(`s${index}`, { status: "failed" }));
  const found = ofOutcome({ steps, plan: ["s20"] });
  expect(found).toHaveLength(11);
  expect(found.filter((fault) => fault.startsWith("failed"))).toEqual([
    `failed: step "s20" failed, and the run reports success`,
    `failed: step "s29" failed, and the run reports success`,
  ]);
  expect(found.at(-1)).toBe("degraded: and 20 more of the kind");
});

describe("trouble on the way", () => {
  const answered = (status: number, count: number, isQuota = false): HttpTally => {
    return {
      host: "api.openai.com",
      status,
      count,
      firstAt: null,
      lastAt: null,
      retryAfterSeconds: null,
      isQuota,
    };
  };

  test("answers of 429 before success are degraded, with their number", () => {
    expect(ofOutcome({ http: [answered(200, 153), answered(429, 47)] })).toEqual([
      "degraded: api.openai.com answered 429 to 47 of 200 requests: the rate was too high",
    ]);
    expect(ofOutcome({ http: [answered(429, 1, true)] })[0]).toContain("its quota is used up");
    expect(ofOutcome({ http: [answered(200, 153), answered(404, 2)] })).toEqual([]);
  });

  test.each([
    [4, []],
    [5, ["degraded: retried 5 times before it went well"]],
  ])("%i retries", (retries, expected) => {
    expect(ofOutcome({ retries })).toEqual(expected);
    expect(faults(subject({ retries }), proofWith(metricCheck("retries")))).toEqual([]);
  });
});
