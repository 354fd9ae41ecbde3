/** Contracts as they are written: what is filled in, what is refused and why, and that showing is the inverse of reading. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SCHEMES, type Contract } from "../../../src/domain/trust/contract.ts";
import { PRESETS } from "../../../src/domain/trust/presets.ts";
import { readContract, shownContract } from "../../../src/domain/trust/read-contract.ts";

type Input = Readonly<Record<string, unknown>>;

/** What each preset asks for, filled in. */
const ASKED: Input = {
  header: "X-Api-Key",
  user: "events",
  issuer: "https://issuer.example/tenant",
  audience: "https://rollcall.example",
  require: {
    repository_id: "1",
    project_id: 7,
    email: "jobs@project.iam.gserviceaccount.com",
    sub: ["system:serviceaccount:jobs:nightly"],
  },
};

function presetInput(name: string): Input {
  const asks = PRESETS.find((preset) => preset.name === name)?.asks ?? [];
  return { preset: name, ...Object.fromEntries(asks.map((field) => [field, ASKED[field]])) };
}

const HMAC = { scheme: "hmac", signature_header: "X-Signature" };
const OIDC = {
  scheme: "oidc",
  issuer: "https://issuer.example",
  audience: "rollcall",
  require: { sub: "job" },
};

function read(input: Input): Contract {
  const { contract, problems } = readContract(input);
  if (contract === null)
    throw new Error(problems.map(({ field, message }) => `${field}: ${message}`).join("; "));
  return contract;
}

function problemsOf(input: Input): string[] {
  const { contract, problems } = readContract(input);
  expect(contract === null).toBe(problems.length > 0);
  return problems.map(({ field, message }) => `${field}: ${message}`);
}

describe("presets", () => {
  test.each(PRESETS.map(({ name }) => name))("%s needs its name and what it asks for, no more", (name) => {
    const contract = read(presetInput(name));
    expect(contract.preset).toBe(name);
    expect(read(shownContract(contract))).toEqual(contract);
  });

  test.each(PRESETS.flatMap(({ name, asks }) => asks.map((field) => [name, field] as const)))(
    "%s without %s is refused at that field",
    (name, field) => {
      const { [field]: _left, ...rest } = presetInput(name);
      expect(problemsOf(rest).map((each) => each.split(":")[0])).toEqual([field]);
    },
  );

  test("a name that is nearly one is asked about", () => {
    expect(problemsOf({ preset: "github_action" })).toEqual([
      "preset: is not known: did you mean github_actions?",
    ]);
    expect(problemsOf({ preset: 7 })[0]).toMatch(/^preset: is not known: one of vercel, qstash/);
  });

  test("what a preset has can be said otherwise, but not its scheme", () => {
    expect(read({ preset: "slack", timestamp: { tolerance: "10m" } })).toMatchObject({
      timestamp: { from: "header", name: "x-slack-request-timestamp", unit: "s", toleranceMs: 600_000 },
    });
    expect(read({ preset: "vercel", methods: ["get", "Post"], principal: "manual" })).toMatchObject({
      methods: ["GET", "POST"],
      principal: "manual",
    });
    expect(problemsOf({ preset: "vercel", scheme: "hmac" })).toEqual([
      "scheme: must be bearer, as vercel has it; leave it out",
    ]);
  });

  test("what a platform always requires stays required beside what is asked for", () => {
    expect(read(presetInput("google_scheduler"))).toMatchObject({
      require: { email_verified: ["true"], email: ["jobs@project.iam.gserviceaccount.com"] },
    });
  });

  test("a token of a shared issuer that pins nobody is refused: every customer would be let in", () => {
    expect(problemsOf({ ...presetInput("github_actions"), require: { event_name: "schedule" } })).toEqual([
      "require: must say whose job it is, or every customer of the platform is let in: repository_id, or " +
        "repository_owner_id, or repository, or repository_owner, or workflow_ref, or job_workflow_ref, or sub",
    ]);
    const kubernetes = presetInput("kubernetes");
    expect(problemsOf({ ...kubernetes, require: { "kubernetes.io.namespace": "jobs" } })).toHaveLength(1);
    const both = { "kubernetes.io.namespace": "jobs", "kubernetes.io.serviceaccount.name": "nightly" };
    expect(problemsOf({ ...kubernetes, require: both })).toEqual([]);
  });

  test("keys and aliases do not follow to another issuer, and pasted keys stand instead of an address", () => {
    const google = presetInput("google_scheduler");
    expect(read(google)).toMatchObject({ issuerAliases: ["accounts.google.com"] });
    expect(read({ ...google, issuer: "https://mine.example" })).toMatchObject({
      jwksUrl: null,
      issuerAliases: [],
    });
    const jwks = { keys: [{ kty: "RSA", n: "AQ", e: "AQAB" }] };
    expect(read({ ...presetInput("github_actions"), jwks })).toMatchObject({ jwks, jwksUrl: null });
  });
});

describe("written by hand", () => {
  test("a scheme or a preset is needed", () => {
    const list = SCHEMES.join(", ");
    expect(problemsOf({})).toEqual([`scheme: is needed, or a preset: one of ${list}`]);
    expect(problemsOf({ scheme: "none" })).toEqual([`scheme: is not known: one of ${list}`]);
  });

  test("names of headers are kept in lower case, durations in ms", () => {
    expect(
      read({
        ...HMAC,
        template: "{timestamp}.{body}",
        timestamp: { name: "X-Time", unit: "ms", tolerance: 90 },
      }),
    ).toMatchObject({
      signatureHeader: "x-signature",
      timestamp: { from: "header", name: "x-time", unit: "ms", toleranceMs: 90_000 },
    });
  });

  test.each<[Input, string]>([
    [
      { scheme: "bearer", header: "x" },
      "header: is not a known field: known are preset, scheme, principal, methods",
    ],
    [
      { ...HMAC, signature_headr: "x" },
      "signature_headr: is not a known field: did you mean signature_header?",
    ],
    [{ scheme: "bearer", principal: "robot" }, "principal: must be one of scheduler, manual"],
    [{ scheme: "bearer", methods: [] }, "methods: is empty, so that no call is let in; null lets any in"],
    [{ scheme: "bearer", methods: ["GET /"] }, "methods[0]: must be a method such as GET or POST"],
    [{ scheme: "header" }, "header: is needed: the header that the secret comes in"],
    [{ scheme: "header", header: "" }, "header: is needed: the header that the secret comes in"],
    [
      { scheme: "header", header: "x secret" },
      "header: must be the name of a header: letters, digits and -, at most 100 of them",
    ],
    [{ scheme: "basic", user: "a:b" }, 'user: must not hold ":", which ends a user name'],
    [{ scheme: "hmac" }, "signature_header: is needed: the header that the signature comes in"],
    [
      { ...HMAC, template: "{Body}" },
      "template: {Body} is none of {timestamp}, {id}, {body}, {method}, {url}",
    ],
    [
      { ...HMAC, template: "constant" },
      "template: signs nothing of the request: put some of {timestamp}, {id}, {body}, {method}, {url} in it",
    ],
    [{ ...HMAC, template: "{timestamp}{body}" }, "timestamp: is needed: the template holds {timestamp}"],
    [{ ...HMAC, template: "{id}{body}" }, "id_header: is needed: the template holds {id}"],
    [
      { ...HMAC, timestamp: { name: "x-time" } },
      "template: does not sign the time stamp, so that anybody could change it: put {timestamp} in it",
    ],
    [
      { ...HMAC, template: "{timestamp}", timestamp: { from: "field", name: "t" } },
      "timestamp.from: is field, but the signature header has none: say fields, or header",
    ],
    [
      { ...HMAC, template: "{timestamp}", timestamp: { name: "x", tolerance: "2h" } },
      "timestamp.tolerance: must be longer than 0 and at most 1h",
    ],
    [
      { ...HMAC, template: "{timestamp}", timestamp: { name: "x", tolerance: "soon" } },
      'timestamp.tolerance: must be a duration: "90s", "5m" or a number of seconds',
    ],
    [{ ...HMAC, timestamp: "now" }, "timestamp: must be an object"],
    [{ ...HMAC, list_separator: "" }, "list_separator: is empty; null means one signature"],
    [
      { ...HMAC, secret_form: { strip: "(a+)+$" } },
      "secret_form.strip: must be letters, digits, - and _, with \\w+ or \\d+ at most twice: signkey-\\w+-",
    ],
    [{ scheme: "jwt_hs256" }, "issuer: is needed: who makes the tokens, as they say in iss"],
    [
      { ...OIDC, audience: "" },
      "audience: is needed: whom the tokens are for: without it those made for others would be let in",
    ],
    [{ ...OIDC, issuer: "http://issuer.example" }, "issuer: must be an https address without ? and #"],
    [
      { ...OIDC, algorithms: ["none"] },
      "algorithms[0]: none is none of RS256, ES256, PS256, EdDSA: anybody can make such a token from what is public",
    ],
    [
      { ...OIDC, algorithms: ["RS256", "HS256"] },
      "algorithms[1]: HS256 is none of RS256, ES256, PS256, EdDSA: anybody can make such a token from what is public",
    ],
    [{ ...OIDC, algorithms: [] }, "algorithms: is empty; give some of RS256, ES256, PS256, EdDSA"],
    [
      { ...OIDC, require: {} },
      "require: is needed: a claim that only your jobs have, or every token of the issuer is let in",
    ],
    [
      { ...OIDC, require: { sub: [] } },
      "require.sub: must have a name and at least one value, none of them empty",
    ],
    [{ ...OIDC, require: { sub: null } }, "require.sub[0]: must be text"],
    [
      { ...OIDC, jwks_url: "https://a.example/keys", jwks: { keys: [{ kty: "RSA" }] } },
      "jwks: stands beside jwks_url: give the keys or their address",
    ],
    [{ ...OIDC, jwks: { keys: [] } }, "jwks.keys: is empty, so that no token could be proven"],
    [
      { ...OIDC, jwks: { keys: [{ kty: "oct", k: "AA" }] } },
      "jwks.keys[0]: is a secret key; give the public one",
    ],
    [{ ...OIDC, jwks: [1] }, 'jwks: must be a JWK set: {"keys": [{"kty": …}]}'],
    [{ ...OIDC, max_age: 0 }, "max_age: must be longer than 0; null means as long as the token says"],
    [{ ...OIDC, once: "yes" }, "once: must be true or false"],
    [{ ...OIDC, run: { id: [""] } }, "run.id[0]: is needed: a claim that names the run"],
    [{ ...OIDC, audience: "x".repeat(501) }, "audience: must have at most 500 characters"],
  ])("%j is refused", (input, sentence) => {
    expect(problemsOf(input)).toEqual([sentence]);
  });

  test("everything that is wrong is told at once", () => {
    expect(problemsOf({ ...HMAC, encoding: "octal", body: 1, fields: { separator: 2 } })).toHaveLength(3);
  });
});

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const text = fc.string({ minLength: 1, maxLength: 20 }).filter((each) => each.trim() !== "");
const common = {
  preset: fc.constant(null),
  principal: fc.constantFrom("scheduler" as const, "manual" as const),
  methods: fc.option(fc.constant(["GET", "POST"])),
};
const anyContract: fc.Arbitrary<Contract> = fc.oneof(
  fc.record({ ...common, scheme: fc.constant("bearer" as const) }),
  fc.record({ ...common, scheme: fc.constant("header" as const), header: name }),
  fc.record({ ...common, scheme: fc.constant("basic" as const), user: name }),
  fc.record({
    ...common,
    scheme: fc.constant("hmac" as const),
    signatureHeader: name,
    encoding: fc.constantFrom("hex" as const, "base64" as const),
    prefix: fc.string({ maxLength: 5 }),
    listSeparator: fc.option(text),
    fields: fc.record({ separator: text, signature: text }),
    timestamp: fc.record({
      from: fc.constantFrom("header" as const, "field" as const),
      name,
      unit: fc.constantFrom("s" as const, "ms" as const),
      toleranceMs: fc.integer({ min: 1, max: 3_600_000 }),
    }),
    template: fc.constantFrom("{timestamp}.{body}", "{method} {url} {timestamp}{id}"),
    body: fc.constantFrom("raw" as const, "canonical_json" as const),
    idHeader: name,
    secret: fc.record({
      encoding: fc.constantFrom("utf8" as const, "base64" as const),
      strip: fc.option(fc.constantFrom("whsec_", "signkey-\\w+-")),
    }),
  }),
  fc.record({
    ...common,
    scheme: fc.constant("jwt_hs256" as const),
    header: name,
    issuer: text,
    audience: fc.option(text),
    isSubjectUrl: fc.boolean(),
    bodyHashClaim: fc.option(text),
  }),
  fc.record({
    ...common,
    scheme: fc.constant("oidc" as const),
    issuer: name.map((each) => `https://${each}.example/t`),
    issuerAliases: fc.array(text, { maxLength: 3 }),
    audience: text,
    algorithms: fc.subarray(["RS256", "ES256", "PS256", "EdDSA"] as const, { minLength: 1 }),
    require: fc.dictionary(text, fc.array(text, { minLength: 1, maxLength: 3 }), { minKeys: 1, maxKeys: 4 }),
    jwksUrl: fc.option(fc.constant("https://keys.example/set")),
    jwks: fc.constant(null),
    maxAgeMs: fc.option(fc.integer({ min: 1, max: 86_400_000 })),
    isOnce: fc.boolean(),
    run: fc.option(
      fc.record({
        id: fc.array(text, { maxLength: 3 }),
        event: fc.option(fc.record({ claim: text, scheduled: fc.array(text), refused: fc.array(text) })),
      }),
    ),
  }),
);

test("a contract that is shown and read again is the same, whatever it is", () => {
  fc.assert(
    fc.property(anyContract, (contract) => {
      const written: unknown = JSON.parse(JSON.stringify(shownContract(contract)));
      expect(readContract(written as Input)).toEqual({ contract, problems: [] });
    }),
  );
});

test("nothing that is sent makes reading throw, and every refusal names a field", () => {
  const fields = [
    ...new Set(PRESETS.flatMap(({ contract }) => Object.keys(shownContract(contract)))),
    "unknown",
    "__proto__",
  ];
  const input = fc.tuple(
    fc.constantFrom(
      ...PRESETS.map((preset) => ({ preset: preset.name })),
      ...SCHEMES.map((scheme) => ({ scheme })),
    ),
    fc.dictionary(fc.constantFrom(...fields), fc.jsonValue()),
  );
  fc.assert(
    fc.property(input, ([known, more]) => {
      const { contract, problems } = readContract({ ...more, ...known });
      expect(contract === null).toBe(problems.length > 0);
      for (const { field, message } of problems) expect(`${field}${message}`).not.toBe("");
      if (contract !== null) expect(readContract(shownContract(contract)).contract).toEqual(contract);
    }),
  );
});
