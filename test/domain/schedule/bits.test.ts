/** Bit sets against plain arrays of numbers. */
import fc from "fast-check";
import { expect, test } from "vitest";
import * as bits from "../../../src/domain/schedule/bits.ts";

function firstIn(values: readonly number[], from: number): number {
  return Math.min(...values.filter((value) => value >= from), Infinity);
}

function lastIn(values: readonly number[], to: number): number {
  return Math.max(...values.filter((value) => value <= to), -1);
}

test("the first member from here and the last up to here are those of the plain array", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 31 })), fc.integer({ min: -1, max: 33 }), (values, edge) => {
      const set = bits.bitsOf(values);
      expect(orInfinity(bits.firstBit(set, Math.max(0, edge)))).toBe(firstIn(values, edge));
      expect(bits.lastBit(set, edge)).toBe(lastIn(values, edge));
      expect(bits.hasBit(set, Math.max(0, Math.min(31, edge)))).toBe(
        values.includes(Math.max(0, Math.min(31, edge))),
      );
    }),
    { seed: 32 },
  );
});

test("the same holds for sets of sixty", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 59 })), fc.integer({ min: -1, max: 60 }), (values, edge) => {
      const set = bits.sixtyBitsOf(values);
      expect(orInfinity(bits.firstOfSixty(set, Math.max(0, edge)))).toBe(firstIn(values, edge));
      expect(bits.lastOfSixty(set, edge)).toBe(lastIn(values, edge));
    }),
    { seed: 60 },
  );
});

function orInfinity(member: number): number {
  return member === bits.NONE ? Infinity : member;
}
