/** What a script is given, as `lua/arguments.lua` takes it: texts one after the other, an empty one for null. */

export type Argument = string | number | null;

/** Null becomes the empty text; no text that is given may be empty but for that. */
export function texts(given: readonly Argument[]): string[] {
  return given.map((each) => (each === null ? "" : String(each)));
}

/** How many there are, then what each of them is. */
export function listed<Item>(items: readonly Item[], of: (item: Item) => readonly Argument[]): Argument[] {
  return [items.length, ...items.flatMap((item) => of(item))];
}
