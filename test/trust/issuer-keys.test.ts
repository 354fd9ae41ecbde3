/** Keys of issuers: asked for seldom and together, kept while an issuer is down, never asked of strangers. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import type { OidcContract } from "../../src/domain/trust/contract.ts";
import { readContract } from "../../src/domain/trust/read-contract.ts";
import { createIssuerKeys, type IssuerKeys, type JwkSet } from "../../src/trust/issuer-keys.ts";
import { startOidcIssuer, type OidcIssuer } from "../stubs/oidc-issuer.ts";
import { decide, NOW_AT, reasonOf, request } from "./boundary-makers.ts";

let issuer: OidcIssuer;
let nowAt: number;
let asked: string[];
let keys: IssuerKeys;

beforeEach(async () => {
  issuer = await startOidcIssuer("ES256");
  nowAt = NOW_AT;
  asked = [];
  keys = keysBy(fetched);
});
afterEach(() => issuer.close());

type Get = Parameters<typeof createIssuerKeys>[0]["get"];

const fetched: Get = async (url) => {
  const response = await fetch(url);
  return { status: response.status, body: await response.text() };
};

function keysBy(
  get: Get,
  within: <Result>(work: Promise<Result>, ms: number) => Promise<Result> = (work) => work,
): IssuerKeys {
  return createIssuerKeys({
    get: (url) => {
      asked.push(url);
      return get(url);
    },
    issuers: [issuer.url],
    now: () => nowAt,
    within,
  });
}

function contract(more: object = {}): OidcContract {
  const input = {
    preset: "oidc",
    issuer: issuer.url,
    audience: "rollcall",
    require: { sub: "job" },
    ...more,
  };
  const { contract: read, problems } = readContract(input);
  if (read?.scheme !== "oidc") throw new Error(JSON.stringify(problems));
  return read;
}

function idsOf({ keys: listed }: JwkSet): unknown[] {
  return listed.map(({ kid }) => kid);
}

const KNOWN = { isNewWanted: false, untilAt: Number.POSITIVE_INFINITY };
const NEW = { ...KNOWN, isNewWanted: true };

test("the address of the keys comes from the issuer's document, or from the contract", async () => {
  expect(idsOf(await keys.keysOf(contract(), KNOWN))).toEqual(["key-1"]);
  expect(asked).toEqual([`${issuer.url}/.well-known/openid-configuration`, issuer.jwksUrl]);
  expect(idsOf(await keys.keysOf(contract({ jwks_url: issuer.jwksUrl }), KNOWN))).toEqual(["key-1"]);
  expect(asked.slice(2)).toEqual([issuer.jwksUrl]);
});

test("keys that are known are not asked for again, and of an issuer once a minute whatever tokens name", async () => {
  await keys.keysOf(contract(), KNOWN);
  await issuer.rotate("key-2");
  for (let count = 0; count < 20; count += 1) {
    nowAt += LIMITS.jwksEveryMs / 20 - 1;
    expect(idsOf(await keys.keysOf(contract(), NEW))).toEqual(["key-1"]);
  }
  expect(issuer.keysAsked()).toBe(1);
  nowAt += 20;
  expect(idsOf(await keys.keysOf(contract(), KNOWN))).toEqual(["key-1"]);
  expect(idsOf(await keys.keysOf(contract(), NEW))).toEqual(["key-2"]);
  expect(issuer.keysAsked()).toBe(2);
});

test("keys that an issuer has taken back are forgotten after a while", async () => {
  await keys.keysOf(contract(), KNOWN);
  await issuer.rotate("key-2");
  nowAt += LIMITS.jwksFreshMs - 1;
  expect(idsOf(await keys.keysOf(contract(), KNOWN))).toEqual(["key-1"]);
  nowAt += 1;
  expect(idsOf(await keys.keysOf(contract(), KNOWN))).toEqual(["key-2"]);
});

test("many who ask at once ask once", async () => {
  await Promise.all(Array.from({ length: 50 }, () => keys.keysOf(contract(), KNOWN)));
  expect(asked).toHaveLength(2);
});

test.each([
  ["by its document", () => ({})],
  ["by the address of its keys", () => ({ jwks_url: issuer.jwksUrl })],
])(
  "while an issuer is down its last good keys are good for days, and it is asked once a minute, %s",
  async (_by, more) => {
    await keys.keysOf(contract(more()), KNOWN);
    const before = asked.length;
    issuer.fail(503);
    nowAt += 3 * 86_400_000;
    for (let count = 0; count < 10; count += 1) {
      expect(idsOf(await keys.keysOf(contract(more()), KNOWN))).toEqual(["key-1"]);
      const wanted = keys.keysOf(contract(more()), NEW);
      await expect(wanted).rejects.toMatchObject({ name: "JwksUnavailable" });
    }
    expect(asked).toHaveLength(before + 1);
  },
);

test("without any keys it says so, and asks again after a minute only", async () => {
  issuer.fail(503);
  for (let count = 0; count < 3; count += 1) {
    await expect(keys.keysOf(contract(), KNOWN)).rejects.toMatchObject({ name: "JwksUnavailable" });
  }
  expect(asked).toHaveLength(1);
  issuer.fail(null);
  nowAt += LIMITS.jwksEveryMs;
  expect(idsOf(await keys.keysOf(contract(), KNOWN))).toEqual(["key-1"]);
});

test("a check-in waits for keys no longer than it may, and a late answer is there for the next one", async () => {
  let answer = (_body: string): void => undefined;
  const waits: number[] = [];
  keys = createIssuerKeys({
    get: () =>
      new Promise((resolve) => {
        answer = (body) => resolve({ status: 200, body });
      }),
    issuers: [issuer.url],
    now: () => nowAt,
    within: (_work, ms) => {
      waits.push(ms);
      return Promise.reject(new Error("The time was over."));
    },
  });
  const wanted = contract({ jwks_url: issuer.jwksUrl });
  await expect(keys.keysOf(wanted, KNOWN)).rejects.toMatchObject({ name: "JwksUnavailable" });
  expect(waits).toEqual([LIMITS.jwksWaitMs]);
  answer(JSON.stringify(issuer.jwks()));
  await new Promise(setImmediate);
  expect(idsOf(await keys.keysOf(wanted, KNOWN))).toEqual(["key-1"]);
});

test("an issuer that is not listed is never asked; pasted keys need nobody", async () => {
  const stranger = { issuer: "https://stranger.example" };
  await expect(keys.keysOf(contract(stranger), KNOWN)).rejects.toMatchObject({ name: "IssuerNotListed" });
  expect(idsOf(await keys.keysOf(contract({ ...stranger, jwks: issuer.jwks() }), NEW))).toEqual(["key-1"]);
  expect(asked).toEqual([]);
});

describe("answers that are none", () => {
  const document = (more: object) =>
    JSON.stringify({ issuer: issuer.url, jwks_uri: issuer.jwksUrl, ...more });
  const cases: [string, () => { status?: number; document?: string; keys?: string }][] = [
    ["another issuer's document", () => ({ document: document({ issuer: "https://evil.example" }) })],
    ["a document without an address", () => ({ document: document({ jwks_uri: 1 }) })],
    ["an address of another kind", () => ({ document: document({ jwks_uri: "file:///etc/passwd" }) })],
    ["no JSON", () => ({ document: "<html>" })],
    ["a list", () => ({ keys: "[]" })],
    ["an empty set", () => ({ keys: '{"keys":[]}' })],
    ["secret keys alone", () => ({ keys: '{"keys":[{"kty":"oct","k":"AA"}]}' })],
    ["a redirect", () => ({ status: 302 })],
  ];
  test.each(cases)("%s: the keys cannot be had", async (_what, given) => {
    const told = given();
    keys = keysBy((url) =>
      Promise.resolve({
        status: told.status ?? 200,
        body: url.endsWith("/jwks")
          ? (told.keys ?? JSON.stringify(issuer.jwks()))
          : (told.document ?? document({})),
      }),
    );
    await expect(keys.keysOf(contract(), KNOWN)).rejects.toMatchObject({ name: "JwksUnavailable" });
  });
});

describe("in a decision", () => {
  const shown = async (token: string) =>
    decide(
      [{ name: "ci", contract: contract(), secrets: [] }],
      request({ headers: { authorization: `Bearer ${token}` } }),
      {
        at: nowAt,
        issuerKeys: keys,
      },
    );

  test("a new key of the issuer is found when a token names it", async () => {
    expect(reasonOf(await shown(await issuer.token({ sub: "job" }, { at: nowAt })))).toBe("ok");
    await issuer.rotate("key-2");
    nowAt += LIMITS.jwksEveryMs;
    expect(reasonOf(await shown(await issuer.token({ sub: "job" }, { at: nowAt })))).toBe("ok");
    expect(reasonOf(await shown(await issuer.token({ sub: "job" }, { at: nowAt, keyId: "key-9" })))).toBe(
      "unknown_key",
    );
  });

  test("an issuer that is down before anything was known of it is told as that, and not as a bad token", async () => {
    issuer.fail(500);
    expect(await shown(await issuer.token({ sub: "job" }, { at: nowAt }))).toMatchObject({
      isOk: false,
      reason: "jwks_unavailable",
      seen: `an identity token, while the keys of ${issuer.url} cannot be had`,
    });
  });

  test("a new key of an issuer that is down is told as that, and found when it can be asked again", async () => {
    expect(reasonOf(await shown(await issuer.token({ sub: "job" }, { at: nowAt })))).toBe("ok");
    await issuer.rotate("key-2");
    issuer.fail(503);
    nowAt += LIMITS.jwksEveryMs;
    const token = await issuer.token({ sub: "job" }, { at: nowAt });
    for (let count = 0; count < 3; count += 1) expect(reasonOf(await shown(token))).toBe("jwks_unavailable");
    issuer.fail(null);
    nowAt += LIMITS.jwksEveryMs;
    expect(reasonOf(await shown(token))).toBe("ok");
  });

  test("a slow issuer holds a check-in once, however many contracts are of it and whatever key is named", async () => {
    let isSlow = false;
    let waitedMs = 0;
    keys = keysBy(
      (url) => (isSlow ? new Promise(() => undefined) : fetched(url)),
      (work, ms) => {
        if (!isSlow) return work;
        waitedMs += ms;
        nowAt += ms;
        return Promise.reject(new Error("The time was over."));
      },
    );
    expect(reasonOf(await shown(await issuer.token({ sub: "job" }, { at: nowAt })))).toBe("ok");
    isSlow = true;
    nowAt += LIMITS.jwksFreshMs;
    const token = await issuer.token({ sub: "job" }, { at: nowAt, keyId: "key-9" });
    const contracts = ["one", "two", "three"].map((name) => ({ name, contract: contract(), secrets: [] }));
    const call = request({ headers: { authorization: `Bearer ${token}` } });
    const decision = await decide(contracts, call, { at: nowAt, issuerKeys: keys });
    expect(reasonOf(decision)).toBe("jwks_unavailable");
    expect(waitedMs).toBe(LIMITS.jwksWaitMs);
  });

  test("tokens of strangers and of other algorithms bring nobody to ask for keys", async () => {
    await shown(await issuer.token({ sub: "job", iss: "https://evil.example" }, { at: nowAt }));
    expect(asked).toEqual([]);
  });
});
