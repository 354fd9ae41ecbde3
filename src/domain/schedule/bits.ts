/**
 * Sets of small numbers as bits, so that the schedule search finds the next member of a cron field in a few
 * machine steps instead of a walk. `Bits` holds 0-31 (hours, days, months); `SixtyBits` holds 0-59.
 */

export type Bits = number;

export interface SixtyBits {
  /** Members 0-31. */
  readonly low: Bits;
  /** Members 32-59, as 0-27. */
  readonly high: Bits;
}

/** What the functions below answer when the set has no such member. */
export const NONE = -1;

export function bitsOf(values: readonly number[]): Bits {
  return values.reduce((bits, value) => bits | (1 << value), 0);
}

export function sixtyBitsOf(values: readonly number[]): SixtyBits {
  return {
    low: bitsOf(values.filter((value) => value < 32)),
    high: bitsOf(values.filter((value) => value >= 32).map((value) => value - 32)),
  };
}

export function hasBit(bits: Bits, value: number): boolean {
  return ((bits >>> value) & 1) === 1;
}

/** The smallest member that is `from` or more. */
export function firstBit(bits: Bits, from: number): number {
  if (from > 31) return NONE;
  const left = bits & (-1 << from);
  return left === 0 ? NONE : 31 - Math.clz32(left & -left);
}

/** The largest member that is `to` or less. */
export function lastBit(bits: Bits, to: number): number {
  if (to < 0) return NONE;
  const left = to >= 31 ? bits : bits & ((2 << to) - 1);
  return left === 0 ? NONE : 31 - Math.clz32(left);
}

export function firstOfSixty(bits: SixtyBits, from: number): number {
  if (from < 32) {
    const low = firstBit(bits.low, from);
    if (low !== NONE) return low;
  }
  const high = firstBit(bits.high, Math.max(0, from - 32));
  return high === NONE ? NONE : high + 32;
}

export function lastOfSixty(bits: SixtyBits, to: number): number {
  if (to >= 32) {
    const high = lastBit(bits.high, to - 32);
    if (high !== NONE) return high + 32;
  }
  return lastBit(bits.low, Math.min(31, to));
}
