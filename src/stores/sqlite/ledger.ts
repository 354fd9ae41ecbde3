/** What came of windows and runs, as it is shown: rows, runs, journal, day counts, incidents. */
import type { DayCount, JournalEntry } from "../../domain/change.ts";
import type { Incident } from "../../domain/incident.ts";
import type { WindowRow } from "../../domain/ledger.ts";
import type { Run } from "../../domain/run.ts";
import type { LedgerStore } from "../../ports/store.ts";
import { numbersIn, pageOf, placeIn } from "../cursor.ts";
import type { Connection } from "./connection.ts";
import { fromText, keyText } from "./statements.ts";

interface DocumentRow {
  doc: string;
}

export function ledgerSection(connection: Connection): LedgerStore {
  return { ...history(connection), ...incidents(connection) };
}

type Incidents = Pick<LedgerStore, "listIncidents" | "getIncident">;

function history(connection: Connection): Omit<LedgerStore, keyof Incidents> {
  // Rows never overlap: of those that began before the period only the last one can reach into it.
  const windows = connection.prepare<DocumentRow>(`
    SELECT doc FROM windows WHERE monitor = ?1 AND expected_at < ?3 AND to_at >= ?2 AND expected_at >= coalesce(
      (SELECT max(expected_at) FROM windows WHERE monitor = ?1 AND expected_at <= ?2), ?2)
    AND expected_at > ?4 ORDER BY expected_at LIMIT ?5`);
  const runs = connection.prepare<DocumentRow & { ordinal: number }>(`
    SELECT doc, ordinal FROM runs WHERE monitor = ? AND ordinal < ? ORDER BY ordinal DESC LIMIT ?`);
  const attempts = connection.prepare<DocumentRow & { ordinal: number }>(`
    SELECT doc, ordinal FROM runs WHERE monitor = ? AND ordinal < ? AND run_id = ? ORDER BY ordinal DESC LIMIT ?`);
  const run = connection.prepare<DocumentRow>(`SELECT doc FROM runs WHERE id = ?`);
  const journal = connection.prepare<DocumentRow>(`
    SELECT doc FROM journal WHERE monitor = ? AND at >= ? AND at < ? AND (at, version) > (?, ?)
    ORDER BY at, version LIMIT ?`);
  const counts = connection.prepare<{ day: number; what: DayCount["what"]; total: number }>(`
    SELECT day, what, total FROM day_counts WHERE monitor = ? AND day >= ? AND day < ? AND total <> 0
    ORDER BY day, what`);

  return {
    listWindows: (monitorId, between, page) =>
      connection.read(() => {
        // The cursor is the last window shown: a row that grew or was split since then is not shown again.
        const shownAt = numbersIn(page.cursor, 1)?.[0] ?? Number.MIN_SAFE_INTEGER;
        const found = windows.all(monitorId, between.fromAt, between.toAt, shownAt, page.limit + 1);
        return pageOf(found.map(documentOf<WindowRow>), page.limit, (last) => [last.toAt]);
      }),

    listRuns: (monitorId, { runId }, page) =>
      connection.read(() => {
        const before = numbersIn(page.cursor, 1)?.[0] ?? Number.MAX_SAFE_INTEGER;
        const found =
          runId === null
            ? runs.all(monitorId, before, page.limit + 1)
            : attempts.all(monitorId, before, keyText(runId), page.limit + 1);
        const { items, nextCursor } = pageOf(found, page.limit, (last) => [last.ordinal]);
        return { items: items.map(documentOf<Run>), nextCursor };
      }),

    getRun: (id) => connection.read(() => first<Run>(run.get(id))),

    listJournal: (monitorId, between, page) =>
      connection.read(() => {
        const [at, version] = numbersIn(page.cursor, 2) ?? [Number.MIN_SAFE_INTEGER, 0];
        const found = journal.all(
          monitorId,
          between.fromAt,
          between.toAt,
          at ?? 0,
          version ?? 0,
          page.limit + 1,
        );
        return pageOf(found.map(documentOf<JournalEntry>), page.limit, (last) => [last.at, last.version]);
      }),

    dayCounts: (monitorId, { fromDay, toDay }) =>
      connection.read(() =>
        counts.all(monitorId, fromDay, toDay).map(({ day, what, total }) => ({ day, what, delta: total })),
      ),
  };
}

function incidents(connection: Connection): Incidents {
  const incident = connection.prepare<DocumentRow>(`SELECT doc FROM incidents WHERE id = ?`);

  return {
    listIncidents: (project, wanted, page) =>
      connection.read(() => {
        const place = placeIn(page.cursor) ?? { at: Number.MAX_SAFE_INTEGER, id: "" };
        const { status, monitorId } = wanted;
        const ofStatus = status === null ? "" : "AND status = ?";
        const ofMonitor = monitorId === null ? "" : "AND monitor = ?";
        const chosen = [status, monitorId].filter((value) => value !== null);
        const found = connection
          .prepare<DocumentRow>(
            `SELECT doc FROM incidents WHERE project = ? AND (opened_at, id) < (?, ?) ${ofStatus} ${ofMonitor}
             ORDER BY opened_at DESC, id DESC LIMIT ?`,
          )
          .all(project, place.at, place.id, ...chosen, page.limit + 1);
        return pageOf(found.map(documentOf<Incident>), page.limit, (last) => [last.openedAt, last.id]);
      }),

    getIncident: (id) => connection.read(() => first<Incident>(incident.get(id))),
  };
}

function documentOf<Kept>(row: DocumentRow): Kept {
  return fromText<Kept>(row.doc);
}

function first<Kept>(row: DocumentRow | undefined): Kept | null {
  return row === undefined ? null : documentOf<Kept>(row);
}
