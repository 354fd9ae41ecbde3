/** Chance that can be repeated: one seed gives the same draws for ever, so that a failing seed can be looked at again. */

export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** A whole number, both ends included. */
  between(lowest: number, highest: number): number;
  isTrue(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** A source of its own: what one part of the world draws does not change what another part does. */
  fork(name: string): Chance;
}

export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  // The generator known as mulberry32: 32 bits of state, good enough to choose what goes wrong next.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (lowest: number, highest: number): number =>
    lowest + Math.floor(next() * (Math.max(lowest, highest) - lowest + 1));
  return {
    next,
    between,
    isTrue: (probability) => next() < probability,
    pick: (items) => {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
    fork: (name) => chanceFrom(hash(name, seed)),
  };
}

function hash(text: string, seed: number): number {
  let value = (seed ^ 0x811c9dc5) >>> 0;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
