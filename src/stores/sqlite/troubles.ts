/** What SQLite's result codes mean for the person who runs Rollcall, each as one sentence to act on. */
import { RollcallError } from "../../domain/errors.ts";
import { LIMITS } from "../../domain/limits.ts";

// Primary result codes: https://sqlite.org/rescode.html
const BUSY = 5;
const LOCKED = 6;
const NO_MEMORY = 7;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CAN_NOT_OPEN = 14;
const CONSTRAINT = 19;
const NOT_A_DATABASE = 26;

const SENTENCES: Readonly<Record<number, string>> = {
  [BUSY]: "The database is held by another program: close whatever has the file open.",
  [LOCKED]: "The database is held by another program: close whatever has the file open.",
  [NO_MEMORY]: "The machine has no memory left for the database.",
  [READ_ONLY]: "The database cannot be written: make the data folder and its files writable for Rollcall.",
  [IO_ERROR]: "The disk that holds the database gave an error: see the system's log, and free some space.",
  [CORRUPT]: "The database file is damaged: stop Rollcall and restore a backup.",
  [FULL]: "The disk that holds the database is full: free some space in the data folder.",
  [CAN_NOT_OPEN]: "The database cannot be opened: make the data folder and its files writable for Rollcall.",
  [NOT_A_DATABASE]: "The database file is damaged: stop Rollcall and restore a backup.",
};

/** The trouble as it leaves the store: `unavailable` for the world's, an ordinary error for a mistake of ours. */
export function storeTrouble(error: unknown): unknown {
  if (isClosed(error)) return new RollcallError("unavailable", "The store is closed.", { cause: error });
  const code = resultCode(error);
  if (code === CONSTRAINT) {
    return new Error("Assertion failed: expected a change that agrees with what is stored", { cause: error });
  }
  const sentence = code === null ? undefined : SENTENCES[code];
  if (sentence === undefined) return error;
  return new RollcallError("unavailable", sentence, {
    retryAfterSeconds: LIMITS.storeRetryAfterSeconds,
    cause: error,
  });
}

/** Whether the file is not, or no longer wholly, a database. */
export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === CORRUPT || code === NOT_A_DATABASE;
}

/** Whether another connection holds what was asked for. */
export function isHeld(error: unknown): boolean {
  const code = resultCode(error);
  return code === BUSY || code === LOCKED;
}

/** The primary result code; null for errors that are not SQLite's. */
export function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode % 256;
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_INVALID_STATE";
}
