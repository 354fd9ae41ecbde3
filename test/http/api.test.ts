/** The management API from outside: who may call it, what it answers, what it says of bad input. */
import { beforeEach, describe, expect, test } from "vitest";
import { createFace, type Face } from "./face.ts";

let face: Face;
const hourly = { schedule: { cron: "0 * * * *", timezone: "Europe/Berlin" }, grace: "5m" };

beforeEach(async () => {
  face = await createFace();
});

describe("who may call", () => {
  test("a call without a key, with a ping key, or with a wrong one is refused with a sentence", async () => {
    const bare = await face.app.request("/v1/monitors");
    expect(bare.status).toBe(401);
    expect(bare.headers.get("www-authenticate")).toContain("Bearer");
    expect(await bare.json()).toMatchObject({ status: 401, code: "unauthorized", problems: [] });
    expect((await face.api("GET", "/v1/monitors", { key: face.keys.ping })).status).toBe(403);
    const wrong = await face.api("GET", "/v1/monitors", { key: "rck_admin_default_0123456789abcdef0123" });
    expect([wrong.status, wrong.json.code]).toEqual([401, "unauthorized"]);
    expect(wrong.json.detail).not.toContain("0123456789");
  });

  test("a read key looks and changes nothing, and sees no ping URL", async () => {
    await face.api("PUT", "/v1/monitors/hourly", { body: hourly });
    const seen = await face.api("GET", "/v1/monitors/hourly", { key: face.keys.read });
    expect([seen.status, seen.json.ping_url]).toEqual([200, null]);
    for (const [method, path] of [
      ["PUT", "/v1/monitors/hourly"],
      ["DELETE", "/v1/monitors/hourly"],
      ["POST", "/v1/keys"],
    ] as const) {
      expect((await face.api(method, path, { key: face.keys.read, body: hourly })).status).toBe(403);
    }
    const { items } = (await face.api("GET", "/v1/keys", { key: face.keys.read })).json;
    expect(items.every((each: { key?: string }) => each.key === undefined)).toBe(true);
  });
});

describe("monitors", () => {
  test("PUT creates with 201, says its settings back, and twice the same changes nothing", async () => {
    const made = await face.api("PUT", "/v1/monitors/hourly", {
      body: { ...hourly, tags: ["db"], max_runtime: 90 },
    });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      slug: "hourly",
      name: "hourly",
      tags: ["db"],
      schedule: { cron: "0 * * * *", timezone: "Europe/Berlin" },
      schedule_version: 1,
      grace: 300,
      max_runtime: 90,
      status: "never_seen",
      schedule_in_words: expect.stringMatching(/^every hour, Europe\/Berlin; next in \d+/),
      next: { expected_at: "2026-03-02T01:00:00Z", start_by: "2026-03-02T01:05:00Z", projected: false },
      next_runs: ["02", "03", "04", "05", "06"].map((hour) => `2026-03-02T${hour}:00:00+01:00`),
      warnings: [],
      incident: null,
    });
    expect(made.json.ping_url).toMatch(/^https:\/\/rollcall\.example\.org\/ping\/[0-9a-f-]{36}$/);
    const again = await face.api("PUT", "/v1/monitors/hourly", {
      body: { ...hourly, tags: ["db"], max_runtime: 90 },
    });
    expect([again.status, again.json.schedule_version, again.json.id]).toEqual([200, 1, made.json.id]);
  });

  test("PATCH keeps what is not sent; a new schedule is a new version", async () => {
    await face.api("PUT", "/v1/monitors/hourly", { body: hourly });
    const patched = await face.api("PATCH", "/v1/monitors/hourly", { body: { name: "Hourly sync" } });
    expect(patched.json).toMatchObject({ name: "Hourly sync", grace: 300, schedule_version: 1 });
    const moved = await face.api("PATCH", "/v1/monitors/hourly", { body: { schedule: { every: "1h30m" } } });
    expect(moved.json).toMatchObject({ schedule: { every: 5400, from: "start" }, name: "Hourly sync" });
    expect((await face.api("PATCH", "/v1/monitors/none", { body: {} })).status).toBe(404);
  });

  test("unknown and wrong fields are all named, with value and what is allowed", async () => {
    const body = {
      schedule: { cron: "61 * * * *", zone: "UTC" },
      grace: "soon",
      signals: "start",
      overlapp: "x",
    };
    const { status, json } = await face.api("PUT", "/v1/monitors/hourly", { body });
    expect([status, json.code]).toEqual([400, "invalid_request"]);
    expect(json.problems).toEqual(
      expect.arrayContaining([
        { field: "grace", message: '"soon" is not a duration: write 90s, 10m, 1h30m or a number of seconds' },
        { field: "signals", message: '"start" is not one of both, finish' },
        { field: "schedule.zone", message: expect.stringContaining("not a known field") },
        { field: "overlapp", message: expect.stringContaining("not a known field") },
      ]),
    );
    const cron = await face.api("PUT", "/v1/monitors/hourly", { body: { schedule: { cron: "61 * * * *" } } });
    expect(cron.json.problems).toEqual([
      { field: "schedule.cron[0]", message: expect.stringContaining("61 is not in 0-59") },
    ]);
  });

  test("fields of later versions are refused by name", async () => {
    const body = { ...hourly, calendar: "work", schedule: { ...hourly.schedule, segments: [] } };
    const { status, json } = await face.api("PUT", "/v1/monitors/hourly", { body });
    expect([status, json.code]).toEqual([400, "not_yet_supported"]);
    expect(json.problems.map((each: { field: string }) => each.field)).toEqual([
      "calendar",
      "schedule.segments",
    ]);
  });

  test.each([
    ["broken JSON", "{", "is not JSON"],
    ["a list", "[]", "is not of the type object"],
    ["nothing", "", "schedule"],
  ])("%s as a body is told", async (_what, body, sentence) => {
    const response = await face.app.request("/v1/monitors/hourly", {
      method: "PUT",
      headers: { authorization: `Bearer ${face.keys.admin}` },
      body,
    });
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain(sentence);
  });

  test("reserved and impossible slugs are refused", async () => {
    for (const slug of ["start", "123", "Upper", "488484d9-f51a-45f7-abca-8f76d006602a"]) {
      expect(
        (await face.api("PUT", `/v1/monitors/${slug}`, { body: hourly })).json.problems[0].field,
        slug,
      ).toBe("slug");
    }
  });

  test("a list goes on by its cursor, each monitor once", async () => {
    for (const slug of ["a", "b", "c"]) await face.api("PUT", `/v1/monitors/${slug}`, { body: hourly });
    const first = await face.api("GET", "/v1/monitors?limit=2");
    expect(first.json.items.map((each: { slug: string }) => each.slug)).toEqual(["a", "b"]);
    const second = await face.api(
      "GET",
      `/v1/monitors?limit=2&cursor=${encodeURIComponent(first.json.next_cursor)}`,
    );
    expect(second.json.items.map((each: { slug: string }) => each.slug)).toEqual(["c"]);
    expect(second.json.next_cursor).toBeNull();
    expect((await face.api("GET", "/v1/monitors?limit=0")).json.problems).toEqual([
      { field: "limit", message: expect.stringContaining("at least 1") },
    ]);
    expect((await face.api("GET", "/v1/monitors?limits=3")).status).toBe(400);
  });

  test("pausing needs an end or a reason, shows for how long, and resuming ends it", async () => {
    await face.api("PUT", "/v1/monitors/hourly", { body: hourly });
    expect((await face.api("POST", "/v1/monitors/hourly/pause", { body: {} })).json.problems[0].field).toBe(
      "until",
    );
    const paused = await face.api("POST", "/v1/monitors/hourly/pause", {
      body: { until: "2026-03-02T06:00:00Z" },
    });
    expect(paused.json).toMatchObject({
      status: "paused",
      pause: { until: "2026-03-02T06:00:00Z", reason: null },
    });
    expect((await face.api("POST", "/v1/monitors/hourly/resume")).json).toMatchObject({
      status: "never_seen",
      pause: null,
    });
  });

  test("a deleted monitor is gone from the API", async () => {
    await face.api("PUT", "/v1/monitors/hourly", { body: hourly });
    const deleted = await face.api("DELETE", "/v1/monitors/hourly");
    expect([deleted.status, deleted.json]).toEqual([204, null]);
    expect((await face.api("GET", "/v1/monitors/hourly")).json.code).toBe("not_found");
  });
});

describe("ledger, runs and incidents", () => {
  beforeEach(async () => {
    await face.api("PUT", "/v1/monitors/often", { body: { schedule: { cron: "*/5 * * * *" }, grace: "1m" } });
    await face.pass(5 * 60_000 + 1_000);
    await face.app.request(`/checkin/${face.keys.ping}/often/start?run=r1`);
    await face.pass(20_000);
    await face.app.request(`/checkin/${face.keys.ping}/often/success?run=r1`, {
      method: "POST",
      body: "done",
    });
    await face.pass(6 * 60_000);
  });

  test("windows stand side by side: kept, missed and still to come", async () => {
    const { json } = await face.api("GET", "/v1/monitors/often/windows?to=2026-03-02T00:20:01Z");
    expect(
      json.items.map((each: Record<string, unknown>) => [
        each["expected_at"],
        each["verdict"],
        each["run_id"],
      ]),
    ).toEqual([
      ["2026-03-02T00:05:00Z", "on_time", "r1"],
      ["2026-03-02T00:10:00Z", "missing", null],
      ["2026-03-02T00:15:00Z", null, null],
      ["2026-03-02T00:20:00Z", null, null],
    ]);
    expect(json.items[0]).toMatchObject({
      started_at: "2026-03-02T00:05:01Z",
      finished_at: "2026-03-02T00:05:21Z",
    });
    expect(json.items[1].reason).toBe("No start was received by the deadline (grace 1m).");
  });

  test("pages of windows hold each window once", async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const { json } = await face.api(
        "GET",
        `/v1/monitors/often/windows?limit=1&to=2026-03-02T00:20:01Z${query}`,
      );
      seen.push(...json.items.map((each: { expected_at: string }) => each.expected_at.slice(14, 16)));
      cursor = json.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(["05", "10", "15", "20"]);
  });

  test("windows that were folded into one row are shown and counted singly", async () => {
    await face.pass(3 * 3_600_000);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const path = `/v1/monitors/often/windows?limit=7&from=2026-03-02T00:21:00Z&to=2026-03-02T03:00:00Z${query}`;
      const { json } = await face.api("GET", path);
      seen.push(
        ...json.items.map(
          (each: { expected_at: string; verdict: string }) => `${each.expected_at} ${each.verdict}`,
        ),
      );
      cursor = json.next_cursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(31);
    expect([seen[0], seen.at(-1)]).toEqual(["2026-03-02T00:25:00Z missing", "2026-03-02T02:55:00Z missing"]);
    expect(new Set(seen).size).toBe(31);
    const report = (await face.api("GET", "/v1/report?from=2026-03-02T00:21:00Z&to=2026-03-02T03:00:00Z"))
      .json;
    expect(report.items).toMatchObject([{ expected: 31, missing: 31, unaccounted: 0 }]);
  });

  test("a run tells its story", async () => {
    const { items } = (await face.api("GET", "/v1/monitors/often/runs?run_id=r1")).json;
    expect(items).toMatchObject([
      { run_id: "r1", state: "reported", window: "2026-03-02T00:05:00Z", duration: 20, story: [] },
    ]);
    const run = (await face.api("GET", `/v1/runs/${items[0].id}`)).json;
    expect(run.story.map((each: { kind: string }) => each.kind)).toEqual(["start", "success"]);
    expect(run.outcome).toEqual({ exit_status: null, message: "done" });
    expect((await face.api("GET", "/v1/runs/nope")).status).toBe(404);
  });

  test("an incident is listed, acknowledged, commented and resolved by hand", async () => {
    const { items } = (await face.api("GET", "/v1/incidents?status=open")).json;
    expect(items).toMatchObject([
      { monitor: "often", kind: "missing", phase: "not_arrived", windows_lost: 1 },
    ]);
    const path = `/v1/incidents/${items[0].id}`;
    expect((await face.api("POST", `${path}/acknowledge`, { body: { note: "on it" } })).json.status).toBe(
      "acknowledged",
    );
    await face.api("POST", `${path}/comments`, { body: { text: "disk was full" } });
    const resolved = (await face.api("POST", `${path}/resolve`)).json;
    expect(resolved).toMatchObject({ status: "resolved", resolved_by: "person" });
    expect(resolved.timeline.map((each: { what: string }) => each.what)).toEqual([
      "opened",
      "acknowledged",
      "comment",
      "resolved",
    ]);
    expect((await face.api("POST", `${path}/resolve`)).status).toBe(409);
    expect((await face.api("GET", "/v1/incidents?status=closed")).json.problems[0].field).toBe("status");
  });

  test("explain says why, with the check-ins and rejections that were considered", async () => {
    const kept = (await face.api("GET", "/v1/monitors/often/explain?at=2026-03-02T00:06:00Z")).json;
    expect(kept.window).toMatchObject({ expected_at: "2026-03-02T00:05:00Z", verdict: "on_time" });
    expect(kept.check_ins.map((each: { kind: string }) => each.kind)).toEqual(["start", "success"]);
    expect(kept.judgements.map((each: { verdict: string }) => each.verdict)).toEqual([null, "on_time"]);
    await face.app.request("/checkin/default/often");
    const missed = (await face.api("GET", "/v1/monitors/often/explain?at=2026-03-02T00:10:00Z")).json;
    expect(missed.window).toMatchObject({ expected_at: "2026-03-02T00:10:00Z", verdict: "missing" });
    expect(missed.rejections).toMatchObject([{ reason: "no_credentials", count: 1 }]);
  });

  test("the report accounts for every window", async () => {
    const { json } = await face.api("GET", "/v1/report?from=2026-03-02T00:00:00Z&to=2026-03-02T00:11:00Z");
    expect(json.items).toMatchObject([
      { monitor: "often", expected: 2, on_time: 1, missing: 1, unaccounted: 0 },
    ]);
    expect(json.total).toMatchObject({ expected: 2, on_time: 1, missing: 1, unaccounted: 0, rejected: 0 });
  });
});

describe("for operators and programs", () => {
  test("healthz answers, readyz fails when the oldest due window waits for more than a minute", async () => {
    expect((await face.app.request("/healthz")).status).toBe(200);
    await face.api("PUT", "/v1/monitors/hourly", { body: hourly });
    expect((await face.app.request("/readyz")).status).toBe(200);
    face.ring(2 * 3_600_000);
    const late = await face.app.request("/readyz");
    expect(late.status).toBe(503);
    expect(await late.text()).toContain("oldest due window");
  });

  test("where others should judge and nobody does, it stays ready, and says so where people look", async () => {
    const api = await createFace({ isShared: true });
    await api.api("PUT", "/v1/monitors/hourly", { body: hourly });
    api.ring(2 * 3_600_000);
    const ready = await api.app.request("/readyz");
    expect([ready.status, await ready.text()]).toEqual([
      200,
      expect.stringMatching(/^ready; What was due .* ago is not judged yet[^.]*\n$/),
    ]);
    const body = new URLSearchParams({ key: api.keys.admin });
    const signedIn = await api.app.request("/sign-in", { method: "POST", body });
    const [cookie = ""] = (signedIn.headers.get("set-cookie") ?? "").split(";");
    const shown = async () => (await api.app.request("/", { headers: { cookie } })).text();
    const page = await shown();
    // Right below the headline, where nobody has to look for it.
    expect(page).toMatch(
      /<h1>Rollcall itself is behind[^<]*<\/h1><p class="story">What was due [^<]* not judged yet/,
    );
    await api.app.request(`/checkin/${api.keys.ping}/other/fail?create=1&every=1h`);
    expect(await shown()).toContain("<h1>1 open incident, and Rollcall itself is behind</h1>");
  });

  test("OpenAPI 3.1 describes every call", async () => {
    const document = (await (await face.app.request("/v1/openapi.json")).json()) as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    };
    expect(document.openapi).toBe("3.1.0");
    const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(calls).toEqual(
      expect.arrayContaining(["put /v1/monitors/{slug}", "get /v1/report", "post /v1/keys/{id}/rotate"]),
    );
    expect(calls.length).toBeGreaterThanOrEqual(38);
  });

  test("OpenAPI says of each call which key it wants", async () => {
    const { paths } = (await (await face.app.request("/v1/openapi.json")).json()) as {
      paths: Record<string, Record<string, { security: unknown }>>;
    };
    const keyFor = (method: string, path: string) => paths[path]?.[method]?.security;
    expect(keyFor("get", "/v1/contracts/{name}")).toEqual([{ key: ["read"] }]);
    expect(keyFor("put", "/v1/contracts/{name}")).toEqual([{ key: ["admin"] }]);
    expect(keyFor("post", "/v1/boundary-receipts")).toEqual([{ key: ["ping"] }]);
    const document = JSON.stringify(paths);
    expect(document).not.toContain('"key":[]');
  });

  test("an address without anything is told as a problem", async () => {
    const response = await face.app.request("/v1/nothing");
    expect([response.status, response.headers.get("content-type")]).toEqual([
      404,
      "application/problem+json",
    ]);
  });
});
