/** An outcome on its way in: as JSON, as a form and in the query, through the outside face into the journal. */
import { readFile } from "node:fs/promises";
import { beforeEach, describe, expect, test } from "vitest";
import type { CheckIn } from "../../src/domain/check-in.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import { createFace, type Face } from "./face.ts";

let face: Face;

beforeEach(async () => {
  face = await createFace();
  await face.api("PUT", "/v1/monitors/lead-agent", { body: { schedule: { every: "1h" } } });
});

async function send(
  path: string,
  given: { body?: string; type?: string } = {},
): Promise<{ status: number; text: string }> {
  const response = await face.app.request(`/checkin/${face.keys.ping}/lead-agent${path}`, {
    method: "POST",
    headers: given.type === undefined ? {} : { "content-type": given.type },
    body: given.body ?? null,
  });
  return { status: response.status, text: await response.text() };
}

/** The latest check-in as it is kept. */
async function kept(): Promise<CheckIn> {
  const monitor = await face.store.findMonitor("default", "lead-agent");
  const page = await face.store.listJournal(
    monitor?.id ?? "",
    { fromAt: 0, toAt: face.now() + 1 },
    { limit: 100, cursor: null },
  );
  const checkIns = page.items.flatMap(({ event }) => (event.type === "check_in" ? [event.checkIn] : []));
  const latest = checkIns.at(-1);
  if (latest === undefined) throw new Error("nothing was kept");
  return latest;
}

const JSON_TYPE = "application/json";
const FORM = "application/x-www-form-urlencoded";

describe("an outcome", () => {
  test.each([
    [
      "JSON",
      {
        type: JSON_TYPE,
        body: '{"counts":{"expected":200,"processed":3},"metrics":{"rows":5},"message":"done"}',
      },
    ],
    [
      "JSON that curl -d declares a form",
      { type: FORM, body: '{"expected":200,"processed":3,"metrics":{"rows":5},"message":"done"}' },
    ],
    ["a form", { type: FORM, body: "expected=200&processed=3&metrics.rows=5&message=done" }],
    [
      "a form with JSON in it",
      { type: FORM, body: 'counts={"expected":200,"processed":3}&metrics={"rows":5}&message=done' },
    ],
    ["a multi-line form", { type: FORM, body: "processed=3&expected=200&metrics.rows=5&message=done\n" }],
  ])("is read from %s, and its message is the body", async (_how, given) => {
    const { status, text } = await send("", given);
    expect([status, text]).toEqual([200, expect.not.stringContaining("note:")]);
    const { body, outcome } = await kept();
    expect(body.trim()).toBe("done");
    expect(outcome).toEqual({ counts: { expected: 200, processed: 3 }, metrics: { rows: 5 } });
  });

  test("is read from the query, and the body stays the message", async () => {
    await send("/start?expected=200&utm_source=x", { body: "begun" });
    const { body, outcome, notes } = await kept();
    expect([body, outcome]).toEqual(["begun", { counts: { expected: 200 } }]);
    expect(notes).toEqual(['ignored in the query, because they are not known: "utm_source"']);
  });

  test("of a step is told by its fields", async () => {
    await send("/step?name=enrich&status=failed&http.host=api.openai.com&http.status=429&processed=50");
    expect((await kept()).outcome).toMatchObject({
      counts: { processed: 50 },
      steps: [{ name: "enrich", status: "failed", http: { host: "api.openai.com", status: 429 } }],
    });
  });

  test("without a message leaves the body empty, and an unknown field alone does not", async () => {
    await send("", { type: JSON_TYPE, body: '{"processed":3}' });
    expect((await kept()).body).toBe("");
    await face.pass(120_000);
    await send("", { type: JSON_TYPE, body: '{"rows":5}' });
    expect(await kept()).toMatchObject({ body: '{"rows":5}', outcome: { extra: { rows: 5 } } });
  });

  test("is absent where a job says none", async () => {
    for (const [path, body] of [
      ["", "processed=50 of 200, failed=2"],
      ["/log", '{"level":30,"log":"x","status":"ok"}'],
      ["/0", "plain text"],
      ["/progress", ""],
    ] as const) {
      await send(path, { type: FORM, body });
      expect(await kept()).toMatchObject({ body });
      expect("outcome" in (await kept())).toBe(false);
      await face.pass(120_000);
    }
  });
});

describe("what is wrong in it", () => {
  test("is named with its place, and the rest is kept", async () => {
    const { status, text } = await send("", {
      type: JSON_TYPE,
      body: '{"counts":{"processed":-3,"failed":0},"steps":["a",{"name":"b","http":{"status":"x"}}]}',
    });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      code: "invalid_request",
      problems: [
        { field: "counts.processed", message: "is -3; a whole number from 0 is allowed" },
        { field: "steps[1].http.status", message: 'is "x"; a whole number from 100 to 599 is allowed' },
      ],
      receipt: { ok: true, kind: "success" },
    });
    expect((await kept()).outcome).toMatchObject({
      counts: { failed: 0 },
      steps: [{ id: "a" }, { id: "b" }],
    });
  });

  test("and what was cut or is not known stands in the receipt", async () => {
    const steps = JSON.stringify(Array.from({ length: 201 }, (_, at) => ({ seq: at + 1 })));
    const { text } = await send("", { type: JSON_TYPE, body: `{"steps":${steps},"rows":5}` });
    expect(text).toContain("steps were cut by 1: a run keeps 200");
    expect(text).toContain('kept under extra, because they are not known: "rows"');
  });

  test.each([
    ["is none", '{"counts":', /is declared JSON and is none/],
    ["is no object", "[1]", /is JSON, but a list/],
  ])("makes it unreadable where declared JSON %s; the check-in is kept", async (_how, body, why) => {
    expect((await send("", { type: JSON_TYPE, body })).status).toBe(400);
    expect(await kept()).toMatchObject({ body, outcome: { unreadable: expect.stringMatching(why) } });
  });

  test("so does JSON that is too long to be kept whole", async () => {
    const long = "x".repeat(LIMITS.bodyKeptBytes);
    const { status, text } = await send("", { type: JSON_TYPE, body: `{"processed":3,"message":"${long}"}` });
    expect([status, text]).toEqual([
      200,
      expect.stringContaining("the body was cut, so its JSON was kept as text"),
    ]);
    expect((await kept()).outcome).toEqual({ unreadable: "the body was cut, so its JSON could not be read" });
  });

  test("a log is no outcome, whatever it is declared", async () => {
    expect((await send("/log", { type: JSON_TYPE, body: "{" })).status).toBe(400);
    expect("outcome" in (await kept())).toBe(false);
  });
});

test("a run's outcome grows with its check-ins, as in the README", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const begins = readme.indexOf("curl", readme.indexOf("## Say what was done"));
  const [lines = ""] = readme.slice(begins).split("```", 1);
  const calls = lines.split("curl ").slice(1);
  expect(calls).toHaveLength(3);
  for (const call of calls) {
    const kind = /lead-agent(\/\w+)?'/.exec(call)?.[1] ?? "";
    const body = /-d '([^']+)'/.exec(call)?.[1] ?? "";
    const type = call.includes("application/json") ? JSON_TYPE : FORM;
    const answer = await send(kind, { type, body });
    expect(answer).toMatchObject({ status: 200, text: expect.not.stringContaining("note:") });
  }
  const monitor = await face.store.findMonitor("default", "lead-agent");
  const { items } = await face.store.listRuns(monitor?.id ?? "", { runId: null }, { limit: 2, cursor: null });
  expect(items.map(({ outcome }) => outcome)).toMatchObject([
    {
      message: "stopped early",
      counts: { expected: 200, processed: 50, failed: 1 },
      metrics: { emails_sent: 49 },
      plan: ["fetch", "enrich", "send"],
      steps: [{ name: "enrich", status: "failed", error: { message: "rate limit reached" } }],
      http: [{ host: "api.openai.com", status: 429, count: 1 }],
      evidence: [{ kind: "file", name: "leads.csv", size: 48_213 }],
    },
  ]);
});

test("credentials are gone before anything is kept", async () => {
  const secret = "Zq9vT4mK2xW8rB6nY1cJ";
  const { text } = await send("/fail", {
    type: JSON_TYPE,
    body: JSON.stringify({
      steps: [{ name: "call", error: `Authorization: Bearer ${secret}` }],
      evidence: [{ url: `https://user:${secret}@example.org/?token=${secret}` }],
      api_key: secret,
    }),
  });
  expect(text).toContain("what looked like credentials in the outcome was not kept");
  expect(JSON.stringify(await kept())).not.toContain(secret);
});
