/** The client over real HTTP: what it sends for each call, and every way in which an answer can go wrong. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkIn, ClientError, createClient, everyItem, projectOfKey } from "../../src/client/client.ts";
import type { Client, Connection } from "../../src/client/client.ts";
import { problem } from "../stubs/check-in-server.ts";
import { answering, hanging, startHttpReceiver } from "../stubs/http-receiver.ts";
import type { HttpReceiver } from "../stubs/http-receiver.ts";

const KEY = "rck_admin_my_project_0123456789abcdef";

let server: HttpReceiver;
let client: Client;
let connection: Connection;

beforeEach(async () => {
  server = await startHttpReceiver(answering({ status: 200, body: "{}" }));
  connection = { url: server.url, key: KEY };
  client = createClient(connection);
});
afterEach(() => server.close());

async function errorOf(asked: Promise<unknown>): Promise<ClientError> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
  throw new Error("the call went well");
}

describe("each call goes to its path", () => {
  const at = "2026-03-08T02:00:00Z";
  const calls: [string, (client: Client) => Promise<unknown>, unknown?][] = [
    ["GET /v1/monitors?limit=5", (c) => c.monitors.list({ limit: 5 })],
    ["GET /v1/monitors/a%2Fb", (c) => c.monitors.get("a/b")],
    [
      "PUT /v1/monitors/a",
      (c) => c.monitors.put("a", { schedule: { every: "5m" } }),
      { schedule: { every: "5m" } },
    ],
    ["PATCH /v1/monitors/a", (c) => c.monitors.patch("a", { grace: 60 }), { grace: 60 }],
    ["DELETE /v1/monitors/a", (c) => c.monitors.delete("a")],
    ["POST /v1/monitors/a/pause", (c) => c.monitors.pause("a", { reason: "moving" }), { reason: "moving" }],
    ["POST /v1/monitors/a/resume", (c) => c.monitors.resume("a")],
    [
      "GET /v1/monitors/a/windows?from=2026-03-08T02%3A00%3A00Z",
      (c) => c.monitors.windows("a", { from: at }),
    ],
    ["GET /v1/monitors/a/runs?run_id=r", (c) => c.monitors.runs("a", { run_id: "r" })],
    ["GET /v1/monitors/a/explain", (c) => c.monitors.explain("a")],
    ["GET /v1/runs/r", (c) => c.runs.get("r")],
    ["GET /v1/incidents?status=open", (c) => c.incidents.list({ status: "open" })],
    ["GET /v1/incidents/i", (c) => c.incidents.get("i")],
    ["POST /v1/incidents/i/acknowledge", (c) => c.incidents.acknowledge("i"), {}],
    ["POST /v1/incidents/i/resolve", (c) => c.incidents.resolve("i", { note: "done" }), { note: "done" }],
    ["POST /v1/incidents/i/comments", (c) => c.incidents.comment("i", { text: "why" }), { text: "why" }],
    ["GET /v1/rejections?inbox=true", (c) => c.rejections.list({ inbox: "true" })],
    ["POST /v1/rejections/r/claim", (c) => c.rejections.claim("r", { monitor: "a" }), { monitor: "a" }],
    ["GET /v1/guarded-routes", (c) => c.guardedRoutes.list()],
    ["GET /v1/deploys", (c) => c.deploys.list()],
    ["POST /v1/deploys", (c) => c.deploys.create({ commit: "abc1234" }), { commit: "abc1234" }],
    ["GET /v1/blind-spots", (c) => c.blindSpots.list()],
    ["GET /v1/notifications?incident=i", (c) => c.notifications.list({ incident: "i" })],
    ["GET /v1/project", (c) => c.project.get()],
    ["PATCH /v1/project", (c) => c.project.patch({ name: "n" }), { name: "n" }],
    ["GET /v1/projects", (c) => c.projects.list()],
    ["POST /v1/projects", (c) => c.projects.create({ name: "n" }), { name: "n" }],
    ["GET /v1/keys", (c) => c.keys.list()],
    ["POST /v1/keys", (c) => c.keys.create({ kind: "ping" }), { kind: "ping" }],
    ["POST /v1/keys/k/rotate", (c) => c.keys.rotate("k"), {}],
    ["POST /v1/keys/k/revoke", (c) => c.keys.revoke("k")],
    ["GET /v1/maintenance", (c) => c.maintenance.list()],
    ["DELETE /v1/maintenance/m", (c) => c.maintenance.delete("m")],
    [
      "POST /v1/schedules/preview",
      (c) => c.schedules.preview({ schedule: { cron: "@daily" }, count: 2 }),
      { schedule: { cron: "@daily" }, count: 2 },
    ],
    [
      "POST /v1/checks/try",
      (c) => c.checks.try({ checks: [{ complete: true }], outcome: { counts: { processed: 3 } } }),
      { checks: [{ complete: true }], outcome: { counts: { processed: 3 } } },
    ],
    ["GET /v1/channels/c", (c) => c.channels.get("c")],
    ["DELETE /v1/channels/c", (c) => c.channels.delete("c")],
    ["POST /v1/channels/c/test", (c) => c.channels.test("c")],
    ["GET /v1/report", (c) => c.report()],
  ];

  test.each(calls)("%s", async (line, call, body) => {
    await call(client);
    const [received] = server.received;
    expect(`${received?.method} ${received?.path}`).toBe(line);
    expect(received?.headers["authorization"]).toBe(`Bearer ${KEY}`);
    if (body === undefined) expect(received?.body).toBe("");
    else {
      expect(received?.headers["content-type"]).toBe("application/json");
      expect(JSON.parse(received?.body ?? "")).toEqual(body);
    }
  });

  test("behind a path of the address, with or without a slash at its end", async () => {
    await createClient({ ...connection, url: `${server.url}/watch/` }).report();
    expect(server.received[0]?.path).toBe("/watch/v1/report");
  });
});

describe("lists", () => {
  test("are walked to their end, page by page", async () => {
    server.answer = (received, response) => {
      const page = received.path.endsWith("cursor=2")
        ? { items: [3], next_cursor: null }
        : { items: [1, 2], next_cursor: "2" };
      answering({ status: 200, body: JSON.stringify(page) })(received, response);
    };
    const items: unknown[] = [];
    for await (const each of everyItem(client.blindSpots.list)) items.push(each);
    expect(items).toEqual([1, 2, 3]);
  });

  test("that do not move on are left", async () => {
    server.answer = answering({ status: 200, body: JSON.stringify({ items: [], next_cursor: "same" }) });
    for await (const each of everyItem(client.keys.list)) expect(each).toBeUndefined();
    expect(server.received).toHaveLength(2);
  });
});

describe("checking in", () => {
  test("sends every field in the address, the key in Authorization and the output as plain text", async () => {
    await checkIn(connection, {
      monitor: "nightly",
      kind: 3,
      runId: "r 1",
      trigger: "manual",
      scheduledForAt: 0,
      occurredAt: 1_000,
      sentAt: 2_500,
      durationMs: 1_234.5,
      idempotencyKey: "once",
      body: '{"run": 1}',
    });
    const [received] = server.received;
    expect(received?.method).toBe("POST");
    expect(new URL(received?.path ?? "", server.url).pathname).toBe("/checkin/my_project/nightly/3");
    expect(Object.fromEntries(new URL(received?.path ?? "", server.url).searchParams)).toEqual({
      run: "r 1",
      trigger: "manual",
      scheduled_for: "1970-01-01T00:00:00.000Z",
      occurred_at: "1970-01-01T00:00:01.000Z",
      sent_at: "1970-01-01T00:00:02.500Z",
      duration: "1.235",
    });
    expect(received?.headers).toMatchObject({
      "idempotency-key": "once",
      "content-type": "text/plain; charset=utf-8",
      authorization: `Bearer ${KEY}`,
    });
    expect(received?.body).toBe('{"run": 1}');
  });

  test("says no more than it was told", async () => {
    await checkIn(connection, { monitor: "nightly", kind: "success" });
    expect(server.received[0]?.path).toBe("/checkin/my_project/nightly/success");
  });

  test("takes an answer without a receipt for none of Rollcall's", async () => {
    server.answer = answering({ status: 204 });
    expect(await errorOf(checkIn(connection, { monitor: "nightly", kind: "start" }))).toMatchObject({
      code: "not_rollcall",
    });
  });

  test.each([
    ["rck_ping_default_abc", "default"],
    ["rck_admin_my_project_abc", "my_project"],
    ["abc", null],
    ["rck_ping_abc", null],
  ])("reads the project of the key %s", (key, project) => {
    expect(projectOfKey(key)).toBe(project);
  });
});

describe("errors", () => {
  test("carry the API's code, sentence, fields and Retry-After", async () => {
    const problems = [{ field: "grace", message: "-1 is negative" }];
    server.answer = answering({
      status: 400,
      headers: { "content-type": "application/problem+json", "retry-after": "12" },
      body: JSON.stringify({
        title: "Bad",
        status: 400,
        code: "invalid_request",
        detail: "grace: -1 is negative",
        problems,
      }),
    });
    expect(await errorOf(client.project.get())).toMatchObject({
      code: "invalid_request",
      status: 400,
      message: "grace: -1 is negative",
      problems,
      retryAfterSeconds: 12,
    });
  });

  test("of an answer that is not Rollcall's say so", async () => {
    server.answer = answering({ status: 502, body: "<h1>Bad Gateway</h1>" });
    expect(await errorOf(client.project.get())).toMatchObject({ code: "not_rollcall", status: 502 });
    server.answer = answering({ status: 200, body: "<h1>Welcome</h1>" });
    expect(await errorOf(client.project.get())).toMatchObject({ code: "not_rollcall", status: 200 });
  });

  test("of a redirect name where it leads, and the key is not sent there", async () => {
    const other = await startHttpReceiver();
    server.answer = answering({ status: 301, headers: { location: `${other.url}/v1/project` } });
    const error = await errorOf(client.project.get());
    expect(error.message).toContain(other.url);
    expect(other.received).toEqual([]);
    await other.close();
  });

  test("of a server that does not answer in time say how long it was waited for", async () => {
    server.answer = hanging;
    const error = await errorOf(createClient({ ...connection, timeoutMs: 50 }).project.get());
    expect(error).toMatchObject({ code: "unreachable", status: null });
    expect(error.message).toContain("no answer within 0.05 s");
  });

  test("of a closed port say so", async () => {
    await server.close();
    expect((await errorOf(client.project.get())).message).toBe(
      `Rollcall cannot be reached at ${server.url} (connection refused).`,
    );
  });

  test("never hold the key", async () => {
    for (const key of [`${KEY}\nx: y`, "", "ключ"]) {
      const error = await errorOf(createClient({ ...connection, key }).project.get());
      expect(error.code).toBe("wrong_setting");
      expect(`${error.message} ${String(error.cause)}`).not.toContain("0123456789");
    }
    server.answer = problem(401, "unauthorized", "This key was revoked.");
    expect(JSON.stringify(await errorOf(client.project.get()))).not.toContain("0123456789");
  });

  test.each(["", "localhost:8377", "ftp://x/", "http://u:p@host/", "http://host/?a=b", "http://host/#x"])(
    "name the address %j as wrong before anything is sent",
    async (url) => {
      const error = await errorOf(createClient({ ...connection, url }).project.get());
      expect(error.code).toBe("wrong_setting");
      expect(error.message).not.toContain("u:p");
    },
  );
});
