/** How each table is read as records, in the order of `RECORD_KINDS`. Row ids keep the order of arrival. */
import type { SQLOutputValue } from "node:sqlite";
import type { StoredRecord } from "../../ports/transfer.ts";
import { fromText } from "./statements.ts";

type Row = Record<string, SQLOutputValue>;

interface RecordReader {
  kind: StoredRecord["kind"];
  sql: string;
  toRecord: (row: Row) => StoredRecord;
}

/** The columns of a row are what its own statement names; the driver cannot know their types. */
const text = (row: Row, column: string): string => row[column] as string;
const number = (row: Row, column: string): number => row[column] as number;
const numberOrNull = (row: Row, column: string): number | null => row[column] as number | null;
const textOrNull = (row: Row, column: string): string | null => row[column] as string | null;
const document = <Kept>(row: Row, column = "doc"): Kept => fromText<Kept>(text(row, column));

export const recordReaders: readonly RecordReader[] = [
  {
    kind: "project",
    sql: `SELECT doc, state, version, due_at FROM projects ORDER BY rowid`,
    toRecord: (row) => ({
      kind: "project",
      project: document(row),
      state: document(row, "state"),
      version: number(row, "version"),
      dueAt: numberOrNull(row, "due_at"),
    }),
  },
  {
    kind: "key",
    sql: `SELECT doc FROM keys ORDER BY rowid`,
    toRecord: (row) => ({ kind: "key", key: document(row) }),
  },
  {
    kind: "channel",
    sql: `SELECT doc FROM channels ORDER BY rowid`,
    toRecord: (row) => ({ kind: "channel", channel: document(row) }),
  },
  {
    kind: "plan",
    sql: `SELECT doc FROM plans ORDER BY rowid`,
    toRecord: (row) => ({ kind: "plan", plan: document(row) }),
  },
  {
    kind: "monitor",
    sql: `SELECT m.doc AS monitor, s.doc AS state, s.version, s.due_at, s.hastened_at
      FROM monitors m JOIN states s ON s.monitor = m.id ORDER BY m.rowid`,
    toRecord: (row) => ({
      kind: "monitor",
      monitor: document(row, "monitor"),
      state: document(row, "state"),
      version: number(row, "version"),
      dueAt: numberOrNull(row, "due_at"),
      hastenedAt: numberOrNull(row, "hastened_at"),
    }),
  },
  {
    kind: "window",
    sql: `SELECT doc FROM windows ORDER BY rowid`,
    toRecord: (row) => ({ kind: "window", row: document(row) }),
  },
  {
    kind: "run",
    sql: `SELECT doc FROM runs ORDER BY rowid`,
    toRecord: (row) => ({ kind: "run", run: document(row) }),
  },
  {
    kind: "journal",
    sql: `SELECT monitor, doc FROM journal ORDER BY place`,
    toRecord: (row) => ({ kind: "journal", monitorId: text(row, "monitor"), entry: document(row) }),
  },
  {
    kind: "receipt",
    sql: `SELECT monitor, duplicate_key, at, doc FROM receipts ORDER BY monitor, duplicate_key`,
    toRecord: (row) => ({
      kind: "receipt",
      monitorId: text(row, "monitor"),
      duplicateKey: document(row, "duplicate_key"),
      receipt: document(row),
      at: number(row, "at"),
    }),
  },
  {
    kind: "count",
    sql: `SELECT monitor, json_object('day', day, 'what', what, 'delta', total) AS doc FROM day_counts ORDER BY monitor, day, what`,
    toRecord: (row) => ({ kind: "count", monitorId: text(row, "monitor"), count: document(row) }),
  },
  {
    kind: "incident",
    sql: `SELECT doc FROM incidents ORDER BY rowid`,
    toRecord: (row) => ({ kind: "incident", incident: document(row) }),
  },
  {
    kind: "lane",
    sql: `SELECT project, channel, subject, incident, thread, has_sent FROM lanes ORDER BY number`,
    toRecord: (row) => ({
      kind: "lane",
      project: text(row, "project"),
      channel: text(row, "channel"),
      subject: text(row, "subject"),
      incidentId: textOrNull(row, "incident"),
      thread: textOrNull(row, "thread"),
      hasSent: number(row, "has_sent") === 1,
    }),
  },
  {
    kind: "notification",
    sql: `SELECT doc FROM notifications ORDER BY rowid`,
    toRecord: (row) => ({ kind: "notification", notification: document(row) }),
  },
  {
    kind: "rejection",
    sql: `SELECT doc FROM rejections ORDER BY number`,
    toRecord: (row) => ({ kind: "rejection", rejection: document(row) }),
  },
  {
    kind: "proof_use",
    sql: `SELECT project, id, use, until_at FROM proof_uses ORDER BY project, id`,
    toRecord: (row) => ({
      kind: "proof_use",
      project: text(row, "project"),
      id: text(row, "id"),
      use: text(row, "use"),
      untilAt: number(row, "until_at"),
    }),
  },
  {
    kind: "guarded_route",
    sql: `SELECT doc FROM guarded_routes ORDER BY rowid`,
    toRecord: (row) => ({ kind: "guarded_route", route: document(row) }),
  },
  {
    kind: "verification",
    sql: `SELECT doc FROM verifications ORDER BY rowid`,
    toRecord: (row) => ({ kind: "verification", verification: document(row) }),
  },
  {
    kind: "blind_spot",
    sql: `SELECT doc FROM blind_spots ORDER BY rowid`,
    toRecord: (row) => ({ kind: "blind_spot", spot: document(row) }),
  },
  {
    kind: "unknown",
    sql: `SELECT doc, is_reported FROM unknowns ORDER BY rowid`,
    toRecord: (row) => ({
      kind: "unknown",
      unknown: document(row),
      isReported: number(row, "is_reported") === 1,
    }),
  },
  {
    kind: "sign_of_life",
    sql: `SELECT at FROM signs WHERE name = 'life'`,
    toRecord: (row) => ({ kind: "sign_of_life", at: number(row, "at") }),
  },
];
