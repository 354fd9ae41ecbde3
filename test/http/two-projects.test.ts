/**
 * Two projects in one Rollcall: the keys of one see nothing of the other and change nothing there. Every call of the
 * published document is tried, so that one that is added is tried too.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { HOUR, MINUTE, verification } from "../makers.ts";
import { createFace, type Face } from "./face.ts";

const KEY = "rck_instance_0123456789abcdefghijABCDEFGHIJxy";
/** What everything of the first project is called, so that it would be seen in any answer. */
const MARK = "hers";
const UUID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";

interface Keys {
  admin: string;
  ping: string;
}

let face: Face;
let hers: Keys;
let mine: Keys;
/** Of the first project: where its records are to be found, by the name of the parameter and the start of the path. */
let ids: Record<string, string>;
let paths: [method: string, path: string][];

async function newProject(name: string): Promise<Keys> {
  const { json } = await face.api("POST", "/v1/projects", { key: KEY, body: { name } });
  return { admin: json.admin_key.key, ping: json.ping_key.key };
}

beforeAll(async () => {
  face = await createFace({ instanceKey: KEY });
  hers = await newProject(`${MARK}-shop`);
  mine = await newProject("mine");
  await fill(face, hers);
  ids = await idsOf(hers);
  const document = (await (await face.app.request("/v1/openapi.json")).json()) as { paths: object };
  paths = Object.entries(document.paths)
    .filter(([path]) => path !== "/v1/projects")
    .flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method): [string, string] => [method.toUpperCase(), path]),
    );
});

/** Something of every kind, all of it named after the first project. */
async function fill(
  { api, app, pass, ring, engine, store, now }: Face,
  { admin, ping }: Keys,
): Promise<void> {
  const send = async (method: string, path: string, body: object, key = admin): Promise<void> => {
    const { status, json } = await api(method, path, { key, body });
    expect([200, 201], `${method} ${path}: ${JSON.stringify(json)}`).toContain(status);
  };
  const hook = { kind: "webhook", settings: { url: `https://${MARK}.example.org/hook` } };
  await send("PUT", `/v1/channels/${MARK}-hook`, hook);
  await send("PUT", `/v1/contracts/${MARK}-cron`, { preset: "vercel", secret: "0123456789abcdef0123" });
  const monitor = { schedule: { every: "5m" }, max_runtime: "1m", ping_uuid: UUID };
  await send("PUT", `/v1/monitors/${MARK}-job`, { ...monitor, name: `${MARK} job` });
  await app.request(`/checkin/${ping}/${MARK}-job?run=${MARK}-run`, { method: "POST", body: `${MARK} log` });
  await app.request(`/checkin/${ping}/${MARK}-unknown`);
  await app.request(`/checkin/rck_ping_${MARK}-shop_0123456789abcdef0123/${MARK}-job`);
  await send("POST", "/v1/deploys", { commit: `${MARK}0000` }, ping);
  const refused = {
    route: `GET /${MARK}`,
    monitor: `${MARK}-job`,
    probe: false,
    at: new Date(now()).toISOString(),
    ok: false,
    reason: "wrong_scheme",
    principal: null,
    contract: null,
    expected: "",
    seen: MARK,
    header_names: [],
    address: null,
    scheduled_for: null,
    config_hash: "abcdef0123456789",
  };
  await send("POST", "/v1/boundary-receipts", { receipts: [refused] }, ping);
  const url = `https://${MARK}.example.org/`;
  await store.putVerification(verification({ id: `ver_${MARK}`, project: `${MARK}-shop`, url }));
  const plan = { monitors: [`${MARK}-job`], reason: `${MARK} reason` };
  const later = {
    from: new Date(now() + 10 * HOUR).toISOString(),
    until: new Date(now() + 11 * HOUR).toISOString(),
  };
  await send("POST", "/v1/maintenance", { ...plan, ...later });
  await send("POST", "/v1/silences", { ...plan, ...later });
  // A blind spot that leaves a run of hers unknown, then one that is missing.
  await pass(2 * MINUTE);
  ring(10 * MINUTE);
  await pass(20 * MINUTE);
  const trouble = {
    channel: `${MARK}-hook`,
    type: "failed" as const,
    code: "http_404",
    detail: `${MARK} 404`,
  };
  await engine.reportChannelTrouble({ project: `${MARK}-shop`, ...trouble });
}

/** Her whole project, as she sees it. */
async function herLists(): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  for (const [method, path] of paths) {
    if (method !== "GET" || path.includes("{")) continue;
    seen[path] = (await face.api("GET", path, { key: hers.admin })).json;
  }
  return seen;
}

async function idsOf({ admin }: Keys): Promise<Record<string, string>> {
  const first = async (path: string, field: string): Promise<string> => {
    const { items } = (await face.api("GET", path, { key: admin })).json;
    expect(items.length, path).toBeGreaterThan(0);
    return items[0][field];
  };
  return {
    monitors: await first("/v1/monitors", "slug"),
    runs: await first(`/v1/monitors/${MARK}-job/runs`, "id"),
    incidents: await first("/v1/incidents", "id"),
    rejections: await first("/v1/rejections?inbox=true", "id"),
    verifications: await first("/v1/verifications", "id"),
    channels: await first("/v1/channels", "name"),
    contracts: await first("/v1/contracts", "name"),
    keys: await first("/v1/keys", "id"),
    maintenance: await first("/v1/maintenance", "id"),
    silences: await first("/v1/silences", "id"),
  };
}

/** What each call that takes one needs beside its path. */
const BODIES: Readonly<Record<string, object>> = {
  "PUT /v1/monitors/{slug}": { schedule: { every: "1h" } },
  "POST /v1/monitors/{slug}/pause": { reason: "mine" },
  "POST /v1/monitors/{slug}/accelerate": { schedule: { every: "1m" } },
  "POST /v1/incidents/{id}/comments": { text: "mine" },
  "POST /v1/rejections/{id}/claim": { monitor: "my-job" },
  "PUT /v1/channels/{name}": { kind: "webhook", settings: { url: "https://mine.example.org/hook" } },
  "PUT /v1/contracts/{name}": { preset: "vercel", secret: "mine0123456789abcdef" },
};

test("every list of hers has something in it", async () => {
  for (const [path, seen] of Object.entries(await herLists())) {
    expect(JSON.stringify(seen), path).toContain(path === "/v1/keys" ? "rck_ping_hers-shop" : MARK);
  }
});

test("no list of mine shows anything of hers", async () => {
  const lists = paths.filter(([method, path]) => method === "GET" && !path.includes("{"));
  expect(lists.length).toBeGreaterThan(12);
  for (const [, path] of lists) {
    for (const key of [mine.admin, face.keys.admin]) {
      const { status, json } = await face.api("GET", path, { key });
      expect(status, path).toBe(200);
      const text = JSON.stringify(json);
      expect(text, path).not.toContain(MARK);
      for (const id of Object.values(ids)) expect(text, path).not.toContain(`"${id}"`);
    }
  }
  const asked = [
    `/v1/notifications?incident=${encodeURIComponent(ids["incidents"] ?? "")}`,
    `/v1/verifications?url=${encodeURIComponent(`https://${MARK}.example.org/`)}`,
  ];
  for (const path of asked) expect((await face.api("GET", path, { key: mine.admin })).json.items).toEqual([]);
  for (const path of [`/v1/incidents?monitor=${MARK}-job`, `/v1/rejections?monitor=${MARK}-job`]) {
    expect((await face.api("GET", path, { key: mine.admin })).status, path).toBe(404);
  }
});

test("what is hers is not there for me by its id, whatever I ask of it, and nothing of it changes", async () => {
  await face.api("PUT", "/v1/monitors/my-job", { key: mine.admin, body: { schedule: { every: "1h" } } });
  const before = await herLists();
  const named = paths.filter(([, path]) => path.includes("{"));
  expect(named.length).toBeGreaterThan(25);
  // By their names I may have my own of what is put; last, so that it is not what the other calls find.
  const isPut = ([method]: [string, string]): number => (method === "PUT" ? 1 : 0);
  for (const [method, path] of named.sort((one, two) => isPut(one) - isPut(two))) {
    const id = ids[path.split("/")[2] ?? ""];
    if (id === undefined) throw new Error(`say where something of hers is found for ${path}`);
    const at = path.replace(/\{\w+\}/, encodeURIComponent(id));
    const body = method === "GET" || method === "DELETE" ? undefined : (BODIES[`${method} ${path}`] ?? {});
    const { status } = await face.api(method, at, { key: mine.admin, body });
    expect(status, `${method} ${at}`).toBe(method === "PUT" ? 201 : 404);
  }
  expect(await herLists()).toEqual(before);
});

describe("elsewhere", () => {
  test("my check-ins reach my monitors only", async () => {
    const before = (await face.api("GET", `/v1/monitors/${MARK}-job/runs`, { key: hers.admin })).json;
    const byKey = await face.app.request(`/checkin/${mine.ping}/${MARK}-job2?create=1&every=5m`);
    expect(byKey.status).toBe(200);
    const headers = { authorization: `Bearer ${mine.ping}` };
    const byPath = await face.app.request(`/checkin/${MARK}-shop/${MARK}-job`, { headers });
    expect(byPath.status).toBe(403);
    expect((await face.api("GET", `/v1/monitors/${MARK}-job/runs`, { key: hers.admin })).json).toEqual(
      before,
    );
    expect((await face.api("GET", `/v1/monitors/${MARK}-job2`, { key: hers.admin })).status).toBe(404);
  });

  test("a ping UUID of hers is taken, and its monitor is not named", async () => {
    const body = { schedule: { every: "1h" }, ping_uuid: UUID };
    const { status, json } = await face.api("PUT", "/v1/monitors/my-other", { key: mine.admin, body });
    expect([status, json.problems[0].field]).toEqual([409, "ping_uuid"]);
    expect(JSON.stringify(json)).not.toContain(MARK);
  });

  test("my pages and the calls of Healthchecks clients show nothing of hers", async () => {
    const form = new URLSearchParams({ key: face.keys.admin });
    const signedIn = await face.app.request("/sign-in", { method: "POST", body: form });
    const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const page = await face.app.request("/", { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(await page.text()).not.toContain(MARK);
    expect((await face.app.request(`/runs/${ids["runs"]}`, { headers: { cookie } })).status).toBe(404);
    const headers = { "x-api-key": face.keys.admin };
    const checks = await face.app.request("/api/v3/checks/", { headers });
    expect(await checks.text()).not.toContain(MARK);
    // What their clients know of a check that is another project's.
    expect((await face.app.request(`/api/v3/checks/${UUID}`, { headers })).status).toBe(403);
    expect((await face.app.request(`/api/v3/checks/${UUID}/pings/`, { headers })).status).toBe(403);
  });

  test("numbers for operators name no project, no monitor and no key", async () => {
    for (const path of ["/metrics", "/readyz"]) {
      const text = await (await face.app.request(path)).text();
      for (const name of [MARK, "rck_", "my-job"]) expect(text, path).not.toContain(name);
    }
  });
});
