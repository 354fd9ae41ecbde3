/** JUnit XML: whatever the far end said stands in it as text, and nothing of it as markup. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { junitXml } from "../../src/cli/junit.ts";

const one = (given: Partial<Parameters<typeof junitXml>[0]["cases"][number]> = {}) => ({
  name: "no_auth",
  seconds: 0.25,
  failure: null,
  skipped: null,
  ...given,
});

test("passed, failed and skipped cases are counted and told", () => {
  const cases = [
    one(),
    one({ name: "replay", failure: "expected: refused\nseen: 200" }),
    one({ name: "expired", skipped: "no time" }),
  ];
  expect(junitXml({ name: "verify", cases }).split("\n")).toEqual([
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites tests="3" failures="1" skipped="1">`,
    `  <testsuite name="verify" tests="3" failures="1" skipped="1" errors="0">`,
    `    <testcase name="no_auth" classname="verify" time="0.250"/>`,
    `    <testcase name="replay" classname="verify" time="0.250"><failure message="expected: refused">expected: refused`,
    `seen: 200</failure></testcase>`,
    `    <testcase name="expired" classname="verify" time="0.250"><skipped message="no time"/></testcase>`,
    `  </testsuite>`,
    `</testsuites>`,
    "",
  ]);
});

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const read = (text: string): string =>
  text.replaceAll(/&(\w+);/g, (_whole, name: string) => ENTITIES[name] ?? "?");

test("any text is read again as it was, but for what XML cannot say", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      const xml = junitXml({ name: "verify", cases: [one({ skipped: text })] });
      const [, message = ""] = /<skipped message="([^"]*)"\/>/.exec(xml) ?? [];
      expect(message).not.toMatch(/[<>]/);
      const said = Array.from(text.toWellFormed(), (each) => (isSayable(each) ? each : "?")).join("");
      expect(read(message)).toBe(said);
    }),
    { examples: [[`]]><failure/>&amp;"'`], ["\u0000\u001b[2J\uFFFE\uD800"]] },
  );
});

/** https://www.w3.org/TR/xml/#charsets */
function isSayable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return [0x9, 0xa, 0xd].includes(code) || (code >= 0x20 && code !== 0xfffe && code !== 0xffff);
}
