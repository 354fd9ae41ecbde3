/**
 * The ledger rows around an instant. Nearly every decision is about now, so the latest rows of a monitor are kept in
 * memory, and those around the instant asked for last, where runs are ahead of their schedule; others are read.
 */
import type { Change } from "../../domain/change.ts";
import type { WindowRow } from "../../domain/ledger.ts";
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

/** As many as a window that is judged, the one before it and the one after it, and one to spare. */
const KEPT = 4;

interface Latest {
  /** By expectedAt, with no hole between them and none after them. */
  rows: WindowRow[];
  /** There is none before them either. */
  isAll: boolean;
}

interface Answer {
  rows: readonly WindowRow[];
  /** The instants that have this answer: up to the first row after them. */
  fromAt: number;
  beforeAt: number;
}

export function createRowsNear(statements: Statements): (monitorId: string) => RowsNear {
  const upTo = statements.prepare<{ doc: string }>(`
    SELECT doc FROM windows WHERE monitor = ? AND expected_at <= ? ORDER BY expected_at DESC LIMIT ?`);
  const after = statements.prepare<{ doc: string }>(`
    SELECT doc FROM windows WHERE monitor = ? AND expected_at > ? ORDER BY expected_at LIMIT 1`);

  return (monitorId) => {
    let known: Latest | null = null;
    let given: Answer | null = null;

    const latest = (waiting: Waiting): Latest => {
      if (known !== null) return known;
      const read = upTo.all(monitorId, Number.MAX_SAFE_INTEGER, KEPT).map(rowOf).reverse();
      const isAll = read.length < KEPT;
      const fromAt = read[0]?.expectedAt ?? Number.MIN_SAFE_INTEGER;
      known = { rows: merged(read, waiting).filter((row) => isAll || row.expectedAt >= fromAt), isAll };
      return known;
    };
    const before = (at: number, many: number, waiting: Waiting): WindowRow[] => {
      const { rows, isAll } = latest(waiting);
      const found = rows.filter((row) => row.expectedAt <= at);
      if (isAll || found.length >= many) return found.slice(-many);
      const read = upTo.all(monitorId, at, many).map(rowOf);
      return merged(read, waiting)
        .filter((row) => row.expectedAt <= at)
        .slice(-many);
    };
    const next = (at: number, waiting: Waiting): WindowRow | undefined => {
      const { rows, isAll } = latest(waiting);
      const isWithin = isAll || (rows[0] !== undefined && rows[0].expectedAt <= at);
      if (isWithin) return rows.find((row) => row.expectedAt > at);
      const read = after.all(monitorId, at).map(rowOf);
      return merged(read, waiting).find((row) => row.expectedAt > at);
    };

    return {
      around(at, waiting) {
        if (given !== null && given.fromAt <= at && at < given.beforeAt) return given.rows;
        const later = next(at, waiting);
        const earlier = before(at, 2, waiting);
        const rows = later === undefined ? earlier : [...earlier, later];
        given = { rows, fromAt: at, beforeAt: later?.expectedAt ?? Number.MAX_SAFE_INTEGER };
        return rows;
      },

      covering(at, waiting) {
        const [row] = before(at, 1, waiting);
        return row !== undefined && row.toAt >= at ? row : null;
      },

      put(row) {
        if (given !== null && row.expectedAt <= given.beforeAt) given = null;
        if (known === null) return;
        const { rows } = known;
        if (!known.isAll && row.expectedAt < (rows[0]?.expectedAt ?? Number.MAX_SAFE_INTEGER)) return;
        known.rows = inOrder([...rows.filter((one) => one.expectedAt !== row.expectedAt), row]);
        if (known.rows.length <= KEPT) return;
        known.rows = known.rows.slice(-KEPT);
        known.isAll = false;
      },
    };
  };
}

/** What was read, with what the database may not hold yet in its place. */
function merged(read: readonly WindowRow[], waiting: Waiting): WindowRow[] {
  const rows = new Map(read.map((row) => [row.expectedAt, row]));
  for (const change of waiting) for (const row of change.rows) rows.set(row.expectedAt, row);
  return inOrder([...rows.values()]);
}

function inOrder(rows: WindowRow[]): WindowRow[] {
  return rows.sort((one, other) => one.expectedAt - other.expectedAt);
}

function rowOf({ doc }: { doc: string }): WindowRow {
  return fromText<WindowRow>(doc);
}
