/** What is past its time, table by table. Every removal is bounded, and what it leaves is met by the next sweep. */
import type { MonitorState } from "../../domain/change.ts";
import { LIMITS } from "../../domain/limits.ts";
import { heldWindows } from "../merging.ts";
import { fromText, type Statements, toText, type Value } from "./statements.ts";

const DAY_MS = 86_400_000;

export interface MonitorAge {
  id: string;
  deletedAt: number | null;
  /** Its document. */
  state: string;
}

/** What belongs to no monitor. */
export function projectRemovals(statements: Statements): (nowAt: number, atMost: number) => number {
  const closed = statements.prepare<{ id: string }>(`
    SELECT id FROM incidents WHERE monitor IS NULL AND resolved_at < ? LIMIT ?`);
  const spots = statements.prepare<{ id: string }>(`SELECT id FROM blind_spots WHERE to_at < ? LIMIT ?`);
  const removeIncident = incidentRemoval(statements);
  const removeNotices = noticeRemoval(statements, "created_at < ? AND status <> 'pending'");
  const removeRejections = removal(statements, "rejections", "last_at < ?");
  const removeProofs = removal(statements, "proof_uses", "until_at < ?");
  const removeRoutes = removal(statements, "guarded_routes", "last_at < ?");
  const removeVerifications = removal(statements, "verifications", "at < ?");
  const removePlans = removal(statements, "plans", "until_at < ?");
  const removeUnknowns = removal(statements, "unknowns", "blind_spot = ?");
  const removeSpot = removal(statements, "blind_spots", "id = ?");

  return (nowAt, atMost) => {
    const cutAt = nowAt - LIMITS.historyMs;
    return inTurn(atMost, [
      (rest) => forEach(closed.all(cutAt, rest), rest, ({ id }, left) => removeIncident(id, left)),
      (rest) => removeNotices([cutAt], rest),
      (rest) => removeRejections([cutAt], rest),
      (rest) => removeProofs([nowAt], rest),
      (rest) => removeRoutes([cutAt], rest),
      (rest) => removeVerifications([cutAt], rest),
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
  statements: Statements,
): (monitor: MonitorAge, nowAt: number, atMost: number) => number {
  const isHeld = (condition: string) => `EXISTS (SELECT 1 FROM json_each(?) AS held WHERE ${condition})`;
  const unheldRun = `NOT ${isHeld("held.value = window_at")}`;
  const removeWindows = removal(
    statements,
    "windows",
    `monitor = ? AND expected_at < ? AND to_at < ? AND NOT ${isHeld("held.value BETWEEN expected_at AND to_at")}`,
  );
  const removeOldRuns = removal(statements, "runs", `monitor = ? AND past_since_at < ? AND ${unheldRun}`);
  const removeSurplusRuns = removal(
    statements,
    "runs",
    `monitor = ? AND ordinal <= ? AND past_since_at IS NOT NULL AND ${unheldRun}`,
  );
  const removeJournal = removal(statements, "journal", "monitor = ? AND at < ?");
  const removeReceipts = removal(statements, "receipts", "monitor = ? AND at < ?");
  const removeCounts = removal(statements, "day_counts", "monitor = ? AND day < ?");
  const closed = statements.prepare<{ id: string }>(`
    SELECT id FROM incidents WHERE monitor = ? AND resolved_at < ? LIMIT ?`);
  const removeIncident = incidentRemoval(statements);
  const surplusOf = runSurplus(statements);

  return ({ id, state }, nowAt, atMost) => {
    const cutAt = nowAt - LIMITS.historyMs;
    const held = toText(heldWindows(fromText<MonitorState>(state)));
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
export function tombstoneRemovals(statements: Statements): (monitorId: string, atMost: number) => number {
  const tables = ["windows", "runs", "journal", "receipts", "day_counts", "rejections", "unknowns"];
  const removals = tables.map((table) => removal(statements, table, "monitor = ?"));
  const removeNotices = noticeRemoval(statements, "monitor = ?");
  const incidents = statements.prepare<{ id: string }>(`SELECT id FROM incidents WHERE monitor = ? LIMIT ?`);
  const removeIncident = incidentRemoval(statements);
  const removeMonitor = removal(statements, "monitors", "id = ?");
  const forgetState = statements.prepare(`DELETE FROM states WHERE monitor = ?`);

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
  statements: Statements,
): (monitorId: string) => { lastOrdinal: number; historyAt: number | null } {
  // Ordinals may have holes, so this only tells that there can be no surplus: counting would grow with history.
  const span = statements.prepare<{ runs: number | null }>(`
    SELECT (SELECT max(ordinal) FROM runs WHERE monitor = ?1) - (SELECT min(ordinal) FROM runs WHERE monitor = ?1) + 1
      AS runs`);
  const last = statements.prepare<{ ordinal: number }>(`
    SELECT ordinal FROM runs WHERE monitor = ? ORDER BY ordinal DESC LIMIT 1 OFFSET ${LIMITS.runsPerMonitor}`);
  const firstKept = statements.prepare<{ history_at: number }>(`
    SELECT history_at FROM runs WHERE monitor = ? AND ordinal > ? ORDER BY ordinal LIMIT 1`);
  return (monitorId) => {
    const isFull = (span.get(monitorId)?.runs ?? 0) > LIMITS.runsPerMonitor;
    const lastOrdinal = isFull ? (last.get(monitorId)?.ordinal ?? 0) : 0;
    if (lastOrdinal === 0) return { lastOrdinal, historyAt: null };
    return { lastOrdinal, historyAt: firstKept.get(monitorId, lastOrdinal)?.history_at ?? null };
  };
}

type Removal = (values: readonly Value[], atMost: number) => number;

/** Tables whose rows lie in their key have no row id. */
const KEYS: Readonly<Record<string, string>> = {
  receipts: "monitor, duplicate_key",
  day_counts: "monitor, day, what",
  proof_uses: "project, id",
};

function removal(statements: Statements, table: string, condition: string): Removal {
  const key = KEYS[table] ?? "rowid";
  const statement = statements.prepare(`
    DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ?)`);
  return (values, atMost) => statement.run(...values, atMost);
}

/** An incident goes after its notifications, and its lanes with it. */
function incidentRemoval(statements: Statements): (id: string, atMost: number) => number {
  const removeNotifications = removal(statements, "notifications", "incident = ?");
  const forgetLanes = statements.prepare(`DELETE FROM lanes WHERE incident = ?`);
  const removeIncident = removal(statements, "incidents", "id = ?");
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
function noticeRemoval(statements: Statements, condition: string): Removal {
  const find = statements.prepare<{ id: string; lane: number }>(`
    SELECT id, lane FROM notifications WHERE incident IS NULL AND ${condition} LIMIT ?`);
  const remove = statements.prepare(`DELETE FROM notifications WHERE id = ?`);
  const forgetLane = statements.prepare(`DELETE FROM lanes WHERE number = ?`);
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
