/** Chance from a seed: the same seed gives the same choices, so that a failure can be had again. */

export interface Chance {
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number;
  /** True so many times out of a hundred. */
  percent(percent: number): boolean;
  of<Item>(items: readonly [Item, ...Item[]]): Item;
  /** Some of the items, perhaps none, in their order. */
  some<Item>(items: readonly Item[]): Item[];
}

export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  // Xorshift of 32 bits (Marsaglia 2003); the first steps spread a small seed.
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  state = (state + 0x9e3779b9) >>> 0 || 1;
  for (let round = 0; round < 8; round += 1) next();
  const below = (limit: number) => Math.floor(next() * limit);
  const percent = (of: number) => next() * 100 < of;
  return {
    below,
    percent,
    of: (items) => items[below(items.length)] ?? items[0],
    some: (items) => items.filter(() => percent(50)),
  };
}
