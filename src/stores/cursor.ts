/**
 * Pages and their cursors. A cursor is the place after the last item shown, written so that nobody is tempted
 * to read it; what stands there may change before it comes back.
 */
import { invalid } from "../domain/errors.ts";
import type { Page } from "../ports/store.ts";

export type CursorPart = string | number;

/** One page of what was read from the cursor on: `found` holds one item more than the limit if more is to come. */
export function pageOf<Item>(
  found: readonly Item[],
  limit: number,
  placeOf: (last: Item) => readonly CursorPart[],
): Page<Item> {
  const items = found.slice(0, limit);
  const last = items[items.length - 1];
  const isLast = found.length <= limit || last === undefined;
  return { items, nextCursor: isLast ? null : writeCursor(placeOf(last)) };
}

export function writeCursor(parts: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** The numbers of a cursor, or null at the beginning of a list. */
export function numbersIn(cursor: string | null, howMany: number): readonly number[] | null {
  if (cursor === null) return null;
  const parts = readCursor(cursor);
  if (parts.length !== howMany || !parts.every((part) => typeof part === "number")) throw badCursor();
  return parts;
}

/** The single text of a cursor, or null at the beginning of a list. */
export function textIn(cursor: string | null): string | null {
  if (cursor === null) return null;
  const [place, ...rest] = readCursor(cursor);
  if (typeof place !== "string" || rest.length > 0) throw badCursor();
  return place;
}

/** A place in a list ordered by instant, then id; null at its beginning. */
export function placeIn(cursor: string | null): { at: number; id: string } | null {
  if (cursor === null) return null;
  const [at, id, ...rest] = readCursor(cursor);
  if (typeof at !== "number" || typeof id !== "string" || rest.length > 0) throw badCursor();
  return { at, id };
}

/** The numbers of what earlier pages have shown, for lists whose order changes while they are read. */
export function shownIn(cursor: string | null): ReadonlySet<number> {
  if (cursor === null) return new Set();
  const parts = readCursor(cursor);
  if (parts.length === 0 || !parts.every((part) => typeof part === "number")) throw badCursor();
  return new Set(parts);
}

function readCursor(cursor: string): readonly CursorPart[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw badCursor();
  }
  const isPart = (part: unknown) => typeof part === "string" || Number.isSafeInteger(part);
  if (!Array.isArray(parts) || !parts.every(isPart)) throw badCursor();
  return parts;
}

function badCursor(): Error {
  return invalid([
    { field: "cursor", message: "is not one that this list has given; begin without a cursor" },
  ]);
}
