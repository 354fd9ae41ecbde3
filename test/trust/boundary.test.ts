/** What the boundary says when several contracts may be met, when something else came, and when nothing did. */
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import type { NamedContract } from "../../src/domain/trust/contract.ts";
import { PRESETS } from "../../src/domain/trust/presets.ts";
import { mintProof } from "../../src/trust/mint-proof.ts";
import { byHand, bytes, decide, named, NOW_AT, reasonOf, request, URL_CALLED } from "./boundary-makers.ts";

const SECRET = "a-secret-of-26-characters!";
const VERCEL = named("vercel", { secrets: [SECRET] });

const NETRII = byHand("netrii", { scheme: "hmac", signature_header: "x-netrii-signature" });

function withHeaders(headers: Record<string, string>) {
  return request({ method: "GET", headers });
}

async function tokenOf(claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(bytes(SECRET));
}

/** The same signature: two bits of its last letter mean nothing. */
function respelled(token: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + (letters[letters.indexOf(token.slice(-1)) ^ 1] ?? "");
}

describe("credentials of another contract", () => {
  test("one side was hardened: a signature is expected, and the bearer token of before comes", async () => {
    expect(await decide([NETRII], withHeaders({ authorization: `Bearer ${SECRET}` }))).toEqual({
      isOk: false,
      reason: "wrong_scheme",
      contract: "netrii",
      expected: "an HMAC signature in x-netrii-signature (contract netrii)",
      seen: "a bearer token",
    });
  });

  test("and the other way round", async () => {
    expect(await decide([VERCEL], withHeaders({ "x-netrii-signature": "ab".repeat(32) }))).toEqual({
      isOk: false,
      reason: "wrong_scheme",
      contract: "vercel",
      expected: "a bearer token in authorization (contract vercel)",
      seen: "a signature in x-netrii-signature",
    });
  });

  const other: [string, Record<string, string>, string][] = [
    ["Basic", { authorization: "Basic ZXZlbnRzOnNlY3JldA==" }, "a user name and password (Basic)"],
    ["Digest", { authorization: "Digest username=x" }, "an authorization of another kind (digest)"],
    ["a bare secret", { authorization: SECRET }, "an authorization of another kind"],
    [
      "a known platform",
      { "x-slack-signature": "v0=ab" },
      "an HMAC signature in x-slack-signature (as slack sends it)",
    ],
    [
      "QStash",
      { "upstash-signature": "a.b.c" },
      "a signed token (JWT) in upstash-signature (as qstash sends it)",
    ],
    ["a secret of its own header", { "x-cron-secret": SECRET }, "a secret in x-cron-secret"],
    [
      "several at once",
      { "x-api-key": SECRET, "x-hub-signature-256": "sha256=ab" },
      "a secret in x-api-key and an HMAC signature in x-hub-signature-256 (as github_webhook sends it)",
    ],
  ];
  test.each(other)("%s is told by the name of its header", async (_what, headers, seen) => {
    const decision = await decide([VERCEL], withHeaders(headers));
    expect(decision).toMatchObject({ reason: "wrong_scheme", seen });
    expect(JSON.stringify(decision)).not.toContain(SECRET);
  });

  test("an identity token is told with who made it, cleaned and cut", async () => {
    const seen = async (iss: unknown) => {
      const token = await tokenOf({ iss });
      const decision = await decide([VERCEL], withHeaders({ authorization: `Bearer ${token}` }));
      expect(reasonOf(decision)).toBe("wrong_scheme");
      return decision.isOk ? "" : decision.seen;
    };
    expect(await seen("https://issuer.example")).toBe("a signed token (JWT) of https://issuer.example");
    expect(await seen(7)).toBe("a signed token (JWT)");
    expect(await seen(`\u202E${"x".repeat(9_000)}`)).toMatch(/^a signed token \(JWT\) of x{119}…$/);
  });

  test("a form's own token and an empty header are no credentials", async () => {
    const decision = await decide(
      [VERCEL],
      withHeaders({ "x-csrf-token": "abc", "x-api-key": "", authorization: "" }),
    );
    expect(reasonOf(decision)).toBe("no_credentials");
  });

  test("what a host's own proxies add to every call is none either", async () => {
    const headers = {
      "x-vercel-oidc-token": "eyJ.a.b",
      "x-vercel-proxy-signature": "Bearer x",
      "x-amz-security-token": "y",
    };
    expect(await decide([NETRII], withHeaders(headers))).toMatchObject({
      reason: "no_credentials",
      seen: "no credentials",
    });
  });
});

describe("hints", () => {
  test("label, and never authorise", async () => {
    const headers = { "user-agent": "vercel-cron/1.0", "x-vercel-cron": "1", "x-forwarded-for": "127.0.0.1" };
    expect(await decide([VERCEL], withHeaders(headers))).toEqual({
      isOk: false,
      reason: "no_credentials",
      contract: null,
      expected: "a bearer token in authorization (contract vercel)",
      seen: "no credentials; only hints that prove nothing: user-agent vercel-cron, x-vercel-cron",
    });
  });

  test("everybody has a user agent: an ordinary one is not told", async () => {
    expect(await decide([VERCEL], withHeaders({ "user-agent": "curl/8" }))).toMatchObject({
      seen: "no credentials",
    });
  });

  test("of every platform at once let nobody in", async () => {
    const headers = Object.assign({}, ...PRESETS.map(({ hints }) => hints)) as Record<string, string>;
    for (const { name } of PRESETS) {
      const contract = named(name, { secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] });
      expect([name, reasonOf(await decide([contract], withHeaders(headers)))]).toEqual([
        name,
        "no_credentials",
      ]);
    }
  });

  test("of the instant it was fired for go along with a good proof, where they can be read", async () => {
    const at = async (value: string) => {
      const contract = named("cueapi", { secrets: [SECRET] });
      const call = { method: "POST", url: URL_CALLED, body: bytes("{}"), at: NOW_AT, id: "1" };
      const headers = { ...(await mintProof(contract, call)), "x-cueapi-scheduled-for": value };
      const decision = await decide([contract], request({ headers, body: bytes("{}") }));
      return decision.isOk ? decision.scheduledForAt : decision.reason;
    };
    expect(await at("2026-11-22T04:55:00Z")).toBe(NOW_AT - 300_000);
    expect(await at("tomorrow")).toBeNull();
    expect(await at("12")).toBeNull();
  });
});

describe("several contracts", () => {
  const MANUAL = byHand("people", { scheme: "header", header: "x-manual", principal: "manual" }, [
    "people-s-secret-1",
  ]);

  test("any of them may be met, and who it is of is told", async () => {
    const both = [VERCEL, MANUAL];
    expect(await decide(both, withHeaders({ authorization: `Bearer ${SECRET}` }))).toEqual({
      isOk: true,
      contract: "vercel",
      principal: "scheduler",
      subject: "the bearer secret of vercel",
      once: null,
      runId: null,
      trigger: null,
      scheduledForAt: null,
    });
    const manual = await decide(
      both,
      withHeaders({ authorization: "Bearer wrong", "x-manual": "people-s-secret-1" }),
    );
    expect(manual).toMatchObject({ isOk: true, contract: "people", principal: "manual" });
  });

  test("of the refusals the one that came nearest is told, in whatever order they stand", async () => {
    const unset = named("svix");
    const cases: [NamedContract[], Record<string, string>, string, string | null][] = [
      [[VERCEL, MANUAL], { "x-manual": "wrong" }, "bad_signature", "people"],
      [
        [VERCEL, NETRII],
        { authorization: "Bearer wrong", "x-netrii-signature": "?" },
        "bad_signature",
        "vercel",
      ],
      [[NETRII, MANUAL], { authorization: "Bearer wrong" }, "wrong_scheme", null],
      [[VERCEL, MANUAL], {}, "no_credentials", null],
      [[unset, VERCEL], {}, "not_configured", "svix"],
      [[unset, VERCEL], { authorization: "Bearer wrong" }, "bad_signature", "vercel"],
      [
        [VERCEL, named("slack", { secrets: [SECRET] })],
        { authorization: "Bearer ", "x-slack-signature": "v0=ab" },
        "malformed",
        null,
      ],
    ];
    for (const [contracts, headers, reason, contract] of cases) {
      for (const order of [contracts, [...contracts].reverse()]) {
        const decision = await decide(order, withHeaders(headers));
        expect(decision).toMatchObject({ isOk: false, reason });
        if (reason !== "malformed") expect(decision.contract).toBe(contract);
      }
    }
  });

  const PEOPLE = byHand("people", { scheme: "bearer", principal: "manual" }, ["people-s-secret-1"]);
  const UNSET = byHand("netrii", { scheme: "hmac", signature_header: "x-netrii-signature" }, []);

  test("a scheduler that shows what it always showed is not told that people have another secret", async () => {
    const shown = withHeaders({ authorization: `Bearer ${SECRET}` });
    expect(await decide([NETRII, PEOPLE], shown)).toEqual({
      isOk: false,
      reason: "wrong_scheme",
      contract: "netrii",
      expected: "an HMAC signature in x-netrii-signature (contract netrii)",
      seen: "a bearer token, which is not the secret (contract people)",
    });
    expect(await decide([PEOPLE, UNSET], shown)).toMatchObject({
      reason: "not_configured",
      contract: "netrii",
    });
    const other = byHand("other", { preset: "vercel" }, ["another-secret-of-26-chars"]);
    expect(await decide([PEOPLE, other], shown)).toMatchObject({
      reason: "bad_signature",
      contract: "other",
    });
    expect(await decide([PEOPLE], shown)).toMatchObject({ reason: "bad_signature", contract: "people" });
    expect(
      await decide([NETRII, PEOPLE], withHeaders({ authorization: "Bearer people-s-secret-1" })),
    ).toMatchObject({
      isOk: true,
      principal: "manual",
    });
  });

  test("what was expected names three of them and counts the rest", async () => {
    const decision = await decide([VERCEL, MANUAL, NETRII, VERCEL, VERCEL], request());
    expect(decision).toMatchObject({
      expected:
        "a bearer token in authorization (contract vercel), or a secret in x-manual (contract people), or " +
        "an HMAC signature in x-netrii-signature (contract netrii), or one of 2 more",
    });
  });

  test("none at all lets nothing in", async () => {
    expect(await decide([], withHeaders({ authorization: `Bearer ${SECRET}` }))).toEqual({
      isOk: false,
      reason: "not_configured",
      contract: null,
      expected: "a contract: none is set",
      seen: "a bearer token",
    });
  });
});

test("a secret that is unset on this side is told as that, with what came", async () => {
  expect(
    await decide([named("vercel", { secrets: [""] })], withHeaders({ authorization: "Bearer undefined" })),
  ).toEqual({
    isOk: false,
    reason: "not_configured",
    contract: "vercel",
    expected: "a secret that is set on this side: there is none, so nothing is let in (contract vercel)",
    seen: "a bearer token",
  });
});

test("a secret that cannot be read as its contract says is as good as none, and that is told", async () => {
  expect(await decide([named("svix", { secrets: ["whsec_not base64!"] })], request())).toMatchObject({
    reason: "not_configured",
    expected: "a secret in base64 on this side: what is set cannot be read as one (contract svix)",
  });
});

test("a secret that the caller never filled in is told by what stands in its place", async () => {
  const seen = async (text: string) => {
    const decision = await decide([VERCEL], withHeaders({ authorization: `Bearer ${text}` }));
    return decision.isOk ? "" : decision.seen;
  };
  expect(await seen("undefined")).toBe(
    'a bearer token, which says "undefined": the caller\'s own secret is not set',
  );
  expect(await seen("$CRON_SECRET")).toBe(
    "a bearer token, which is the name of a variable that was not filled in",
  );
  expect(await seen("rck_ping_default_abc")).toBe(
    "a bearer token, which is a key of Rollcall and not the secret",
  );
  expect(await seen("wrong")).toBe("a bearer token, which is not the secret");
});

test("a little ahead is no clock of another zone, and a day and a bit is", async () => {
  const timestamp = { name: "x-time", unit: "ms", tolerance: "10s" };
  const contract = byHand("close", {
    scheme: "hmac",
    signature_header: "x-sig",
    template: "{timestamp}",
    timestamp,
  });
  const at = async (aheadMs: number) => {
    const call = { method: "POST", url: URL_CALLED, body: bytes(""), at: NOW_AT + aheadMs, id: "1" };
    return reasonOf(await decide([contract], request({ headers: { ...(await mintProof(contract, call)) } })));
  };
  expect(await at(10_000)).toBe("ok");
  expect(await at(40_000)).toBe("not_yet_valid");
  expect(await at(3_600_000)).toBe("clock_skew_suspected");
  expect(await at(26 * 3_600_000)).toBe("clock_skew_suspected");
  expect(await at(27 * 3_600_000)).toBe("not_yet_valid");
});

test("what a contract's own texts hold is told on one line of bounded length", async () => {
  const prefix = `\u202E\n${"p".repeat(490)}`;
  const contract = byHand("odd", { scheme: "hmac", signature_header: "x-sig", prefix });
  const decision = await decide([contract], withHeaders({ "x-sig": "ab" }));
  if (decision.isOk) throw new Error("It was let in.");
  expect(decision.seen).toMatch(/^x-sig with nothing that begins with p+…$/);
  expect(decision.seen.length).toBeLessThanOrEqual(300);
});

describe("a proof that is shown again", () => {
  const SLACK = named("slack", { secrets: [SECRET] });
  const once = async (contract: NamedContract, more: { at?: number; id?: string; now?: number } = {}) => {
    const call = { method: "POST", url: URL_CALLED, body: bytes("{}"), at: NOW_AT, id: "1", ...more };
    const headers = await mintProof(contract, call);
    const decision = await decide([contract], request({ headers: headers ?? {}, body: bytes("{}") }), {
      at: more.now ?? NOW_AT,
    });
    return decision.isOk ? decision.once : decision.reason;
  };

  test("is the same proof as long as its time stamp is good, and a second try of the platform is another", async () => {
    const first = await once(SLACK);
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      untilAt: NOW_AT + 300_000,
    });
    expect(await once(SLACK, { now: NOW_AT + 60_000 })).toEqual(first);
    expect(await once(SLACK, { at: NOW_AT + 5_000 })).not.toEqual(first);
  });

  test("two messages that are alike are told apart by their ids", async () => {
    const cueapi = named("cueapi", { secrets: [SECRET] });
    expect(await once(cueapi, { id: "a" })).not.toEqual(await once(cueapi, { id: "b" }));
    const github = named("github_webhook", { secrets: [SECRET] });
    expect(await once(github)).toMatchObject({ untilAt: NOW_AT + 3 * 86_400_000 });
  });

  test("a token without an id is known by what was signed, however its signature is written", async () => {
    const qstash = named("qstash", { secrets: [SECRET], more: { isSubjectUrl: false, bodyHashClaim: null } });
    const idOf = async (token: string) => {
      const decision = await decide([qstash], request({ headers: { "upstash-signature": token } }));
      return decision.isOk ? decision.once?.id : decision.reason;
    };
    const made = (claims: object) => tokenOf({ iss: "Upstash", exp: NOW_AT / 1_000 + 60, ...claims });
    for (const jti of [undefined, null, ""]) {
      const [one, other] = [await made({ jti, of: 1 }), await made({ jti, of: 2 })];
      expect(await idOf(one)).toMatch(/^[0-9a-f]{32}$/);
      expect(await idOf(respelled(one))).toBe(await idOf(one));
      expect(await idOf(`${one}=`)).toBe(await idOf(one));
      expect(await idOf(other)).not.toBe(await idOf(one));
    }
  });

  test("where nothing bounds it, it can be shown as often as one likes", async () => {
    expect(await once(named("trigger_dev", { secrets: [SECRET] }))).toBeNull();
    expect(await once(VERCEL)).toBe("method_not_allowed");
  });
});
