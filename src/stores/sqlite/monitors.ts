/** Monitors: adding, loading, committing by compare-and-set, and which of them are due. */
import { assert } from "../../domain/assert.ts";
import type { Change, MonitorState, Snapshot } from "../../domain/change.ts";
import type { MonitorRef, MonitorStore } from "../../ports/store.ts";
import { pageOf, textIn } from "../cursor.ts";
import { assertOwn, ONE_PIECE } from "../merging.ts";
import { changeWriter, type WrittenChange, writtenChange } from "./changes.ts";
import type { Connection } from "./connection.ts";
import type { Committed, KeptSnapshots } from "./snapshots.ts";
import { fromText, type Statements } from "./statements.ts";

interface MonitorRow {
  id: string;
  project: string;
  slug: string;
  deleted_at: number | null;
  /** JSON. */
  accepts: string | null;
}

interface Documents {
  monitor: string;
  state: string;
  version: number;
}

export function monitorSection(connection: Connection, kept: KeptSnapshots): MonitorStore {
  return { ...deciding(connection, kept), ...finding(connection) };
}

/** Of what a change adds only what the job has said may be long: it is in the journal and with its run. */
function charactersOf({ journal }: Change): number {
  return journal?.event.type === "check_in" ? 2 * journal.event.checkIn.body.length : 0;
}

type Deciding = Pick<MonitorStore, "createMonitor" | "load" | "commit" | "confirm" | "hasten">;

function deciding(connection: Connection, kept: KeptSnapshots): Deciding {
  return {
    async createMonitor(change) {
      assert(change.baseVersion === 0, "a monitor to be added with base version 0");
      assertOwn(change);
      const { project, slug, createdAt } = change.monitor;
      const written = writtenChange([change], null);
      return connection.write("createMonitor", [written, { project, slug, createdAt }], written.state.length);
    },

    load: (monitorId, wanted) =>
      connection.read(() => {
        const found = kept.find(monitorId);
        return found === null ? null : kept.snapshotOf(found, wanted);
      }),

    async commit(change, onAccepted) {
      assertOwn(change);
      // No waiting from here to the acceptance: two who loaded the same version must not both be accepted.
      const before = connection.readNow(() => kept.find(change.monitor.id));
      if (before === null || before.version !== change.baseVersion) return "stale";
      connection.requireRoom();
      const version = kept.versionAfter(before);
      const { monitor } = before;
      const onWritten = (written: WrittenChange) => kept.measure(before, written);
      const characters = before.characters.state + charactersOf(change);
      const outcome = connection.commit({ change, version, monitor, onWritten }, characters);
      kept.accept(before, { change, version, outcome });
      onAccepted?.();
      return outcome;
    },

    confirm: (snapshot) => kept.confirm(snapshot),

    hasten: (monitorId, dueAt) => connection.write("hasten", [monitorId, dueAt]),
  };
}

function finding(connection: Connection): Omit<MonitorStore, keyof Deciding> {
  const bySlug = connection.prepare<MonitorRow>(`
    SELECT id, project, slug, deleted_at, doc ->> '$.settings.accepts' AS accepts FROM monitors WHERE project = ? AND slug = ?
    ORDER BY deleted_at IS NOT NULL, deleted_at DESC, id DESC LIMIT 1`);
  const byPing = connection.prepare<MonitorRow>(`
    SELECT id, project, slug, deleted_at, doc ->> '$.settings.accepts' AS accepts FROM monitors WHERE ping_hash = ?`);
  const due = connection.prepare<{ monitor: string; due_at: number }>(`
    SELECT monitor, due_at FROM states WHERE due_at <= ? ORDER BY due_at, monitor LIMIT ?`);
  const listed = connection.prepare<Documents>(`
    SELECT m.doc AS monitor, s.doc AS state, s.version FROM monitors m JOIN states s ON s.monitor = m.id
    WHERE m.project = ? AND m.deleted_at IS NULL AND m.slug > ? ORDER BY m.slug LIMIT ?`);

  return {
    findMonitor: (project, slug) => connection.read(() => refOf(bySlug.get(project, slug))),

    findMonitorByPing: (pingHash) => connection.read(() => refOf(byPing.get(pingHash))),

    partitions: async () => [ONE_PIECE],

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

function refOf(row: MonitorRow | undefined): MonitorRef | null {
  if (row === undefined) return null;
  const accepts = row.accepts === null ? null : fromText<readonly string[]>(row.accepts);
  return { id: row.id, project: row.project, slug: row.slug, deletedAt: row.deleted_at, accepts };
}

export function monitorWrites(statements: Statements) {
  const addMonitor = statements.prepare(`
    INSERT INTO monitors (id, project, slug, created_at, deleted_at, ping_hash, doc) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const addState = statements.prepare(`
    INSERT INTO states (monitor, version, due_at, doc) VALUES (?, 1, ?, ?)`);
  // Right-hand sides see the row as it was. What was asked for after the decision (?1) stays asked for.
  const swapState = statements.prepare(`
    UPDATE states SET version = ?6, doc = ?3,
      due_at = CASE WHEN hastened_at > ?1 THEN min(coalesce(?2, hastened_at), hastened_at) ELSE ?2 END,
      hastened_at = CASE WHEN hastened_at > ?1 THEN hastened_at END
    WHERE monitor = ?4 AND version = ?5`);
  const putMonitor = statements.prepare(`
    UPDATE monitors SET deleted_at = ?, ping_hash = ?, doc = ? WHERE id = ?`);
  const taken = statements.prepare<{ id: string }>(`
    SELECT id FROM monitors WHERE id = ?1 OR (project = ?2 AND slug = ?3 AND deleted_at IS NULL) LIMIT 1`);
  const hasten = statements.prepare(`
    UPDATE states SET due_at = min(coalesce(due_at, ?1), ?1), hastened_at = min(coalesce(hastened_at, ?1), ?1)
    WHERE monitor = ?2 AND EXISTS (SELECT 1 FROM monitors WHERE id = ?2 AND deleted_at IS NULL)`);
  const writeRest = changeWriter(statements);

  return {
    createMonitor(
      change: WrittenChange,
      { project, slug, createdAt }: { project: string; slug: string; createdAt: number },
    ): Committed {
      const { monitorId: id, monitor } = change;
      assert(monitor !== null, "a new monitor with its configuration");
      if (taken.get(id, project, slug) !== undefined) return "stale";
      addMonitor.run(id, project, slug, createdAt, monitor.deletedAt, monitor.pingHash, monitor.text);
      addState.run(id, change.dueAt, change.state);
      writeRest(change);
      return "committed";
    },

    commit(change: WrittenChange, version: number): Committed {
      const { monitorId: id, monitor, baseVersion } = change;
      const swapped = swapState.run(change.decidedAt, change.dueAt, change.state, id, baseVersion, version);
      if (swapped === 0) return "stale";
      if (monitor !== null) putMonitor.run(monitor.deletedAt, monitor.pingHash, monitor.text, id);
      writeRest(change);
      return "committed";
    },

    hasten(monitorId: string, dueAt: number): void {
      hasten.run(dueAt, monitorId);
    },
  };
}
