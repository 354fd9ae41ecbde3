/**
 * Changes on their way to the database: made into text once, where they were decided, because text crosses between
 * threads far more cheaply than objects do; and each part put into its table by the thread that writes.
 */
import { assert } from "../../domain/assert.ts";
import type { Change } from "../../domain/change.ts";
import type { BlindUnknown } from "../../domain/hearing.ts";
import type { Incident } from "../../domain/incident.ts";
import type { Monitor } from "../../domain/monitor.ts";
import type { Notification } from "../../domain/notification.ts";
import type { Run } from "../../domain/run.ts";
import { decidedAt, historyStartAt, monitorIdOf, pastSinceAt, widenedUnknown } from "../merging.ts";
import { outboxWriter } from "./lanes.ts";
import { fromText, keyText, type Statements, toText, type Value } from "./statements.ts";

/** Columns in the order of their table's statement below. */
type Columns = readonly Value[];

export interface WrittenChange {
  monitorId: string;
  baseVersion: number;
  decidedAt: number;
  dueAt: number | null;
  state: string;
  /** Null: as it was. */
  monitor: { deletedAt: number | null; pingHash: string; text: string } | null;
  rows: readonly Columns[];
  runs: readonly Columns[];
  counts: readonly Columns[];
  receipts: readonly Columns[];
  journal: readonly Columns[];
  incidents: readonly Incident[];
  notifications: readonly Notification[];
  unknowns: readonly BlindUnknown[];
}

/** Changes of one monitor, each built on the one before. */
export type ChangesInARow = readonly [Change, ...Change[]];

/**
 * What the changes come to, written as if it were one: of each document the last form. `monitor`: the configuration as
 * it stands before them, which most changes leave as it is.
 */
export function writtenChange(changes: ChangesInARow, monitor: Monitor | null): WrittenChange {
  const [first] = changes;
  const last = changes[changes.length - 1] ?? first;
  const { id, deletedAt, pingHash } = last.monitor;
  return {
    monitorId: id,
    baseVersion: first.baseVersion,
    decidedAt: decidedAt(last),
    dueAt: last.dueAt,
    state: toText(last.state),
    monitor: last.monitor === monitor ? null : { deletedAt, pingHash, text: toText(last.monitor) },
    rows: lastOfEach(
      changes,
      ({ rows }) => rows,
      (row) => row.expectedAt,
    ).map((row) => [id, row.expectedAt, row.toAt, toText(row)]),
    runs: lastOfEach(
      changes,
      ({ runs }) => runs,
      (run) => run.id,
    ).map(runColumns),
    counts: changes.flatMap(({ counts }) => counts.map(({ day, what, delta }) => [id, day, what, delta])),
    receipts: changes.flatMap(({ receipt }) =>
      receipt === null ? [] : [[id, keyText(receipt.duplicateKey), receipt.at, toText(receipt.receipt)]],
    ),
    journal: changes.flatMap(({ journal }) =>
      journal === null ? [] : [[id, journal.at, journal.version, toText(journal)]],
    ),
    incidents: lastOfEach(
      changes,
      ({ incidents }) => incidents,
      (incident) => incident.id,
    ),
    notifications: changes.flatMap(({ notifications }) => notifications),
    unknowns: changes.flatMap(({ unknowns }) => unknowns),
  };
}

/** In the order in which they came first. */
function lastOfEach<Item>(
  changes: ChangesInARow,
  itemsOf: (change: Change) => readonly Item[],
  keyOf: (item: Item) => string | number,
): readonly Item[] {
  if (changes.length === 1) return itemsOf(changes[0]);
  return [...new Map(changes.flatMap(itemsOf).map((item) => [keyOf(item), item])).values()];
}

/** For `runWriter`. */
export function runColumns(run: Run): Columns {
  const runId = run.runId === null ? null : keyText(run.runId);
  const { id, monitorId, attempt, windowAt } = run;
  return [attempt, windowAt, historyStartAt(run), pastSinceAt(run), toText(run), id, monitorId, runId];
}

export function changeWriter(statements: Statements): (change: WrittenChange) => void {
  const putWindow = statements.prepare(`
    INSERT INTO windows (monitor, expected_at, to_at, doc) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET to_at = excluded.to_at, doc = excluded.doc`);
  const addJournal = statements.prepare(`
    INSERT INTO journal (monitor, at, version, doc) VALUES (?, ?, ?, ?)`);
  const putReceipt = statements.prepare(`
    INSERT INTO receipts (monitor, duplicate_key, at, doc) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET at = excluded.at, doc = excluded.doc`);
  const addCount = statements.prepare(`
    INSERT INTO day_counts (monitor, day, what, total) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET total = total + excluded.total`);
  const putRun = runWriter(statements);
  const putIncident = incidentWriter(statements);
  const addNotification = outboxWriter(statements);
  const putUnknown = unknownWriter(statements);

  return (change) => {
    for (const columns of change.rows) putWindow.run(...columns);
    for (const columns of change.runs) putRun(columns);
    for (const incident of change.incidents) putIncident(incident);
    for (const notification of change.notifications) addNotification(notification);
    for (const unknown of change.unknowns) putUnknown(unknown);
    for (const columns of change.counts) addCount.run(...columns);
    for (const columns of change.receipts) putReceipt.run(...columns);
    for (const columns of change.journal) addJournal.run(...columns);
  };
}

export function runWriter(statements: Statements): (columns: Columns) => void {
  // Ordinals give the order of arrival; that of a run which is there stays.
  const put = statements.prepare(`
    INSERT INTO runs (attempt, window_at, history_at, past_since_at, doc, id, monitor, run_id, ordinal)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
      (SELECT coalesce(max(ordinal), 0) + 1 FROM runs WHERE monitor = ?7))
    ON CONFLICT (id) DO UPDATE SET attempt = excluded.attempt, window_at = excluded.window_at,
      history_at = excluded.history_at, past_since_at = excluded.past_since_at, doc = excluded.doc
    WHERE monitor = excluded.monitor`);
  return (columns) => assert(put.run(...columns) > 0, "a run id that no other monitor has");
}

/** For incidents of monitors and for a project's own. An id that is used for something else breaks the primary key. */
export function incidentWriter(statements: Statements): (incident: Incident) => void {
  const update = statements.prepare(`
    UPDATE incidents SET status = ?, opened_at = ?, resolved_at = ?, doc = ?
    WHERE id = ? AND project = ? AND monitor IS ?`);
  const insert = statements.prepare(`
    INSERT INTO incidents (status, opened_at, resolved_at, doc, id, project, monitor) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  return (incident) => {
    const { id, project, status, openedAt, resolvedAt } = incident;
    const values = [status, openedAt, resolvedAt, toText(incident), id, project, monitorIdOf(incident)];
    if (update.run(...values) === 0) insert.run(...values);
  };
}

function unknownWriter(statements: Statements): (unknown: BlindUnknown) => void {
  const known = statements.prepare<{ doc: string }>(
    `SELECT doc FROM unknowns WHERE blind_spot = ? AND monitor = ?`,
  );
  const put = statements.prepare(`
    INSERT INTO unknowns (blind_spot, monitor, project, is_reported, doc) VALUES (?, ?, ?, 0, ?)
    ON CONFLICT DO UPDATE SET is_reported = 0, doc = excluded.doc`);
  return (unknown) => {
    const { blindSpotId, monitorId, project } = unknown;
    const before = known.get(blindSpotId, monitorId);
    const widened = widenedUnknown(before === undefined ? null : fromText(before.doc), unknown);
    put.run(blindSpotId, monitorId, project, toText(widened));
  };
}
