/** Contracts as a project keeps them: their secrets, what may be deleted, and what is refused. */
import { beforeEach, describe, expect, test } from "vitest";
import { createFace, type Face } from "../http/face.ts";
import { LIMITS } from "../../src/domain/limits.ts";

const HOUR_MS = 3_600_000;
const FIRST = "first-secret-of-twenty-odd";
const SECOND = "second-secret-of-twenty-odd";
const THIRD = "third-secret-of-twenty-odd";
const bearer = { scheme: "bearer" };
const OIDC = { preset: "github_actions", audience: "rollcall", require: { repository_id: ["456789"] } };

let face: Face;
beforeEach(async () => {
  face = await createFace();
});

const put = (name: string, body: object) => face.api("PUT", `/v1/contracts/${name}`, { body });
const get = async (name: string) => (await face.api("GET", `/v1/contracts/${name}`)).json;
/** The texts that stand now, opened as the boundary opens them. */
async function standing(name: string): Promise<string[]> {
  const contracts = (await face.store.loadProject("default"))?.state.contracts ?? {};
  return (contracts[name]?.secrets ?? [])
    .filter(({ endsAt }) => endsAt === null || face.now() < endsAt)
    .map(({ sealed }) => face.parts.vault.open(sealed));
}

describe("saving", () => {
  test("a contract is made, shown without its secret, and the same again changes nothing", async () => {
    const made = await put("platform", { ...bearer, secret: FIRST });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      name: "platform",
      scheme: "bearer",
      secrets: [{ characters: FIRST.length, ends_at: null }],
    });
    await face.pass(HOUR_MS);
    const { version } = (await face.store.loadProject("default")) ?? {};
    expect(await put("platform", { ...bearer, secret: FIRST })).toMatchObject({
      status: 200,
      json: made.json,
    });
    expect(await put("platform", bearer)).toMatchObject({ status: 200, json: made.json });
    expect((await face.store.loadProject("default"))?.version).toBe(version);
    expect(JSON.stringify([made.json, await get("platform"), face.logged])).not.toContain(FIRST);
    expect(JSON.stringify(await face.store.loadProject("default"))).not.toContain(FIRST);
  });

  test("a new secret leaves the former good for a day, and none before it", async () => {
    await put("platform", { ...bearer, secret: FIRST });
    await face.pass(HOUR_MS);
    const { json } = await put("platform", { ...bearer, secret: SECOND });
    expect(json.changed_at).toBe("2026-03-02T01:00:00Z");
    expect(json.secrets).toMatchObject([{ ends_at: null }, { ends_at: "2026-03-03T01:00:00Z" }]);
    expect(await standing("platform")).toEqual([SECOND, FIRST]);
    await put("platform", { ...bearer, secret: THIRD, rotate_overlap: "2h" });
    expect(await standing("platform")).toEqual([THIRD, SECOND]);
    face.ring(2 * HOUR_MS);
    expect(await standing("platform")).toEqual([THIRD]);
  });

  test("without an overlap the former ends at once, also one that was left good before", async () => {
    await put("platform", { ...bearer, secret: FIRST });
    await put("platform", { ...bearer, secret: SECOND });
    expect(await standing("platform")).toEqual([SECOND, FIRST]);
    await put("platform", { ...bearer, secret: SECOND, rotate_overlap: 0 });
    expect(await standing("platform")).toEqual([SECOND]);
  });

  test("two secrets given together both stand until others are given, and keep their names", async () => {
    const { json: before } = await put("platform", { ...bearer, secret: FIRST });
    const { json } = await put("platform", { ...bearer, secrets: [SECOND, FIRST] });
    expect(json.secrets[1].id).toBe(before.secrets[0].id);
    face.ring(48 * HOUR_MS);
    expect(await standing("platform")).toEqual([SECOND, FIRST]);
  });

  test("a change of the scheme that needs another secret asks for it, and keeps no old one", async () => {
    await put("platform", { ...bearer, secret: FIRST });
    const basic = { scheme: "basic", user: "cron" };
    expect(await put("platform", basic)).toMatchObject({
      status: 400,
      json: { problems: [{ field: "secret" }] },
    });
    expect((await put("platform", { ...basic, secret: SECOND })).status).toBe(200);
    expect(await standing("platform")).toEqual([SECOND]);
  });

  test.each([
    ["an empty secret", { ...bearer, secret: "" }, "secret", "is empty"],
    ["spaces alone", { ...bearer, secret: "   \n" }, "secret", "is empty"],
    ["a line break that was piped in", { ...bearer, secret: `${FIRST}\n` }, "secret", "line break"],
    ["a short one", { ...bearer, secret: "hunter2hunter2!" }, "secret", "15 characters and could be guessed"],
    ["a long one", { ...bearer, secret: "x".repeat(513) }, "secret", "at most 512"],
    [
      "a key of Rollcall",
      { ...bearer, secret: "rck_ping_default_0123456789abcdef" },
      "secret",
      'accept "key"',
    ],
    ["one that no header carries", { ...bearer, secret: "pässword-of-some-length" }, "secret", "of ASCII"],
    [
      "one that is no key of the platform",
      { preset: "svix", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2L…" },
      "secret",
      "no base64",
    ],
    ["none at all", bearer, "secret", "is missing"],
    ["none in a list", { ...bearer, secrets: [] }, "secrets", "is empty"],
    ["three", { ...bearer, secrets: [FIRST, SECOND, THIRD] }, "secrets", "2 are allowed"],
    ["one twice", { ...bearer, secrets: [FIRST, FIRST] }, "secrets", "twice"],
    ["both ways at once", { ...bearer, secret: FIRST, secrets: [SECOND] }, "secrets", "exclude each other"],
    ["an overlap of nothing", { ...bearer, rotate_overlap: "1h" }, "rotate_overlap", "give that too"],
    [
      "an overlap of years",
      { ...bearer, secret: FIRST, rotate_overlap: "2400h" },
      "rotate_overlap",
      "at most",
    ],
    ["a scheme that is none", { scheme: "hope", secret: FIRST }, "scheme", "one of bearer"],
    ["a secret that is no text", { ...bearer, secret: { hunter2: 1 } }, "secret", "text"],
    ["a list that is none", { ...bearer, secrets: "hunter2" }, "secrets", "list of texts"],
    ["a list of something else", { ...bearer, secrets: [{ hunter2: 1 }] }, "secrets", "list of texts"],
    ["a secret under another name", { ...bearer, secert: "hunter2hunter2hunter2" }, "secert", "not"],
    [
      "an issuer nobody listed",
      { ...OIDC, issuer: "https://evil.example.org" },
      "issuer",
      "ROLLCALL_OIDC_ISSUERS",
    ],
    ["one for an issuer's tokens", { ...OIDC, secret: FIRST }, "secret", "has none"],
  ])("%s is refused with its field", async (_what, body, field, sentence) => {
    const { status, json } = await put("platform", body);
    expect(status).toBe(400);
    expect(json.problems).toContainEqual({ field, message: expect.stringContaining(sentence) });
    expect(JSON.stringify(json)).not.toContain("hunter2");
  });

  test.each(["key", "ping_url", "Upper", "-first", "a".repeat(101)])(
    "%s can name no contract",
    async (name) => {
      const { status, json } = await put(name, { ...bearer, secret: FIRST });
      expect([status, json.problems[0].field]).toEqual([400, "name"]);
    },
  );

  test("a project has as many contracts as the limit says, and may still change each", async () => {
    for (let count = 0; count < LIMITS.contractsPerProject; count += 1) {
      expect((await put(`c${count}`, { ...bearer, secret: FIRST })).status).toBe(201);
    }
    expect((await put("one-more", { ...bearer, secret: FIRST })).status).toBe(409);
    expect((await put("c0", { ...bearer, secret: SECOND })).status).toBe(200);
    const { items } = (await face.api("GET", "/v1/contracts?limit=200")).json;
    expect(items).toHaveLength(LIMITS.contractsPerProject);
  });

  test("a name that every object has is a contract only once it is made", async () => {
    expect((await face.api("GET", "/v1/contracts/constructor")).status).toBe(404);
    expect((await put("constructor", { ...bearer, secret: FIRST })).status).toBe(201);
    expect((await get("constructor")).scheme).toBe("bearer");
  });
});

test("an issuer that cannot be asked is good with its keys given", async () => {
  const jwks = { keys: [{ kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] };
  const body = { ...OIDC, issuer: "https://kubernetes.default.svc", jwks };
  expect((await put("cluster", body)).json).toMatchObject({
    issuer: "https://kubernetes.default.svc",
    secrets: [],
  });
});

describe("accepting", () => {
  const schedule = { every: "10m" };
  const monitor = (slug: string, body: object) =>
    face.api("PUT", `/v1/monitors/${slug}`, { body: { schedule, ...body } });

  test("names that no contract has are refused by name, of a monitor and of the project", async () => {
    await put("platform", { ...bearer, secret: FIRST });
    const refused = await monitor("nightly", { accepts: ["platform", "platfrom"] });
    expect(refused).toMatchObject({ status: 400, json: { problems: [{ field: "accepts[1]" }] } });
    expect(refused.json.detail).toContain("key, ping_url, platform");
    const project = await face.api("PATCH", "/v1/project", { body: { accepts: ["constructor"] } });
    expect(project.json.problems).toMatchObject([{ field: "accepts[0]" }]);
    expect((await monitor("nightly", { accepts: [] })).json.problems[0].message).toContain("names nothing");
    expect((await monitor("nightly", { accepts: ["key", "key"] })).json.problems[0].message).toContain(
      "twice",
    );
  });

  test("what is accepted somewhere cannot be deleted, and the answer says where", async () => {
    await put("platform", { ...bearer, secret: FIRST });
    await monitor("nightly", { accepts: ["platform"] });
    await face.api("PATCH", "/v1/project", { body: { accepts: ["key", "platform"] } });
    const refused = await face.api("DELETE", "/v1/contracts/platform");
    expect(refused).toMatchObject({ status: 409 });
    expect(refused.json.detail).toContain("the project, nightly");
    await face.api("PATCH", "/v1/project", { body: { accepts: null } });
    await face.api("PATCH", "/v1/monitors/nightly", { body: { accepts: null } });
    expect((await face.api("DELETE", "/v1/contracts/platform")).status).toBe(204);
    expect((await face.api("DELETE", "/v1/contracts/platform")).status).toBe(404);
  });

  test("a monitor that says nothing of it stays as it was, and says so", async () => {
    await monitor("nightly", {});
    const { monitor: before } = await face.engine.viewMonitor({ project: "default", slug: "nightly" });
    expect(before.settings).not.toHaveProperty("accepts");
    expect((await face.api("GET", "/v1/monitors/nightly")).json.accepts).toBeNull();
    await face.api("PATCH", "/v1/monitors/nightly", { body: { accepts: ["key"] } });
    expect((await face.api("GET", "/v1/monitors/nightly")).json.accepts).toEqual(["key"]);
    await face.api("PATCH", "/v1/monitors/nightly", { body: { name: "Nightly" } });
    expect((await face.api("GET", "/v1/monitors/nightly")).json.accepts).toEqual(["key"]);
    await monitor("nightly", {});
    expect((await face.api("GET", "/v1/monitors/nightly")).json.accepts).toBeNull();
  });

  test("origins that may be verified are origins and nothing more", async () => {
    const targets = ["https://app.example.com", "http://127.0.0.1:3000", "https://[2001:db8::1]:8443"];
    const { json } = await face.api("PATCH", "/v1/project", { body: { targets } });
    expect(json).toMatchObject({ targets, accepts: ["key", "ping_url"] });
    for (const target of [
      "app.example.com",
      "ftp://app.example.com",
      "https://app.example.com/",
      "https://app.example.com/api",
      "https://me@app.example.com",
      "https://APP.example.com",
      "https://app.example.com?x",
    ]) {
      const refused = await face.api("PATCH", "/v1/project", { body: { targets: [target] } });
      expect(refused.json.problems, target).toMatchObject([{ field: "targets[0]" }]);
    }
  });
});
