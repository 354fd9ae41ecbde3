/** The thread that writes: what a slow disk, a full queue and its own end mean to everyone else. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { Store } from "../../../src/ports/store.ts";
import { sqliteStore } from "../../../src/stores/sqlite.ts";
import { afterTurn } from "../../../src/system/timers.ts";
import { accepted, commitHundred } from "../../contracts/store/group-commits.ts";
import { addMonitors } from "../../contracts/store/trial.ts";
import { change, monitor, run, START, state } from "../../makers.ts";
import { dataFolders } from "./folders.ts";

const folders = dataFolders();

/** Another connection holds the lock on writing, so that the thread stands still as it would for a slow disk. */
function stall(folder: string): DatabaseSync {
  const other = folders.database(folder);
  other.exec("BEGIN IMMEDIATE");
  return other;
}

async function storeWith(...monitors: string[]): Promise<{ store: Store; folder: string }> {
  const folder = folders.make();
  const store = await folders.open(folder);
  await addMonitors(store, ...monitors);
  return { store, folder };
}

/** Transactions in a write-ahead log that has not been started anew: https://sqlite.org/fileformat2.html#walformat */
function transactionsIn(folder: string): number {
  const log = readFileSync(join(folder, "rollcall.db-wal"));
  const pageBytes = log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let transactions = 0;
  for (let frame = 32; frame + 24 <= log.length; frame += 24 + pageBytes) {
    const isOfThisLog = log.subarray(frame + 8, frame + 16).equals(salt);
    // The size of the database after the commit; 0 in a frame that ends none.
    if (isOfThisLog && log.readUInt32BE(frame + 4) > 0) transactions += 1;
  }
  return transactions;
}

test("a hundred check-ins of one monitor are durable after a few transactions", async () => {
  const { store, folder } = await storeWith("mon_1");
  const before = transactionsIn(folder);
  await commitHundred(store, "mon_1");
  const transactions = transactionsIn(folder) - before;
  expect(transactions).toBeGreaterThan(0);
  expect(transactions).toBeLessThanOrEqual(4);
});

test("while the disk stands still, everything can be read and decided, and nothing is told to be durable", async () => {
  const { store, folder } = await storeWith("mon_1", "mon_2");
  const other = stall(folder);
  let durable = 0;
  const writing = ["mon_1", "mon_2"].map((id) => commitHundred(store, id).then(() => (durable += 1)));
  const sign = store.signOfLife(START).then(() => (durable += 1));
  const seen = await accepted(store, change({ monitor: monitor({ id: "mon_3" }), baseVersion: 1 }));
  expect(await seen.outcome).toBe("stale");
  await vi.waitFor(async () => expect((await store.load("mon_1", {}))?.version).toBe(101));
  const snapshot = await store.load("mon_2", { runId: "run-99" });
  expect(snapshot).toMatchObject({ version: 101, run: { id: "mon_2-99" } });
  const confirming = snapshot === null ? null : store.confirm(snapshot).then(() => (durable += 1));
  // Lists show what is durable.
  expect(await store.getRun("mon_2-99")).toBeNull();
  expect(durable).toBe(0);

  other.exec("ROLLBACK");
  await Promise.all([...writing, sign, confirming]);
  expect(durable).toBe(4);
  expect(await store.getRun("mon_2-99")).not.toBeNull();
  expect(await store.lastSignOfLifeAt()).toBe(START);
});

test("what was loaded from an overlay that is lost is not confirmed, and the monitor goes on from what is durable", async () => {
  const { store, folder } = await storeWith("mon_1", "mon_2");
  await store.commit(
    change({
      monitor: monitor({ id: "mon_2" }),
      baseVersion: 1,
      runs: [run({ id: "run_taken", monitorId: "mon_2" })],
    }),
  );
  const other = stall(folder);
  const poisoned = await accepted(store, change({ baseVersion: 1, runs: [run({ id: "run_taken" })] }));
  const failing = expect(poisoned.outcome).rejects.toThrow(/^Assertion failed/);
  const snapshot = await store.load("mon_1", {});
  expect(snapshot?.version).toBe(2);
  const builtOnIt = await accepted(store, change({ baseVersion: 2 }));
  const confirming = snapshot === null ? null : store.confirm(snapshot);
  other.exec("ROLLBACK");
  await failing;
  expect(await builtOnIt.outcome).toBe("stale");
  expect(await confirming).toBe("stale");
  expect(await store.load("mon_1", {})).toMatchObject({ version: 1 });
  expect(await store.commit(change({ baseVersion: 1 }))).toBe("committed");
});

test("a decision on what is lost stays stale, also when the monitor has come to the same version in another way", async () => {
  const { store, folder } = await storeWith("mon_1", "mon_2");
  const taken = run({ id: "run_taken", monitorId: "mon_2" });
  await store.commit(change({ monitor: monitor({ id: "mon_2" }), baseVersion: 1, runs: [taken] }));
  const other = stall(folder);
  const lost = await accepted(store, change({ baseVersion: 1, runs: [run({ id: "run_taken" })] }));
  const failing = expect(lost.outcome).rejects.toThrow(/^Assertion failed/);
  const onLost = await store.load("mon_1", {});
  other.exec("ROLLBACK");
  await failing;

  const kept = state({ loneFinishes: 7 });
  const next = await store.load("mon_1", {});
  expect(await store.commit(change({ baseVersion: next?.version ?? 0, state: kept }))).toBe("committed");
  expect(await store.commit(change({ baseVersion: onLost?.version ?? 0 }))).toBe("stale");
  const now = await store.load("mon_1", {});
  expect(now?.state).toEqual(kept);
  expect(await store.commit(change({ baseVersion: now?.version ?? 0 }))).toBe("committed");
});

test("of commits that became one, a poisoned one is lost, and the one it was built on is not", async () => {
  const { store, folder } = await storeWith("mon_1", "mon_2");
  const taken = run({ id: "run_taken", monitorId: "mon_2" });
  await store.commit(change({ monitor: monitor({ id: "mon_2" }), baseVersion: 1, runs: [taken] }));
  const other = stall(folder);
  // The first two fill the batches that may be under way; what follows waits together.
  await accepted(store, change({ monitor: monitor({ id: "mon_2" }), baseVersion: 2 }));
  await new Promise(setImmediate);
  await accepted(store, change({ monitor: monitor({ id: "mon_2" }), baseVersion: 3 }));
  await new Promise(setImmediate);
  const good = await accepted(store, change({ baseVersion: 1, runs: [run({ id: "run_good" })] }));
  const poisoned = await accepted(store, change({ baseVersion: 2, runs: [run({ id: "run_taken" })] }));
  const failing = expect(poisoned.outcome).rejects.toThrow(/^Assertion failed/);
  const onIt = await accepted(store, change({ baseVersion: 3, runs: [run({ id: "run_on_it" })] }));
  other.exec("ROLLBACK");
  expect(await good.outcome).toBe("committed");
  await failing;
  expect(await onIt.outcome).toBe("stale");
  expect(await store.getRun("run_good")).not.toBeNull();
  expect(await store.getRun("run_on_it")).toBeNull();
  expect(await store.load("mon_1", {})).toMatchObject({ version: 2 });
  expect(await store.commit(change({ baseVersion: 2 }))).toBe("committed");
});

test("when too much waits for the disk, more is refused for now, and what was accepted is kept", async () => {
  const { store, folder } = await storeWith("mon_1");
  const large = state({ reminders: { ["x".repeat(8_000_000)]: { dueAt: 1, ordinal: 1 } } });
  // A state weighs what the one before it did.
  await store.commit(change({ baseVersion: 1, state: large }));
  const other = stall(folder);
  const outcomes: Promise<"committed" | "stale">[] = [];
  let refused: unknown = null;
  for (let baseVersion = 2; refused === null && baseVersion < 20; baseVersion += 1) {
    const { outcome } = await accepted(store, change({ baseVersion, state: large }));
    const isAccepted = (await store.load("mon_1", {}))?.version === baseVersion + 1;
    if (isAccepted) outcomes.push(outcome);
    else refused = await outcome.catch((error: unknown) => error);
  }
  expect(refused).toMatchObject({ code: "unavailable", retryAfterSeconds: LIMITS.storeRetryAfterSeconds });
  expect(outcomes.length * 8_000_000).toBeGreaterThanOrEqual(LIMITS.writesWaitingCharacters - 8_000_000);
  other.exec("ROLLBACK");
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["committed"]));
  const version = outcomes.length + 2;
  expect(await store.commit(change({ baseVersion: version }))).toBe("committed");
});

test("a thread that ends by itself is told at once: whoever waits is refused, and so is every later write", async () => {
  const posted = vi.spyOn(Worker.prototype, "postMessage");
  const broken: Error[] = [];
  const onBroken = (error: Error) => void broken.push(error);
  const store = await sqliteStore.open({ folder: folders.make(), afterTurn, onBroken });
  await addMonitors(store, "mon_1");
  const thread = posted.mock.contexts.at(-1) as Worker;
  const waiting = store.commit(change({ baseVersion: 1 }));
  const failing = expect(waiting).rejects.toMatchObject({ code: "unavailable" });
  await thread.terminate();
  await failing;
  expect(broken).toHaveLength(1);
  await expect(store.ping()).rejects.toThrow(/writing thread has ended: restart Rollcall/);
  await expect(store.signOfLife(START)).rejects.toMatchObject({ code: "unavailable" });
  // What is durable can still be read, to tell of.
  expect(await store.load("mon_1", {})).not.toBeNull();
  await store.close();
});
