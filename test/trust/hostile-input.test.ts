/** Whatever strangers send: no decision throws, nobody gets in without a proof, and nothing of a secret is ever said. */
import fc from "fast-check";
import {
  CompactSign,
  exportJWK,
  generateKeyPair,
  type CompactJWSHeaderParameters,
  type CryptoKey,
} from "jose";
import { describe, expect, test } from "vitest";
import { fromBase64, fromHex, toBase64, toHex } from "../../src/trust/bytes.ts";
import { canonicalJson } from "../../src/trust/canonical-json.ts";
import type { Contract, NamedContract } from "../../src/domain/trust/contract.ts";
import { PRESETS } from "../../src/domain/trust/presets.ts";
import { REJECTION_REASONS } from "../../src/domain/trust/reasons.ts";
import { mintProof } from "../../src/trust/mint-proof.ts";
import { bytes, decide, NOW_AT, named, reasonOf, request, URL_CALLED } from "./boundary-makers.ts";

const SECRET = "whsec_dGhlLXNlY3JldC10aGF0LW5vYm9keS1rbm93cw";
const ISSUER = {
  issuer: "https://issuer.example",
  audience: "a",
  jwks: { keys: [{ kty: "RSA", kid: "1", n: "AQAB", e: "AQAB" }] },
};
const CONTRACTS: NamedContract[] = PRESETS.map(({ name, contract }) =>
  named(name, {
    secrets: contract.scheme === "oidc" ? [] : [SECRET],
    more: contract.scheme === "oidc" ? ISSUER : name === "aws_api_key" ? { header: "x-api-key" } : {},
  }),
);

const NAMES = [
  "authorization",
  "__proto__",
  "constructor",
  "user-agent",
  ...CONTRACTS.flatMap(({ contract }) =>
    contract.scheme === "hmac"
      ? [contract.signatureHeader, contract.timestamp?.name ?? "t", contract.idHeader ?? "id"]
      : contract.scheme === "header" || contract.scheme === "jwt_hs256"
        ? [contract.header]
        : [],
  ),
];
const encoded = fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString("base64url"));
const token = fc
  .tuple(
    fc.oneof(
      encoded,
      fc
        .constantFrom('{"alg":"RS256","kid":"1"}', '{"alg":"HS256"}', '{"alg":"none"}')
        .map((text) => Buffer.from(text).toString("base64url")),
    ),
    fc.oneof(
      encoded,
      fc
        .constantFrom('{"iss":"https://issuer.example"}', '{"iss":"Upstash","exp":1e400}', "[]")
        .map((text) => Buffer.from(text).toString("base64url")),
    ),
    fc.base64String(),
  )
  .map((parts) => parts.join("."));
const value = fc.oneof(
  fc.string({ unit: "binary" }),
  token,
  token.map((text) => `Bearer ${text}`),
  fc.string().map((text) => `Bearer ${text}`),
  fc.base64String().map((text) => `Basic ${text}`),
  fc
    .tuple(
      fc.constantFrom("v0=", "sha256=", "v1,", "v1=", "t=1&s="),
      fc.oneof(fc.base64String(), fc.stringMatching(/^[0-9a-f]{64}$/)),
    )
    .map((parts) => parts.join("")),
  fc.constantFrom(
    String(NOW_AT / 1_000),
    "-1",
    "1e9",
    "99999999999999999999",
    "NaN",
    "Bearer",
    "Bearer ,",
    "v1, v1, v1,",
  ),
);
const call = fc.record({
  method: fc.oneof(fc.constantFrom("GET", "POST"), fc.string()),
  url: fc.oneof(fc.webUrl(), fc.string()),
  headers: fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string()), value, { maxKeys: 12 }),
  body: fc.option(fc.oneof(fc.uint8Array(), fc.json().map(bytes))),
});

describe("arbitrary requests", () => {
  test("are refused with a reason of the list, by each contract alone and by all together", async () => {
    const alone = fc.constantFrom(...CONTRACTS).map((contract) => [contract]);
    await fc.assert(
      fc.asyncProperty(fc.oneof(alone, fc.constant(CONTRACTS)), call, async (contracts, request) => {
        const decision = await decide(contracts, request);
        if (decision.isOk) throw new Error(`${decision.contract} let it in.`);
        expect(REJECTION_REASONS).toContain(decision.reason);
        expect(decision.expected.length).toBeLessThanOrEqual(300);
        expect(decision.seen.length).toBeLessThanOrEqual(400);
        expect(decision.seen).not.toMatch(/\p{Cc}/u);
        expect(JSON.stringify(decision)).not.toContain(SECRET);
      }),
      { numRuns: 1_500 },
    );
  }, 60_000);

  test("with any one byte of a good proof changed let nobody in", async () => {
    const mintable = CONTRACTS.filter(({ contract }) => contract.scheme !== "oidc");
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...mintable),
        fc.nat(),
        fc.integer({ min: 1, max: 94 }),
        async (contract, where, by) => {
          const method = contract.contract.methods?.[0] ?? "POST";
          const minted = await mintProof(contract, {
            method,
            url: URL_CALLED,
            body: bytes("{}"),
            at: NOW_AT,
            id: "m",
          });
          const headers = { ...minted };
          const names = Object.keys(headers).filter((name) => !/(-id|delivery)$/.test(name));
          const name = names[where % names.length] ?? "";
          const text = headers[name] ?? "";
          const place = where % text.length;
          const letter = String.fromCharCode(33 + ((text.charCodeAt(place) - 33 + by) % 94));
          headers[name] = text.slice(0, place) + letter + text.slice(place + 1);
          const decision = await decide([contract], request({ method, headers, body: bytes("{}") }));
          if (decision.isOk) expect(isSameProof(text, headers[name])).toBe(true);
        },
      ),
      { numRuns: 1_500 },
    );
  }, 60_000);
});

test("tokens that are rightly signed over arbitrary claims make nothing throw, and what is let in has an end", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "1" }] };
  const kubernetes = named("kubernetes", { more: { ...ISSUER, jwks, isOnce: true } as Partial<Contract> });
  const qstash = named("qstash", { secrets: [SECRET], more: { isSubjectUrl: false, bodyHashClaim: null } });
  const names = [
    "exp",
    "nbf",
    "iat",
    "sub",
    "aud",
    "jti",
    "email",
    "workflow_ref",
    "kubernetes.io",
    "kubernetes",
  ];
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom("a", NOW_AT / 1_000 + 60, 1e300, -1, { io: { pod: { name: 1 } } }),
  );
  const claims = fc.dictionary(fc.constantFrom(...names), odd);
  const usual = { exp: NOW_AT / 1_000 + 60, aud: "a" };
  await fc.assert(
    fc.asyncProperty(claims, fc.boolean(), async (given, isUsual) => {
      const said = isUsual ? { ...given, ...usual } : given;
      const made = await Promise.all([
        signed({ ...said, iss: "https://issuer.example" }, privateKey, { alg: "ES256", kid: "1" }),
        signed({ ...said, iss: "Upstash" }, bytes(SECRET), { alg: "HS256" }),
      ]);
      const headers = { authorization: `Bearer ${made[0]}`, "upstash-signature": made[1] };
      for (const contract of [kubernetes, qstash]) {
        const decision = await decide([contract], request({ headers }));
        if (isUsual && given["nbf"] === undefined && given["iat"] === undefined)
          expect(decision.isOk).toBe(true);
        if (decision.isOk) expect(Number.isSafeInteger(decision.once?.untilAt)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
}, 60_000);

/** By hand: a library would refuse to write such claims. */
function signed(
  claims: object,
  key: CryptoKey | Uint8Array,
  header: CompactJWSHeaderParameters,
): Promise<string> {
  return new CompactSign(bytes(JSON.stringify(claims))).setProtectedHeader(header).sign(key);
}

/** What is written otherwise and means the same: a scheme's capitals, the last bits of base64. */
function isSameProof(one: string, other: string): boolean {
  if (one.toLowerCase() === other.toLowerCase()) return true;
  const [first, second] = [one, other].map((text) => text.split(/[ ,.]/).at(-1) ?? "");
  const [left, right] = [fromBase64(first ?? ""), fromBase64(second ?? "")];
  return left !== null && right !== null && toHex(left) === toHex(right);
}

test("ten thousand headers, a body nested a hundred thousand deep and a token of a megabyte take no time", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 10_000 }, (_each, index) => [`x-secret-${index}`, "a"]),
  );
  expect(reasonOf(await decide(CONTRACTS, request({ headers: many })))).toBe("wrong_scheme");
  const headers = { "x-inngest-signature": `t=${NOW_AT / 1_000}&s=${"ab".repeat(32)}` };
  const deep = bytes("[".repeat(100_000) + "]".repeat(100_000));
  expect(reasonOf(await decide(CONTRACTS, request({ headers, body: deep })))).toBe("body_mismatch");
  const long = `Bearer eyJ${"a".repeat(1_000_000)}.a.a`;
  expect(reasonOf(await decide(CONTRACTS, request({ headers: { authorization: long } })))).toBe("malformed");
}, 5_000);

describe("bytes and texts", () => {
  test("are written and read back", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (some) => {
        expect(fromHex(toHex(some))).toEqual(new Uint8Array(some));
        expect(fromBase64(toBase64(some))).toEqual(new Uint8Array(some));
        expect(fromBase64(Buffer.from(some).toString("base64url"))).toEqual(new Uint8Array(some));
      }),
    );
    for (const text of ["a", "zz", "0x", "é="]) expect(fromHex(text)).toBeNull();
    for (const text of ["a", "a b=", "é", "a=a"]) expect(fromBase64(text)).toBeNull();
  });

  test("the example of RFC 8785 is written as it says", () => {
    const value: unknown = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    );
    expect(canonicalJson(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test("one value has one canonical form, whatever the order of its fields", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (some) => {
        const text = canonicalJson(some);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(some)));
        expect(canonicalJson(reversed(some))).toBe(text);
      }),
    );
  });
});

function reversed(some: unknown): unknown {
  if (Array.isArray(some)) return some.map(reversed);
  if (typeof some !== "object" || some === null) return some;
  return Object.fromEntries(
    Object.entries(some)
      .reverse()
      .map(([name, each]) => [name, reversed(each)]),
  );
}
