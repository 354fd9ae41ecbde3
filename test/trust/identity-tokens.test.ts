/**
 * Identity tokens of every platform: as the platform makes them they are let in, and with one thing altered they are
 * refused with the reason of just that.
 */
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NamedContract, OidcContract } from "../../src/domain/trust/contract.ts";
import type { BoundaryDecision } from "../../src/domain/trust/decision.ts";
import { readContract } from "../../src/domain/trust/read-contract.ts";
import { mintProof } from "../../src/trust/mint-proof.ts";
import { startOidcIssuer, type OidcIssuer } from "../stubs/oidc-issuer.ts";
import { bytes, decide, NOW_AT, reasonOf, request } from "./boundary-makers.ts";

let issuer: OidcIssuer;
let jwks: { keys: Record<string, unknown>[] };
beforeAll(async () => {
  issuer = await startOidcIssuer();
  jwks = issuer.jwks();
});
afterAll(() => issuer.close());

const AUDIENCE = "https://rollcall.example";

const GITHUB = {
  iss: "https://token.actions.githubusercontent.com",
  sub: "repo:octo/jobs:ref:refs/heads/main",
  jti: "0a1b2c3d",
  repository: "octo/jobs",
  repository_id: "1234",
  repository_owner_id: "77",
  workflow_ref: "octo/jobs/.github/workflows/nightly.yml@refs/heads/main",
  event_name: "schedule",
  run_id: "9001",
  run_attempt: "2",
};

/** What each platform's own token says, what of it is pinned, and what is told of its run. */
const PLATFORMS: Record<string, { given?: object; claims: JWTPayload; require: object; told: object }> = {
  github_actions: {
    claims: GITHUB,
    require: { repository_id: "1234", workflow_ref: GITHUB.workflow_ref },
    told: {
      subject: "workflow octo/jobs/.github/workflows/nightly.yml",
      runId: "9001.2",
      trigger: "schedule",
    },
  },
  github_enterprise: {
    given: { issuer: "https://github.corp.example/_services/token" },
    claims: {
      ...GITHUB,
      iss: "https://github.corp.example/_services/token",
      event_name: "workflow_dispatch",
    },
    require: { repository_id: "1234" },
    told: { runId: "9001.2", trigger: "manual" },
  },
  gitlab: {
    claims: {
      iss: "https://gitlab.com",
      sub: "project_path:octo/jobs:ref_type:branch:ref:main",
      project_id: "22",
      pipeline_id: "301",
      job_id: "3012",
      pipeline_source: "schedule",
      jti: "x",
    },
    require: { project_id: 22 },
    told: { runId: "301.3012", trigger: "schedule", once: null },
  },
  google_scheduler: {
    claims: {
      iss: "accounts.google.com",
      sub: "1098",
      email: "jobs@p.iam.gserviceaccount.com",
      email_verified: true,
    },
    require: { email: "jobs@p.iam.gserviceaccount.com" },
    told: { subject: "jobs@p.iam.gserviceaccount.com", runId: null, trigger: null, once: null },
  },
  kubernetes: {
    given: { issuer: "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC" },
    claims: {
      iss: "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
      sub: "system:serviceaccount:jobs:nightly",
      "kubernetes.io": {
        namespace: "jobs",
        serviceaccount: { name: "nightly", uid: "u" },
        pod: { name: "nightly-29320560-x7" },
      },
    },
    require: { "kubernetes.io.namespace": "jobs", "kubernetes.io.serviceaccount.name": "nightly" },
    told: { subject: "system:serviceaccount:jobs:nightly", runId: "nightly-29320560-x7", trigger: null },
  },
  oidc: {
    given: { issuer: "https://login.example/tenant/v2.0" },
    claims: { iss: "https://login.example/tenant/v2.0", sub: "app", roles: ["jobs", "all"] },
    require: { roles: ["jobs"] },
    told: { subject: "app", runId: null, trigger: null },
  },
};

function contractOf(preset: string, more: object = {}): NamedContract & { contract: OidcContract } {
  const { given = {}, require } = PLATFORMS[preset] ?? { require: {} };
  const input = { preset, audience: AUDIENCE, require, ...given, jwks, ...more };
  const { contract, problems } = readContract(input);
  if (contract?.scheme !== "oidc") throw new Error(JSON.stringify(problems));
  return { name: preset, contract, secrets: [] };
}

type How = Parameters<OidcIssuer["token"]>[1];

function tokenOf(preset: string, claims: JWTPayload = {}, how: How = {}): Promise<string> {
  return issuer.token(
    { ...PLATFORMS[preset]?.claims, ...claims },
    { at: NOW_AT, audience: AUDIENCE, ...how },
  );
}

function shown(contract: NamedContract, token: string): Promise<BoundaryDecision> {
  return decide([contract], request({ headers: { authorization: `Bearer ${token}` } }));
}

type Row = [what: string, reason: string, token: (preset: string) => Promise<string> | string];

const TABLE: Row[] = [
  ["as the platform makes it", "ok", (preset) => tokenOf(preset)],
  ["for several audiences", "ok", (preset) => tokenOf(preset, { aud: ["other", AUDIENCE] })],
  ["with a clock 29 s ahead", "ok", (preset) => tokenOf(preset, {}, { at: NOW_AT + 29_000 })],
  ["for another audience", "wrong_audience", (preset) => tokenOf(preset, {}, { audience: "elsewhere" })],
  ["for no audience", "wrong_audience", (preset) => tokenOf(preset, { aud: [] })],
  ["of another issuer", "wrong_issuer", (preset) => tokenOf(preset, { iss: "https://evil.example" })],
  ["of no issuer", "wrong_issuer", (preset) => tokenOf(preset, { iss: undefined })],
  [
    "signed with a key that is not listed",
    "unknown_key",
    (preset) => tokenOf(preset, {}, { keyId: "key-9" }),
  ],
  ["that has ended", "expired", (preset) => tokenOf(preset, {}, { at: NOW_AT - 331_000 })],
  ["that is not good yet", "not_yet_valid", (preset) => tokenOf(preset, { nbf: NOW_AT / 1_000 + 31 })],
  ["that never ends", "malformed", (preset) => tokenOf(preset, { exp: undefined })],
  ["with an end that is no number", "malformed", (preset) => tokenOf(preset, { exp: "soon" as never })],
  ["with an altered signature", "bad_signature", async (preset) => altered(await tokenOf(preset), 2)],
  [
    "with altered claims",
    "bad_signature",
    async (preset) => {
      const [head = "", claims = "", signature = ""] = (await tokenOf(preset)).split(".");
      const more = {
        ...(JSON.parse(atob(claims.replace(/-/g, "+").replace(/_/g, "/"))) as object),
        admin: true,
      };
      return [head, Buffer.from(JSON.stringify(more)).toString("base64url"), signature].join(".");
    },
  ],
  [
    "of algorithm none",
    "alg_not_allowed",
    (preset) => new UnsecuredJWT({ ...PLATFORMS[preset]?.claims }).encode(),
  ],
  [
    "of HS256 with the public key as its secret",
    "alg_not_allowed",
    (preset) =>
      new SignJWT({ ...PLATFORMS[preset]?.claims, aud: AUDIENCE, exp: NOW_AT })
        .setProtectedHeader({ alg: "HS256", kid: "key-1" })
        .sign(bytes(JSON.stringify(jwks.keys[0]))),
  ],
  ["longer than any", "malformed", (preset) => tokenOf(preset, { more: "x".repeat(16_384) })],
  [
    "with half of it missing",
    "malformed",
    async (preset) => (await tokenOf(preset)).split(".").slice(0, 2).join("."),
  ],
  [
    "twice",
    "malformed",
    async (preset) => {
      const token = await tokenOf(preset);
      return `${token}, Bearer ${token}`;
    },
  ],
  ["that is no token", "wrong_scheme", () => "a-plain-secret"],
];

function altered(token: string, part: number): string {
  const parts = token.split(".");
  const text = parts[part] ?? "";
  parts[part] = `${text.slice(0, 20)}${text[20] === "A" ? "B" : "A"}${text.slice(21)}`;
  return parts.join(".");
}

test.each(
  Object.keys(PLATFORMS).flatMap((preset) =>
    TABLE.map(([what, reason, token]) => ({ preset, what, reason, token })),
  ),
)("$preset's token $what: $reason", async ({ preset, reason, token }) => {
  const text = await token(preset);
  const decision = await shown(contractOf(preset), text);
  expect(reasonOf(decision)).toBe(reason);
  expect(JSON.stringify(decision)).not.toContain(text);
});

test.each(Object.keys(PLATFORMS))(
  "%s's token tells who and which run, and nobody else can make it",
  async (preset) => {
    expect(await shown(contractOf(preset), await tokenOf(preset))).toMatchObject({
      isOk: true,
      contract: preset,
      principal: "scheduler",
      ...PLATFORMS[preset]?.told,
    });
    const call = { method: "GET", url: "https://a.example", body: bytes(""), at: NOW_AT, id: "1" };
    expect(await mintProof(contractOf(preset), call)).toBeNull();
  },
);

describe("claims", () => {
  test("one that is not as required is named, with what was wanted", async () => {
    const decision = await shown(
      contractOf("github_actions"),
      await tokenOf("github_actions", { repository_id: "99" }),
    );
    expect(decision).toEqual({
      isOk: false,
      reason: "claim_mismatch",
      contract: "github_actions",
      expected: "repository_id 1234 (contract github_actions)",
      seen: "an identity token with repository_id 99",
    });
  });

  test("a missing one is not met, nor one that every object has", async () => {
    for (const claim of ["repository_owner_id", "constructor.name", "__proto__.x"]) {
      const contract = contractOf("oidc", { require: { [claim]: "Object" } });
      expect(await shown(contract, await tokenOf("oidc"))).toMatchObject({ reason: "claim_mismatch" });
    }
  });

  test("GitHub's immutable subject against a rule on the old form says what to pin instead", async () => {
    const contract = contractOf("github_actions", { require: { sub: GITHUB.sub } });
    const sub = "repo:octo@123456/jobs@456789:ref:refs/heads/main";
    expect(await shown(contract, await tokenOf("github_actions", { sub }))).toEqual({
      isOk: false,
      reason: "wrong_subject",
      contract: "github_actions",
      expected: `sub ${GITHUB.sub} (contract github_actions)`,
      seen: `an identity token with sub ${sub} (GitHub's immutable subject: pin repository_id instead)`,
    });
    const other = await shown(
      contract,
      await tokenOf("github_actions", { sub: "repo:octo/other:ref:refs/heads/main" }),
    );
    expect(JSON.stringify(other)).not.toContain("immutable");
  });

  test.each(["pull_request_target", "workflow_run"])("a run begun by %s is let in never", async (event) => {
    const decision = await shown(
      contractOf("github_actions"),
      await tokenOf("github_actions", { event_name: event }),
    );
    expect(decision).toMatchObject({
      reason: "claim_mismatch",
      seen: `an identity token with event_name ${event}, which strangers' code can begin`,
    });
  });

  test("what a stranger writes into claims comes back cleaned and cut", async () => {
    const evil = `\u202Ex\n<!channel>${"y".repeat(500)}`;
    const decision = await shown(
      contractOf("github_actions"),
      await tokenOf("github_actions", { repository_id: evil }),
    );
    if (decision.isOk) throw new Error("It was let in.");
    expect(decision.seen.length).toBeLessThan(200);
    expect(decision.seen).not.toMatch(/[\u202E\n]/);
  });

  test("names that are no text are nobody's name, and no fault", async () => {
    const contract = contractOf("oidc", { require: { roles: ["jobs"] } });
    const token = await tokenOf("oidc", { sub: 7 as never, email: ["a"], jti: {} as never });
    expect(await shown(contract, token)).toMatchObject({
      isOk: true,
      subject: "somebody known to https://login.example/tenant/v2.0",
    });
  });

  test("half of a run's id is none", async () => {
    const token = await tokenOf("github_actions", { run_attempt: undefined });
    expect(await shown(contractOf("github_actions"), token)).toMatchObject({ isOk: true, runId: null });
  });
});

describe("how often and how long", () => {
  test("a token made for one request is known again, the same by another signature too", async () => {
    const [one, other] = [await tokenOf("github_actions"), await tokenOf("github_actions", { extra: 1 })];
    const decisions = [
      await shown(contractOf("github_actions"), one),
      await shown(contractOf("github_actions"), other),
    ];
    const [first, second] = decisions.map((each) => (each.isOk ? each.once : null));
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      untilAt: NOW_AT + 330_000,
    });
    expect(second).toEqual(first);
    const next = await shown(
      contractOf("github_actions"),
      await tokenOf("github_actions", { jti: "another" }),
    );
    expect(next.isOk ? next.once?.id : null).not.toBe(first?.id);
  });

  test("one older than the contract allows is too old, and one from later than now is not good yet", async () => {
    const contract = contractOf("oidc", { max_age: "1m" });
    const at = (offMs: number) => tokenOf("oidc", { nbf: undefined }, { at: NOW_AT + offMs });
    expect(reasonOf(await shown(contract, await at(-90_000)))).toBe("ok");
    expect(reasonOf(await shown(contract, await at(-91_000)))).toBe("too_old");
    expect(reasonOf(await shown(contract, await at(31_000)))).toBe("not_yet_valid");
  });
});

describe("keys", () => {
  test("another key under the same id makes no good signature", async () => {
    const other = await startOidcIssuer();
    const token = await other.token(GITHUB, { at: NOW_AT, audience: AUDIENCE });
    await other.close();
    expect(reasonOf(await shown(contractOf("github_actions"), token))).toBe("bad_signature");
  });

  test("a token that names no key is tried with each that fits", async () => {
    const pairs = await Promise.all(
      ["a", "b", "c"].map(() => generateKeyPair("ES256", { extractable: true })),
    );
    const keys = await Promise.all(
      pairs.slice(0, 2).map(async ({ publicKey }) => ({ ...(await exportJWK(publicKey)) })),
    );
    const contract = contractOf("oidc", { jwks: { keys } });
    const reasons = pairs.map(async ({ privateKey }) => {
      const claims = { ...PLATFORMS["oidc"]?.claims, aud: AUDIENCE, exp: NOW_AT / 1_000 + 60 };
      const token = await new SignJWT(claims).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
      return reasonOf(await shown(contract, token));
    });
    expect(await Promise.all(reasons)).toEqual(["ok", "ok", "bad_signature"]);
  });

  test("a key that cannot be used proves nothing, and is no fault of the program", async () => {
    const contract = contractOf("oidc", {
      jwks: { keys: [{ kty: "RSA", kid: "key-1", n: "!", e: "AQAB" }] },
    });
    expect(reasonOf(await shown(contract, await tokenOf("oidc")))).toBe("unknown_key");
  });

  test("an issuer that nobody listed is not asked: whoever runs this has to list it", async () => {
    const contract = contractOf("oidc", { jwks: null });
    expect(await shown(contract, await tokenOf("oidc"))).toEqual({
      isOk: false,
      reason: "not_configured",
      contract: "oidc",
      expected:
        "https://login.example/tenant/v2.0 among the issuers that whoever runs this has listed (contract oidc)",
      seen: "an identity token of an issuer that is not listed",
    });
  });
});
