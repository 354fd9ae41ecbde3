/** How lists are ordered: by one value, then by the next. */

/** Orders by the values that `of` names, one after the other. */
export function by<Item>(
  ...of: readonly ((item: Item) => string | number)[]
): (one: Item, other: Item) => number {
  return (one, other) => {
    for (const value of of) {
      const [left, right] = [value(one), value(other)];
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  };
}
