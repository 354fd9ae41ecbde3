/** Monitors: adding, loading, committing by compare-and-set, and which of them are due. */
import { assert } from "../../domain/assert.ts";
import type { MonitorState, Snapshot } from "../../domain/change.ts";
import type { WindowRow } from "../../domain/ledger.ts";
import type { Run } from "../../domain/run.ts";
import type { MonitorRef, MonitorStore, Wanted } from "../../ports/store.ts";
import { pageOf, textIn } from "../cursor.ts";
import { decidedAt, heldWindows } from "../merging.ts";
import { changeWriter } from "./changes.ts";
import { type Connection, fromText, keyText, toText } from "./connection.ts";

interface MonitorRow {
  id: string;
  project: string;
  slug: string;
  deleted_at: number | null;
}

interface Documents {
  monitor: string;
  state: string;
  version: number;
}

export function monitorSection(connection: Connection): MonitorStore {
  return { ...writing(connection), ...reading(connection) };
}

type Writing = Pick<MonitorStore, "createMonitor" | "commit" | "hasten">;

function writing(connection: Connection): Writing {
  const addMonitor = connection.prepare(`
    INSERT INTO monitors (id, project, slug, created_at, deleted_at, ping_hash, doc) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const addState = connection.prepare(`
    INSERT INTO states (monitor, version, due_at, held, doc) VALUES (?, 1, ?, ?, ?)`);
  // Right-hand sides see the row as it was. What was asked for after the decision (?1) stays asked for.
  const swapState = connection.prepare(`
    UPDATE states SET version = version + 1, held = ?3, doc = ?4,
      due_at = CASE WHEN hastened_at > ?1 THEN min(coalesce(?2, hastened_at), hastened_at) ELSE ?2 END,
      hastened_at = CASE WHEN hastened_at > ?1 THEN hastened_at END
    WHERE monitor = ?5 AND version = ?6`);
  // Most changes leave the configuration as it is; comparing is cheaper than writing it again.
  const putMonitor = connection.prepare(`
    UPDATE monitors SET deleted_at = ?1, ping_hash = ?2, doc = ?3 WHERE id = ?4 AND doc <> ?3`);
  const taken = connection.prepare<{ id: string }>(`
    SELECT id FROM monitors WHERE id = ?1 OR (project = ?2 AND slug = ?3 AND deleted_at IS NULL) LIMIT 1`);
  const hasten = connection.prepare(`
    UPDATE states SET due_at = min(coalesce(due_at, ?1), ?1), hastened_at = min(coalesce(hastened_at, ?1), ?1)
    WHERE monitor = ?2 AND EXISTS (SELECT 1 FROM monitors WHERE id = ?2 AND deleted_at IS NULL)`);
  const writeRest = changeWriter(connection);

  return {
    createMonitor: (change) =>
      connection.write(() => {
        assert(change.baseVersion === 0, "a monitor to be added with base version 0");
        const { monitor, state } = change;
        if (taken.get(monitor.id, monitor.project, monitor.slug) !== undefined) return "stale";
        const { id, project, slug, createdAt, deletedAt, pingHash } = monitor;
        addMonitor.run(id, project, slug, createdAt, deletedAt, pingHash, toText(monitor));
        addState.run(id, change.dueAt, toText(heldWindows(state)), toText(state));
        writeRest(change);
        return "committed";
      }),

    commit: (change) =>
      connection.write(() => {
        const { monitor, state } = change;
        const held = toText(heldWindows(state));
        const swapped = swapState.run(
          decidedAt(change),
          change.dueAt,
          held,
          toText(state),
          monitor.id,
          change.baseVersion,
        );
        if (swapped === 0) return "stale";
        putMonitor.run(monitor.deletedAt, monitor.pingHash, toText(monitor), monitor.id);
        writeRest(change);
        return "committed";
      }),

    hasten: (monitorId, dueAt) =>
      connection.write(() => {
        hasten.run(dueAt, monitorId);
      }),
  };
}

function reading(connection: Connection): Omit<MonitorStore, keyof Writing> {
  const bySlug = connection.prepare<MonitorRow>(`
    SELECT id, project, slug, deleted_at FROM monitors WHERE project = ? AND slug = ?
    ORDER BY deleted_at IS NOT NULL, deleted_at DESC, id DESC LIMIT 1`);
  const byPing = connection.prepare<MonitorRow>(`
    SELECT id, project, slug, deleted_at FROM monitors WHERE ping_hash = ?`);
  const due = connection.prepare<{ monitor: string; due_at: number }>(`
    SELECT monitor, due_at FROM states WHERE due_at <= ? ORDER BY due_at, monitor LIMIT ?`);
  const listed = connection.prepare<Documents>(`
    SELECT m.doc AS monitor, s.doc AS state, s.version FROM monitors m JOIN states s ON s.monitor = m.id
    WHERE m.project = ? AND m.deleted_at IS NULL AND m.slug > ? ORDER BY m.slug LIMIT ?`);
  const snapshotOf = snapshotReader(connection);

  return {
    load: (monitorId, wanted) => connection.read(() => snapshotOf(monitorId, wanted)),

    findMonitor: (project, slug) => connection.read(() => refOf(bySlug.get(project, slug))),

    findMonitorByPing: (pingHash) => connection.read(() => refOf(byPing.get(pingHash))),

    dueMonitors: (nowAt, limit) =>
      connection.read(() => due.all(nowAt, limit).map((row) => ({ id: row.monitor, dueAt: row.due_at }))),

    listMonitors: (project, page) =>
      connection.read(() => {
        const found = listed.all(project, textIn(page.cursor) ?? "", page.limit + 1).map((row) => ({
          monitor: fromText<Snapshot["monitor"]>(row.monitor),
          state: fromText<MonitorState>(row.state),
          version: row.version,
        }));
        return pageOf(found, page.limit, (last) => [last.monitor.slug]);
      }),
  };
}

function snapshotReader(connection: Connection): (monitorId: string, wanted: Wanted) => Snapshot | null {
  const documents = connection.prepare<Documents>(`
    SELECT m.doc AS monitor, s.doc AS state, s.version FROM monitors m JOIN states s ON s.monitor = m.id
    WHERE m.id = ?`);
  const latestAttempt = connection.prepare<{ doc: string }>(`
    SELECT doc FROM runs WHERE monitor = ? AND run_id = ? ORDER BY attempt DESC, ordinal DESC LIMIT 1`);
  const upTo = connection.prepare<{ doc: string }>(`
    SELECT doc FROM windows WHERE monitor = ? AND expected_at <= ? ORDER BY expected_at DESC LIMIT ?`);
  const after = connection.prepare<{ doc: string }>(`
    SELECT doc FROM windows WHERE monitor = ? AND expected_at > ? ORDER BY expected_at LIMIT 1`);
  const receipt = connection.prepare<{ doc: string }>(`
    SELECT doc FROM receipts WHERE monitor = ? AND duplicate_key = ?`);

  return (monitorId, wanted) => {
    const found = documents.get(monitorId);
    if (found === undefined) return null;
    const state = fromText<MonitorState>(found.state);
    const runId = wanted.runId ?? null;
    const run = runId === null ? null : parsed<Run>(latestAttempt.get(monitorId, keyText(runId)));

    const rows = new Map<number, WindowRow>();
    const keep = (row: WindowRow) => rows.set(row.expectedAt, row);
    for (const windowAt of wanted.windowsAt ?? []) {
      for (const { doc } of upTo.all(monitorId, windowAt, 2)) keep(fromText(doc));
      for (const { doc } of after.all(monitorId, windowAt)) keep(fromText(doc));
    }
    for (const windowAt of [run?.windowAt, state.anonymous?.windowAt]) {
      if (typeof windowAt !== "number" || rows.has(windowAt)) continue;
      const row = parsed<WindowRow>(upTo.get(monitorId, windowAt, 1));
      if (row !== null && row.toAt >= windowAt) keep(row);
    }

    const key = wanted.duplicateKey ?? null;
    return {
      monitor: fromText(found.monitor),
      state,
      version: found.version,
      run,
      rows: [...rows.values()].sort((one, other) => one.expectedAt - other.expectedAt),
      earlierReceipt: key === null ? null : parsed(receipt.get(monitorId, keyText(key))),
    };
  };
}

function parsed<Kept>(row: { doc: string } | undefined): Kept | null {
  return row === undefined ? null : fromText<Kept>(row.doc);
}

function refOf(row: MonitorRow | undefined): MonitorRef | null {
  if (row === undefined) return null;
  return { id: row.id, project: row.project, slug: row.slug, deletedAt: row.deleted_at };
}
