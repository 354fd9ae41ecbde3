/**
 * The ledger rows of one monitor that are kept in memory. Nearly every decision is about now, so they are the latest
 * ones, and those around the instants asked for last, where runs are ahead of their schedule.
 */
import type { WindowRow } from "../domain/ledger.ts";

export interface RowsKept {
  /** The two latest rows with `expectedAt` at or before the instant and the first after it, in order; null: not known. */
  around(at: number): readonly WindowRow[] | null;
  /** The row whose windows include this one, in a list of one or none; null: not known. */
  covering(at: number): readonly WindowRow[] | null;
  /** What was read for `around`. */
  learn(at: number, rows: readonly WindowRow[]): void;
  /** The row was written. */
  put(row: WindowRow): void;
}

/** As many as a window that is judged, the one before it and the one after it, and one to spare. */
export const LATEST_ROWS = 4;
/** Instants asked for of which the answer is kept. */
const ANSWERS = 4;

interface Answer {
  rows: readonly WindowRow[];
  /** The instants that have this answer: up to the first row after them. */
  fromAt: number;
  beforeAt: number;
}

/** `latest`: the latest so many, by expectedAt; fewer: there are no others. */
export function rowsKept(latest: readonly WindowRow[]): RowsKept {
  let isAll = latest.length < LATEST_ROWS;
  let rows = latest;
  let answers: Answer[] = [];

  const before = (at: number, many: number): readonly WindowRow[] | null => {
    const found = rows.filter((row) => row.expectedAt <= at);
    return isAll || found.length >= many ? found.slice(-many) : null;
  };
  const around = (at: number): readonly WindowRow[] | null => {
    const earlier = before(at, 2);
    if (earlier === null) return answers.find((one) => one.fromAt <= at && at < one.beforeAt)?.rows ?? null;
    const later = rows.find((row) => row.expectedAt > at);
    return later === undefined ? earlier : [...earlier, later];
  };

  return {
    around,

    covering(at) {
      const found = before(at, 1) ?? around(at);
      return found?.filter((row) => row.expectedAt <= at && row.toAt >= at) ?? null;
    },

    learn(at, read) {
      const later = read.find((row) => row.expectedAt > at);
      const answer = { rows: read, fromAt: at, beforeAt: later?.expectedAt ?? Number.MAX_SAFE_INTEGER };
      answers = [answer, ...answers].slice(0, ANSWERS);
    },

    put(row) {
      answers = answers.filter((one) => row.expectedAt > one.beforeAt);
      // Before those that are kept there may be others.
      if (!isAll && row.expectedAt < (rows[0]?.expectedAt ?? Number.MAX_SAFE_INTEGER)) return;
      const others = rows.filter((one) => one.expectedAt !== row.expectedAt);
      const all = [...others, row].sort((one, other) => one.expectedAt - other.expectedAt);
      isAll &&= all.length <= LATEST_ROWS;
      rows = all.slice(-LATEST_ROWS);
    },
  };
}
