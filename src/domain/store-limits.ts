/** The bounds of what stores keep, and of their work: a part of `LIMITS`, by name, each with its reason. */
const DAY = 24 * 3_600_000;

export const STORE_LIMITS = {
  /** History of a monitor. */
  historyMs: 90 * DAY,
  runsPerMonitor: 10_000,
  /** Of its ledger, where all of it is in memory: with runs and journal some megabytes. */
  rowsPerMonitorInRedis: 1_000,
  countersMs: 400 * DAY,
  /** Rows removed in one sweep of retention, so that check-ins never wait for it. */
  sweepRows: 2_000,
  /** Monitors looked at in one sweep, for the same reason. */
  sweepMonitors: 100,
  /** Monitors of which it is looked whether everything leads to them: a few small questions each. */
  sweepLookUps: 1_000,
  /** Parts of projects looked at in one sweep, where projects have parts. */
  sweepPlaces: 500,
  /** Batches of writes under way at once: one that is made durable, and one so that the writer never waits for work. */
  batchesUnderWay: 2,
  /** What may wait for a slow disk, in characters; then callers are told to come again, before memory is short. */
  writesWaitingCharacters: 64 * 1024 * 1024,
  /** Monitors kept in memory beside the database, by the length of their documents: some ten thousand of them. */
  snapshotCharacters: 24 * 1024 * 1024,
  /** When to come again after the store could not be written: a full disk is not freed in a second. */
  storeRetryAfterSeconds: 10,
  /** Where a store has no one instant for all: monitors that were written while it was read are read again so often. */
  exportRounds: 10,
  /** Of a history so much is read or imported at once: a few milliseconds, in which nobody else is served. */
  transferPieceCharacters: 1024 * 1024,
  /** A line of an export: a record with its longest bodies, many times over, and no file that is something else. */
  exportLineBytes: 16 * 1024 * 1024,
} as const;
