/** The parts of a change beside monitor and state, each put into its table. Called inside a transaction. */
import type { Change } from "../../domain/change.ts";
import type { BlindUnknown } from "../../domain/hearing.ts";
import type { Incident } from "../../domain/incident.ts";
import type { Run } from "../../domain/run.ts";
import { assertOwn, historyStartAt, monitorIdOf, pastSinceAt, widenedUnknown } from "../merging.ts";
import { type Connection, fromText, keyText, toText } from "./connection.ts";
import { outboxWriter } from "./lanes.ts";

export function changeWriter(connection: Connection): (change: Change) => void {
  const putWindow = connection.prepare(`
    INSERT INTO windows (monitor, expected_at, to_at, doc) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET to_at = excluded.to_at, doc = excluded.doc`);
  const addJournal = connection.prepare(`
    INSERT INTO journal (monitor, at, version, doc) VALUES (?, ?, ?, ?)`);
  const putReceipt = connection.prepare(`
    INSERT INTO receipts (monitor, duplicate_key, at, doc) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET at = excluded.at, doc = excluded.doc`);
  const addCount = connection.prepare(`
    INSERT INTO day_counts (monitor, day, what, total) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET total = total + excluded.total`);
  const putRun = runWriter(connection);
  const putIncident = incidentWriter(connection);
  const addNotification = outboxWriter(connection);
  const putUnknown = unknownWriter(connection);

  return (change) => {
    const { id } = change.monitor;
    assertOwn(change);
    for (const row of change.rows) putWindow.run(id, row.expectedAt, row.toAt, toText(row));
    for (const run of change.runs) putRun(id, run);
    for (const incident of change.incidents) putIncident(incident);
    for (const notification of change.notifications) addNotification(notification);
    for (const unknown of change.unknowns) putUnknown(unknown);
    for (const { day, what, delta } of change.counts) addCount.run(id, day, what, delta);
    if (change.receipt !== null) {
      const { duplicateKey, receipt, at } = change.receipt;
      putReceipt.run(id, keyText(duplicateKey), at, toText(receipt));
    }
    if (change.journal !== null) {
      addJournal.run(id, change.journal.at, change.journal.version, toText(change.journal));
    }
  };
}

function runWriter(connection: Connection): (monitorId: string, run: Run) => void {
  const update = connection.prepare(`
    UPDATE runs SET attempt = ?, window_at = ?, history_at = ?, past_since_at = ?, doc = ?
    WHERE id = ? AND monitor = ?`);
  // Ordinals give the order of arrival. An id that another monitor has breaks the primary key.
  const insert = connection.prepare(`
    INSERT INTO runs (attempt, window_at, history_at, past_since_at, doc, id, monitor, run_id, ordinal)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
      (SELECT coalesce(max(ordinal), 0) + 1 FROM runs WHERE monitor = ?7))`);
  return (monitorId, run) => {
    const values = [
      run.attempt,
      run.windowAt,
      historyStartAt(run),
      pastSinceAt(run),
      toText(run),
      run.id,
      monitorId,
    ];
    if (update.run(...values) > 0) return;
    insert.run(...values, run.runId === null ? null : keyText(run.runId));
  };
}

/** For incidents of monitors and for a project's own. An id that is used for something else breaks the primary key. */
export function incidentWriter(connection: Connection): (incident: Incident) => void {
  const update = connection.prepare(`
    UPDATE incidents SET status = ?, opened_at = ?, resolved_at = ?, doc = ?
    WHERE id = ? AND project = ? AND monitor IS ?`);
  const insert = connection.prepare(`
    INSERT INTO incidents (status, opened_at, resolved_at, doc, id, project, monitor) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  return (incident) => {
    const { id, project, status, openedAt, resolvedAt } = incident;
    const values = [status, openedAt, resolvedAt, toText(incident), id, project, monitorIdOf(incident)];
    if (update.run(...values) === 0) insert.run(...values);
  };
}

function unknownWriter(connection: Connection): (unknown: BlindUnknown) => void {
  const known = connection.prepare<{ doc: string }>(
    `SELECT doc FROM unknowns WHERE blind_spot = ? AND monitor = ?`,
  );
  const put = connection.prepare(`
    INSERT INTO unknowns (blind_spot, monitor, project, is_reported, doc) VALUES (?, ?, ?, 0, ?)
    ON CONFLICT DO UPDATE SET is_reported = 0, doc = excluded.doc`);
  return (unknown) => {
    const { blindSpotId, monitorId, project } = unknown;
    const before = known.get(blindSpotId, monitorId);
    const widened = widenedUnknown(before === undefined ? null : fromText(before.doc), unknown);
    put.run(blindSpotId, monitorId, project, toText(widened));
  };
}
