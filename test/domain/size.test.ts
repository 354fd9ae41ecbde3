/** Sizes as people write them and as they are told back. */
import { expect, test } from "vitest";
import { parseSize, sizeInWords } from "../../src/domain/size.ts";

test.each<[string | number, number | null]>([
  [0, 0],
  [47_000, 47_000],
  ["47000", 47_000],
  ["1 B", 1],
  ["47 kB", 47_000],
  ["10MB", 10_000_000],
  ["1.5 GB", 1_500_000_000],
  ["1 KiB", 1_024],
  ["2 GiB", 2_147_483_648],
  ["0.1 B", 1],
  [" 1 mb ", 1_000_000],
  ["9000 TB", 9e15],
  ["10000 TB", null],
  ["", null],
  ["MB", null],
  ["-1", null],
  [-1, null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  ["1e3", null],
  ["10 M", null],
  ["1 iB", null],
])("%j is %s bytes", (input, bytes) => {
  expect(parseSize(input)).toBe(bytes);
});

test("told back with three digits", () => {
  expect([0, 999, 1_000, 47_123, 999_499, 999_500, 1_234_567, 5e12, 2e18].map(sizeInWords)).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "47.1 kB",
    "999 kB",
    "1 MB",
    "1.23 MB",
    "5 TB",
    "2000 PB",
  ]);
});
