/** What is kept of a job's output holds no credential, whatever stands around it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isSecretName, redact, redactSentence, redactUrl } from "../../src/domain/redact.ts";

const SECRET = "Zq9vT4mK2xW8rB6nY1cJ";

const CARRIERS: readonly string[] = [
  `Authorization: Bearer ${SECRET}`,
  `> authorization: Basic ${SECRET}==`,
  `"authorization":"Bearer ${SECRET}"`,
  `Cookie: session=${SECRET}; other=1`,
  `Set-Cookie: id=${SECRET}; HttpOnly`,
  `X-Api-Key: ${SECRET}`,
  `x-auth-token=${SECRET}`,
  `curl -H 'Authorization: Bearer ${SECRET}' https://example.org`,
  `password=${SECRET}`,
  `DB_PASSWORD: ${SECRET}`,
  `"api_key": "${SECRET}"`,
  `client_secret='${SECRET}'`,
  `mysql --password ${SECRET} -e 'select 1'`,
  `https://example.org/?token=${SECRET}&x=1`,
  `postgres://backup:${SECRET}@db.internal/app`,
  `rck_ping_default_${SECRET}`,
  `rck_instance_${SECRET}${SECRET}`,
  `xoxb-123456-${SECRET}`,
  `whsec_${SECRET}`,
  `ghp_${SECRET}`,
  `sk-proj-${SECRET}`,
  `https://hooks.slack.com/services/T000/B000/${SECRET}`,
  `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${SECRET}`,
  `-----BEGIN RSA PRIVATE KEY-----\nMIIE${SECRET}\n${SECRET}=\n-----END RSA PRIVATE KEY-----`,
];

test.each(CARRIERS)("nothing of the secret is left of %s", (carrier) => {
  expect(redact(carrier)).not.toContain(SECRET);
});

test("a secret is found whatever output stands around it", () => {
  const around = fc
    .string({ unit: "grapheme", maxLength: 80 })
    .map((text) => text.replaceAll(/["'\\]/g, " "));
  fc.assert(
    fc.property(around, fc.constantFrom(...CARRIERS), around, (before, carrier, after) => {
      expect(redact(`${before}\n${carrier}\n${after}`)).not.toContain(SECRET);
    }),
    { seed: 60, numRuns: 2_000 },
  );
});

test("ordinary output is kept word for word", () => {
  const output = [
    "2026-03-08T07:00:00Z processed 50 of 200 leads in 3.2 s",
    "error: api.openai.com answered 429, retry after 20 s",
    "tokens used: 1234, cost 0.02",
    "wrote /var/backups/db-2026-03-08.sql.gz (47 kB, sha256 3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855)",
  ].join("\n");
  expect(redact(output)).toBe(output);
});

test("a sentence about credentials keeps its words, and no credential", () => {
  const sentences = [
    "a signed token (JWT) of https://issuer.example in authorization (contract scheduler)",
    "a user name and password (Basic) of which one is wrong",
    "a bearer token, which is not the secret (contract people)",
    "a token that ended 5m ago",
    "a secret that is set on this side: there is none, so nothing is let in",
  ];
  for (const sentence of sentences) expect(redactSentence(sentence)).toBe(sentence);
  for (const carrier of CARRIERS.filter((each) => !each.includes("--password "))) {
    expect(redactSentence(`got ${carrier}`)).not.toContain(SECRET);
  }
});

test("a body made to be slow is not", () => {
  const bodies = [
    "token ".repeat(16_000),
    "a:".repeat(50_000),
    `eyJ${"a".repeat(99_000)}`,
    "-----BEGIN ".repeat(9_000),
  ];
  for (const body of bodies) expect(redact(body).length).toBeGreaterThan(0);
});

test.each([
  ["authorization", true],
  ["Set-Cookie", true],
  ["api_key", true],
  ["x-api-key", true],
  ["accessToken", true],
  ["AWS_SECRET_ACCESS_KEY", true],
  ["db.password", true],
  ["cookies", true],
  ["apiKeys", true],
  ["tokens", false],
  ["key", false],
  ["monkey", false],
  ["author", false],
])("whether %s names a secret: %s", (name, is) => {
  expect(isSecretName(name)).toBe(is);
});

test.each([
  ["https://example.org/a?b=c#d", "https://example.org/a?b=c#d"],
  ["https://user@example.org", "https://example.org"],
  ["https://us@er:pa@ss@example.org/@x", "https://example.org/@x"],
  ["https://example.org/?token=abcdef&page=2", "https://example.org/?token=[removed]&page=2"],
  [
    "https://b.s3.amazonaws.com/k?X-Amz-Credential=AB&X-Amz-Date=1",
    "https://b.s3.amazonaws.com/k?X-Amz-Credential=[removed]&X-Amz-Date=1",
  ],
])("of the address %s is kept %s", (url, kept) => {
  expect(redactUrl(url)).toBe(kept);
});
