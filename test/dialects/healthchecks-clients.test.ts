/**
 * Every request that the known clients of Healthchecks make, replayed as bytes over real HTTP against the embedded
 * edition, and judged by each client's own rule.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmbedded } from "../../src/editions/embedded.ts";
import type { Running } from "../../src/editions/joined.ts";
import { readSettings } from "../../src/system/settings.ts";
import { exchange, type RawAnswer } from "../e2e/raw-http.ts";
import { requirement } from "../requirements.ts";
import { CLIENTS, type Kind } from "./healthchecks-requests.ts";

const ADMIN_KEY = "rck_admin_default_clientsAdminSecret01234567";
const PING_KEY = "rck_ping_default_clientsPingSecret012345678";
const RID = "123e4567-e89b-12d3-a456-4266141740";

const curl = requirement("curl");
const folder = mkdtempSync(join(tmpdir(), "rollcall-clients-"));
let running: Running;
let made = 0;

beforeAll(async () => {
  const settings = readSettings({
    ROLLCALL_DATA: folder,
    ROLLCALL_PORT: "0",
    ROLLCALL_ADMIN_KEY: ADMIN_KEY,
    ROLLCALL_PING_KEY: PING_KEY,
    ROLLCALL_LOG_LEVEL: "silent",
  });
  running = await startEmbedded(settings);
});
afterAll(async () => {
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Sent {
  method: string;
  target: string;
  headers?: readonly (readonly [string, string])[];
  body?: string;
}

async function send({ method, target, headers = [], body = "" }: Sent): Promise<RawAnswer> {
  const request = { method, target, headers, body: Buffer.from(body) };
  const answer = await exchange(Number(new URL(running.url).port), request);
  if (answer === null) throw new Error(`no answer to ${method} ${target}`);
  return answer;
}

/** As clients of the management API do, with the key in its header. */
async function manage(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: ReturnType<typeof JSON.parse>; headers: RawAnswer["headers"] }> {
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers = [["x-api-key", ADMIN_KEY]] as const;
  const answer = await send({ method, target: path, headers, body: text });
  return { ...answer, json: answer.body === "" ? null : JSON.parse(answer.body) };
}

async function check(more: object = {}): Promise<{ uuid: string; slug: string }> {
  made += 1;
  return (await manage("POST", "/api/v3/checks/", { name: `check ${made}`, ...more })).json;
}

const headersOfOk = {
  "content-type": "text/plain; charset=utf-8",
  "ping-body-limit": "100000",
  "access-control-allow-origin": "*",
  "cache-control": "max-age=0, no-cache, no-store, must-revalidate, private",
};

describe.each(CLIENTS)("$name", ({ accepts, pings }) => {
  test.each(pings)("$kind: $method $target", async ({ kind, method, target, headers, body }) => {
    const { uuid, slug } = await check();
    const filled = (text: string): string =>
      text
        .replace("{uuid}", uuid)
        .replace("{key}", PING_KEY)
        .replace("{slug}", slug)
        .replace("{rid}", RID + String(made % 100).padStart(2, "0"));
    const answer = await send({
      method,
      target: filled(target),
      headers: headers.map(([name, value]) => [name, filled(value)]),
      body,
    });
    expect(answer).toMatchObject({ status: 200, body: method === "HEAD" ? "" : "OK", headers: headersOfOk });
    expect(accepts(answer)).toBe(true);
    expect(answer.headers).not.toHaveProperty("location");
    await expectHeard(uuid, { kind, body });
  });

  /** Rollcall took it for what it was meant to be. */
  async function expectHeard(uuid: string, { kind, body }: { kind: Kind; body: string }): Promise<void> {
    const { pings: heard } = (await manage("GET", `/api/v3/checks/${uuid}/pings/`)).json;
    expect(heard).toMatchObject([{ type: kind, n: 1 }]);
    if (body === "") return;
    const target = new URL(heard[0].body_url).pathname;
    const kept = await send({ method: "GET", target, headers: [["x-api-key", ADMIN_KEY]] });
    expect(kept.body).toBe(body);
  }
});

// curl is not part of Node: where it is missing, that is told loudly.
describe.skipIf(curl === null)("curl, as all the documentation has it", () => {
  const lines: readonly (readonly [Kind, string, string])[] = [
    ["success", "curl -m 10 --retry 5 $URL", "OK"],
    ["success", "curl -fsS -m 10 --retry 5 -o /dev/null $URL", ""],
    ["start", "curl -fsS -m 10 --retry 5 $URL/start", "OK"],
    ["fail", "false; curl -fsS -m 10 --retry 5 $URL/$?", "OK"],
    ["fail", "curl -fsS -m 10 --retry 5 -o /dev/null $URL/fail", ""],
    ["success", 'm=$(echo done 2>&1); curl -fsS -m 10 --retry 5 --data-raw "$m" $URL/$?', "OK"],
    ["success", "echo done | tail -c 100000 | curl -fsS -m 10 --retry 5 --data-binary @- $URL", "OK"],
    ["success", "curl -fsS --head -o /dev/null $URL", ""],
    ["success", "curl -fsS -X PUT -d done $URL", "OK"],
  ];

  test.each(lines)("%s: %s", async (kind, line, stdout) => {
    const { uuid } = await check();
    const shell = await promisify(execFile)("bash", ["-c", line], {
      env: { PATH: process.env["PATH"], URL: `${running.url}/ping/${uuid}` },
    });
    expect(shell.stdout).toBe(stdout);
    const { pings } = (await manage("GET", `/api/v3/checks/${uuid}/pings/`)).json;
    expect(pings).toMatchObject([{ type: kind }]);
  });

  test("a line with a wrong address fails, and says so in the job's log", async () => {
    const line = `curl -fsS -m 10 --retry 5 ${running.url}/ping/00000000-0000-4000-8000-000000000000`;
    await expect(promisify(execFile)("bash", ["-c", line])).rejects.toMatchObject({
      code: 22,
      stderr: expect.stringContaining("404"),
    });
  });
});

describe("what clients have to be refused", () => {
  test.each([
    ["GET", "/ping/{uuid}/256", 400, "invalid url format"],
    ["GET", "/ping/{uuid}?rid=nightly", 400, "invalid uuid format"],
    ["GET", "/ping/{uuid}/start/", 404, "not found"],
    ["GET", "/ping/{key}/{slug}/", 404, "not found"],
    ["GET", "/ping/{key}/UPPER", 400, "invalid url format"],
    ["GET", "/ping/{key}/nobody", 404, "not found"],
    ["POST", "/ping/no-key-at-all/nobody?create=1", 404, "not found"],
    ["GET", "/ping/00000000-0000-4000-8000-000000000000", 404, "not found"],
    ["GET", "/00000000-0000-4000-8000-000000000000/fail", 404, "not found"],
  ])("%s %s is %i %s, and not a redirect", async (method, target, status, body) => {
    const { uuid, slug } = await check();
    const filled = target.replace("{uuid}", uuid).replace("{key}", PING_KEY).replace("{slug}", slug);
    const answer = await send({ method, target: filled });
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers).not.toHaveProperty("ping-body-limit");
    expect((await manage("GET", `/api/v3/checks/${uuid}`)).json.n_pings).toBe(0);
  });

  test("an over-long log is kept to its end and never refused", async () => {
    const { uuid } = await check();
    const body = `${"x".repeat(3_000_000)} the end`;
    expect(await send({ method: "POST", target: `/${uuid}`, body })).toMatchObject({
      status: 200,
      body: "OK",
    });
    expect((await manage("GET", `/api/v3/checks/${uuid}`)).json.n_pings).toBe(1);
  });

  test("a preflight is no ping", async () => {
    const { uuid } = await check();
    expect((await send({ method: "OPTIONS", target: `/ping/${uuid}` })).status).toBe(204);
    expect((await manage("GET", `/api/v3/checks/${uuid}`)).json.n_pings).toBe(0);
  });
});

test.each([8, 50])("of %i first pings at once one makes the monitor", async (many) => {
  const target = `/ping/${PING_KEY}/raced-${many}?create=1`;
  const answers = await Promise.all(Array.from({ length: many }, () => send({ method: "POST", target })));
  const texts = answers.map(({ status, body }) => `${status} ${body}`);
  expect(texts.filter((text) => text === "201 Created")).toHaveLength(1);
  expect(texts.filter((text) => text === "200 OK")).toHaveLength(many - 1);
  const { checks } = (await manage("GET", `/api/v3/checks/?slug=raced-${many}`)).json;
  expect(checks).toMatchObject([{ timeout: 86_400, grace: 3_600, status: "up", n_pings: 1 }]);
});

describe("managing", () => {
  test("Home Assistant reads the state of every check", async () => {
    await check();
    const { checks } = (await manage("GET", "/api/v1/checks/")).json;
    for (const each of checks) {
      const { ping_url: url, name, status, last_ping: last } = each;
      expect([typeof url, typeof name, typeof status]).toEqual(["string", "string", "string"]);
      expect(last === null || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/.test(last)).toBe(true);
    }
  });

  test("homepage reads one check, or all where none is named", async () => {
    const { uuid } = await check();
    await send({ method: "GET", target: `/ping/${uuid}` });
    const { json } = await manage("GET", `/api/v3/checks/${uuid}`);
    expect(json).toMatchObject({ status: "up", last_ping: expect.any(String) });
    expect((await manage("GET", "/api/v3/checks/")).json.checks.length).toBeGreaterThan(0);
  });

  test("the dashboard asks from another site", async () => {
    const origin = ["origin", "https://healthchecks.github.io"] as const;
    const preflight = await send({
      method: "OPTIONS",
      target: "/api/v3/checks/",
      headers: [origin, ["access-control-request-headers", "x-api-key"]],
    });
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "X-Api-Key, Content-Type",
    });
    const { status, headers, json } = await manage("GET", "/api/v3/checks/");
    expect([status, headers["access-control-allow-origin"]]).toEqual([200, "*"]);
    expect(json.checks[0]).toMatchObject({ status: expect.any(String), started: expect.any(Boolean) });
  });

  test("Terraform makes, finds, changes, pauses and deletes, and sees no difference to what it sent", async () => {
    const simple = { channels: "", methods: "", name: "tf", desc: "By Terraform", tags: "go dev" };
    const sent = { ...simple, timeout: 3_600, grace: 300 };
    const answer = await manage("POST", "/api/v1/checks/", sent);
    expect(answer.status).toBe(201);
    const id = answer.json.update_url.split("/").at(-1);
    const found = async () => {
      const { checks } = (await manage("GET", "/api/v1/checks/")).json;
      return checks.find(({ update_url: url }: { update_url: string }) => url.endsWith(id));
    };
    expect(await found()).toMatchObject(sent);
    const cron = { ...simple, schedule: "0 2 * * *", tz: "Asia/Tokyo", grace: 120 };
    expect((await manage("POST", `/api/v1/checks/${id}`, cron)).status).toBe(200);
    expect(await found()).toMatchObject(cron);
    expect((await manage("POST", `/api/v1/checks/${id}/pause`)).json.status).toBe("paused");
    const wrong = await manage("POST", `/api/v1/checks/${id}`, { ...simple, schedule: "never" });
    expect([wrong.status, wrong.json]).toEqual([
      400,
      { error: expect.stringMatching(/^schedule: it has 1 field/) },
    ]);
    expect((await manage("GET", "/api/v1/channels/")).json).toEqual({ channels: [] });
    expect((await manage("DELETE", `/api/v1/checks/${id}`)).status).toBe(200);
    expect(await found()).toBeUndefined();
  });

  test("Ansible asks without slashes, sends null with a GET, and probes the ping base for its key", async () => {
    const headers = [["x-api-key", ADMIN_KEY]] as const;
    for (const target of ["/ping/checks", "/checks"]) {
      expect((await send({ method: "GET", target, headers, body: "null" })).status, target).toBe(404);
    }
    const params = {
      name: "ansible",
      state: "present",
      tags: "a",
      timeout: 600,
      grace: 60,
      unique: ["name"],
    };
    const absent = { schedule: null, tz: null, channels: null, desc: null, uuid: null, methods: null };
    const first = await manage("POST", "/api/v1/checks/", { ...absent, ...params });
    expect([first.status, (await manage("POST", "/api/v1/checks/", params)).status]).toEqual([201, 200]);
    const uuid = first.json.ping_url.split("/").at(-1);
    const paths = ["checks", "checks?tag=a", `checks/${uuid}`, "channels", "badges"];
    for (const path of [...paths, `checks/${uuid}/pings`, `checks/${uuid}/flips`]) {
      const answer = await send({ method: "GET", target: `/api/v1/${path}`, headers, body: "null" });
      expect([answer.status, typeof JSON.parse(answer.body)], path).toEqual([200, "object"]);
    }
    expect((await manage("POST", `/api/v1/checks/${uuid}/pause`, null)).status).toBe(200);
    expect((await manage("DELETE", `/api/v1/checks/${uuid}`)).status).toBe(200);
    expect((await manage("DELETE", `/api/v1/checks/${uuid}`)).status).toBe(404);
    expect((await send({ method: "GET", target: "/api/v3/status/" })).status).toBe(200);
  });

  test.each([1, 2, 3])("healthchecks-rs and py-healthchecks.io use all of version %i", async (version) => {
    const api = (method: string, path: string, body?: unknown) =>
      manage(method, `/api/v${version}/${path}`, body);
    const fields = { name: `lib ${version}`, tags: "prod www", timeout: 3_600, grace: 60, methods: "" };
    const upsert = { ...fields, tz: "UTC", manual_resume: false, unique: ["name"] };
    const answer = await api("POST", "checks/", upsert);
    expect([answer.status, answer.json.name]).toEqual([201, fields.name]);
    expect((await api("POST", "checks/", upsert)).status).toBe(200);
    const id = answer.json.ping_url.split("/").at(-1);
    await send({ method: "POST", target: `/ping/${id}/start` });
    await send({ method: "POST", target: `/ping/${id}/fail`, body: "why" });
    expect((await api("GET", `checks/${id}`)).json).toMatchObject({ ...fields, status: "down", n_pings: 2 });
    const { pings } = (await api("GET", `checks/${id}/pings/`)).json;
    expect(pings).toMatchObject([
      { type: "fail", n: 2, method: "POST", duration: expect.any(Number) },
      { type: "start", n: 1, scheme: "http", remote_addr: "127.0.0.0" },
    ]);
    const { flips } = (await api("GET", `checks/${id}/flips/?seconds=3600`)).json;
    expect(flips).toEqual([{ timestamp: expect.any(String), up: 0 }]);
    expect((await api("POST", `checks/${id}`, { name: "renamed" })).json.name).toBe("renamed");
    expect((await api("POST", `checks/${id}/pause`)).json.status).toBe("paused");
    expect((await api("POST", `checks/${id}/resume`)).status).toBe(200);
    expect((await api("GET", "channels/")).json).toEqual({ channels: [] });
    expect(Object.keys((await api("GET", "badges/")).json.badges)).toContain("*");
    expect((await api("DELETE", `checks/${id}`)).status).toBe(200);
    expect((await api("GET", `checks/${id}`)).status).toBe(404);
  });
});
