/** Durations as people write them and as they are told back. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { durationInWords, durationText, parseDuration } from "../../src/domain/duration.ts";

test.each([
  ["90s", 90_000],
  ["10m", 600_000],
  ["1h30m", 5_400_000],
  ["1h 30m", 5_400_000],
  ["1d", 86_400_000],
  ["2w", 1_209_600_000],
  ["500ms", 500],
  ["1.5h", 5_400_000],
  [" 5M ", 300_000],
  ["90", 90_000],
  ["0.5", 500],
  [90, 90_000],
  [0.25, 250],
  [0, 0],
  ["0s", 0],
])("%j is %d ms", (input, durationMs) => {
  expect(parseDuration(input)).toBe(durationMs);
});

test("as a file has it, a duration is exact and reads back as the same", () => {
  expect([0, 500, 90_000, 600_000, 5_400_000, 90_061_001].map(durationText)).toEqual([
    "0s",
    "500ms",
    "1m30s",
    "10m",
    "1h30m",
    "1d1h1m1s1ms",
  ]);
  const durations = fc.integer({ min: 0, max: 400 * 86_400_000 });
  fc.assert(fc.property(durations, (durationMs) => parseDuration(durationText(durationMs)) === durationMs));
});

test.each([
  "",
  " ",
  "-5m",
  "5 minutes",
  "m",
  "1h30",
  "1e3",
  "5y",
  "10m!",
  "١٠m",
  "NaN",
  "Infinity",
  `${"9".repeat(400)}s`,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
])("%j is no duration", (input) => {
  expect(parseDuration(input)).toBeNull();
});

test.each([
  [0, "0ms"],
  [120, "120ms"],
  [45_000, "45s"],
  [600_000, "10m"],
  [5_400_000, "1h 30m"],
  [90_061_000, "1d 1h"],
  [3_601_000, "1h 1s"],
  [59_999, "1m"],
  [999.6, "1s"],
])("%d ms is told as %s", (durationMs, words) => {
  expect(durationInWords(durationMs)).toBe(words);
});

test("what is told back of whole units is read as the same duration", () => {
  fc.assert(
    fc.property(fc.nat({ max: 23 }), fc.nat({ max: 59 }), (hours, minutes) => {
      const durationMs = hours * 3_600_000 + minutes * 60_000;
      expect(parseDuration(durationInWords(durationMs))).toBe(durationMs);
    }),
  );
});
