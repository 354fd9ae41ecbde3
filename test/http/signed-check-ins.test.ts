/** Check-ins that platforms sign over what they send: the address as it was called, and every byte of the body. */
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { presetNamed } from "../../src/domain/trust/presets.ts";
import { mintProof } from "../../src/trust/mint-proof.ts";
import { createFace, type Face } from "./face.ts";

const PUBLIC_URL = "https://rollcall.example.org/base";
const HOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SIGNING_KEY = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r";
const BASIC_SECRET = "a-password-of-some-length";

let face: Face;

beforeEach(async () => {
  face = await createFace({ publicUrl: PUBLIC_URL });
  await contract("hooks", { preset: "standard_webhooks", secret: HOOK_SECRET });
  await contract("qstash", { preset: "qstash", secret: SIGNING_KEY });
  await contract("people", { scheme: "basic", user: "ops", principal: "manual", secret: BASIC_SECRET });
  const body = { schedule: { cron: "*/10 * * * *" }, grace: "2m", accepts: ["hooks", "qstash", "people"] };
  expect((await face.api("PUT", "/v1/monitors/nightly", { body })).status).toBe(201);
});

async function contract(name: string, body: object): Promise<void> {
  expect((await face.api("PUT", `/v1/contracts/${name}`, { body })).status).toBe(201);
}

async function send(path: string, headers: Readonly<Record<string, string>>, body = "") {
  const response = await face.app.request(path, {
    method: "POST",
    headers: { accept: "application/json", ...headers },
    body,
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

/** By the library of those who wrote the specification. */
function signedHook(body: string, id = "msg_1"): Record<string, string> {
  const at = new Date(face.now());
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": new Webhook(HOOK_SECRET).sign(id, at, body),
  };
}

async function signedCall(url: string, body: string): Promise<Readonly<Record<string, string>>> {
  const found = presetNamed("qstash")?.contract;
  if (found === undefined) throw new Error("There is no preset of QStash.");
  const named = { name: "qstash", contract: found, secrets: [SIGNING_KEY] };
  const bytes = new TextEncoder().encode(body);
  return (
    (await mintProof(named, { method: "POST", url, body: bytes, at: face.now(), id: `jwt_${url}` })) ?? {}
  );
}

const reasons = async () =>
  (await face.api("GET", "/v1/rejections")).json.items.map((each: { reason: string }) => each.reason);
const runs = async () => (await face.api("GET", "/v1/monitors/nightly/runs")).json.items;

describe("over the body", () => {
  const path = "/checkin/default/nightly/success";

  test("every byte counts, whatever type it is declared as, and the outcome is read as ever", async () => {
    const body = '{"processed": 12, "expected": 12}';
    const headers = { ...signedHook(body), "content-type": "application/json" };
    expect(await send(path, headers, body)).toMatchObject({ status: 200, json: { ok: true } });
    expect((await runs())[0].outcome.counts).toMatchObject({ processed: 12 });
    expect((await send(path, signedHook(body, "msg_2"), `${body} `)).status).toBe(401);
    expect(await reasons()).toEqual(["bad_signature"]);
  });

  test("a body of which only the end is kept is proven whole", async () => {
    const body = "line\n".repeat(60_000);
    expect(body.length).toBeGreaterThan(LIMITS.bodyKeptBytes);
    expect((await send(path, signedHook(body), body)).status).toBe(200);
    expect((await send(path, signedHook(body, "msg_2"), `L${body.slice(1)}`)).status).toBe(401);
  });

  test("a body that is not read to its end proves nothing", async () => {
    const body = "x".repeat(LIMITS.bodyReadBytes + 1);
    expect((await send(path, signedHook(body), body)).status).toBe(401);
    expect(await runs()).toEqual([]);
  });

  test("eight at once are one check-in, and all get its receipt", async () => {
    const headers = signedHook("done");
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(path, headers, "done")));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(8).fill(200));
    expect(answers.filter(({ json }) => json["duplicate"] === false)).toHaveLength(1);
    expect(await runs()).toHaveLength(1);
  });

  test("a secret is replaced without a refused call, and the old one ends", async () => {
    const fresh = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const body = { preset: "standard_webhooks", secret: fresh, rotate_overlap: "1h" };
    await face.api("PUT", "/v1/contracts/hooks", { body });
    expect((await send("/checkin/default/nightly/log", signedHook("a", "1"), "a")).status).toBe(200);
    face.ring(3_600_000);
    expect((await send("/checkin/default/nightly/log", signedHook("a", "2"), "a")).status).toBe(401);
  });
});

describe("over the address", () => {
  test("it is the public one with its query, and no other", async () => {
    const path = "/checkin/default/nightly/start?run=a1";
    const headers = await signedCall(`${PUBLIC_URL}${path}`, "");
    expect(await send(path, headers)).toMatchObject({ status: 200, json: { run_id: "a1" } });
    expect((await send("/checkin/default/nightly/start?run=a2", headers)).status).toBe(401);
    expect(await reasons()).toEqual(["url_mismatch"]);
  });
});

describe("what is told and kept of a refused one", () => {
  test("names the address that a token is for without the ping URL or key in it", async () => {
    const { ping_url: pingUrl } = (await face.api("GET", "/v1/monitors/nightly")).json;
    const uuid = String(pingUrl).split("/").at(-1) ?? "";
    const paths = [`/${uuid}`, `/checkin/${face.keys.ping}/nightly`];
    for (const path of paths) {
      const headers = await signedCall(`${PUBLIC_URL}${path}/start`, "");
      const answer = await face.app.request(path, { method: "POST", headers });
      expect(answer.headers.get("rollcall-receipt")).toContain("url_mismatch");
      const twin = await face.app.request(`/verify${path}`, { method: "POST", headers });
      const kept = (await face.api("GET", "/v1/rejections")).json.items;
      const told = [await answer.text(), ...answer.headers.values(), await twin.text(), JSON.stringify(kept)];
      expect(told.join("\n")).toContain("[removed]");
      for (const secret of [uuid, face.keys.ping]) expect(told.join("\n")).not.toContain(secret);
    }
  });

  test("holds nothing of a secret in the monitor's place, of a phrase, or of one taken for a header's name", async () => {
    const secrets = [
      HOOK_SECRET,
      (await signedCall(PUBLIC_URL, ""))["upstash-signature"] ?? "",
      "correct horse battery staple",
      face.keys.ping.toLowerCase(),
    ];
    const [slug = "", token = "", phrase = "", name = ""] = secrets;
    await send(`/checkin/default/${slug}`, { authorization: `Bearer ${phrase}`, [name]: "" });
    await send(`/checkin/default/${token}`, {});
    const kept = JSON.stringify((await face.api("GET", "/v1/rejections")).json.items);
    expect(await reasons()).toHaveLength(2);
    for (const secret of [HOOK_SECRET, token.slice(0, 30), "correct", name])
      expect(kept).not.toContain(secret);
  });
});

describe("by a person", () => {
  test("a check-in is a manual run, and leaves the window missing", async () => {
    await face.pass(10 * 60_000);
    const headers = { authorization: `Basic ${btoa(`ops:${BASIC_SECRET}`)}` };
    expect(await send("/checkin/default/nightly?trigger=schedule", headers)).toMatchObject({
      status: 200,
      json: { trigger: "manual" },
    });
    await face.pass(3 * 60_000);
    const { items } = (await face.api("GET", "/v1/monitors/nightly/windows?to=2026-03-02T00:11:00Z")).json;
    expect(items).toMatchObject([{ verdict: "missing" }]);
  });

  test("a wrong secret is refused, kept once, and shown nowhere", async () => {
    const wrong = "a-password-that-is-wrong";
    for (let count = 0; count < 3; count += 1) {
      const headers = { authorization: `Basic ${btoa(`ops:${wrong}`)}` };
      expect((await send("/checkin/default/nightly", headers)).status).toBe(401);
    }
    const { items } = (await face.api("GET", "/v1/rejections")).json;
    // It may have been the scheduler's, which shows what it showed before: both contracts are named.
    expect(items).toMatchObject([{ reason: "wrong_scheme", count: 3 }]);
    expect(items[0].seen).toContain("(contract people)");
    const told = JSON.stringify([items, face.logged]);
    for (const secret of [wrong, btoa(`ops:${wrong}`), BASIC_SECRET]) expect(told).not.toContain(secret);
  });
});
