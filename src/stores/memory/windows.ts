/** Ledger rows of one monitor in order of expectedAt, found by halving: histories grow long. */
import type { WindowRow } from "../../domain/ledger.ts";

/** Replaces the row with this expectedAt, or puts it in its place. */
export function putRow(rows: WindowRow[], row: WindowRow): void {
  const place = placeAfter(rows, row.expectedAt);
  const isThere = rows[place - 1]?.expectedAt === row.expectedAt;
  rows.splice(isThere ? place - 1 : place, isThere ? 1 : 0, row);
}

/** The last so many rows with expectedAt at or before this instant. */
export function latestUpTo(rows: readonly WindowRow[], at: number, howMany: number): readonly WindowRow[] {
  const place = placeAfter(rows, at);
  return rows.slice(Math.max(0, place - howMany), place);
}

export function firstAfter(rows: readonly WindowRow[], at: number, howMany: number): readonly WindowRow[] {
  const place = placeAfter(rows, at);
  return rows.slice(place, place + howMany);
}

/** How many rows have their expectedAt at or before this instant. */
function placeAfter(rows: readonly WindowRow[], at: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.expectedAt ?? at) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
