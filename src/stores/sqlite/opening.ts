/**
 * Opens the database of a data folder: one process at a time, a file that is ours, whole, and of a schema we
 * know. Whatever is wrong stops the start with one sentence, before anything is written.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RollcallError } from "../../domain/errors.ts";
import { APPLICATION_ID, migrate, SCHEMA_VERSION, schemaVersionOf } from "./migrations.ts";
import { isDamage, isHeld, storeTrouble } from "./troubles.ts";

export const DATABASE_FILE = "rollcall.db";
export const LOCK_FILE = "rollcall.lock";

/** Files up to this size are looked through at start; of larger ones only the tables' first pages. */
const LOOKED_THROUGH_BYTES = 32 * 1024 * 1024;
/** Another program may hold the file for a moment. Only answers wait for it, so it may be longer than a moment. */
const BUSY_WAIT_MS = 5_000;
/** Pages kept in memory by a connection: more than are written between two checkpoints. */
const CACHE_KIB = 32 * 1024;
/** The log is carried into the database when it has so many pages: what is written again and again is then carried once. */
const CHECKPOINT_PAGES = 8_000;
/** The write-ahead log is cut back to this after a burst. */
const LOG_KEPT_BYTES = 64 * 1024 * 1024;

export interface OpenedFolder {
  file: string;
  /** For reading: only the thread that writes may write. */
  database: DatabaseSync;
  /** Lets go of the folder, after the database was closed. */
  release(): void;
}

export function openFolder(folder: string): OpenedFolder {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw stop(
      `The data folder ${folder} cannot be made: make its parent writable, or set ROLLCALL_DATA`,
      error,
    );
  }
  const lock = holdFolder(folder);
  try {
    const file = join(folder, DATABASE_FILE);
    if (!existsSync(file)) makeDatabase(file);
    return { file, database: openDatabase(file), release: () => lock.release() };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * An exclusive lock on a file of its own, held while the process lives. The system lets go of it when the process
 * ends in whatever way, so nothing is left behind by `kill -9`.
 */
export function holdFolder(folder: string): { release(): void } {
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(join(folder, LOCK_FILE));
    // In memory, so that no journal file appears beside the lock.
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    const held = lock;
    return { release: () => (held.isOpen ? held.close() : undefined) };
  } catch (error) {
    lock?.close();
    if (isHeld(error)) {
      throw stop(
        `The data folder ${folder} is in use by another Rollcall: stop that one, or set ROLLCALL_DATA to another folder`,
        error,
      );
    }
    if (isDamage(error))
      throw stop(`${join(folder, LOCK_FILE)} is not a lock file: delete it and start again`, error);
    throw stop(
      `The data folder ${folder} cannot be written: make it and its files writable for Rollcall`,
      error,
    );
  }
}

/**
 * Made under another name first: a file with the real name is always complete, so an empty one is never taken
 * for a new one.
 */
function makeDatabase(file: string): void {
  const draft = `${file}.new`;
  // The log of a database that is gone would be replayed into the new one.
  for (const name of [draft, `${draft}-wal`, `${draft}-shm`, `${file}-wal`, `${file}-shm`])
    rmSync(name, { force: true });
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(draft);
    migrate(database);
  } catch (error) {
    throw stop(`The database ${file} cannot be made: free some space and make its folder writable`, error);
  } finally {
    database?.close();
  }
  renameSync(draft, file);
}

function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: BUSY_WAIT_MS });
    checkFile(database, file);
    makeDurable(database);
    migrate(database);
    database.exec("PRAGMA query_only = ON");
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof RollcallError) throw error;
    if (isDamage(error)) throw damaged(file, error);
    const trouble = storeTrouble(error);
    const why = trouble instanceof RollcallError ? trouble.message : "See the cause";
    throw stop(`The database ${file} could not be opened. ${why.replace(/\.$/, "")}`, error);
  }
}

/** A further connection to a file that was opened before, for the thread that writes. */
export function openForWriting(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_WAIT_MS });
  makeDurable(database);
  return database;
}

function makeDurable(database: DatabaseSync): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = ${LOG_KEPT_BYTES};
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
  `);
}

function checkFile(database: DatabaseSync, file: string): void {
  if (statSync(file).size === 0) throw damaged(file, new Error("the file is empty"));
  const application = Number(database.prepare("PRAGMA application_id").get()?.["application_id"]);
  if (application !== APPLICATION_ID) {
    throw stop(`${file} is not a Rollcall database: move it away, or set ROLLCALL_DATA to another folder`);
  }
  const version = schemaVersionOf(database);
  if (version > SCHEMA_VERSION) {
    throw stop(
      `${file} was written by a newer Rollcall (schema ${version}; this one knows ${SCHEMA_VERSION}): ` +
        "start that version, or restore a backup made before the upgrade",
    );
  }
  const damage = damageIn(database, statSync(file).size);
  if (damage !== null) throw damaged(file, new Error(damage));
}

/** The first damage found; null for none. A big file is not read through: a start takes a moment, not minutes. */
function damageIn(database: DatabaseSync, sizeBytes: number): string | null {
  if (sizeBytes <= LOOKED_THROUGH_BYTES) {
    const found = String(database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"]);
    return found === "ok" ? null : found;
  }
  for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()) {
    // Reading a row walks from the table's first page to a leaf, and throws where the way is broken.
    database.prepare(`SELECT * FROM "${String(name)}" LIMIT 1`).get();
  }
  return null;
}

export function damaged(file: string, cause: unknown): RollcallError {
  return stop(`The database ${file} is damaged: restore a backup, or move it away to start empty`, cause);
}

function stop(sentence: string, cause?: unknown): RollcallError {
  return new RollcallError("unavailable", `${sentence}.`, { cause });
}
