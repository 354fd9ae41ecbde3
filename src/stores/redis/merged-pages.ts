/** A list that lies in several places: each place gives a page of its own, and together they are one, in one order. */
import type { Page } from "../../ports/store.ts";
import { type CursorPart, pageOf } from "../cursor.ts";
import type { Place } from "./places.ts";

export interface Merging<Item> {
  places: readonly Place[];
  limit: number;
  /** What comes next in this place, in order: as many as asked for, or all that is left. */
  read: (place: Place, howMany: number) => Promise<readonly Item[]>;
  order: (one: Item, other: Item) => number;
  /** Where the list goes on after this item: in every place, for the order is one for all of them. */
  placeOf: (last: Item) => readonly CursorPart[];
}

/** What stands in a cursor is read by the caller, before this: `read` goes on from there. */
export async function mergedPage<Item>(merging: Merging<Item>): Promise<Page<Item>> {
  const { places, limit, read, order, placeOf } = merging;
  return pageOf(await merged(places, (place) => read(place, limit + 1), order), limit, placeOf);
}

/** What the places have between them, in order. */
export async function merged<Item>(
  places: readonly Place[],
  read: (place: Place) => Promise<readonly Item[]>,
  order: (one: Item, other: Item) => number,
): Promise<readonly Item[]> {
  const found = await Promise.all(places.map(read));
  return found.length === 1 ? found.flat() : found.flat().toSorted(order);
}
