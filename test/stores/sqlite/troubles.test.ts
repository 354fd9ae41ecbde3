/** When the file cannot be written: nothing of the call is kept, the sentence helps, and the store goes on. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RollcallError } from "../../../src/domain/errors.ts";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { Store } from "../../../src/ports/store.ts";
import { storeIn } from "../../../src/stores/sqlite.ts";
import { migrate } from "../../../src/stores/sqlite/migrations.ts";
import { openFolder } from "../../../src/stores/sqlite/opening.ts";
import { change, journalEntry, monitor, run, sighting, START } from "../../makers.ts";
import { addMonitors, commitTo } from "../../contracts/store/trial.ts";
import { dataFolders } from "./folders.ts";
import { writerHere } from "./writer-here.ts";

const folders = dataFolders();
let database: DatabaseSync;
let file: string;
let store: Store;

beforeEach(async () => {
  file = join(folders.make(), "rollcall.db");
  database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  migrate(database);
  store = storeIn({ database: new DatabaseSync(file), release: () => {} }, writerHere(database));
  await addMonitors(store, "mon_1");
});

afterEach(() => store.close());

async function trouble(call: Promise<unknown>): Promise<RollcallError> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RollcallError);
  expect(error).toMatchObject({ code: "unavailable", retryAfterSeconds: LIMITS.storeRetryAfterSeconds });
  return error as RollcallError;
}

function fillDisk(): void {
  const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
  database.exec(`PRAGMA max_page_count = ${pages}`);
}

const big = "x".repeat(100_000);

test("a full disk: commits are refused whole, what is there can be read, and room makes it work again", async () => {
  await commitTo(store, "mon_1", { runs: [run({ id: "run_1" })] });
  fillDisk();
  const tooMuch = change({
    baseVersion: 2,
    runs: [run({ id: "run_2" }), run({ id: "run_3", outcome: { exitStatus: 0, message: big } })],
    journal: journalEntry({ version: 3, at: START }),
    dueAt: START,
  });
  expect((await trouble(store.commit(tooMuch))).message).toMatch(/full: free some space/);
  expect((await trouble(store.commit(tooMuch))).message).toMatch(/full: free some space/);
  expect(await store.load("mon_1", {})).toMatchObject({ version: 2 });
  expect(await store.getRun("run_1")).not.toBeNull();
  expect(await store.getRun("run_2")).toBeNull();
  expect(await store.dueMonitors(START, 9)).toEqual([]);
  const second = change({ monitor: monitor({ id: "mon_2", pingSealed: big }) });
  await trouble(store.createMonitor(second));
  expect(await store.findMonitor("default", "mon-2")).toBeNull();
  await trouble(store.addRejection(sighting({ seen: big })));

  database.exec("PRAGMA max_page_count = 100000");
  expect(await store.commit(tooMuch)).toBe("committed");
  expect(await store.getRun("run_3")).not.toBeNull();
});

test("a file that may not be written: reads go on, every write and the probe are refused", async () => {
  database.exec("PRAGMA query_only = 1");
  expect((await trouble(store.commit(change({ baseVersion: 1 })))).message).toMatch(/cannot be written/);
  await trouble(store.signOfLife(START));
  await trouble(store.ping());
  expect(await store.load("mon_1", {})).toMatchObject({ version: 1 });
  database.exec("PRAGMA query_only = 0");
  await store.ping();
  expect(await store.commit(change({ baseVersion: 1 }))).toBe("committed");
});

test("a file held by another program: refused for now, and well again when that lets go", async () => {
  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  expect((await trouble(store.commit(change({ baseVersion: 1 })))).message).toMatch(
    /held by another program/,
  );
  other.exec("ROLLBACK");
  other.close();
  expect(await store.commit(change({ baseVersion: 1 }))).toBe("committed");
});

test("a closed store says so, to reads and to writes", async () => {
  await store.close();
  await expect(store.load("mon_1", {})).rejects.toMatchObject({ code: "unavailable" });
  await expect(store.signOfLife(START)).rejects.toThrow("The store is closed.");
  await expect(store.ping()).rejects.toMatchObject({ code: "unavailable" });
});

test("a mistake of ours is told from the troubles of the world", async () => {
  await addMonitors(store, "mon_2");
  await commitTo(store, "mon_2", { runs: [run({ monitorId: "mon_2" })] });
  const error: unknown = await store
    .commit(change({ baseVersion: 1, runs: [run()] }))
    .catch((thrown: unknown) => thrown);
  expect(error).not.toBeInstanceOf(RollcallError);
  expect(String(error)).toContain("Assertion failed");
});

test("commits are durable: the write-ahead log is synced at every one of them", () => {
  const opened = openFolder(folders.make());
  const setting = (name: string) => opened.database.prepare(`PRAGMA ${name}`).get()?.[name];
  expect([setting("journal_mode"), setting("synchronous")]).toEqual(["wal", 2]);
  opened.database.close();
  opened.release();
});

test("what was written in one turn shares its fate: a poisoned commit takes nobody with it, a full disk takes all", async () => {
  await addMonitors(store, "mon_2", "mon_3");
  const poisoned = change({
    monitor: monitor({ id: "mon_2" }),
    baseVersion: 1,
    journal: journalEntry({ version: 9, at: START }),
  });
  const [first, second, third] = await Promise.allSettled([
    store.commit(change({ monitor: monitor({ id: "mon_1" }), baseVersion: 1 })),
    store.commit(poisoned),
    store.commit(change({ monitor: monitor({ id: "mon_3" }), baseVersion: 1 })),
  ]);
  expect([first?.status, second?.status, third?.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await store.load("mon_3", {})).toMatchObject({ version: 2 });

  fillDisk();
  const huge = change({
    monitor: monitor({ id: "mon_3" }),
    baseVersion: 2,
    runs: [run({ id: "run_9", monitorId: "mon_3", outcome: { exitStatus: 0, message: big } })],
  });
  const small = change({ monitor: monitor({ id: "mon_1" }), baseVersion: 2 });
  const [one, other] = await Promise.allSettled([store.commit(small), store.commit(huge)]);
  expect(other?.status).toBe("rejected");
  const isKept = one?.status === "fulfilled";
  expect(await store.load("mon_1", {})).toMatchObject({ version: isKept ? 3 : 2 });
});

test("closing makes durable what is under way", async () => {
  const committing = store.commit(change({ baseVersion: 1 }));
  await store.close();
  expect(await committing).toBe("committed");
  const again = new DatabaseSync(file);
  expect(again.prepare("SELECT version FROM states").get()).toEqual({ version: 2 });
  again.close();
});
