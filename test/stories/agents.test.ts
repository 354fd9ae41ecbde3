/**
 * Agents and jobs that report success and did nothing, as they did in public, told as diaries: without any configured
 * check the incident is there on the right run (S17-S22, S34), and the honest run beside each brings none.
 */
import { expect, test } from "vitest";
import type { CheckIn } from "../../src/domain/check-in.ts";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import type { OutcomePart } from "../../src/domain/outcome/outcome.ts";
import { callIn, error, failed, step, tally } from "../domain/outcome/story.ts";
import { createWorld, link, nightly, type World } from "./world.ts";

const DAY = 86_400_000;

async function diary(more: Partial<MonitorInput> = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", nightly(more));
  await world.until("2026-03-02T02:00:00Z");
  return world;
}

/** One night's run, which says that it went well; then the next night comes. */
async function night(world: World, outcome: OutcomePart, more: Partial<CheckIn> = {}): Promise<void> {
  const atNight = world.wall.at;
  await world.checkIn("job", "start");
  await world.pass("1m");
  await world.checkIn("job", "success", { ...more, outcome });
  await world.until(new Date(atNight + DAY).toISOString());
}

async function titleAfter(outcome: OutcomePart, more: Partial<CheckIn> = {}): Promise<string | null> {
  const world = await diary();
  await world.checkIn("job", "start");
  await world.pass("1m");
  await world.checkIn("job", "success", { ...more, outcome });
  return (await world.incident("job"))?.title ?? null;
}

const worked = { tool_calls: 4, tokens: 9_000, output_characters: 800 };

test("3 of 200 leads, the rest answered with 429: told on the first run (S17)", async () => {
  const counts = { expected: 200, processed: 3 };
  const http = [tally(200, { count: 3 }), tally(429, { count: 197 })];
  expect(await titleAfter({ counts, http })).toBe(
    "job is not verified: api.openai.com answered 429; processed 3 of 200 = 1.5 %: far below what was expected",
  );
  expect(await titleAfter({ counts: { expected: 200, processed: 200 }, http: [tally(200)] })).toBeNull();
});

test("a wrong model id: 404, an empty answer, and the status says ok (S18)", async () => {
  const call = failed("answer", {
    kind: "llm",
    http: { method: "POST", host: "api.openai.com", status: 404, retryAfterSeconds: null },
  });
  const metrics = { tokens: 0, output_characters: 0 };
  expect(await titleAfter({ steps: [call], metrics, extra: { last_status: "ok", output: "" } })).toContain(
    'job is not verified: step 1 "answer" failed: api.openai.com answered 404; used 0 tokens',
  );
  expect(await titleAfter({ steps: [step("answer", { kind: "llm" })], metrics: worked })).toBeNull();
});

test("the error's text was the answer (S18)", async () => {
  const metrics = { tokens: 120, tool_calls: 1 };
  const body = "Error code: 404 - model_not_found";
  expect(await titleAfter({ metrics, extra: { output: body } })).toBe(
    "job is not verified: the answer is an error: Error code: 404 - model_not_found",
  );
  expect(await titleAfter({ metrics, extra: { output: "All 12 tickets were answered, none failed." } })).toBe(
    null,
  );
});

test("a fallback's tidy report does not mend the work that failed (S19)", async () => {
  const backup = failed("backup", { seq: 1, error: error({ message: "pg_dump: no such host" }) });
  const report = step("report", { seq: 2, kind: "llm", tokens: 900 });
  expect(await titleAfter({ steps: [backup, report], extra: { status: "ok" } })).toBe(
    'job is not verified: step 1 "backup" failed: pg_dump: no such host',
  );
  const again = step("backup", { seq: 2, attempt: 2 });
  expect(await titleAfter({ steps: [backup, again, { ...report, seq: 3 }] })).toBeNull();
});

test.each<[string, OutcomePart, string]>([
  [
    "retries exhausted",
    { metrics: worked, extra: { outcome: "max_retries_exhausted" } },
    'job is not verified: says outcome "max_retries_exhausted": that is not success',
  ],
  [
    "a switch of its own",
    { metrics: worked, extra: { max_retries_exhausted: true } },
    "job is not verified: says max_retries_exhausted: that is not success",
  ],
  [
    "a guardrail's halt",
    { metrics: worked, extra: { stop_reason: "guardrail_halt" } },
    'job is not verified: says stop_reason "guardrail_halt": that is not success',
  ],
  [
    "why its last turn ended",
    { metrics: worked, extra: { turn_exit_reason: "guardrail_halt" } },
    'job is not verified: says turn_exit_reason "guardrail_halt": that is not success',
  ],
  [
    "how far it came stands beside it",
    { metrics: worked, extra: { turn_exit_reason: "max_iterations_reached(90/90)" } },
    'job is not verified: says turn_exit_reason "max_iterations_reached": that is not success',
  ],
])("an agent that gave up and reports success: %s (S20)", async (_what, outcome, title) => {
  expect(await titleAfter(outcome)).toBe(title);
});

test.each(["stop", "end_turn", "completed"])(
  "an agent that ended with %s has not given up (S20)",
  async (end) => {
    expect(await titleAfter({ metrics: worked, extra: { finish_reason: end } })).toBeNull();
  },
);

test("an agent that only described its input: on its first run a warning (S21)", async () => {
  const world = await diary({ channels: [link("chat", { notifyOn: ["degraded"] })] });
  await night(world, { metrics: { ...worked, tool_calls: 0 } });
  expect(await world.told()).toEqual([
    "result job: degraded: used no tool: an agent without one has only thought",
  ]);
});

test("an agent that only described its input, after 8 nights on which it worked (S21)", async () => {
  const world = await diary();
  for (let nights = 0; nights < 8; nights += 1) await night(world, { metrics: worked });
  expect(await world.incidents()).toEqual([]);
  await world.checkIn("job", "success", { outcome: { metrics: { ...worked, tool_calls: 0 } } });
  expect((await world.incident("job"))?.title).toBe(
    "job is not verified: used no tool: nearly all of the last 8 good runs did",
  );
});

test("an agent whose work is to write uses no tool on any day (S21)", async () => {
  const world = await diary();
  for (let nights = 0; nights < 10; nights += 1)
    await night(world, { metrics: { ...worked, tool_calls: 0 } });
  expect(await world.incidents()).toEqual([]);
});

test("skipped is not success (S22)", async () => {
  const extra = { outcome: "skipped", reason: "no project binding" };
  expect(await titleAfter({ extra })).toBe(
    'job is not verified: says outcome "skipped": that is not success',
  );
  expect(await titleAfter({ counts: { expected: 0, processed: 0 }, extra: { outcome: "done" } })).toBeNull();
});

test("spans of which the root never comes: the run crashed after its third step (S34)", async () => {
  const world = await diary({ maxRuntimeMs: 600_000 });
  for (const name of ["load", "split", "enrich"]) {
    await world.checkIn("job", "step", { runId: "4bf92f", outcome: { steps: [step(name)] } });
    await world.pass("10s");
  }
  expect(await world.incident("job")).toBeNull();
  await world.pass("11m");
  expect(await world.incident("job")).toMatchObject({
    kind: "incomplete",
    title: 'job crashed after step 3 "enrich"',
  });
});

test("spans whose root comes in time tell of a good run (S34)", async () => {
  const world = await diary({ maxRuntimeMs: 600_000 });
  await world.checkIn("job", "step", { runId: "4bf92f", outcome: { steps: [step("load")] } });
  await world.pass("1m");
  await world.checkIn("job", "success", { runId: "4bf92f" });
  await world.pass("11m");
  expect(await world.incident("job")).toBeNull();
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z on_time"]);
});

test("429, then success: good, and told as degraded (R17)", async () => {
  const world = await diary({ channels: [link("chat", { notifyOn: ["degraded"] })] });
  const enrich = step("enrich");
  const steps = [enrich, callIn(enrich, 429), callIn(enrich, 200)];
  await night(world, { steps });
  expect(await world.incident("job")).toBeNull();
  expect(await world.told()).toEqual([
    "result job: degraded: api.openai.com answered 429 to 1 of 2 requests: the rate was too high",
  ]);
});
