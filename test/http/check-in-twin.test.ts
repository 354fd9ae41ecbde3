/** `/verify/…`: it says what a check-in would be answered with, writes nothing, and obeys the same matrix as any boundary. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { shownContract } from "../../src/domain/trust/read-contract.ts";
import { mintProof } from "../../src/trust/mint-proof.ts";
import { startOidcIssuer, type OidcIssuer } from "../stubs/oidc-issuer.ts";
import { hmac, oidc } from "../trust/matrix/targets.ts";
import type { Face } from "./face.ts";
import { createServedFace, type ServedFace } from "./served-face.ts";

let face: Face;
let issuer: OidcIssuer;
let url: string;
let served: ServedFace;

beforeEach(async () => {
  issuer = await startOidcIssuer();
  served = await createServedFace({ oidcIssuers: [issuer.url] });
  ({ face, url } = served);
  const [secret] = hmac().secrets;
  await face.api("PUT", "/v1/contracts/hooks", { body: { ...shownContract(hmac().contract), secret } });
  await face.api("PUT", "/v1/contracts/github", { body: { ...shownContract(oidc(issuer.url).contract) } });
  const monitor = { schedule: { every: "1h" }, grace: "5m" };
  await face.api("PUT", "/v1/monitors/nightly", { body: monitor });
  await face.api("PUT", "/v1/monitors/signed", { body: { ...monitor, accepts: ["hooks"] } });
  await face.api("PUT", "/v1/monitors/keyless", { body: { ...monitor, accepts: ["github"] } });
});
afterEach(async () => {
  await issuer.close();
  await served.close();
});

const ask: ServedFace["ask"] = (path, init) => served.ask(path, init);
const writingNothing: ServedFace["writingNothing"] = (act) => served.writingNothing(act);

const signed = (path: string, id: string) =>
  mintProof(hmac(), {
    method: "POST",
    url: url + path,
    body: new Uint8Array(),
    at: face.now(),
    id,
  });

test("it says what the check-in would be answered with, and the check-in then is", async () => {
  const { ping } = face.keys;
  const looked = await writingNothing(() => ask(`/verify/${ping}/nightly/start?run=r1`));
  expect(looked).toMatchObject({
    status: 200,
    json: {
      ok: true,
      principal: "scheduler",
      contract: "key",
      config_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      would: { monitor: "nightly", kind: "start", run_id: "r1", duplicate: false },
    },
  });
  expect(looked.headers.get("cache-control")).toBe("no-store");
  const accept = { headers: { accept: "application/json" } };
  const came = await ask(`/checkin/${ping}/nightly/start?run=r1`, accept);
  expect(came.json).toEqual(looked.json.would);
  const again = await writingNothing(() => ask(`/verify/${ping}/nightly/start?run=r1`));
  expect(again.json.would).toMatchObject({ duplicate: true });
});

test.each([
  ["the native path in full", () => `/verify/checkin/${face.keys.ping}/nightly`],
  ["with the project in the path", () => "/verify/default/nightly"],
  ["another dialect's", () => `/verify/ping/${face.keys.ping}/nightly`],
])("every check-in address has its twin: %s", async (_what, path) => {
  const headers = { authorization: `Bearer ${face.keys.ping}` };
  const { status, json } = await writingNothing(() => ask(path(), { headers }));
  expect([status, json.ok, json.contract]).toEqual([200, true, "key"]);
});

test("a ping URL has one too, also at the root", async () => {
  const pingUrl: string = (await face.api("GET", "/v1/monitors/nightly")).json.ping_url;
  const uuid = pingUrl.split("/").at(-1) ?? "";
  for (const path of [`/verify/ping/${uuid}`, `/verify/${uuid}/start`]) {
    const { json } = await writingNothing(() => ask(path));
    expect(json).toMatchObject({ ok: true, contract: "ping_url", would: "OK" });
  }
});

test("refusals are told and not kept", async () => {
  const { ping } = face.keys;
  const refusal = async (path: string, init: RequestInit = {}) => {
    const { status, json } = await writingNothing(() => ask(path, init));
    expect(json.ok).toBe(false);
    return [status, json.reason];
  };
  expect(await refusal("/verify/default/nightly")).toEqual([401, "no_credentials"]);
  expect(await refusal(`/verify/${ping.slice(0, -4)}aaaa/nightly`)).toEqual([401, "wrong_secret"]);
  expect(await refusal(`/verify/${ping}/nobody`)).toEqual([404, "unknown_monitor"]);
  expect(await refusal(`/verify/${ping}/signed`)).toEqual([401, "wrong_scheme"]);
  expect(await refusal(`/verify/${ping}/nightly/later`)).toEqual([401, "malformed"]);
  expect(await refusal(`/verify/${ping}/nightly`, { method: "DELETE" })).toEqual([405, "method_not_allowed"]);
  expect(await refusal("/verify/a/b/c/d/e")).toEqual([404, null]);
  await face.api("DELETE", "/v1/monitors/nightly");
  expect(await refusal(`/verify/${ping}/nightly`)).toEqual([410, "deleted"]);
  expect((await face.api("GET", "/v1/rejections")).json.items).toEqual([]);
});

test("what would make a monitor makes none", async () => {
  const { json } = await writingNothing(() => ask(`/verify/${face.keys.ping}/new?create=1&every=5m`));
  expect(json).toMatchObject({ ok: true, would: null });
});

test("a proof that was looked at is good for its check-in, and not for a second look", async () => {
  const headers = (await signed("/verify/default/signed", "msg_1")) ?? {};
  const post = { method: "POST", headers };
  const looked = await writingNothing(() => ask("/verify/default/signed", post));
  expect(looked.json).toMatchObject({ ok: true, principal: "scheduler", contract: "hooks" });
  const again = await ask("/verify/default/signed", post);
  expect([again.status, again.json.reason]).toEqual([401, "replayed"]);
  const accept = { accept: "application/json" };
  const came = await ask("/checkin/default/signed", { method: "POST", headers: { ...headers, ...accept } });
  expect(came.json).toMatchObject({ ok: true, duplicate: false });
});

test("guesses are counted here as they are at check-ins", async () => {
  for (let tried = 0; tried < LIMITS.failedProofsPerMinute; tried += 1) await ask("/verify/default/nightly");
  expect((await ask("/verify/default/nightly")).status).toBe(429);
  expect((await ask("/checkin/default/nightly", { method: "POST" }).catch(() => null))?.status ?? 429).toBe(
    429,
  );
});

describe("obeys the matrix, as Rollcall itself tries it", () => {
  const verify = (contract: string, monitor: string) =>
    face.api("POST", "/v1/verifications", {
      body: { url: `${url}/verify/default/${monitor}`, contract, monitor },
    });

  // A key that only looks wrong would be refused for its looks, and nothing would be known of what is compared.
  test.each([
    ["key", "nightly", "wrong_secret"],
    ["hooks", "signed", "bad_signature"],
  ])("by the contract %s", async (contract, monitor, reason) => {
    const { status, json } = await verify(contract, monitor);
    expect(status).toBe(201);
    const wrong = json.cases.find((each: { case: string }) => each.case === "wrong_secret");
    expect(wrong).toMatchObject({ result: "passed", seen: `401: ${reason}` });
    expect(json).toMatchObject({ colour: "green", findings: [], notes: [], stale: false });
    expect((await face.api("GET", "/v1/rejections")).json.items).toEqual([]);
  });

  test("and says nothing any more when the monitor accepts something else", async () => {
    const { json } = await verify("key", "nightly");
    await face.api("PATCH", "/v1/monitors/nightly", { body: { accepts: ["hooks"] } });
    expect((await face.api("GET", `/v1/verifications/${json.id}`)).json.stale_because).toEqual([
      "the contract key is accepted there no longer",
    ]);
  });

  test("by identity tokens, where only the issuer can make the last proof", async () => {
    const { json } = await verify("github", "keyless");
    expect(json).toMatchObject({ colour: "awaiting", findings: [] });
    const token = await issuer.token(
      { repository_id: "42", jti: "one" },
      { audience: "https://app.example", at: face.now() },
    );
    const headers = { authorization: `Bearer ${token}` };
    const looked = await ask("/verify/default/keyless", { headers });
    expect(looked.json).toMatchObject({ ok: true, contract: "github" });
  });
});
