/** Nothing of an outcome is kept that looks like a credential, wherever in it a job put one. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readOutcome } from "../../../src/domain/outcome/read-outcome.ts";
import { anyValues } from "./any-values.ts";

const SECRET = "Zq9vT4mK2xW8rB6nY1cJ";
const LINE = `Authorization: Bearer ${SECRET}`;

test.each([
  ["a step's error", { steps: [{ name: "a", error: { type: LINE, message: LINE, class: LINE } }] }],
  ["a step's names", { steps: [{ name: LINE, id: LINE, parent_id: LINE, http: { host: `u:${SECRET}@h` } }] }],
  ["the plan", { plan: [LINE] }],
  ["a metric's name", { metrics: { [`token=${SECRET}`]: 1 } }],
  ["the log", { log: `before\n${LINE}\nafter` }],
  ["lines of the log", { log: ["before", LINE] }],
  ["the environment", { environment: { host: LINE, trace: `https://t/?api_key=${SECRET}` } }],
  [
    "evidence",
    { evidence: [{ kind: LINE, name: LINE, id: LINE, url: `https://u:${SECRET}@h/?sig=${SECRET}` }] },
  ],
  ["the host of an answer", { http: [{ host: `https://${SECRET}:x@h`, status: 200 }] }],
  ["why it is unreadable", { unreadable: LINE }],
  ["a field that is not known", { note: LINE }],
  ["its name", { [`password=${SECRET}`]: "x" }],
  [
    "a field named like a secret",
    { api_key: SECRET, dbPassword: SECRET, nested: [{ "X-Auth-Token": SECRET }] },
  ],
  ["a list of secrets", { cookies: { cookie: [SECRET, { a: SECRET }] } }],
  ["a wrong value", { counts: { processed: LINE }, metrics: LINE }],
])("nothing of a secret is left of %s", (_where, values) => {
  const read = readOutcome(values);
  expect(JSON.stringify(read)).not.toContain(SECRET);
});

test("the receipt says that something was not kept, and only then", () => {
  const note = "what looked like credentials in the outcome was not kept";
  expect(readOutcome({ log: LINE }).notes).toEqual([note]);
  expect(readOutcome({ log: "fine", evidence: "https://example.org/?page=2" }).notes).toEqual([]);
});

test("a secret is found in whatever is sent around it", () => {
  fc.assert(
    fc.property(anyValues(), fc.constantFrom("log", "note", "unreadable", "plan"), (values, where) => {
      const read = readOutcome({ ...values, [where]: `x ${LINE}` });
      expect(JSON.stringify(read)).not.toContain(SECRET);
    }),
    { seed: 4, numRuns: 150 },
  );
});
