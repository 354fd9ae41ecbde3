/** A cache that a flood of different keys cannot fill. */
import { expect, test } from "vitest";
import { boundedCache, cached } from "../../../src/domain/schedule/bounded-cache.ts";

test("a value is made once while it is kept, and the oldest is forgotten at the limit", () => {
  const made: string[] = [];
  const cache = boundedCache<string>(2);
  const ask = (key: string): string =>
    cached(cache, key, (asked) => {
      made.push(asked);
      return asked.toUpperCase();
    });
  expect([ask("a"), ask("b"), ask("a"), ask("c"), ask("b"), ask("a")]).toEqual([
    "A",
    "B",
    "A",
    "C",
    "B",
    "A",
  ]);
  expect(made).toEqual(["a", "b", "c", "a"]);
  expect(cache.entries.size).toBe(2);
});
