/** What guards on users' own routes tell over the API: who may tell it, what is kept of it, and what is refused by name. */
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { createFace, type Face } from "./face.ts";

const HOURLY = { schedule: { cron: "0 * * * *" }, grace: "5m" };

let face: Face;

beforeEach(async () => {
  face = await createFace();
  await face.api("PUT", "/v1/monitors/hourly", { body: HOURLY });
});

describe("who may tell", () => {
  test("a ping key and an admin key, and nobody else", async () => {
    const status = async (key: string) =>
      (await face.api("POST", "/v1/boundary-receipts", { key, body: { receipts: [] } })).status;
    expect(await status(face.keys.ping)).toBe(200);
    expect(await status(face.keys.admin)).toBe(200);
    expect(await status(face.keys.read)).toBe(403);
    expect(await status("rck_ping_default_0123456789abcdef0123")).toBe(401);
  });

  test("whoever may not is told which key may", async () => {
    const told = async (method: string, path: string, key: string) =>
      (await face.api(method, path, { key, body: method === "GET" ? undefined : {} })).json.detail;
    const { read, ping } = face.keys;
    expect(await told("POST", "/v1/deploys", read)).toContain("use an admin or ping key");
    expect(await told("PUT", "/v1/contracts/cron", ping)).toContain("use an admin key");
    expect(await told("GET", "/v1/contracts", ping)).toContain("use an admin or read key");
  });

  test("a ping key still shows and changes nothing", async () => {
    const { ping: key } = face.keys;
    expect((await face.api("GET", "/v1/guarded-routes", { key })).status).toBe(403);
    expect((await face.api("GET", "/v1/deploys", { key })).status).toBe(403);
    expect((await face.api("PUT", "/v1/monitors/other", { key, body: HOURLY })).status).toBe(403);
  });

  test("a key that is limited to monitors speaks for their routes and for the probe alone", async () => {
    const body = { kind: "ping", monitors: ["hourly"] };
    const { key } = (await face.api("POST", "/v1/keys", { body })).json;
    const receipts = [
      refused(),
      refused({ monitor: "other", route: "GET /other" }),
      refused({ monitor: null, route: "GET /free" }),
      refused({ monitor: null, route: "GET /.well-known/rollcall/probe", probe: true }),
    ];
    const sign = signOf([
      { route: "GET /api/cron", monitor: "hourly", config_hash: "a" },
      { route: "GET /other", monitor: "other", config_hash: "a" },
    ]);
    const answer = await face.api("POST", "/v1/boundary-receipts", { key, body: { sign, receipts } });
    expect(answer.status).toBe(400);
    expect(answer.json.problems).toEqual([
      {
        field: "sign.routes[1].monitor",
        message: 'this key speaks for hourly only, and "other" is not among them',
      },
      {
        field: "receipts[1].monitor",
        message: 'this key speaks for hourly only, and "other" is not among them',
      },
      { field: "receipts[2].monitor", message: "this key speaks for hourly only, and none is named" },
    ]);
    expect((await routes()).map((each) => each.route)).toEqual([
      "GET /.well-known/rollcall/probe",
      "GET /api/cron",
    ]);
  });
});

test("a limited key cannot take a route that is known as another monitor's for its own", async () => {
  await face.api("PUT", "/v1/monitors/other", { body: HOURLY });
  await tell({ receipts: [admitted({ route: "GET /other", monitor: "other" })] });
  const { key } = (await face.api("POST", "/v1/keys", { body: { kind: "ping", monitors: ["hourly"] } })).json;
  const hash = { config_hash: "mine" };
  const receipts = [
    refused({ ...hash, route: "GET /other?x" }),
    refused({ ...hash, route: "GET /other", monitor: null, probe: true }),
    refused(hash),
  ];
  const sign = signOf([{ route: "GET /other", monitor: "hourly", ...hash }]);
  const answer = await face.api("POST", "/v1/boundary-receipts", { key, body: { sign, receipts } });
  expect([answer.status, answer.json.problems]).toEqual([
    400,
    [{ field: "receipts", message: '"GET /other" is a route of a monitor that this key is not for' }],
  ]);
  expect(answer.json.detail).toMatch(/^1 receipts were taken/);
  expect((await routes()).find(({ route }) => route === "GET /other")).toMatchObject({
    monitor: "other",
    probe: false,
    listening: false,
    calls: 1,
    config_hash: "abcdef0123456789",
  });
  expect((await face.api("GET", "/v1/rejections")).json.items).toHaveLength(1);
});

describe("a batch", () => {
  test("makes rejections of refused calls, with their route, and keeps every call with it", async () => {
    const receipts = [refused(), admitted({ at: at(-1) })];
    expect((await tell({ receipts })).json).toEqual({ taken: 2 });
    expect((await face.api("GET", "/v1/rejections?monitor=hourly")).json.items).toMatchObject([
      {
        monitor: "hourly",
        monitor_known: true,
        route: "GET /api/cron",
        reason: "wrong_scheme",
        expected: "an HMAC signature in x-sig (contract netrii)",
        seen: "a bearer token",
        header_names: ["authorization"],
        address_prefix: "192.0.2.0/24",
        count: 1,
      },
    ]);
    expect(await routes()).toMatchObject([
      {
        route: "GET /api/cron",
        monitor: "hourly",
        config_hash: "abcdef0123456789",
        calls: 2,
        last_call: { at: at(0), ok: false, reason: "wrong_scheme", principal: null },
        listening: false,
        warnings: [],
      },
    ]);
  });

  test("with wrong receipts names each of them, and the valid rest counts", async () => {
    const receipts = [
      { ...refused(), reason: "no_such_reason" },
      refused(),
      { ...refused(), reason: null },
      { ...admitted(), at: "yesterday" },
      "nonsense",
      null,
      { ...admitted(), route: undefined },
    ];
    const answer = await tell({ receipts });
    expect(answer.status).toBe(400);
    expect(answer.json.detail).toMatch(/^1 receipts were taken; not these: /);
    expect(answer.json.problems.map(({ field }: { field: string }) => field)).toEqual([
      "receipts[0].reason",
      "receipts[2].reason",
      "receipts[3].at",
      "receipts[4]",
      "receipts[5]",
      "receipts[6].route",
    ]);
    expect((await face.api("GET", "/v1/rejections")).json.items).toHaveLength(1);
  });

  test("of nothing but nonsense is answered in bounds", async () => {
    const answer = await tell({ receipts: Array.from({ length: LIMITS.receiptsPerBatch }, () => ({})) });
    expect(answer.json.problems).toHaveLength(3 * LIMITS.receiptsPerBatch);
    expect(answer.json.detail).toMatch(/^0 receipts were taken; not these: (?:[^;]+; ){5}and 1495 more$/);
  });

  test("holds so many receipts, and one more is refused", async () => {
    const receipts = Array.from({ length: LIMITS.receiptsPerBatch }, (_each, index) =>
      refused({ at: at(-index) }),
    );
    expect((await tell({ receipts })).json).toEqual({ taken: LIMITS.receiptsPerBatch });
    const answer = await tell({ receipts: [...receipts, refused()] });
    expect([answer.status, answer.json.problems[0].field]).toEqual([400, "receipts"]);
    const [entry, ...others] = (await face.api("GET", "/v1/rejections")).json.items;
    expect([others, entry.count]).toEqual([[], LIMITS.receiptsPerBatch]);
  });

  test("of which no secret, no query and no control character is kept", async () => {
    const token = "ghp_0123456789abcdefghij0123456789";
    const receipts = [
      refused({
        route: `GET /api/cron?token=${token}`,
        expected: `a\r\nBcc: ${token}`,
        seen: `Bearer ${token}\u0000 ${"x".repeat(5_000)}`,
        header_names: [`x-${token}`, ...Array.from({ length: 90 }, () => "accept")],
        address: "203.0.113.77",
      }),
    ];
    expect((await tell({ receipts })).status).toBe(200);
    const [entry] = (await face.api("GET", "/v1/rejections")).json.items;
    expect(JSON.stringify([entry, await routes()])).not.toContain("0123456789abcdefghij");
    expect(entry).toMatchObject({ route: "GET /api/cron", address_prefix: "203.0.113.0/24" });
    expect(entry.expected).toBe("a Bcc: [removed]");
    expect(entry.seen.length).toBeLessThanOrEqual(LIMITS.boundaryWordsCharacters);
    expect(entry.header_names).toHaveLength(40);
  });

  test("is kept in the boundary's own words, which speak of passwords and tokens", async () => {
    const told = [
      "a user name and password (Basic) in authorization (contract ops)",
      "an identity token (JWT) of https://token.actions.githubusercontent.com",
      "an identity token with event_name workflow_run, which strangers' code can begin",
      "a token whose signature its key does not make",
    ];
    for (const [index, seen] of told.entries()) {
      const receipts = [refused({ route: `GET /${index}`, expected: seen, seen })];
      expect((await tell({ receipts })).status).toBe(200);
      const { items } = (await face.api("GET", "/v1/rejections")).json;
      expect(items).toContainEqual(expect.objectContaining({ expected: seen, seen }));
    }
  });

  test("for a slug that no monitor has goes to the inbox", async () => {
    await tell({ receipts: [refused({ monitor: "hourli" })] });
    expect((await face.api("GET", "/v1/rejections?inbox=true")).json.items).toMatchObject([
      { monitor: "hourli", monitor_known: false, did_you_mean: "hourly", route: "GET /api/cron" },
    ]);
  });

  test("that is no batch is refused with what is wrong", async () => {
    const answer = await tell({ receipts: {}, sing: 1 });
    expect(answer.json.problems).toEqual([
      { field: "receipts", message: "{} is not of the type array" },
      { field: "sing", message: "is not a known field: did you mean sign?" },
    ]);
  });
});

describe("a sign of life", () => {
  test("says since when a guard listens, by the guard's own clock for how long", async () => {
    // Its clock is two minutes behind.
    const sign = signOf([{ route: "GET /api/cron", monitor: "hourly", config_hash: "a" }], {
      since: at(-600 - 120),
      at: at(-120),
    });
    expect((await tell({ sign })).json).toEqual({ taken: 0 });
    expect(await routes()).toMatchObject([
      { listening: true, listening_since: at(-720), listening_until: at(-120), last_call: null, calls: 0 },
    ]);
    await face.pass(LIMITS.guardSignGapMs);
    expect((await routes())[0]?.listening).toBe(false);
  });

  test("that is wrong costs no receipt", async () => {
    const answer = await tell({ sign: { instance: 1 }, receipts: [refused()] });
    expect(answer.status).toBe(400);
    expect(answer.json.problems.map(({ field }: { field: string }) => field)).toContain("sign.since");
    expect((await face.api("GET", "/v1/rejections")).json.items).toHaveLength(1);
  });
});

describe("rules that differ", () => {
  test("between two routes of one monitor are warned of on both", async () => {
    await tell({ receipts: [admitted({ config_hash: "a".repeat(16) })] });
    await tell({ receipts: [admitted({ route: "POST /api/cron", config_hash: "b".repeat(16) })] });
    const warning =
      "GET /api/cron and POST /api/cron run different rules (aaaaaaaa and bbbbbbbb): what was shown of one says nothing of the other.";
    expect((await routes()).map((each) => each.warnings)).toEqual([[warning], [warning]]);
  });

  test("are no trouble while one of the routes has not been heard of since the other one's were replaced", async () => {
    const told = async (route: string, hash: string) => {
      await tell({ receipts: [admitted({ route, config_hash: hash })] });
      face.ring(60_000);
      return (await routes()).flatMap((each) => each.warnings);
    };
    for (const route of ["GET /a", "GET /b"]) await told(route, "before");
    expect(await told("GET /a", "hardened")).toEqual([]);
    expect(await told("GET /a", "before")).toEqual([]);
    expect(await told("GET /a", "hardened")).toEqual([]);
    expect(await told("GET /b", "before")).toHaveLength(2);
    expect(await told("GET /b", "hardened")).toEqual([]);
  });

  test("are first looked for within one monitor", async () => {
    for (const [route, monitor, hash] of [
      ["GET /a", "other", "x"],
      ["GET /b", "hourly", "y"],
      ["GET /c", "hourly", "z"],
    ])
      await tell({ receipts: [admitted({ route, monitor, config_hash: hash })] });
    const [, second] = await routes();
    expect(second?.warnings[0]).toMatch(/^GET \/b and GET \/c run different rules/);
  });

  test("between instances of one route are warned of when it is no roll-out any more", async () => {
    const turns = async (count: number) => {
      for (let turn = 0; turn < count; turn += 1) {
        await tell({ receipts: [admitted({ config_hash: turn % 2 === 0 ? "new" : "old" })] });
        face.ring(60_000);
      }
      return (await routes()).flatMap((each) => each.warnings);
    };
    expect(await turns(10)).toEqual([]);
    expect(await turns(4)).toEqual([
      "Instances of GET /api/cron run different rules (old and new): which one a call meets is chance.",
    ]);
    face.ring(LIMITS.deployNearMs);
    expect((await routes()).flatMap((each) => each.warnings)).toEqual([]);
  });

  test("are no trouble once one of the routes is gone", async () => {
    await tell({ receipts: [admitted({ config_hash: "a" })] });
    face.ring(LIMITS.guardQuietMs);
    await tell({ receipts: [admitted({ route: "POST /api/cron", config_hash: "b" })] });
    face.ring(1);
    expect((await routes()).flatMap((each) => each.warnings)).toEqual([]);
  });
});

/** So many seconds from now. */
function at(seconds: number): string {
  return new Date(face.now() + seconds * 1_000).toISOString().replace(".000Z", "Z");
}

function admitted(more: Record<string, unknown> = {}) {
  return {
    route: "GET /api/cron",
    monitor: "hourly",
    probe: false,
    at: at(0),
    ok: true,
    reason: null,
    principal: "scheduler",
    contract: "vercel",
    expected: "",
    seen: "",
    header_names: ["authorization"],
    address: "192.0.2.0/24",
    scheduled_for: null,
    config_hash: "abcdef0123456789",
    ...more,
  };
}

function refused(more: Record<string, unknown> = {}) {
  return admitted({
    ok: false,
    reason: "wrong_scheme",
    principal: null,
    expected: "an HMAC signature in x-sig (contract netrii)",
    seen: "a bearer token",
    ...more,
  });
}

function signOf(of: readonly object[], times: { since: string; at: string } = { since: at(-60), at: at(0) }) {
  return { instance: "one", routes: of, ...times };
}

function tell(body: object) {
  return face.api("POST", "/v1/boundary-receipts", { key: face.keys.ping, body });
}

async function routes(): Promise<{ route: string; warnings: string[]; listening: boolean }[]> {
  return (await face.api("GET", "/v1/guarded-routes")).json.items;
}
