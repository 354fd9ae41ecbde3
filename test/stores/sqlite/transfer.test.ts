/** Nothing that the database holds is forgotten when it is read as records. */
import { expect, test } from "vitest";
import { RECORD_KINDS } from "../../../src/ports/transfer.ts";
import { recordReaders } from "../../../src/stores/sqlite/record-readers.ts";
import { everythingIn } from "../../../src/stores/sqlite/transfer.ts";
import { dataFolders } from "./folders.ts";
import { join } from "node:path";

const folders = dataFolders();
/** Kept by triggers, also while records are taken in. */
const FOLLOWS_FROM_OTHERS = new Set(["proof_totals"]);

test("every table is read, and every kind of record is in its place", async () => {
  const folder = folders.make();
  await folders.open(folder);
  const tables = folders
    .database(folder)
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !FOLLOWS_FROM_OTHERS.has(name));
  const all = recordReaders.map(({ sql }) => sql).join("\n");
  expect(tables.length).toBeGreaterThan(10);
  expect(tables.filter((name) => !new RegExp(`(FROM|JOIN) ${name}\\b`).test(all))).toEqual([]);
  expect(recordReaders.map(({ kind }) => kind)).toEqual(RECORD_KINDS);
});

test("a database of another schema is not read as if it were of this one", async () => {
  const folder = folders.make();
  await (await folders.open(folder)).close();
  const database = folders.database(folder);
  const refusal = async (version: number): Promise<unknown> => {
    database.exec(`PRAGMA user_version = ${version}`);
    const records = everythingIn(join(folder, "rollcall.db"));
    return records[Symbol.asyncIterator]().next().catch(String);
  };
  expect(await refusal(1)).toMatch(/start this Rollcall on it once/);
  expect(await refusal(999)).toMatch(/use that version/);
});
