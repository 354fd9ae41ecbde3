/** The way of a check-in through the outside face: receipts, refusals, limits. */
import { beforeEach, describe, expect, test } from "vitest";
import { createFace, type Face } from "./face.ts";

let face: Face;
const json = { accept: "application/json" };

beforeEach(async () => {
  face = await createFace();
  await face.api("PUT", "/v1/monitors/nightly", {
    body: { schedule: { cron: "*/10 * * * *" }, grace: "2m" },
  });
});

async function send(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await face.app.request(path, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe("receipts", () => {
  test("a GET with the key in the path is a success, and its line says what came of it", async () => {
    await face.pass(10 * 60_000 + 5_000);
    const { status, text } = await send(`/checkin/${face.keys.ping}/nightly`);
    expect(status).toBe(200);
    expect(text).toMatch(
      /^OK nightly: success recorded for run \S+; window 2026-03-02T00:10:00Z is on_time; next expected 2026-03-02T00:20:00Z, start by 2026-03-02T00:22:00Z\n$/,
    );
  });

  test("a program that asks for JSON gets the receipt as JSON", async () => {
    const { text } = await send(`/checkin/${face.keys.ping}/nightly/start?run=a1`, { headers: json });
    expect(JSON.parse(text)).toMatchObject({
      ok: true,
      monitor: "nightly",
      kind: "start",
      run_id: "a1",
      trigger: "schedule",
      duplicate: false,
      next: { expected_at: "2026-03-02T00:10:00Z" },
    });
  });

  test("the key may stand in Authorization, with the project in the path", async () => {
    const headers = { authorization: `Bearer ${face.keys.ping}` };
    expect((await send("/checkin/default/nightly/start", { headers })).text).toMatch(/^OK nightly: start/);
  });

  test("HEAD counts and answers without a body", async () => {
    const { status, text } = await send(`/checkin/${face.keys.ping}/nightly`, { method: "HEAD" });
    expect([status, text]).toEqual([200, ""]);
    expect((await face.api("GET", "/v1/monitors/nightly")).json.last_success_at).toBe("2026-03-02T00:00:00Z");
  });

  test("an exit status in the path decides: 0 is a success, anything else a failure", async () => {
    expect((await send(`/checkin/${face.keys.ping}/nightly/0`)).text).toMatch(/^OK nightly: success/);
    await face.pass(120_000);
    expect((await send(`/checkin/${face.keys.ping}/nightly/7`)).text).toMatch(/^OK nightly: fail/);
  });

  test("the bare ping URL answers OK, and tells the receipt in a header", async () => {
    const { ping_url: url } = (await face.api("GET", "/v1/monitors/nightly")).json;
    const path = new URL(url).pathname;
    const answer = await send(`${path}/start`, { method: "POST", body: "hello" });
    expect([answer.status, answer.text]).toEqual([200, "OK"]);
    expect(answer.headers.get("rollcall-receipt")).toMatch(/^OK nightly: start recorded/);
    expect(await send("/ping/00000000-0000-4000-8000-000000000000")).toMatchObject({
      status: 404,
      text: "not found",
    });
  });

  test("a check-in address never redirects and is never cached", async () => {
    for (const path of [`/checkin/${face.keys.ping}/nightly/`, `/checkin//nightly`, "/checkin/", "/ping/x"]) {
      const { status, headers } = await send(path);
      expect(status < 300 || status >= 400, path).toBe(true);
      expect(headers.get("cache-control"), path).toBe("no-store");
    }
  });
});

describe("bad input", () => {
  test.each([
    ["broken JSON", { headers: { "content-type": "application/json" }, body: '{"run": ' }, "body"],
    ["a list instead of an object", { headers: { "content-type": "application/json" }, body: "[1]" }, "body"],
    ["a wrong type", { headers: { "content-type": "application/json" }, body: '{"run": {"a": 1}}' }, "run"],
    [
      "a negative duration",
      { body: "duration=-5", headers: { "content-type": "application/x-www-form-urlencoded" } },
      "duration",
    ],
  ])("%s is told as a problem, and the check-in is kept all the same", async (_what, init, field) => {
    const answer = await send(`/checkin/${face.keys.ping}/nightly`, { method: "POST", ...init });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    const problem = JSON.parse(answer.text);
    expect(problem).toMatchObject({
      code: "invalid_request",
      problems: [{ field }],
      receipt: { monitor: "nightly" },
    });
    expect((await face.api("GET", "/v1/monitors/nightly/runs")).json.items).toHaveLength(1);
  });

  test("what is wrong in the query names field, value and what is allowed", async () => {
    const { text } = await send(
      `/checkin/${face.keys.ping}/nightly?scheduled_for=soon&trigger=magic&duration=1y`,
    );
    expect(JSON.parse(text).problems).toEqual([
      { field: "trigger", message: '"magic" is not one of schedule, manual' },
      { field: "scheduled_for", message: expect.stringMatching(/^"soon" is not an instant like/) },
      { field: "duration", message: expect.stringMatching(/^"1y" is not a duration/) },
    ]);
  });

  test("an over-long body is cut to its tail between characters, never refused", async () => {
    const body = `start ${"ä".repeat(80_000)} end`;
    const answer = await send(`/checkin/${face.keys.ping}/nightly`, { method: "POST", body });
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(
      /note: the first \d+ bytes of the body were cut, the last (99999|100000) kept/,
    );
    const run = (await face.api("GET", "/v1/monitors/nightly/runs")).json.items[0];
    expect(run.outcome.message).toMatch(/^ä+ end$|ä end$/);
    expect(run.outcome.message).not.toContain("\u{fffd}");
  });

  test("a body beyond 1 MiB is read that far and the rest is left", async () => {
    const body = "x".repeat(3 * 1024 * 1024);
    const answer = await send(`/checkin/${face.keys.ping}/nightly`, { method: "POST", body });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("the body was read to 1048576 bytes");
  });

  test("a body that does not come within ten seconds is not waited for", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("began and")),
    });
    const pending = send(`/checkin/${face.keys.ping}/nightly`, {
      method: "POST",
      body,
      duplex: "half",
    });
    // The first chunk is read before the timer rings.
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    face.ring(10_001);
    const answer = await pending;
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("had not been sent within 10 s");
  });

  test("invalid UTF-8 is kept with what could be read of it", async () => {
    const answer = await send(`/checkin/${face.keys.ping}/nightly/log`, {
      method: "POST",
      body: new Uint8Array([0x61, 0xff, 0x62]),
    });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("not valid UTF-8");
  });
});

describe("refusals", () => {
  const wrong = "rck_ping_default_0123456789abcdefghijABCDEFGHIJ01";

  test.each([
    ["a wrong secret", () => `/checkin/${wrong}/nightly`, {}, 401, "wrong_secret"],
    ["no key", () => "/checkin/default/nightly", {}, 401, "no_credentials"],
    ["an admin key", () => `/checkin/${face.keys.admin}/nightly`, {}, 401, "wrong_scheme"],
    ["a password", () => "/checkin/default/nightly", { authorization: "Basic YTpi" }, 401, "wrong_scheme"],
    [
      "a mangled key",
      () => "/checkin/default/nightly",
      { authorization: "Bearer rck_ping_x" },
      401,
      "malformed",
    ],
    ["an unknown monitor", () => `/checkin/${face.keys.ping}/weekly`, {}, 404, "unknown_monitor"],
    ["an unknown kind", () => `/checkin/${face.keys.ping}/nightly/done`, {}, 404, "malformed"],
  ])(
    "%s is refused with a sentence and kept as a rejection",
    async (_what, path, headers, status, reason) => {
      const answer = await send(path(), { headers });
      expect(answer.status).toBe(status);
      expect(answer.text).not.toMatch(/^OK/);
      const { items } = (await face.api("GET", "/v1/rejections")).json;
      expect(items).toMatchObject([{ reason, count: 1, address_prefix: "203.0.113.0/24" }]);
      expect(JSON.stringify(items) + answer.text).not.toContain(wrong.slice(-32));
    },
  );

  test("a method that is none of ours gets 405, and a deleted monitor 410; both are kept", async () => {
    expect((await send(`/checkin/${face.keys.ping}/nightly`, { method: "DELETE" })).status).toBe(405);
    await face.api("DELETE", "/v1/monitors/nightly");
    const gone = await send(`/checkin/${face.keys.ping}/nightly?create=1&every=5m`);
    expect(gone).toMatchObject({ status: 410, text: expect.stringContaining("deleted") });
    const { items } = (await face.api("GET", "/v1/rejections")).json;
    expect(items.map((each: { reason: string }) => each.reason).sort()).toEqual([
      "deleted",
      "method_not_allowed",
    ]);
  });

  test("a key that came in the wrong place of a path shows nowhere", async () => {
    const answer = await send(`/checkin/default/${face.keys.ping}`, {
      headers: { authorization: `Bearer ${face.keys.ping}` },
    });
    expect(answer.status).toBe(404);
    const { json: rejections } = await face.api("GET", "/v1/rejections");
    expect(JSON.stringify(rejections) + answer.text + JSON.stringify([...answer.headers])).not.toContain(
      face.keys.ping,
    );
  });

  test("after sixty failed proofs a minute an address is refused unseen, but not a key that proved good", async () => {
    await send(`/checkin/${face.keys.ping}/nightly`);
    for (let count = 0; count < 60; count += 1) await send(`/checkin/${wrong}/nightly`);
    const refused = await send(`/checkin/${wrong}/nightly`);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await face.api("GET", "/v1/rejections")).json.items[0].count).toBe(60);
    expect((await send(`/checkin/${face.keys.ping}/nightly`)).status).toBe(200);
    face.ring(60_000);
    expect((await send(`/checkin/${wrong}/nightly`)).status).toBe(401);
  });

  test("no log line and no metric holds a key or a path", async () => {
    await send(`/checkin/${face.keys.ping}/nightly`);
    await send(`/checkin/${wrong}/nightly`);
    const metrics = (await send("/metrics")).text;
    const all = metrics + face.logged.join("\n");
    expect(all).toContain("/checkin/*");
    for (const secret of [face.keys.ping, wrong, "nightly"]) expect(all).not.toContain(secret);
  });
});

describe("what is no check-in", () => {
  test.each([
    ["OPTIONS", { method: "OPTIONS" }, 204],
    ["a prefetch", { headers: { "sec-purpose": "prefetch;prerender" } }, 403],
    ["an old prefetch", { headers: { purpose: "prefetch" } }, 403],
    [
      "a link preview",
      { headers: { "user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)" } },
      403,
    ],
  ])("%s is not counted", async (_what, init, status) => {
    expect((await send(`/checkin/${face.keys.ping}/nightly`, init)).status).toBe(status);
    expect((await face.api("GET", "/v1/monitors/nightly")).json.last_check_in_at).toBeNull();
  });
});

describe("create=1", () => {
  test("the first check-in makes its monitor, with what the address says", async () => {
    const path = `/checkin/${face.keys.ping}/first-job?create=1&every=5m&signals=finish&grace=30s`;
    expect((await send(path)).text).toMatch(/^OK first-job: success recorded/);
    expect((await face.api("GET", "/v1/monitors/first-job")).json).toMatchObject({
      schedule: { every: 300 },
      signals: "finish",
      grace: 30,
      status: "up",
    });
  });

  test("eight first check-ins at once make one monitor and are all counted", async () => {
    const path = (run: number) =>
      `/checkin/${face.keys.ping}/burst?create=1&cron=${encodeURIComponent("0 * * * *")}&run=${run}`;
    const answers = await Promise.all(Array.from({ length: 8 }, (_each, run) => send(path(run))));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect((await face.api("GET", "/v1/monitors/burst/runs")).json.items).toHaveLength(8);
  });

  test.each([
    ["create=1", "add every=5m, or cron="],
    ["create=1&every=often", '"often" is not a duration'],
    ["create=1&cron=61+*+*+*+*", "61 is not in 0-59"],
    ["create=1&cron=0+*+*+*+*&tz=Mars/Olympus", "is not a known IANA time zone"],
    ["create=1&every=5m&signals=none", '"none" is not one of both, finish'],
  ])("%s", async (query, sentence) => {
    const { status, text } = await send(`/checkin/${face.keys.ping}/new-job?${query}`);
    expect(status).toBe(400);
    expect(text).toContain(sentence);
  });

  test("a key that is limited to monitors makes none", async () => {
    const { json: made } = await face.api("POST", "/v1/keys", {
      body: { kind: "ping", monitors: ["new-job"] },
    });
    expect((await send(`/checkin/${made.key}/new-job?create=1&every=5m`)).status).toBe(404);
    expect((await send(`/checkin/${made.key}/nightly`)).status).toBe(403);
  });
});

describe("the limit of a monitor", () => {
  test("600 a minute are stored singly, further ones folded into one with the last body", async () => {
    for (let count = 0; count < 600; count += 1) {
      await send(`/checkin/${face.keys.ping}/nightly/log`, { method: "POST", body: `line ${count}` });
    }
    const folded = [1, 2, 3].map((count) =>
      send(`/checkin/${face.keys.ping}/nightly/log`, {
        method: "POST",
        body: `more ${count}`,
        headers: json,
      }),
    );
    for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
    face.ring(500);
    const notes = (await Promise.all(folded)).map(({ text }) => JSON.parse(text).notes.join());
    expect(notes).toEqual(
      Array(3).fill(expect.stringContaining("3 of this kind and run were folded into one")),
    );
  });
});
