/**
 * The thread that writes: it owns the writing connection, so that a slow disk stops nobody else. It is handed
 * batches and answers each with the outcomes once they are durable. A program of its own in the bundles.
 */
import { parentPort, workerData } from "node:worker_threads";
import { batchesOn, type Call, failureOf, type RunBatch } from "./batch.ts";
import type { ThreadWord } from "./writer.ts";
import { openForWriting } from "./opening.ts";

const { file } = workerData as { file: string };
const database = openForWriting(file);
let run: RunBatch | null = null;
try {
  run = batchesOn(database);
  tell({ ready: null });
} catch (error) {
  tell({ ready: failureOf(error) });
}

/** Null: there is no more to come. */
parentPort?.on("message", (calls: readonly Call[] | null) => {
  if (run !== null && calls !== null) {
    tell({ outcomes: run(calls) });
    return;
  }
  database.close();
  parentPort?.close();
});

function tell(word: ThreadWord): void {
  parentPort?.postMessage(word);
}
