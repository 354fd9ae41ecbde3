/** Check-ins without a key of ours: by the identity token of a platform, proven with the keys of its issuer. */
import { SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { verification } from "../makers.ts";
import { startOidcIssuer, type OidcIssuer } from "../stubs/oidc-issuer.ts";
import { createFace, type Face } from "./face.ts";

const MINUTE_MS = 60_000;
const WORKFLOW = {
  repository_id: "456789",
  repository_owner_id: "123456",
  workflow_ref: "octo-org/jobs/.github/workflows/nightly.yml@refs/heads/main",
  event_name: "schedule",
  run_id: "9001",
  run_attempt: "1",
};

let issuer: OidcIssuer;
let face: Face;
let tokens = 0;

beforeEach(async () => {
  issuer = await startOidcIssuer();
  face = await createFace({ oidcIssuers: [issuer.url] });
  // As GitHub Actions has it, of an issuer that can be reached here.
  const body = {
    preset: "github_enterprise",
    issuer: issuer.url,
    audience: "rollcall",
    require: { repository_id: ["456789"], repository_owner_id: ["123456"] },
  };
  expect((await face.api("PUT", "/v1/contracts/github", { body })).json).toMatchObject({
    scheme: "oidc",
    secrets: [],
  });
  await face.api("PUT", "/v1/monitors/nightly", {
    body: { schedule: { cron: "*/10 * * * *" }, grace: "2m", accepts: ["github"] },
  });
});
afterEach(() => issuer.close());

function token(claims: JWTPayload = {}, how: Parameters<OidcIssuer["token"]>[1] = {}): Promise<string> {
  tokens += 1;
  return issuer.token({ jti: `token-${tokens}`, ...WORKFLOW, ...claims }, { at: face.now(), ...how });
}

async function checkIn(kind: string, bearer: string | null, more: { query?: string; headers?: object } = {}) {
  const response = await face.app.request(`/checkin/default/nightly/${kind}${more.query ?? ""}`, {
    method: "POST",
    headers: {
      accept: "application/json",
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...more.headers,
    },
  });
  const answer = (await response.json()) as { detail?: string };
  return { status: response.status, retryAfter: response.headers.get("retry-after"), ...answer };
}

const runs = async () => (await face.api("GET", "/v1/monitors/nightly/runs")).json.items;
const rejections = async () => (await face.api("GET", "/v1/rejections")).json.items;
const windows = async () =>
  (await face.api("GET", "/v1/monitors/nightly/windows?to=2026-03-02T00:11:00Z")).json.items;

describe("a scheduled workflow", () => {
  test("begins and ends one run, named by its run and attempt, and satisfies its window", async () => {
    await face.pass(10 * MINUTE_MS + 5_000);
    expect(await checkIn("start", await token())).toMatchObject({
      status: 200,
      ok: true,
      kind: "start",
      run_id: "9001.1",
      trigger: "schedule",
      duplicate: false,
    });
    await face.pass(30_000);
    expect(await checkIn("success", await token())).toMatchObject({ status: 200, run_id: "9001.1" });
    expect(await runs()).toMatchObject([
      { run_id: "9001.1", trigger: "schedule", state: "reported", duration: 30 },
    ]);
    expect(await windows()).toMatchObject([{ verdict: "on_time" }]);
    expect(await rejections()).toEqual([]);
  });

  test("is the same check-in when its token comes again, whatever is said with it", async () => {
    await face.pass(10 * MINUTE_MS);
    const same = await token();
    const first = await checkIn("success", same);
    await face.pass(5 * MINUTE_MS - 1_000);
    for (const query of ["", "?run=another&message=other"]) {
      expect(await checkIn("success", same, { query })).toEqual({ ...first, duplicate: true });
    }
    expect(await runs()).toHaveLength(1);
  });

  test("may not show a token for two things: the second is replayed, and kept as evidence", async () => {
    const same = await token();
    expect((await checkIn("start", same)).status).toBe(200);
    const refused = await checkIn("success", same);
    expect(refused).toMatchObject({ status: 401, code: "unauthorized" });
    expect(refused.detail).toContain("replayed");
    expect((await checkIn("start", same, { headers: { "idempotency-key": "x" } })).status).toBe(401);
    expect(await rejections()).toMatchObject([{ monitor: "nightly", reason: "replayed", count: 2 }]);
    expect(await runs()).toMatchObject([{ state: "started" }]);
  });

  test("does not choose its own run id or trigger, and the receipt says so", async () => {
    const answer = await checkIn("start", await token(), { query: "?run=mine&trigger=manual" });
    expect(answer).toMatchObject({ status: 200, run_id: "9001.1", trigger: "schedule" });
    expect(JSON.stringify(answer)).toContain("the proof names its run");
    expect(JSON.stringify(answer)).toContain("trigger schedule");
  });

  test("of another attempt is another run", async () => {
    await checkIn("fail", await token());
    await face.pass(MINUTE_MS);
    await checkIn("success", await token({ run_attempt: "2" }));
    const found = await runs();
    expect(found.map((run: { run_id: string }) => run.run_id).sort()).toEqual(["9001.1", "9001.2"]);
  });
});

describe("what may not stand for a scheduled run", () => {
  test("a run begun by hand leaves its window missing", async () => {
    await face.pass(10 * MINUTE_MS);
    const answer = await checkIn("success", await token({ event_name: "workflow_dispatch" }));
    expect(answer).toMatchObject({ status: 200, trigger: "manual" });
    await face.pass(3 * MINUTE_MS);
    expect(await windows()).toMatchObject([{ verdict: "missing" }]);
    expect(await runs()).toMatchObject([{ trigger: "manual", window: null }]);
  });

  test.each(["pull_request_target", "workflow_run"])(
    "an event %s is refused: strangers can begin it",
    async (event) => {
      const refused = await checkIn("success", await token({ event_name: event }));
      expect(refused).toMatchObject({ status: 401 });
      expect(await rejections()).toMatchObject([
        { monitor: "nightly", reason: "claim_mismatch", seen: expect.stringContaining(event) },
      ]);
      expect(await runs()).toEqual([]);
    },
  );

  test("another repository of the same issuer is refused, and what was pinned is said", async () => {
    await checkIn("success", await token({ repository_id: "666" }));
    expect(await rejections()).toMatchObject([
      {
        reason: "claim_mismatch",
        expected: expect.stringContaining("456789"),
        seen: expect.stringContaining("666"),
      },
    ]);
  });
});

describe("the keys of the issuer", () => {
  test("once known prove tokens while it is down", async () => {
    expect((await checkIn("start", await token())).status).toBe(200);
    issuer.fail(503);
    await face.pass(10 * MINUTE_MS);
    expect((await checkIn("success", await token())).status).toBe(200);
  });

  test("that were never had are our trouble: 503 and come again, for as many as ask, and nobody is to blame", async () => {
    issuer.fail(500);
    for (let count = 0; count <= LIMITS.failedTokensPerMinute; count += 1) {
      const answer = await checkIn("start", await token());
      if (answer.status !== 503) expect(answer).toEqual({ status: 503 });
    }
    const answer = await checkIn("start", await token());
    expect(answer).toMatchObject({ status: 503, code: "unavailable", retryAfter: "60" });
    expect(await rejections()).toMatchObject([
      { reason: "jwks_unavailable", count: LIMITS.failedTokensPerMinute + 2 },
    ]);
    expect(face.logged.filter((line) => line.includes('"error"'))).toEqual([]);
    issuer.fail(null);
    face.ring(LIMITS.jwksEveryMs);
    expect((await checkIn("start", await token())).status).toBe(200);
  });

  test("are asked for anew when a token names one that is not known, at most once a minute", async () => {
    expect((await checkIn("start", await token())).status).toBe(200);
    await issuer.rotate("key-2");
    face.ring(LIMITS.jwksEveryMs);
    expect((await checkIn("success", await token())).status).toBe(200);
    const asked = issuer.keysAsked();
    for (let count = 0; count < 3; count += 1) {
      await checkIn("success", await token({}, { keyId: `unknown-${count}` }));
    }
    expect(issuer.keysAsked()).toBe(asked);
    expect((await rejections())[0]).toMatchObject({ reason: "unknown_key", count: 3 });
  });
});

describe("what is no proof", () => {
  const wrongs: [string, string, () => Promise<string>][] = [
    ["another audience", "wrong_audience", () => token({}, { audience: "somebody-else" })],
    ["an issuer that nobody listed", "wrong_issuer", () => token({ iss: "https://evil.example.org" })],
    ["a token that has expired", "expired", () => token({}, { at: face.now() - 3_600_000 })],
    ["a token that is not signed", "alg_not_allowed", async () => unsigned()],
    ["a token signed with the public key as a secret", "alg_not_allowed", () => confused()],
    ["another key under the known name", "bad_signature", async () => forged(await token())],
    ["half a token", "malformed", async () => (await token()).slice(0, 60)],
    ["a ping key", "wrong_scheme", async () => face.keys.ping],
  ];

  test.each(wrongs)(
    "%s is refused as %s, once in the evidence however often",
    async (_what, reason, made) => {
      await checkIn("start", await token());
      for (let count = 0; count < 3; count += 1) {
        expect(await checkIn("success", await made())).toMatchObject({ status: 401, code: "unauthorized" });
      }
      expect(await rejections()).toMatchObject([{ monitor: "nightly", reason, count: 3 }]);
      expect(await runs()).toMatchObject([{ state: "started" }]);
    },
  );

  test("odd headers are refused with a reason, and never with a 500", async () => {
    const good = await token();
    const odd: [string | null, Record<string, string>][] = [
      [null, {}],
      [null, { authorization: "Bearer" }],
      [null, { authorization: "Bearer  " }],
      [null, { authorization: good }],
      [null, { authorization: `Bearer ${good}, Bearer ${good}` }],
      [null, { authorization: `Basic ${btoa("a:b")}` }],
      [null, { authorization: `Digest username="a"` }],
      [null, { authorization: `Bearer ${"e30.".repeat(2)}e30` }],
      [null, { authorization: `Bearer eyJ${"A".repeat(15_000)}.e30.e30` }],
      [null, { authorization: `Bearer ${btoa('{"alg":1}')}.${btoa("[]")}.x` }],
      [null, { authorization: "Bearer eyJhbGciOiJSUzI1NiJ9.bnVsbA.c2ln" }],
      [null, { "x-hub-signature-256": "sha256=00" }],
      [`${good}.more`, {}],
      [good, { "content-type": "multipart/form-data; boundary=" }],
      [good, { "content-type": "x".repeat(4_000) }],
    ];
    for (const [bearer, headers] of odd) {
      const { status } = await checkIn("start", bearer, { headers });
      expect([200, 401], JSON.stringify(headers).slice(0, 80)).toContain(status);
    }
    expect(face.logged.filter((line) => line.includes('"error"'))).toEqual([]);
    expect(JSON.stringify(await rejections())).not.toContain(good.slice(-40));
  });

  async function confused(): Promise<string> {
    const [key] = issuer.jwks().keys;
    const secret = new TextEncoder().encode(JSON.stringify(key));
    return claimed()
      .setProtectedHeader({ alg: "HS256", kid: String(key?.["kid"]) })
      .sign(secret);
  }
  function unsigned(): string {
    const seconds = Math.floor(face.now() / 1_000);
    const usual = { iss: issuer.url, aud: "rollcall", iat: seconds, exp: seconds + 300, jti: "none" };
    return new UnsecuredJWT({ ...usual, ...WORKFLOW }).encode();
  }
  function claimed(): SignJWT {
    const seconds = Math.floor(face.now() / 1_000);
    const usual = { iss: issuer.url, aud: "rollcall", iat: seconds, exp: seconds + 300, jti: "hs" };
    return new SignJWT({ ...usual, ...WORKFLOW });
  }
  /** The same signature under other claims. */
  function forged(good: string): string {
    const [header = "", payload = "", signature = ""] = good.split(".");
    const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))) as object;
    const other = btoa(JSON.stringify({ ...claims, run_id: "1" })).replaceAll("=", "");
    return [header, other.replaceAll("+", "-").replaceAll("/", "_"), signature].join(".");
  }
});

describe("beside keys", () => {
  test("a neighbour's wrong keys do not hold up a token, nor its own failures a key", async () => {
    for (let count = 0; count < 3 * LIMITS.failedProofsPerMinute; count += 1) {
      await face.app.request(`/checkin/rck_ping_default_${"0".repeat(32)}/nightly`);
    }
    expect((await face.app.request(`/checkin/rck_ping_default_${"0".repeat(32)}/nightly`)).status).toBe(429);
    expect((await checkIn("start", await token())).status).toBe(200);
  });

  test("a job that shows its key where none is accepted is refused, and may go on elsewhere", async () => {
    await face.api("PUT", "/v1/monitors/keyed", { body: { schedule: { every: "1h" } } });
    const path = `/checkin/${face.keys.ping}`;
    for (let count = 0; count <= 2 * LIMITS.failedProofsPerMinute; count += 1) {
      expect((await face.app.request(`${path}/nightly`)).status).toBe(401);
    }
    expect((await face.app.request(`${path}/keyed`)).status).toBe(200);
    const [{ reason, seen, expected }] = await rejections();
    expect(reason).toBe("wrong_scheme");
    expect(seen).toMatch(/^ping key key_\w+, which is not accepted for this monitor$/);
    expect(expected).toContain("github");
  });

  test("the ping URL of Healthchecks takes the token beside it, in every kind of check-in", async () => {
    const { ping_url: pingUrl } = (await face.api("GET", "/v1/monitors/nightly")).json;
    const path = new URL(pingUrl).pathname;
    const ask = async (suffix: string, headers: Record<string, string>) =>
      (await face.app.request(`${path}${suffix}`, { method: "POST", headers })).status;
    expect(await ask("", {})).toBe(404);
    expect((await rejections())[0]).toMatchObject({
      reason: "wrong_scheme",
      seen: expect.stringContaining("ping URL"),
    });
    expect(await ask("/start", { authorization: `Bearer ${await token()}` })).toBe(200);
    expect(await ask("", { authorization: `Bearer ${await token()}` })).toBe(200);
    expect(await runs()).toMatchObject([{ run_id: "9001.1", state: "reported" }]);
  });

  test("traces of a monitor that takes no key are told as not taken, and the others' are", async () => {
    const [{ reason, monitor }] = await rejectedTraces();
    expect([reason, monitor]).toEqual(["wrong_scheme", "nightly"]);
  });

  async function rejectedTraces() {
    const span = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      name: "job",
      kind: 1,
      startTimeUnixNano: `${face.now()}000000`,
      endTimeUnixNano: `${face.now() + 1}000000`,
    };
    const resource = { attributes: [{ key: "monitor.slug", value: { stringValue: "nightly" } }] };
    const response = await face.app.request("/v1/traces", {
      method: "POST",
      headers: { authorization: `Bearer ${face.keys.ping}`, "content-type": "application/json" },
      body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      partialSuccess: { errorMessage: expect.stringContaining("not accepted for this monitor") },
    });
    return rejections();
  }
});

test("a scheduled check-in completes a verification of its own twin, which shows no proof that is only the platform's", async () => {
  const passed = { expected: "refused", seen: "401", status: 401, reason: null, durationMs: 5 };
  const refusals = (["no_auth", "spoofed_hints", "wrong_secret"] as const).map(
    (name) => ({ ...passed, case: name, result: "passed" }) as const,
  );
  const awaited = { ...passed, case: "valid_scheduler", result: "awaited", expected: "let in" } as const;
  await face.store.putVerification(
    verification({
      id: "ver_1",
      url: "https://rollcall.example.org/verify/default/nightly",
      contract: "github",
      at: face.now(),
      awaitedUntilAt: face.now() + 60 * MINUTE_MS,
      colour: "awaiting",
      cases: [...refusals, awaited],
      findings: [],
    }),
  );
  const shown = async () => (await face.api("GET", "/v1/verifications/ver_1")).json;
  await face.pass(10 * MINUTE_MS);
  await checkIn("success", await token({ event_name: "workflow_dispatch", run_id: "8" }));
  expect(await shown()).toMatchObject({ colour: "awaiting" });
  await checkIn("start", await token());
  expect(await shown()).toMatchObject({ colour: "green", stale: false });
  expect((await shown()).cases[3]).toMatchObject({ seen: "seen at 2026-03-02T00:10:00Z: let in" });
});
