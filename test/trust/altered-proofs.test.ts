/**
 * Every platform's proof by shared secret: as it is made it is let in, and with one thing altered it is refused with the
 * reason of just that. Identity tokens have a table of their own.
 */
import { createHmac } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import { expect, test } from "vitest";
import type { Contract, NamedContract } from "../../src/domain/trust/contract.ts";
import type { BoundaryRequest } from "../../src/domain/trust/decision.ts";
import { PRESETS } from "../../src/domain/trust/presets.ts";
import { mintProof } from "../../src/trust/mint-proof.ts";
import { BODY, bytes, decide, named, NOW_AT, reasonOf, request, URL_CALLED } from "./boundary-makers.ts";

const SECRETS: Readonly<Record<string, string>> = {
  inngest: "signkey-test-0123456789abcdef0123",
  svix: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  standard_webhooks: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
};
const ANOTHER_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
const ASKED: Readonly<Record<string, Partial<Contract>>> = {
  aws_api_key: { header: "x-api-key" },
  aws_basic: { user: "events" },
};
const MINTABLE = PRESETS.filter(({ isMintable }) => isMintable);

interface Made {
  contract: NamedContract;
  call: BoundaryRequest;
  /** Proof of another call, for the same contract. */
  again(other: {
    at?: number;
    url?: string;
    body?: string;
    secret?: string;
    id?: string;
  }): Promise<BoundaryRequest>;
}

async function made(preset: string): Promise<Made> {
  const secret = SECRETS[preset] ?? "a-secret-of-26-characters!";
  const contract = named(preset, { secrets: [secret], more: ASKED[preset] ?? {} });
  const method = contract.contract.methods?.[0] ?? "POST";
  const again: Made["again"] = async (other) => {
    const { at = NOW_AT, url = URL_CALLED, body = BODY, id = "msg_1" } = other;
    const secrets = [other.secret ?? secret];
    const headers = await mintProof({ ...contract, secrets }, { method, url, body: bytes(body), at, id });
    return request({ method, headers: headers ?? {} });
  };
  return { contract, call: await again({}), again };
}

type Alter = (made: Made) => Promise<BoundaryRequest> | BoundaryRequest;

const NAMES = {
  secret: ["vercel", "aws_api_key", "aws_basic"],
  hmac: ["inngest", "trigger_dev", "svix", "standard_webhooks", "slack", "github_webhook", "cueapi"],
  stamped: ["inngest", "svix", "standard_webhooks", "slack", "cueapi"],
  stampedByHeader: ["svix", "standard_webhooks", "slack", "cueapi"],
  prefixed: ["svix", "standard_webhooks", "slack", "github_webhook", "cueapi"],
  identified: ["svix", "standard_webhooks", "github_webhook", "cueapi"],
};
const ALL = MINTABLE.map(({ name }) => name);
const SIGNED = [...NAMES.hmac, "qstash"];

/** The name of the header that the proof itself comes in. */
function proofHeader({ contract: { contract } }: Made): string {
  if (contract.scheme === "hmac") return contract.signatureHeader;
  return contract.scheme === "header" || contract.scheme === "jwt_hs256" ? contract.header : "authorization";
}

function withHeader({ call }: Made, name: string, change: (value: string) => string | null): BoundaryRequest {
  const { [name]: value = "", ...rest } = call.headers;
  const changed = change(value);
  return { ...call, headers: changed === null ? rest : { ...rest, [name]: changed } };
}

function onProof(change: (value: string) => string | null): Alter {
  return (each) => withHeader(each, proofHeader(each), change);
}

function onHmac(
  pick: (contract: Extract<Contract, { scheme: "hmac" }>) => string,
  change: () => string | null,
): Alter {
  return (each) => {
    const { contract } = each.contract;
    if (contract.scheme !== "hmac") throw new Error("This is about signatures.");
    return withHeader(each, pick(contract), change);
  };
}

/** Another letter in its middle: of the last one some bits may not count. */
function flipped(value: string): string {
  const middle = value.length - 12;
  return `${value.slice(0, middle)}${value[middle] === "a" ? "b" : "a"}${value.slice(middle + 1)}`;
}

const TABLE: [what: string, presets: readonly string[], reason: string, alter: Alter][] = [
  ["as it is made", ALL, "ok", ({ call }) => call],
  ["without the proof", ALL, "no_credentials", ({ call }) => ({ ...call, headers: {} })],
  [
    "with all of the platform's hints alone",
    ALL,
    "no_credentials",
    ({ contract, call }) => ({
      ...call,
      headers: PRESETS.find(({ name }) => name === contract.name)?.hints ?? {},
    }),
  ],
  ["made with another secret", ALL, "bad_signature", ({ again }) => again({ secret: ANOTHER_SECRET })],
  [
    "under another contract's header",
    ALL,
    "wrong_scheme",
    (each) => ({
      ...each.call,
      headers: { "x-netrii-signature": each.call.headers[proofHeader(each)] ?? "" },
    }),
  ],
  ["with the header twice", ALL, "malformed", onProof((value) => `${value}, ${value}`)],
  ["with an altered proof", SIGNED, "bad_signature", onProof(flipped)],
  [
    "with something in its place that is none",
    SIGNED,
    "malformed",
    onProof((value) => `${value.slice(0, 4)}?`),
  ],
  [
    "with another body",
    NAMES.hmac,
    "bad_signature",
    ({ call }) => ({ ...call, body: bytes(`${BODY.slice(0, -1)} ,"c":1}`) }),
  ],
  ["with a body that was cut", SIGNED, "body_mismatch", ({ call }) => ({ ...call, body: null })],
  ["older than it may be", NAMES.stamped, "too_old", ({ again }) => again({ at: NOW_AT - 301_000 })],
  ["exactly an hour old", NAMES.stamped, "too_old", ({ again }) => again({ at: NOW_AT - 3_600_000 })],
  ["from later than now", NAMES.stamped, "not_yet_valid", ({ again }) => again({ at: NOW_AT + 301_000 })],
  [
    "from an hour ahead",
    NAMES.stamped,
    "clock_skew_suspected",
    ({ again }) => again({ at: NOW_AT + 3_590_000 }),
  ],
  ["as old as it may be", NAMES.stamped, "ok", ({ again }) => again({ at: NOW_AT - 300_000 })],
  [
    "with another time stamp",
    NAMES.stampedByHeader,
    "bad_signature",
    onHmac(
      ({ timestamp }) => timestamp?.name ?? "",
      () => String(NOW_AT / 1_000 + 1),
    ),
  ],
  [
    "with a time stamp that is none",
    NAMES.stampedByHeader,
    "malformed",
    onHmac(
      ({ timestamp }) => timestamp?.name ?? "",
      () => "today",
    ),
  ],
  [
    "without its time stamp",
    NAMES.stampedByHeader,
    "malformed",
    onHmac(
      ({ timestamp }) => timestamp?.name ?? "",
      () => null,
    ),
  ],
  [
    "without its id",
    NAMES.identified,
    "malformed",
    onHmac(
      ({ idHeader }) => idHeader ?? "",
      () => null,
    ),
  ],
  [
    "with another id",
    ["svix", "standard_webhooks"],
    "bad_signature",
    onHmac(
      ({ idHeader }) => idHeader ?? "",
      () => "msg_2",
    ),
  ],
  [
    "without what stands before the signature",
    NAMES.prefixed,
    "malformed",
    onProof((value) => value.replace(/^.*[=,](?=.)/, "")),
  ],
  ["by another method", ["vercel"], "method_not_allowed", ({ call }) => ({ ...call, method: "POST" })],
  ["by HEAD", ["vercel"], "method_not_allowed", ({ call }) => ({ ...call, method: "HEAD" })],
  ["with nothing after its name", ["vercel"], "malformed", onProof(() => "Bearer ")],
  ["with what was never filled in", ["vercel"], "bad_signature", onProof(() => "Bearer undefined")],
  ["without a colon", ["aws_basic"], "malformed", onProof(() => `Basic ${btoa("events")}`)],
  [
    "of another user",
    ["aws_basic"],
    "bad_signature",
    onProof(() => `Basic ${btoa("other:a-secret-of-26-characters!")}`),
  ],
  ["without its t", ["inngest"], "malformed", onProof((value) => value.replace(/t=\d+&/, ""))],
  [
    "with another t",
    ["inngest"],
    "bad_signature",
    onProof((value) => value.replace(/t=\d+/, `t=${NOW_AT / 1_000 - 1}`)),
  ],
  [
    "with a body that is no JSON",
    ["inngest"],
    "body_mismatch",
    ({ call }) => ({ ...call, body: bytes("{") }),
  ],
  [
    "with its fields in another order",
    ["inngest"],
    "ok",
    ({ call }) => ({ ...call, body: bytes('{"a":"ü","b":1.0}') }),
  ],
  ["for another body", ["qstash"], "body_mismatch", ({ again }) => again({ body: "{}" })],
  [
    "for another address",
    ["qstash"],
    "url_mismatch",
    ({ again }) => again({ url: "https://app.example/api/other?job=nightly" }),
  ],
  [
    "for another query",
    ["qstash"],
    "url_mismatch",
    ({ again }) => again({ url: "https://app.example/api/cron?job=weekly" }),
  ],
  [
    "for a slash more",
    ["qstash"],
    "url_mismatch",
    ({ again }) => again({ url: "https://app.example/api/cron/?job=nightly" }),
  ],
  [
    "for http",
    ["qstash"],
    "url_mismatch",
    ({ again }) => again({ url: URL_CALLED.replace("https", "http") }),
  ],
  [
    "for the same address in other letters",
    ["qstash"],
    "ok",
    ({ again }) => again({ url: URL_CALLED.replace("app.example", "APP.example:443") }),
  ],
  ["that has ended", ["qstash"], "expired", ({ again }) => again({ at: NOW_AT - 331_000 })],
  ["that is not good yet", ["qstash"], "not_yet_valid", ({ again }) => again({ at: NOW_AT + 31_000 })],
  ["of another issuer", ["qstash"], "wrong_issuer", (each) => token(each, { iss: "Downstash" })],
  ["that never ends", ["qstash"], "malformed", (each) => token(each, { iss: "Upstash" })],
  [
    "that ends when no clock is left",
    ["qstash"],
    "malformed",
    (each) => {
      const [head = "", claims = ""] = ['{"alg":"HS256"}', '{"iss":"Upstash","exp":1e400}'].map((text) =>
        Buffer.from(text).toString("base64url"),
      );
      const made = createHmac("sha256", each.contract.secrets[0] ?? "")
        .update(`${head}.${claims}`)
        .digest("base64url");
      return withHeader(each, "upstash-signature", () => `${head}.${claims}.${made}`);
    },
  ],
  [
    "of algorithm HS512",
    ["qstash"],
    "alg_not_allowed",
    (each) => token(each, { iss: "Upstash", exp: NOW_AT }, "HS512"),
  ],
  [
    "of algorithm none",
    ["qstash"],
    "alg_not_allowed",
    onProof(() => new UnsecuredJWT({ iss: "Upstash", exp: NOW_AT }).encode()),
  ],
  ["too long to be one", ["qstash"], "malformed", onProof((value) => value + "a".repeat(16_384))],
];

async function token(
  each: Made,
  claims: Record<string, unknown>,
  algorithm = "HS256",
): Promise<BoundaryRequest> {
  const [secret = ""] = each.contract.secrets;
  const made = await new SignJWT(claims).setProtectedHeader({ alg: algorithm }).sign(bytes(secret));
  return withHeader(each, "upstash-signature", () => made);
}

test.each(
  TABLE.flatMap(([what, presets, reason, alter]) =>
    presets.map((preset) => ({ preset, what, reason, alter })),
  ),
)("$preset $what: $reason", async ({ preset, reason, alter }) => {
  const each = await made(preset);
  const decision = await decide([each.contract], await alter(each));
  expect(reasonOf(decision)).toBe(reason);
  // Whatever is said, the secret and the proof are not.
  const said = JSON.stringify(decision);
  for (const secret of [...each.contract.secrets, each.call.headers[proofHeader(each)] ?? ""]) {
    expect(said).not.toContain(secret);
  }
});

test.each(ALL)(
  "%s with a secret that is unset or empty lets nothing in, a proof made of nothing included",
  async (preset) => {
    const each = await made(preset);
    for (const secrets of [[], [""], [" "], ["whsec_"]]) {
      const isText = secrets[0] === "whsec_" && !["svix", "standard_webhooks"].includes(preset);
      if (isText) continue;
      const contract = { ...each.contract, secrets };
      const empty = { authorization: "Bearer ", "x-api-key": "", "x-slack-signature": "v0=" };
      for (const call of [each.call, request({ headers: empty }), request()]) {
        expect(reasonOf(await decide([contract], call))).toBe("not_configured");
      }
    }
  },
);

test.each(ALL)("%s is good with either of two secrets while one is replaced", async (preset) => {
  const each = await made(preset);
  for (const secrets of [
    [ANOTHER_SECRET, ...each.contract.secrets],
    [...each.contract.secrets, ANOTHER_SECRET],
    ["", ...each.contract.secrets],
  ]) {
    expect(reasonOf(await decide([{ ...each.contract, secrets }], each.call))).toBe("ok");
  }
});

test("of two secrets the one that made a token says what is wrong with it", async () => {
  const { contract, again } = await made("qstash");
  const ended = await again({ at: NOW_AT - 400_000 });
  for (const secrets of [
    [ANOTHER_SECRET, ...contract.secrets],
    [...contract.secrets, ANOTHER_SECRET],
  ]) {
    expect(reasonOf(await decide([{ ...contract, secrets }], ended))).toBe("expired");
  }
});

test("every preset is in a table", () => {
  expect([...NAMES.secret, ...SIGNED].sort()).toEqual([...ALL].sort());
});
