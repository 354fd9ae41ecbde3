/** Flaws that hide behind refusals of another cause, and what a target's own words may not do: each is found all the same. */
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { NamedContract } from "../../../src/domain/trust/contract.ts";
import { bearer, hmac, MANUAL_SECRET, oidc, people, SECRET, targetsOfTest, token } from "./targets.ts";
import { verify } from "./verify.ts";

const { open, verifyFlawed } = targetsOfTest();

const isWell = { status: 200, json: { ok: true } };
const UNSET = "fails open: the secret is unset, and proof made with nothing is let in";
const ANY_BEARER = bearer({
  contract: { scheme: "bearer", preset: null, principal: "scheduler", methods: null },
});

test("signatures made with an empty key are what an unset secret lets in", async () => {
  const { findings } = await verifyFlawed(hmac(), ({ headers, body }) => {
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = headers;
    const made = createHmac("sha256", "").update(`${id}.${at}.${body}`).digest("base64");
    return signature === `v1,${made}` ? isWell : undefined;
  });
  expect(findings).toEqual([UNSET]);
});

test("tokens signed with an empty key are what an unset secret lets in", async () => {
  const { findings } = await verifyFlawed(token, ({ headers }) => {
    const [head, payload, signature] = (headers["upstash-signature"] ?? "").split(".");
    const made = createHmac("sha256", "").update(`${head}.${payload}`).digest("base64url");
    return signature === made ? isWell : undefined;
  });
  expect(findings).toEqual([UNSET]);
});

test.each(["None", "null", "undefined"])("a secret that is unset and reads as %s is found", async (unset) => {
  const { findings } = await verifyFlawed(bearer(), ({ headers }) =>
    headers["authorization"] === `Bearer ${unset}` ? isWell : undefined,
  );
  expect(findings).toEqual([UNSET]);
});

const shownIn = (headers: Record<string, string>) => (headers["authorization"] ?? "").slice("Bearer ".length);

test.each<[string, (shown: string) => boolean]>([
  ["the beginning of the secret", (shown) => shown !== "" && SECRET.startsWith(shown)],
  ["what begins like the secret", (shown) => shown.slice(0, 8) === SECRET.slice(0, 8)],
])("who lets in %s is found", async (_what, isEnough) => {
  const { colour, findings } = await verifyFlawed(bearer(), ({ headers }) =>
    isEnough(shownIn(headers)) ? isWell : undefined,
  );
  expect([colour, findings]).toEqual([
    "red",
    expect.arrayContaining(["lets in with the beginning of the secret alone"]),
  ]);
});

test("a replay that could not be tried is no refusal", async () => {
  let letIn = 0;
  const { colour, findings } = await verifyFlawed(hmac(), ({ headers }) => {
    // One valid call of the scheduler is taken, and then it is too many.
    if (headers["webhook-signature"] === undefined) return undefined;
    return ++letIn > 8 ? { status: 429 } : undefined;
  });
  expect(colour).toBe("red");
  expect(findings.join()).toContain("too many requests (429)");
});

test("an answer of 200 that says of itself that it refuses has let nobody in", async () => {
  const { colour, findings } = await verifyFlawed(bearer(), ({ headers, method }) =>
    method === "GET" && shownIn(headers) === SECRET
      ? { status: 200, json: { ok: false, reason: "wrong_secret" } }
      : undefined,
  );
  expect(colour).toBe("red");
  expect(findings).toEqual([
    "valid proof of the scheduler is answered with 200, and yet the answer says that it is refused (wrong_secret)",
  ]);
});

test("a refusal with 400 for want of a body hides nothing", async () => {
  const contract = bearer({
    contract: { scheme: "bearer", preset: null, principal: "scheduler", methods: ["POST"] },
  });
  const { probe } = await open([contract], {
    flaw({ body, headers }) {
      if (body === "") return { status: 400 };
      return headers["authorization"] === "Bearer" ? isWell : undefined;
    },
  });
  expect((await verify(probe, contract)).findings).toEqual([UNSET]);
});

test("methods that nobody guards are found where the contract allows any", async () => {
  const { colour, findings } = await verifyFlawed(ANY_BEARER, ({ method }) =>
    method === "POST" ? isWell : undefined,
  );
  expect([colour, findings]).toEqual(["red", ["POST is let in without any proof"]]);
});

test("what a target says of itself tells no secret on", async () => {
  const told = (text: string) => ({ ok: false, reason: "wrong_secret", expected: text });
  const { findings, cases, notes, configHash } = await verifyFlawed(bearer(), ({ headers, path }) => {
    if (path.endsWith("/")) return { status: 308, headers: { location: `/${SECRET}` } };
    if (headers["x-manual-secret"] === MANUAL_SECRET) {
      return { status: 200, json: { ok: true, principal: MANUAL_SECRET, config_hash: SECRET } };
    }
    if (shownIn(headers) === SECRET) return { status: 401, json: told(`Bearer ${SECRET}`) };
    return { status: 302, headers: { location: `/login/${SECRET}` } };
  });
  const kept = JSON.stringify({ findings, cases, notes, configHash });
  expect(kept).not.toContain(SECRET);
  expect(kept).not.toContain(MANUAL_SECRET);
  expect(findings.join()).toContain("valid proof of the scheduler is refused (wrong_secret)");
});

test("claims of a contract reach nothing but the forged token", async () => {
  const { contract } = oidc("https://issuer.example");
  if (contract.scheme !== "oidc") throw new Error("made as oidc");
  const require = {
    ...contract.require,
    "constructor.prototype.reached": ["yes"],
    "__proto__.reached": ["yes"],
  };
  const named: NamedContract = { name: "github", contract: { ...contract, require }, secrets: [] };
  await verifyFlawed(named, () => ({ status: 401 }));
  const reached = ({} as Record<string, unknown>)["reached"];
  delete (Object.prototype as Record<string, unknown>)["reached"];
  expect(reached).toBeUndefined();
});

test("a user may have any name, and a secret be of signs alone", async () => {
  const basic: NamedContract = {
    name: "basic",
    contract: { scheme: "basic", preset: null, principal: "scheduler", methods: null, user: "日本" },
    secrets: ["-._~-._~-._~-._~"],
  };
  const { probe } = await open([basic, people]);
  expect(await verify(probe, basic)).toMatchObject({ colour: "green", findings: [] });
});
