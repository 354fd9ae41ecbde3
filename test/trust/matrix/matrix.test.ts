/** The verification matrix against real servers: a good one is green, and each flaw is found and called by its name. */
import { expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import { CASES } from "../../../src/domain/trust/verification.ts";
import { createOutbound } from "../../../src/system/outbound.ts";
import { randomIds } from "../../../src/system/ids.ts";
import { createMatrix } from "../../../src/trust/matrix/matrix.ts";
import { START } from "../../makers.ts";
import { startOidcIssuer } from "../../stubs/oidc-issuer.ts";
import { hanging } from "../../stubs/http-receiver.ts";
import {
  bearer,
  hmac,
  MANUAL_SECRET,
  oidc,
  people,
  SECRET,
  targetsOfTest,
  token,
  type Flaw,
} from "./targets.ts";
import { LOOPBACK, verify } from "./verify.ts";

const { open, closed, verifyFlawed: verifyFlawedBy } = targetsOfTest();

/** A flawed server that guards by a bearer secret, as the seed's platform does. */
const verifyFlawed = (flaw: Flaw) => verifyFlawedBy(bearer(), flaw);

test("a good boundary is green: every refusal and every admission was seen", async () => {
  const { probe } = await open([bearer(), people]);
  const verified = await verify(probe, bearer(), { manual: people });
  expect(verified.cases.map((each) => each.case)).toEqual(CASES);
  expect(verified).toMatchObject({ colour: "green", findings: [], notes: [] });
  expect(verified.configHash).toMatch(/^[0-9a-f]{16}$/);
  expect(verified.named("skipped")).toEqual(["expired", "wrong_audience", "replay", "altered_body"]);
});

test.each([
  ["a signed message", hmac(), ["wrong_audience"]],
  ["a signed token", token, []],
])("all extras are tried on %s", async (_what, contract, isSkipped) => {
  const { probe } = await open([contract, people]);
  const verified = await verify(probe, contract, { manual: people });
  expect(verified).toMatchObject({ colour: "green", findings: [], notes: [] });
  expect(verified.named("skipped")).toEqual(isSkipped);
  const reasons = Object.fromEntries(verified.cases.map((each) => [each.case, each.reason]));
  expect(reasons).toMatchObject({
    no_auth: "no_credentials",
    spoofed_hints: "no_credentials",
    wrong_secret: "bad_signature",
    valid_manual: null,
    other_scheme: "wrong_scheme",
    replay: "replayed",
    wrong_method: "method_not_allowed",
  });
});

test("a contract without one of people is tried without it", async () => {
  const { probe } = await open([bearer()]);
  const verified = await verify(probe, bearer());
  expect(verified.resultOf("valid_manual")).toBe("skipped");
  expect(verified.colour).toBe("green");
});

test("a platform's identity token is awaited, and forged ones must be refused", async () => {
  const issuer = closed(await startOidcIssuer());
  const contract = oidc(issuer.url);
  const { probe, received } = await open([contract], { issuer: issuer.url });
  const verified = await verify(probe, contract);
  expect(verified).toMatchObject({ colour: "awaiting", findings: [] });
  expect(verified.named("awaited")).toEqual(["valid_scheduler"]);
  expect(verified.resultOf("wrong_secret")).toBe("passed");
  expect(
    received.filter(({ headers }) => (headers["authorization"] ?? "").split(".").length === 3),
  ).toHaveLength(2);
});

test("who takes any token is found", async () => {
  const contract = oidc("https://issuer.example");
  const flaw: Flaw = ({ headers }) =>
    (headers["authorization"] ?? "").includes(".") ? { status: 200, json: { ok: true } } : undefined;
  const { probe } = await open([contract], { flaw });
  const { colour, findings } = await verify(probe, contract);
  expect(colour).toBe("red");
  expect(findings).toEqual([
    "lets in with a token that somebody else signed",
    "lets in with a token that nobody signed (alg none)",
  ]);
});

const asks =
  (wanted: string): Flaw =>
  ({ headers }) =>
    headers["authorization"] === wanted ? { status: 200, json: { ok: true } } : { status: 401 };

test("failing open while the secret is unset is found, and said once", async () => {
  const { colour, findings, named } = await verifyFlawed(() => ({ status: 200, json: { ok: true } }));
  expect(colour).toBe("red");
  expect(findings).toEqual(["fails open: let in without any proof"]);
  expect(named("failed")).toEqual(
    expect.arrayContaining(["no_auth", "spoofed_hints", "wrong_secret", "other_scheme", "head"]),
  );
});

test("a secret that is unset and compared as text is found", async () => {
  const { findings, resultOf } = await verifyFlawed(asks("Bearer undefined"));
  expect(resultOf("wrong_secret")).toBe("failed");
  expect(findings).toContain("fails open: the secret is unset, and proof made with nothing is let in");
});

test.each([
  ["x-vercel-cron", "x-vercel-cron", /./],
  ["user-agent: vercel-cron/1.0", "user-agent", /^vercel-cron/],
  ["user-agent: Google-Cloud-Scheduler", "user-agent", /^Google-Cloud/],
  ["x-forwarded-for", "x-forwarded-for", /127\.0\.0\.1/],
])("letting in on a hint is found, and the hint named: %s", async (hint, header, value) => {
  const { colour, findings, named } = await verifyFlawed(({ headers }) =>
    value.test(headers[header] ?? "") ? { status: 200, json: { ok: true } } : undefined,
  );
  expect(colour).toBe("red");
  expect(findings).toEqual([`lets in on hints alone (${hint})`]);
  expect(named("failed")).toEqual(["spoofed_hints"]);
});

test("a redirecting address is found", async () => {
  const { colour, findings } = await verifyFlawed(({ path }) => ({
    status: 308,
    headers: { location: `${path}/?token=hidden` },
  }));
  expect(colour).toBe("red");
  expect(findings).toEqual([
    "redirects (308 to /.well-known/rollcall/probe/): schedulers do not follow redirects",
  ]);
});

test("where only the other spelling redirects, that is worth a note and no flaw", async () => {
  const { colour, notes } = await verifyFlawed(({ path }) =>
    path.endsWith("/") ? { status: 308, headers: { location: path.slice(0, -1) } } : undefined,
  );
  expect(colour).toBe("green");
  expect(notes).toEqual(["with a slash at its end, the address redirects: give the scheduler this spelling"]);
});

test("a handler for POST alone is found where the platform calls by GET, and the reverse", async () => {
  const onlyBy =
    (wanted: string): Flaw =>
    ({ method }) =>
      method === wanted ? undefined : { status: 405 };
  expect((await verifyFlawed(onlyBy("POST"))).findings).toEqual([
    "GET is refused with 405 while the platform calls by GET",
  ]);
  const { probe } = await open([hmac()], { flaw: onlyBy("GET") });
  expect((await verify(probe, hmac())).findings).toEqual([
    "POST is refused with 405 while the platform calls by POST",
  ]);
});

test("an empty secret on the other side is found as not configured", async () => {
  const { probe } = await open([bearer({ secrets: [""] })]);
  const { colour, findings } = await verify(probe, bearer());
  expect(colour).toBe("red");
  expect(findings).toContain("not configured: the secret is unset in the route's environment (503)");
});

test("a replayed proof that is let in is found", async () => {
  const { probe } = await open([hmac()], { isForgetful: true });
  const { colour, findings, named } = await verify(probe, hmac());
  expect([colour, findings, named("failed")]).toEqual(["red", ["a replayed proof is let in"], ["replay"]]);
});

test("a route that expects another contract is found, as one side of a hardening", async () => {
  const { probe } = await open([hmac()]);
  const { colour, findings } = await verify(probe, bearer());
  expect(colour).toBe("red");
  expect(findings).toContain(
    "valid proof of the scheduler is refused (wrong_scheme): the route expects another contract",
  );
});

test("another secret on the other side is found", async () => {
  const { probe } = await open([bearer({ secrets: ["a-secret-that-was-rotated-0003"] })]);
  const { findings } = await verify(probe, bearer());
  expect(findings.join()).toMatch(
    /^valid proof of the scheduler is refused \((wrong_secret|bad_signature)\): the route has another secret/,
  );
});

test("something in front of the route that refuses everything is found", async () => {
  const { findings } = await verifyFlawed(() => ({ status: 401, text: "Please sign in" }));
  expect(findings).toContain(
    "valid proof of the scheduler is refused (401) and nothing says why: something in front of the route may refuse every call",
  );
});

test("HEAD without proof, a method the platform never uses, another scheme: each is found alone", async () => {
  const isWell = { status: 200, json: { ok: true } };
  const by = async (flaw: Flaw) => (await verifyFlawed(flaw)).findings;
  expect(await by(({ method }) => (method === "HEAD" ? isWell : undefined))).toEqual([
    "HEAD is let in without any proof",
  ]);
  expect(await by(({ method }) => (method === "POST" ? isWell : undefined))).toEqual([
    "lets in by POST, by which the platform never calls",
  ]);
  expect(
    await by(({ headers }) => (headers["x-hub-signature-256"] === undefined ? undefined : isWell)),
  ).toEqual(["lets in on proof of another scheme, which nobody checked"]);
});

test("a boundary that looks at less than what is signed is found", async () => {
  // It believes the name of the issuer and the id, and checks neither time nor address nor body.
  const contract = token;
  const lax: Flaw = ({ headers }) => {
    const [, payload = ""] = (headers["upstash-signature"] ?? "").split(".");
    const claims = payload === "" ? {} : JSON.parse(Buffer.from(payload, "base64url").toString());
    return claims.iss === "Upstash" ? { status: 200, json: { ok: true } } : undefined;
  };
  const { probe } = await open([contract], { flaw: lax });
  const { findings } = await verify(probe, contract);
  expect(findings).toEqual(
    expect.arrayContaining([
      "lets in with a wrong secret",
      "lets in with a token that nobody signed (alg none)",
      "lets in proof that is out of date",
      "lets in proof that was made for another address",
      "a replayed proof is let in",
      "lets in a call whose body was altered",
    ]),
  );
});

test.each([
  ["the secret", () => SECRET],
  ["the secret of people", () => MANUAL_SECRET],
])("a refusal that tells %s is found", async (_what, told) => {
  const { colour, findings } = await verifyFlawed(({ headers }) =>
    headers["authorization"] === undefined && headers["x-manual-secret"] === undefined
      ? { status: 401, text: `expected ${told()}` }
      : undefined,
  );
  expect(colour).toBe("red");
  expect(findings).toEqual(["a refusal tells the secret, or what the right proof would have been"]);
});

test("answers that may be kept on the way are worth a note", async () => {
  const { colour, notes } = await verifyFlawed(({ method, headers }) =>
    headers["authorization"] === undefined && headers["x-manual-secret"] === undefined && method === "GET"
      ? { status: 401, headers: { "cache-control": "public, max-age=60" } }
      : undefined,
  );
  expect(colour).toBe("green");
  expect(notes).toEqual(["answers may be kept on the way: cache-control: no-store is missing"]);
});

test("a target that does not answer is asked once, and is red", async () => {
  const started = await open([bearer()]);
  started.answer = hanging;
  const { colour, findings, named } = await verify(started.probe, bearer(), { timeoutMs: 100 });
  expect(colour).toBe("red");
  expect(findings).toEqual(["no answer: 127.0.0.1 did not answer within 100ms."]);
  expect(named("skipped")).toHaveLength(CASES.length - 1);
  expect(started.received).toHaveLength(1);
});

test("a private address is refused by the guard of the way out", async () => {
  const { probe } = await open([bearer()]);
  const matrix = createMatrix({
    outbound: createOutbound({ allow: [] }),
    ids: randomIds(),
    clock: { now: Date.now },
  });
  await expect(matrix.run({ url: probe, scheduler: bearer(), manual: null })).rejects.toMatchObject({
    code: "address_refused",
  });
});

test("no secret and no right proof is ever sent where a wrong one belongs", async () => {
  const { probe, received } = await open([bearer(), people]);
  await verify(probe, bearer(), { manual: people });
  const withSecret = received.filter(({ headers }) => JSON.stringify(headers).includes(SECRET));
  // The scheduler's valid call, the one by another method, and the one that looks for redirects.
  expect(withSecret.map(({ method }) => method).sort()).toEqual(["GET", "GET", "POST"]);
});

test("a target is tried, not loaded: so many calls at once and no more", async () => {
  const started = await open([bearer(), people]);
  const { answer } = started;
  let underWay = 0;
  let most = 0;
  started.answer = (received, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    response.on("finish", () => (underWay -= 1));
    answer(received, response);
  };
  await verify(started.probe, bearer(), { manual: people });
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(LIMITS.verificationCallsAtOnce);
});

test("no call is begun when the time for one verification is over", async () => {
  const { probe, received } = await open([bearer()]);
  const outbound = createOutbound({ allow: LOOPBACK });
  // Each answer seems to take half of it.
  const clock = { now: () => START + received.length * (LIMITS.verificationMs / 2 + 1) };
  const { cases } = await createMatrix({ outbound, ids: randomIds(), clock }).run({
    url: probe,
    scheduler: bearer(),
    manual: null,
  });
  expect(cases[0]?.result).toBe("passed");
  const late = cases.filter(({ seen }) => seen === "no answer: the time for one verification was over");
  expect(new Set(late.map(({ result }) => result))).toEqual(new Set(["failed"]));
  expect(received.length).toBeLessThan(2 + LIMITS.verificationCallsAtOnce);
});
