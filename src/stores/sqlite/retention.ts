/** What is past its time, table by table. Every removal is bounded, and what it leaves is met by the next sweep. */
import { LIMITS } from "../../domain/limits.ts";
import type { Connection, Value } from "./connection.ts";

const DAY_MS = 86_400_000;

export interface MonitorAge {
  id: string;
  deletedAt: number | null;
  /** JSON: the windows that the state still names. */
  held: string;
}

/** What belongs to no monitor. */
export function projectRemovals(connection: Connection): (nowAt: number, atMost: number) => number {
  const closed = connection.prepare<{ id: string }>(`
    SELECT id FROM incidents WHERE monitor IS NULL AND resolved_at < ? LIMIT ?`);
  const spots = connection.prepare<{ id: string }>(`SELECT id FROM blind_spots WHERE to_at < ? LIMIT ?`);
  const removeIncident = incidentRemoval(connection);
  const removeNotices = noticeRemoval(connection, "created_at < ? AND status <> 'pending'");
  const removeRejections = removal(connection, "rejections", "last_at < ?");
  const removePlans = removal(connection, "plans", "until_at < ?");
  const removeUnknowns = removal(connection, "unknowns", "blind_spot = ?");
  const removeSpot = removal(connection, "blind_spots", "id = ?");

  return (nowAt, atMost) => {
    const cutAt = nowAt - LIMITS.historyMs;
    return inTurn(atMost, [
      (rest) => forEach(closed.all(cutAt, rest), rest, ({ id }, left) => removeIncident(id, left)),
      (rest) => removeNotices([cutAt], rest),
      (rest) => removeRejections([cutAt], rest),
      (rest) => removePlans([cutAt], rest),
      (rest) =>
        forEach(spots.all(cutAt, rest), rest, ({ id }, left) =>
          inTurn(left, [(most) => removeUnknowns([id], most), (most) => removeSpot([id], most)]),
        ),
    ]);
  };
}

/** What is past of a monitor that goes on (or is a tombstone within its time). */
export function monitorRemovals(
  connection: Connection,
): (monitor: MonitorAge, nowAt: number, atMost: number) => number {
  const isHeld = (condition: string) => `EXISTS (SELECT 1 FROM json_each(?) AS held WHERE ${condition})`;
  const unheldRun = `NOT ${isHeld("held.value = window_at")}`;
  const removeWindows = removal(
    connection,
    "windows",
    `monitor = ? AND expected_at < ? AND to_at < ? AND NOT ${isHeld("held.value BETWEEN expected_at AND to_at")}`,
  );
  const removeOldRuns = removal(connection, "runs", `monitor = ? AND past_since_at < ? AND ${unheldRun}`);
  const removeSurplusRuns = removal(
    connection,
    "runs",
    `monitor = ? AND ordinal <= ? AND past_since_at IS NOT NULL AND ${unheldRun}`,
  );
  const removeJournal = removal(connection, "journal", "monitor = ? AND at < ?");
  const removeReceipts = removal(connection, "receipts", "monitor = ? AND at < ?");
  const removeCounts = removal(connection, "day_counts", "monitor = ? AND day < ?");
  const closed = connection.prepare<{ id: string }>(`
    SELECT id FROM incidents WHERE monitor = ? AND resolved_at < ? LIMIT ?`);
  const removeIncident = incidentRemoval(connection);
  const surplusOf = runSurplus(connection);

  return ({ id, held }, nowAt, atMost) => {
    const cutAt = nowAt - LIMITS.historyMs;
    const surplus = surplusOf(id);
    // With more runs than are kept, the history begins with the first of those. Runs go last, since it is they
    // that tell where.
    const beginsAt = Math.max(cutAt, surplus.historyAt ?? cutAt);
    return inTurn(atMost, [
      (rest) => removeWindows([id, beginsAt, beginsAt, held], rest),
      (rest) => removeJournal([id, beginsAt], rest),
      (rest) => removeOldRuns([id, cutAt, held], rest),
      (rest) => removeSurplusRuns([id, surplus.lastOrdinal, held], rest),
      (rest) => removeReceipts([id, nowAt - LIMITS.receiptKeptMs], rest),
      (rest) => removeCounts([id, Math.floor((nowAt - LIMITS.countersMs) / DAY_MS)], rest),
      (rest) =>
        forEach(closed.all(id, cutAt, rest), rest, (incident, left) => removeIncident(incident.id, left)),
    ]);
  };
}

/** Everything of a deleted monitor; itself last, so that an interrupted removal is met again. */
export function tombstoneRemovals(connection: Connection): (monitorId: string, atMost: number) => number {
  const tables = ["windows", "runs", "journal", "receipts", "day_counts", "rejections", "unknowns"];
  const removals = tables.map((table) => removal(connection, table, "monitor = ?"));
  const removeNotices = noticeRemoval(connection, "monitor = ?");
  const incidents = connection.prepare<{ id: string }>(`SELECT id FROM incidents WHERE monitor = ? LIMIT ?`);
  const removeIncident = incidentRemoval(connection);
  const removeMonitor = removal(connection, "monitors", "id = ?");
  const forgetState = connection.prepare(`DELETE FROM states WHERE monitor = ?`);

  return (monitorId, atMost) =>
    inTurn(atMost, [
      ...removals.map((remove) => (rest: number) => remove([monitorId], rest)),
      (rest) => removeNotices([monitorId], rest),
      (rest) => forEach(incidents.all(monitorId, rest), rest, ({ id }, left) => removeIncident(id, left)),
      (rest) => {
        forgetState.run(monitorId);
        return removeMonitor([monitorId], rest);
      },
    ]);
}

/** The last run beyond those that are kept, and where the history of the first kept one begins. */
function runSurplus(
  connection: Connection,
): (monitorId: string) => { lastOrdinal: number; historyAt: number | null } {
  // Ordinals may have holes, so this only tells that there can be no surplus: counting would grow with history.
  const span = connection.prepare<{ runs: number | null }>(`
    SELECT (SELECT max(ordinal) FROM runs WHERE monitor = ?1) - (SELECT min(ordinal) FROM runs WHERE monitor = ?1) + 1
      AS runs`);
  const last = connection.prepare<{ ordinal: number }>(`
    SELECT ordinal FROM runs WHERE monitor = ? ORDER BY ordinal DESC LIMIT 1 OFFSET ${LIMITS.runsPerMonitor}`);
  const firstKept = connection.prepare<{ history_at: number }>(`
    SELECT history_at FROM runs WHERE monitor = ? AND ordinal > ? ORDER BY ordinal LIMIT 1`);
  return (monitorId) => {
    const isFull = (span.get(monitorId)?.runs ?? 0) > LIMITS.runsPerMonitor;
    const lastOrdinal = isFull ? (last.get(monitorId)?.ordinal ?? 0) : 0;
    if (lastOrdinal === 0) return { lastOrdinal, historyAt: null };
    return { lastOrdinal, historyAt: firstKept.get(monitorId, lastOrdinal)?.history_at ?? null };
  };
}

type Removal = (values: readonly Value[], atMost: number) => number;

function removal(connection: Connection, table: string, condition: string): Removal {
  const statement = connection.prepare(`
    DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${condition} LIMIT ?)`);
  return (values, atMost) => statement.run(...values, atMost);
}

/** An incident goes after its notifications, and its lanes with it. */
function incidentRemoval(connection: Connection): (id: string, atMost: number) => number {
  const removeNotifications = removal(connection, "notifications", "incident = ?");
  const forgetLanes = connection.prepare(`DELETE FROM lanes WHERE incident = ?`);
  const removeIncident = removal(connection, "incidents", "id = ?");
  return (id, atMost) =>
    inTurn(atMost, [
      (rest) => removeNotifications([id], rest),
      (rest) => {
        forgetLanes.run(id);
        return removeIncident([id], rest);
      },
    ]);
}

/** A notice without incident is alone in its lane. */
function noticeRemoval(connection: Connection, condition: string): Removal {
  const find = connection.prepare<{ id: string; lane: number }>(`
    SELECT id, lane FROM notifications WHERE incident IS NULL AND ${condition} LIMIT ?`);
  const remove = connection.prepare(`DELETE FROM notifications WHERE id = ?`);
  const forgetLane = connection.prepare(`DELETE FROM lanes WHERE number = ?`);
  return (values, atMost) => {
    const found = find.all(...values, atMost);
    for (const { id, lane } of found) {
      remove.run(id);
      forgetLane.run(lane);
    }
    return found.length;
  };
}

/** One after the other; a step is taken only when those before it left something of the bound. */
function inTurn(atMost: number, steps: readonly ((rest: number) => number)[]): number {
  let removed = 0;
  for (const step of steps) {
    if (removed >= atMost) break;
    removed += step(atMost - removed);
  }
  return removed;
}

function forEach<Item>(
  items: readonly Item[],
  atMost: number,
  remove: (item: Item, rest: number) => number,
): number {
  return inTurn(
    atMost,
    items.map((item) => (rest: number) => remove(item, rest)),
  );
}
