/** The writer without its thread: the same batches, carried out in this one, over a database that a test can spoil. */
import type { DatabaseSync } from "node:sqlite";
import { batchesOn } from "../../../src/stores/sqlite/batch.ts";
import { type Writer, writerTo } from "../../../src/stores/sqlite/writer.ts";
import { afterTurn } from "../../../src/system/timers.ts";

export function writerHere(database: DatabaseSync): Writer {
  const run = batchesOn(database);
  return writerTo({ afterTurn }, ({ onDone }) => ({
    run(calls) {
      const outcomes = run(calls);
      afterTurn(() => onDone(outcomes));
    },
    end: async () => database.close(),
  }));
}
