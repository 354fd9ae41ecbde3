/** The ledger rows around an instant: those that are kept in memory, and others as they are read. */
import type { Change } from "../../domain/change.ts";
import type { WindowRow } from "../../domain/ledger.ts";
import { by } from "../order.ts";
import { LATEST_ROWS, type RowsKept, rowsKept } from "../rows-kept.ts";
import { fromText, type Statements } from "./statements.ts";

/** Changes that the database may not hold yet, oldest first. */
type Waiting = readonly Pick<Change, "rows">[];

export interface RowsNear {
  /** The two latest rows with `expectedAt` at or before the instant and the first after it, in order. */
  around(at: number, waiting: Waiting): readonly WindowRow[];
  /** The row whose windows include this one. */
  covering(at: number, waiting: Waiting): WindowRow | null;
  /** The row was written. */
  put(row: WindowRow): void;
}

export function createRowsNear(statements: Statements): (monitorId: string) => RowsNear {
  const upTo = statements.prepare<{ doc: string }>(`
    SELECT doc FROM windows WHERE monitor = ? AND expected_at <= ? ORDER BY expected_at DESC LIMIT ?`);
  const after = statements.prepare<{ doc: string }>(`
    SELECT doc FROM windows WHERE monitor = ? AND expected_at > ? ORDER BY expected_at LIMIT 1`);

  return (monitorId) => {
    let known: RowsKept | null = null;

    const latest = (waiting: Waiting): RowsKept => {
      if (known !== null) return known;
      const read = upTo.all(monitorId, Number.MAX_SAFE_INTEGER, LATEST_ROWS).map(rowOf);
      const isAll = read.length < LATEST_ROWS;
      const fromAt = read.at(-1)?.expectedAt ?? Number.MIN_SAFE_INTEGER;
      // What waits and lies before those that were read may have others between.
      const rows = merged(read, waiting).filter((row) => isAll || row.expectedAt >= fromAt);
      known = rowsKept(rows);
      return known;
    };
    const read = (at: number, waiting: Waiting): readonly WindowRow[] => {
      const earlier = merged(upTo.all(monitorId, at, 2).map(rowOf), waiting);
      const later = merged(after.all(monitorId, at).map(rowOf), waiting);
      return [
        ...earlier.filter((row) => row.expectedAt <= at).slice(-2),
        ...later.filter((row) => row.expectedAt > at).slice(0, 1),
      ];
    };

    const near: RowsNear = {
      around(at, waiting) {
        const rows = latest(waiting).around(at);
        if (rows !== null) return rows;
        const found = read(at, waiting);
        latest(waiting).learn(at, found);
        return found;
      },

      covering(at, waiting) {
        const found = latest(waiting).covering(at) ?? near.around(at, waiting);
        return found.find((row) => row.expectedAt <= at && row.toAt >= at) ?? null;
      },

      put: (row) => known?.put(row),
    };
    return near;
  };
}

/** What was read, with what the database may not hold yet in its place. */
function merged(read: readonly WindowRow[], waiting: Waiting): WindowRow[] {
  const rows = new Map(read.map((row) => [row.expectedAt, row]));
  for (const change of waiting) for (const row of change.rows) rows.set(row.expectedAt, row);
  return [...rows.values()].sort(by((row) => row.expectedAt));
}

function rowOf({ doc }: { doc: string }): WindowRow {
  return fromText<WindowRow>(doc);
}
