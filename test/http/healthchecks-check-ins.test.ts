/** Check-ins at the addresses of Healthchecks, through the outside face. */
import { beforeEach, describe, expect, test } from "vitest";
import { createFace, type Face } from "./face.ts";

let face: Face;
let path: string;

beforeEach(async () => {
  face = await createFace();
  const { json } = await face.api("PUT", "/v1/monitors/nightly", {
    body: { schedule: { cron: "*/10 * * * *" }, grace: "2m" },
  });
  path = new URL(json.ping_url).pathname;
});

async function send(
  address: string,
  init: RequestInit = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await face.app.request(address, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe("addresses", () => {
  test.each(["", "/", "/start", "/fail", "/log", "/0", "/7"])(
    "the UUID at the root is the same as behind /ping: %j",
    async (suffix) => {
      for (const prefix of ["", "/ping"]) {
        const answer = await send(`${path.replace("/ping", prefix)}${suffix}`);
        expect([answer.status, answer.text], prefix).toEqual([200, "OK"]);
      }
    },
  );

  test("a key with a slug may stand at the root too", async () => {
    expect(await send(`/${face.keys.ping}/nightly/start`)).toMatchObject({ status: 200, text: "OK" });
    const wrong = await send(`/${face.keys.admin}/nightly`);
    expect([wrong.status, wrong.headers.get("rollcall-receipt")]).toEqual([
      404,
      expect.stringContaining("wrong_scheme"),
    ]);
  });

  test("only small letters are a UUID at the root, and nothing else there is a check-in", async () => {
    const root = path.replace("/ping", "");
    for (const other of [
      `/${face.keys.ping}`,
      `/${face.keys.ping}/`,
      root.toUpperCase(),
      root.replaceAll("-", ""),
      `${root}0`,
      `/x${root}`,
    ]) {
      expect((await send(other)).status, other).toBe(404);
    }
    expect((await face.api("GET", "/v1/monitors/nightly")).json.last_check_in_at).toBeNull();
  });

  test.each([
    ["a wrong end of the path", "/done", 404, "not found"],
    ["an exit status beyond 255", "/256", 400, "invalid url format"],
    ["a run id that is no UUID", "?rid=nightly", 400, "invalid uuid format"],
  ])("%s is refused and kept as a rejection of the monitor", async (_what, end, status, text) => {
    expect(await send(`${path}${end}`)).toMatchObject({ status, text });
    const { items } = (await face.api("GET", "/v1/rejections")).json;
    expect(items).toMatchObject([{ monitor: "nightly", reason: "malformed", count: 1 }]);
    expect((await face.api("GET", "/v1/monitors/nightly/runs")).json.items).toEqual([]);
  });

  test("a deleted monitor, a wrong key and an unknown slug are not found, and the header says which", async () => {
    await face.api("DELETE", "/v1/monitors/nightly");
    const wrong = "rck_ping_default_0123456789abcdefghijABCDEFGHIJ01";
    for (const [address, truth] of [
      [path, /deleted/],
      [`/ping/${wrong}/nightly?create=1`, /wrong_secret/],
      [`/ping/${face.keys.ping}/weekly`, /no monitor "weekly"/],
      [`/ping/${face.keys.ping}/nightly?create=1`, /deleted/],
    ] as const) {
      const answer = await send(address);
      expect([answer.status, answer.text]).toEqual([404, "not found"]);
      expect(answer.headers.get("rollcall-receipt")).toMatch(truth);
    }
  });

  test("a retried ping is the same run", async () => {
    const rid = "123e4567-e89b-12d3-a456-426614174000";
    for (const end of [
      `/start?rid=${rid}`,
      `/start?rid=${rid}`,
      `?rid=${rid}`,
      `?rid=${rid.toUpperCase()}`,
    ]) {
      await send(`${path}${end}`);
    }
    for (const end of ["/start", "/start", "", ""]) await send(`${path}${end}`);
    expect((await face.api("GET", "/v1/monitors/nightly/runs")).json.items).toHaveLength(2);
  });

  test("a slug that Rollcall cannot give makes no monitor", async () => {
    for (const slug of ["-job", "42", "start"]) {
      expect(await send(`/ping/${face.keys.ping}/${slug}?create=1`)).toMatchObject({
        status: 400,
        text: "invalid url format",
      });
    }
    expect((await face.api("GET", "/v1/monitors")).json.items).toHaveLength(1);
  });

  test("PUT checks in, DELETE does not, and OPTIONS says what does", async () => {
    expect((await send(path, { method: "PUT", body: "done" })).status).toBe(200);
    expect((await send(path, { method: "DELETE" })).status).toBe(405);
    const preflight = await send(path, { method: "OPTIONS" });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("allow")).toBe("GET, HEAD, POST, PUT, OPTIONS");
  });

  test("its metrics and log lines name the route, never the UUID", async () => {
    await send(path.replace("/ping", ""));
    const all = (await send("/metrics")).text + face.logged.join("\n");
    expect(all).toContain("/ping/*");
    expect(all).not.toContain(path.slice(-36));
  });

  test("what a person may recognise a caller by is kept in the story of the run", async () => {
    await send(path, { headers: { "user-agent": "curl/8.5 token=abcdef12345" } });
    const { id } = (await face.api("GET", "/v1/monitors/nightly/runs")).json.items[0];
    expect((await face.api("GET", `/v1/runs/${id}`)).json.story[0].caller).toEqual({
      method: "GET",
      user_agent: "curl/8.5 token=[removed]",
      address_prefix: "203.0.113.0/24",
    });
  });
});

describe("create=1", () => {
  test("a slug of Healthchecks is made once, daily, and only its maker is told so", async () => {
    const address = `/ping/${face.keys.ping}/from-hc?create=1`;
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(address, { method: "POST" })));
    const texts = answers.map(({ status, text }) => `${status} ${text}`).sort();
    expect(texts).toEqual([...Array(7).fill("200 OK"), "201 Created"]);
    expect((await face.api("GET", "/v1/monitors/from-hc")).json).toMatchObject({
      schedule: { every: 86_400 },
      grace: 3_600,
      signals: "finish",
      status: "up",
    });
    expect((await face.api("GET", "/v1/monitors/from-hc/runs")).json.items).toHaveLength(1);
  });

  test.each(["/300", "?rid=x"])("nothing is made by a ping that ends in %s", async (end) => {
    const mark = end.includes("?") ? "&" : "?";
    expect((await send(`/ping/${face.keys.ping}/from-hc${end}${mark}create=1`)).status).toBe(400);
    expect((await face.api("GET", "/v1/monitors/from-hc")).status).toBe(404);
  });
});
