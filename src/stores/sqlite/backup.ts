/**
 * A copy of a database that other connections go on writing, and the look at a copy before anything is built on
 * it. The copy is one moment of the original, whole and in order, whatever happens to the original meanwhile.
 */
import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { RollcallError } from "../../domain/errors.ts";
import { APPLICATION_ID, SCHEMA_VERSION, schemaVersionOf } from "./migrations.ts";
import { isDamage, storeTrouble } from "./troubles.ts";

/** A server that is just starting or ending holds its file for a moment, and nobody waits for a backup. */
export const BUSY_WAIT_MS = 10_000;

/** What is worth knowing of a database without opening it as a store. */
export interface DatabaseFacts {
  schemaVersion: number;
  /** When a server on it last showed that it lived; null: none ever did. */
  lastSignAt: number | null;
  /** Some secret that is sealed in it, to try a key file with; null: it holds none. */
  sealed: string | null;
}

/** Writes `to`, which must not be there, and makes it durable. The original is read and never written. */
export function copyDatabase({ from, to }: { from: string; to: string }): void {
  requireFile(from);
  // SQLite fills an empty file and keeps its mode; a file that it made itself would be readable for others.
  closeSync(openSync(to, "wx", 0o600));
  withDatabase(from, (database) => {
    requireOurs(database, from);
    // One read transaction: https://sqlite.org/lang_vacuum.html#vacuum_with_an_into_clause
    database.prepare("VACUUM INTO ?").run(to);
  });
  const written = openSync(to, "r+");
  fsyncSync(written);
  closeSync(written);
}

/** Looks through all of the file. Throws one sentence where it is damaged, another program's or a newer Rollcall's. */
export function inspectDatabase(file: string): DatabaseFacts {
  requireFile(file);
  return withDatabase(file, (database) => {
    requireOurs(database, file);
    const schemaVersion = schemaVersionOf(database);
    if (schemaVersion > SCHEMA_VERSION) {
      throw refused(
        `${file} was written by a newer Rollcall (schema ${schemaVersion}; this one knows ${SCHEMA_VERSION}): ` +
          "use that version",
      );
    }
    const damage = String(database.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"]);
    if (damage !== "ok") throw refused(`${file} is damaged: use another backup`, new Error(damage));
    const sealed = database
      .prepare(`
        SELECT json_extract(doc, '$.sealed') AS text FROM keys WHERE text NOT NULL
        UNION ALL SELECT json_extract(doc, '$.pingSealed') FROM monitors LIMIT 1`)
      .get();
    return {
      schemaVersion,
      lastSignAt: (database.prepare("SELECT at FROM signs WHERE name = 'life'").get()?.["at"] ?? null) as
        | number
        | null,
      sealed: (sealed?.["text"] ?? null) as string | null,
    };
  });
}

function requireFile(file: string): void {
  if (!existsSync(file)) throw refused(`There is no database at ${file}: name the folder that holds one`);
}

function requireOurs(database: DatabaseSync, file: string): void {
  const application = Number(database.prepare("PRAGMA application_id").get()?.["application_id"]);
  if (application !== APPLICATION_ID) throw refused(`${file} is not a Rollcall database: name another one`);
}

/** Read-only, so that the original keeps its place whatever goes wrong here. */
function withDatabase<Result>(file: string, work: (database: DatabaseSync) => Result): Result {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_WAIT_MS });
    return work(database);
  } catch (error) {
    if (error instanceof RollcallError) throw error;
    if (isDamage(error)) throw refused(`${file} is damaged: use another backup`, error);
    throw storeTrouble(error);
  } finally {
    database?.close();
  }
}

function refused(sentence: string, cause?: unknown): RollcallError {
  return new RollcallError("unavailable", `${sentence}.`, { cause });
}
