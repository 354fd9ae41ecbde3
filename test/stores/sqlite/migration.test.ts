/** A file of the previous schema is brought to the present one at start, with everything it held. */
import { expect, test } from "vitest";
import { migrate, SCHEMA_VERSION, schemaVersionOf } from "../../../src/stores/sqlite/migrations.ts";
import { change, guardNote, receipt, sighting, START, state, verification } from "../../makers.ts";
import { FIRST_PAGE } from "../../contracts/store/trial.ts";
import { makeFirstSchemaFile } from "./first-schema.ts";
import { dataFolders } from "./folders.ts";

const folders = dataFolders();

test("a file of the first schema opens with its monitors, its outbox and its rejections", async () => {
  const folder = folders.make();
  const kept = makeFirstSchemaFile(folder);
  const store = await folders.open(folder);
  expect(await store.load("mon_1", {})).toMatchObject({ monitor: kept.monitor, state: state(), version: 7 });
  await store.hasten("mon_1", START - 5);
  expect(await store.dueMonitors(START, 9)).toEqual([{ id: "mon_1", dueAt: START - 5 }]);
  expect(await store.load("mon_1", { duplicateKey: "key" })).toMatchObject({ earlierReceipt: receipt() });
  const counts = [{ day: 1, what: "missing" as const, delta: 1 }];
  expect(await store.commit(change({ baseVersion: 7, counts }))).toBe("committed");
  expect(await store.dayCounts("mon_1", { fromDay: 0, toDay: 9 })).toEqual([
    { day: 1, what: "late", delta: 1 },
    { day: 1, what: "missing", delta: 3 },
  ]);

  const claim = { nowAt: START, leaseMs: 10, limit: 9 };
  expect(await store.claimNotifications(claim)).toMatchObject([
    { thread: "thread-1", hasSent: true, notifications: [kept.notification] },
  ]);
  expect(await store.claimNotifications(claim)).toEqual([]);

  const { items } = await store.listRejections("default", FIRST_PAGE);
  expect(items).toMatchObject([{ reason: "revoked", count: 2, expected: "", seen: "" }]);
  await store.addRejection(sighting({ reason: "revoked", at: START + 2 }));
  const after = await store.listRejections("default", FIRST_PAGE);
  expect(after.items).toMatchObject([{ count: 3, seen: sighting().seen }]);
});

test("settings from before there were checks ask for nothing, in the journal too", async () => {
  const folder = folders.make();
  const kept = makeFirstSchemaFile(folder);
  const store = await folders.open(folder);
  expect((await store.load("mon_1", {}))?.monitor).toEqual(kept.monitor);
  const { items } = await store.listJournal("mon_1", { fromAt: START, toAt: START + 1 }, FIRST_PAGE);
  expect(items.map(({ event }) => event)).toEqual([
    { type: "configured", settings: kept.monitor.settings, by: "key 1" },
    { type: "clock" },
  ]);
});

test("refusals from before there were guards go on folding, beside those of guards", async () => {
  const folder = folders.make();
  makeFirstSchemaFile(folder);
  const before = folders.database(folder);
  migrate(before, 4);
  before.close();
  const store = await folders.open(folder);
  const again = sighting({ reason: "revoked", at: START + 2 });
  await store.addRejection(again);
  await store.addRejection({ ...again, route: "GET /api/cron" });
  const { items } = await store.listRejections("default", FIRST_PAGE);
  expect(items.map(({ count, route }) => ({ count, route }))).toEqual([
    { count: 1, route: "GET /api/cron" },
    { count: 3, route: undefined },
  ]);
  const proof = { project: "default", id: "github/a", use: "start", nowAt: START, untilAt: START + 1 };
  expect(await store.claimProof(proof)).toBe("first");
  await store.noteGuards("default", [guardNote()]);
  expect(await store.listGuardedRoutes("default")).toHaveLength(1);
  await store.putVerification(verification({ id: "ver_1" }));
  expect(await store.getVerification("default", "ver_1")).not.toBeNull();
});

test("the file says which schema it has now, and is not migrated twice", async () => {
  const folder = folders.make();
  makeFirstSchemaFile(folder);
  const aside = folders.database(folder);
  expect(schemaVersionOf(aside)).toBe(1);
  aside.close();
  for (let starts = 1; starts <= 2; starts += 1) {
    const store = await folders.open(folder);
    await store.close();
    const database = folders.database(folder);
    expect(schemaVersionOf(database)).toBe(SCHEMA_VERSION);
    database.close();
  }
});

test("a migrated file has the same schema as a new one", async () => {
  const migrated = folders.make();
  makeFirstSchemaFile(migrated);
  const made = folders.make();
  const schemas: unknown[] = [];
  for (const folder of [migrated, made]) {
    await (await folders.open(folder)).close();
    const database = folders.database(folder);
    schemas.push(database.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all());
  }
  expect(schemas[0]).toEqual(schemas[1]);
});

test("a migration that fails leaves the file as it was, to be tried again", async () => {
  const folder = folders.make();
  makeFirstSchemaFile(folder);
  const database = folders.database(folder);
  database.exec("CREATE INDEX rejections_by_monitor ON rejections (project)");
  expect(() => migrate(database)).toThrow(/already exists/);
  expect(schemaVersionOf(database)).toBe(1);
  expect(
    database.prepare("SELECT * FROM pragma_table_info('lanes') WHERE name = 'leased_until'").all(),
  ).toEqual([]);
  database.exec("DROP INDEX rejections_by_monitor");
  migrate(database);
  expect(schemaVersionOf(database)).toBe(SCHEMA_VERSION);
});
