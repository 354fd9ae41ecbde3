/** What hosts answered over a run, in words (R17). */
import { expect, test } from "vitest";
import { tallySentences, troubleOf } from "../../../src/domain/outcome/http-tally.ts";
import { tally } from "./story.ts";

const AT = Date.UTC(2026, 2, 2, 2, 3, 10);
const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);

test("how often, from when to when, and how long to wait", () => {
  const limited = { count: 12, firstAt: AT, lastAt: AT + 50_000, retryAfterSeconds: 60 };
  expect(tallySentences([tally(200, { count: 3 }), tally(429, limited)], clock)).toEqual([
    "api.openai.com answered 429 (rate limited) 12 times from 02:03:10 to 02:04:00, asks to wait up to 1m.",
    "3 other calls went well.",
  ]);
});

test("a quota that is used up is not waited for", () => {
  const used = { isQuota: true, firstAt: AT, lastAt: AT, retryAfterSeconds: 60 };
  expect(tallySentences([tally(429, used)], clock)).toEqual([
    "api.openai.com answered 429 (quota exhausted) once at 02:03:10.",
  ]);
});

test("the most frequent first, only so many, and nothing where all went well", () => {
  const many = [400, 401, 403, 404, 500, 502, 503].map((status, index) =>
    tally(status, { count: index + 1 }),
  );
  const sentences = tallySentences(many, clock);
  expect(sentences[0]).toBe("api.openai.com answered 503 (broken there) 7 times.");
  expect(sentences).toHaveLength(6);
  expect(sentences.at(-1)).toBe("2 more kinds of refusals.");
  expect(tallySentences([tally(200, { count: 9 })], clock)).toEqual([]);
});

test("a refusal that a later good answer makes up for is no trouble", () => {
  const refused = tally(429, { lastAt: AT });
  expect(troubleOf([refused, tally(200, { lastAt: AT + 1 })])).toBeNull();
  expect(troubleOf([refused, tally(200, { lastAt: AT - 1 })])).toBe(refused);
  expect(troubleOf([refused, tally(200, { lastAt: AT + 1, host: "db.example" })])).toBe(refused);
  const later = tally(503, { lastAt: AT + 5 });
  expect(troubleOf([later, refused])).toBe(later);
});
