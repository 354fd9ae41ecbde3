/** A run on the wire: what it told in the words in which jobs send it, what its checks found, and its story. */
import { expect, test } from "vitest";
import { shownRun } from "../../src/http/runs.ts";
import { callIn, check, failed, SEVEN, step, tally } from "../domain/outcome/story.ts";
import { run, SECOND, START } from "../makers.ts";

test("what it told, its checks and its story", () => {
  const enrich = failed("enrich", { startedAt: START });
  const outcome = {
    exitStatus: 1,
    message: "giving up",
    counts: { expected: 200, processed: 50 },
    plan: SEVEN,
    steps: [step("load"), step("split"), enrich, callIn(enrich, 429)],
    http: [tally(429, { count: 12, firstAt: START, lastAt: START + SECOND, retryAfterSeconds: 60 })],
    extra: { tenant: "acme" },
    retries: 3,
    stepsCut: 7,
  };
  const checks = [
    { ...check("processed 50 of 200 = 25 %, needs at least 95 %"), url: "https://kept.example" },
  ];
  const shown = shownRun({
    run: run({ state: "failed", outcome, checks }),
    monitor: "lead-agent",
    story: [],
  });
  expect(shown).toMatchObject({
    state: "failed",
    story_line: 'failed on step 3 of 7 "enrich": api.openai.com answered 429; processed 50 of 200',
    verified: false,
    degraded: false,
    outcome: {
      exit_status: 1,
      message: "giving up",
      tenant: "acme",
      counts: { expected: 200, processed: 50 },
      plan: SEVEN,
      http: [{ host: "api.openai.com", status: 429, count: 12, retry_after: 60 }],
      retries: 3,
      steps_cut: 7,
    },
  });
  expect(shown.outcome?.["steps"]).toMatchObject([
    { name: "load", status: "ok" },
    { name: "split" },
    { name: "enrich", status: "failed", started_at: "2026-03-02T00:00:00Z" },
    { parent_id: enrich.id, http: { host: "api.openai.com", status: 429 } },
  ]);
  expect(shown.checks).toEqual([
    {
      layer: "rule",
      check: "processed / expected >= 0.95",
      status: "failed",
      sentence: "processed 50 of 200 = 25 %, needs at least 95 %",
      url: "https://kept.example",
    },
  ]);
});

test("a verified run, a degraded one, and one that told nothing", () => {
  const view = { monitor: "job", story: [] };
  expect(shownRun({ ...view, run: run({ state: "verified" }) })).toMatchObject({ verified: true });
  expect(shownRun({ ...view, run: run({ state: "reported", isDegraded: true }) })).toMatchObject({
    verified: false,
    degraded: true,
  });
  expect(shownRun({ ...view, run: run({ outcome: null }) })).toMatchObject({
    outcome: null,
    checks: [],
    story_line: null,
  });
});
