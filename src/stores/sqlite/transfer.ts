/** All of it as records, and all of it from records: read through a connection of its own, written in pieces. */
import { DatabaseSync } from "node:sqlite";
import { RollcallError } from "../../domain/errors.ts";
import type { StoredRecord, TransferStore } from "../../ports/transfer.ts";
import { BUSY_WAIT_MS } from "./backup.ts";
import type { Connection } from "./connection.ts";
import { recordReaders } from "./record-readers.ts";
import { recordWriter } from "./record-writer.ts";
import { SCHEMA_VERSION, schemaVersionOf } from "./migrations.ts";
import type { Statements } from "./statements.ts";
import { storeTrouble } from "./troubles.ts";

/** Records written in one transaction: memory stays small, and a transaction is not the cost of each. */
const WRITTEN_TOGETHER = 500;

export function transferSection(connection: Connection, file: string): TransferStore {
  const anything = connection.prepare<{ found: number }>(`
    SELECT EXISTS (SELECT 1 FROM projects) OR EXISTS (SELECT 1 FROM keys) OR EXISTS (SELECT 1 FROM channels)
      OR EXISTS (SELECT 1 FROM plans) OR EXISTS (SELECT 1 FROM monitors) OR EXISTS (SELECT 1 FROM incidents)
      OR EXISTS (SELECT 1 FROM notifications) OR EXISTS (SELECT 1 FROM rejections)
      OR EXISTS (SELECT 1 FROM proof_uses) OR EXISTS (SELECT 1 FROM guarded_routes)
      OR EXISTS (SELECT 1 FROM verifications)
      OR EXISTS (SELECT 1 FROM blind_spots) OR EXISTS (SELECT 1 FROM signs WHERE name = 'life') AS found`);

  return {
    exportAll: () => everythingIn(file),

    async importAll(records) {
      if ((await connection.read(() => anything.get()?.found)) !== 0) {
        throw new RollcallError("conflict", "The store is not empty: import into a new one.");
      }
      let together: StoredRecord[] = [];
      for await (const record of records) {
        together.push(record);
        if (together.length < WRITTEN_TOGETHER) continue;
        await connection.write("importRecords", [together]);
        together = [];
      }
      await connection.write("importRecords", [together]);
    },
  };
}

export function transferWrites(statements: Statements) {
  const put = recordWriter(statements);
  return {
    importRecords(records: readonly StoredRecord[]): void {
      for (const record of records) put(record);
    },
  };
}

/** Of any database file, also while a server runs on it: one read transaction from the first record to the last. */
export async function* everythingIn(file: string): AsyncIterable<StoredRecord> {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_WAIT_MS });
    const schema = schemaVersionOf(database);
    if (schema !== SCHEMA_VERSION) {
      const remedy =
        schema < SCHEMA_VERSION
          ? "start this Rollcall on it once, which brings it up to date"
          : "use that version";
      throw new RollcallError(
        "unavailable",
        `${file} was written by another Rollcall (schema ${schema}; this one knows ${SCHEMA_VERSION}): ${remedy}.`,
      );
    }
    database.exec("BEGIN");
    for (const { sql, toRecord } of recordReaders) {
      for (const row of database.prepare(sql).iterate()) yield toRecord(row);
    }
  } catch (error) {
    throw storeTrouble(error);
  } finally {
    database?.close();
  }
}
