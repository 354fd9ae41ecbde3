/** Verifications through the API: tried on real servers, kept, and stale as soon as they say nothing any more. */
import { beforeEach, describe, expect, test } from "vitest";
import type { NamedContract } from "../../src/domain/trust/contract.ts";
import { shownContract } from "../../src/domain/trust/read-contract.ts";
import { guardNote, HOUR, MINUTE, START } from "../makers.ts";
import { startOidcIssuer } from "../stubs/oidc-issuer.ts";
import {
  bearer,
  MANUAL_SECRET,
  oidc,
  people,
  SECRET,
  targetsOfTest,
  type Target,
  type TargetGiven,
} from "../trust/matrix/targets.ts";
import { createFace, type Face } from "./face.ts";

const PAGE = { cursor: null, limit: 1 };
const PROBE_ROUTE = "GET /.well-known/rollcall/probe";

let face: Face;
let target: Target;
const targets = targetsOfTest();

beforeEach(async () => {
  face = await createFace({ isLoopbackOpen: true });
  target = await open([bearer(), people]);
  await allow([target.url]);
  await keep([bearer(), people]);
});

const open = (contracts: readonly NamedContract[], more: TargetGiven = {}): Promise<Target> =>
  targets.open(contracts, { now: face.now, ...more });

async function allow(targets: string[]): Promise<void> {
  expect((await face.api("PATCH", "/v1/project", { body: { targets } })).status).toBe(200);
}

async function keep(contracts: readonly NamedContract[]): Promise<void> {
  for (const { name, contract, secrets } of contracts) {
    const [secret] = secrets;
    const body = { ...shownContract(contract), ...(secret === undefined ? {} : { secret }) };
    expect((await face.api("PUT", `/v1/contracts/${name}`, { body })).json).toMatchObject({ name });
  }
}

const verify = (body: object, key?: string) =>
  face.api("POST", "/v1/verifications", {
    body: { url: target.probe, contract: "vercel", ...body },
    ...(key === undefined ? {} : { key }),
  });
const latest = async () => (await face.api("GET", "/v1/verifications")).json.items[0];

test("a verification is made, kept, listed by address, and read by its id", async () => {
  const made = await verify({ manual_contract: "people" });
  expect([made.status, made.json.colour, made.json.findings]).toEqual([201, "green", []]);
  expect(made.json).toMatchObject({
    url: target.probe,
    contract: "vercel",
    manual_contract: "people",
    monitor: null,
    stale: false,
    stale_because: [],
    config_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
    at: "2026-03-02T00:00:00Z",
    by: expect.stringMatching(/^key /),
  });
  expect(made.json.cases).toHaveLength(13);
  expect(made.json.cases[0]).toEqual({
    case: "no_auth",
    result: "passed",
    expected: "refused with 401 or 403",
    seen: "401: no_credentials",
    status: 401,
    reason: "no_credentials",
    duration: 0,
  });
  expect((await face.api("GET", `/v1/verifications/${made.json.id}`)).json).toEqual(made.json);
  const byUrl = await face.api("GET", `/v1/verifications?url=${encodeURIComponent(target.probe)}`);
  expect(byUrl.json.items).toEqual([made.json]);
  expect((await face.api("GET", "/v1/verifications?url=https%3A%2F%2Fother.example%2F")).json.items).toEqual(
    [],
  );
  expect((await face.api("GET", "/v1/verifications/ver_none")).status).toBe(404);
});

test("no secret is in an answer or in the log, whatever the target makes of it", async () => {
  target.answer = (received, response) => response.end(JSON.stringify({ reason: received.headers }));
  const { json } = await verify({ manual_contract: "people" });
  expect(json.colour).toBe("red");
  for (const secret of [SECRET, MANUAL_SECRET]) {
    expect(JSON.stringify(json)).not.toContain(secret);
    expect(face.logged.join()).not.toContain(secret);
  }
});

describe("what was verified is stale", () => {
  beforeEach(async () => {
    await face.api("PUT", "/v1/monitors/nightly", { body: { schedule: { every: "1h" } } });
    expect((await verify({ monitor: "nightly" })).json.colour).toBe("green");
    await face.pass(MINUTE);
  });

  test("after a rotation", async () => {
    await keep([bearer({ secrets: ["a-secret-that-is-new-0000000009"] })]);
    expect(await latest()).toMatchObject({
      colour: "green",
      stale: true,
      stale_because: [expect.stringContaining("the contract vercel or a secret of it was changed")],
    });
  });

  test("after a deploy, until it is verified again", async () => {
    await face.api("POST", "/v1/deploys", { body: { commit: "abc1234" }, key: face.keys.ping });
    expect((await latest()).stale_because).toEqual(["abc1234 was deployed at 2026-03-02T00:01:00Z"]);
    await face.pass(MINUTE);
    expect((await verify({ monitor: "nightly" })).json).toMatchObject({ colour: "green", stale: false });
    expect(await latest()).toMatchObject({ stale: false });
  });

  test("when a guard tells of other rules on its monitor's route", async () => {
    const note = { route: "GET /api/cron", monitor: "nightly", at: face.now() };
    await face.store.noteGuards("default", [guardNote({ ...note, configHash: "elsewhere" })]);
    expect((await latest()).stale_because).toEqual([
      expect.stringMatching(/^GET \/api\/cron runs other rules \(elsewhere\) than were verified/),
    ]);
  });
});

describe("the scheduler's own call", () => {
  async function awaiting(more: object = {}) {
    const issuer = targets.closed(await startOidcIssuer());
    target = await open([oidc(issuer.url)], { issuer: issuer.url });
    await allow([target.url]);
    const { name, contract } = oidc(issuer.url);
    // Rollcall need not reach the issuer: it proves nothing here.
    const withKeys = { ...shownContract(contract), jwks_url: null, jwks: issuer.jwks() };
    expect((await face.api("PUT", `/v1/contracts/${name}`, { body: withKeys })).json).toMatchObject({ name });
    return verify({ contract: "github", ...more });
  }
  /** As the guard at its probe tells it. */
  async function called(at: number, contract: string | null = null): Promise<void> {
    const configHash = (await face.store.listVerifications("default", { url: null }, PAGE)).items[0]
      ?.configHash;
    const receipt = { route: PROBE_ROUTE, probe: true, at: new Date(at).toISOString(), ok: true };
    const receipts = [{ ...receipt, principal: "scheduler", contract, config_hash: configHash ?? "rules" }];
    const key = face.keys.ping;
    expect(
      (await face.api("POST", "/v1/boundary-receipts", { body: { receipts }, key })).status,
    ).toBeLessThan(300);
  }

  test("is awaited where its proof cannot be made, and completes the matrix", async () => {
    const { json } = await awaiting();
    expect(json).toMatchObject({ colour: "awaiting", awaited_until: "2026-03-03T02:00:00Z" });
    await face.pass(HOUR);
    await called(START + HOUR);
    // Kept when it was told: guards forget old calls.
    expect(await face.store.getVerification("default", json.id)).toMatchObject({ colour: "green" });
    const seen = await latest();
    expect(seen.cases[4]).toMatchObject({
      case: "valid_scheduler",
      result: "passed",
      seen: "seen at 2026-03-02T01:00:00Z: let in",
    });
  });

  test("is not the one that Rollcall itself makes with another contract, on the same probe", async () => {
    await awaiting();
    await face.pass(HOUR);
    await called(START + HOUR, "vercel");
    expect(await latest()).toMatchObject({ colour: "awaiting" });
    await called(START + HOUR - 1, "github");
    expect(await latest()).toMatchObject({ colour: "green" });
  });

  test("that does not come in time makes it red", async () => {
    await awaiting({ await_scheduler: "30m" });
    await face.pass(31 * MINUTE);
    await called(START + 31 * MINUTE);
    expect(await latest()).toMatchObject({
      colour: "red",
      findings: ["no call of the scheduler was let in within 30m"],
    });
  });
});

describe("bad input", () => {
  const problemsOf = async (body: object) => {
    const { status, json } = await verify(body);
    expect(status).toBe(400);
    return json.problems.map((each: { field: string; message: string }) => `${each.field}: ${each.message}`);
  };

  test("a contract that is unknown, or of the wrong side", async () => {
    expect(await problemsOf({ contract: "vercell", manual_contract: "vercel" })).toEqual([
      'contract: there is no contract "vercell" (there are: vercel, people)',
      "manual_contract: the contract vercel is of the principal scheduler, not manual",
    ]);
    expect(await problemsOf({ contract: "constructor" })).toEqual([
      expect.stringContaining('there is no contract "constructor"'),
    ]);
  });

  test.each([
    ["of another scheme", "ftp://app.example/", /^url: must be an address like/],
    ["with credentials", "https://user:secret@app.example/", /^url: must hold no user name and no password/],
    ["with a fragment", "https://app.example/#part", /^url: must hold nothing after #/],
    [
      "of an origin that is not listed",
      "https://app.example/",
      /^url: https:\/\/app.example is not among the project's targets/,
    ],
    ["without end", `https://app.example/${"a".repeat(1_000)}`, /^url: has more than 1000 characters/],
  ])("an address that may not be called: %s", async (_what, url, sentence) => {
    const [first] = await problemsOf({ url });
    expect(first).toMatch(sentence);
    expect(first).not.toContain("user:secret");
    expect(target.received).toEqual([]);
  });

  test("a private address is refused where the operator did not open it, and nothing is kept", async () => {
    face = await createFace();
    await allow([target.url]);
    await keep([bearer()]);
    expect(await problemsOf({})).toEqual([expect.stringContaining("url: 127.0.0.1 is a loopback address")]);
    expect(target.received).toEqual([]);
    expect((await face.api("GET", "/v1/verifications")).json.items).toEqual([]);
  });

  test("a ping key is never shown to anybody else", async () => {
    expect(await problemsOf({ contract: "key" })).toEqual([
      "contract: ping keys are shown to nobody but this Rollcall, at https://rollcall.example.org",
    ]);
    expect(target.received).toEqual([]);
  });

  test("an unknown monitor, a wait beyond a day, a key that may not", async () => {
    expect((await verify({ monitor: "nobody" })).status).toBe(404);
    expect(await problemsOf({ await_scheduler: "27h" })).toEqual([
      "await_scheduler: must be more than nothing and at most 26h",
    ]);
    expect((await verify({}, face.keys.read)).status).toBe(403);
    expect((await face.api("GET", "/v1/verifications", { key: face.keys.ping })).status).toBe(403);
  });
});
