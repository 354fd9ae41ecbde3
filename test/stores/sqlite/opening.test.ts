/** What may stand in a data folder when Rollcall starts, and the one sentence that each of it gets. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { RollcallError } from "../../../src/domain/errors.ts";
import { SCHEMA_VERSION } from "../../../src/stores/sqlite/migrations.ts";
import { change, run } from "../../makers.ts";
import { FIRST_PAGE } from "../../contracts/store/trial.ts";
import { dataFolders } from "./folders.ts";

const folders = dataFolders();

/** The sentence with which opening this folder stops. */
async function refusal(folder: string): Promise<string> {
  const error: unknown = await folders.open(folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RollcallError);
  const { message } = error as RollcallError;
  expect(message).toMatch(/^[A-Z/].*\.$/s);
  expect(message).not.toContain("\n");
  return message;
}

/** A folder whose database has been used and closed. */
async function usedFolder(runs = 200): Promise<string> {
  const folder = folders.make();
  const store = await folders.open(folder);
  const many = Array.from({ length: runs }, (_each, index) => run({ id: `run_${index}` }));
  await store.createMonitor(change({ runs: many }));
  await store.close();
  return folder;
}

describe("a data folder", () => {
  test("that is not there is made, for its owner only where the system knows owners", async () => {
    const folder = join(folders.make(), "deep", "data");
    const store = await folders.open(folder);
    await store.ping();
    expect(existsSync(join(folder, "rollcall.db"))).toBe(true);
  });

  test("that cannot be made is named", async () => {
    const file = join(folders.make(), "file");
    writeFileSync(file, "");
    expect(await refusal(join(file, "data"))).toContain(join(file, "data"));
  });

  test("where a first start was killed in the middle is started anew", async () => {
    const folder = folders.make();
    writeFileSync(join(folder, "rollcall.db.new"), "half a database");
    writeFileSync(join(folder, "rollcall.db-wal"), "the log of a database that is gone");
    const store = await folders.open(folder);
    expect(await store.createMonitor(change())).toBe("committed");
  });
});

describe("a database file", () => {
  test("that is empty, something else, or cut short is damaged: the sentence names it and what to do", async () => {
    const damages: ((file: string) => void)[] = [
      (file) => writeFileSync(file, ""),
      (file) => writeFileSync(file, "not a database at all, ".repeat(1_000)),
      (file) => truncateSync(file, 100),
      (file) => truncateSync(file, readFileSync(file).length - 8_192),
    ];
    for (const damage of damages) {
      const folder = await usedFolder();
      damage(join(folder, "rollcall.db"));
      const sentence = await refusal(folder);
      expect(sentence).toContain(join(folder, "rollcall.db"));
      expect(sentence).toMatch(/damaged: restore a backup/);
    }
  });

  test("that was overwritten in the middle is damaged", async () => {
    const folder = await usedFolder();
    const file = join(folder, "rollcall.db");
    const bytes = readFileSync(file);
    bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 4_096);
    writeFileSync(file, bytes);
    expect(await refusal(folder)).toMatch(/damaged: restore a backup/);
  });

  test("that lost a table is damaged", async () => {
    const folder = await usedFolder();
    const database = folders.database(folder);
    database.exec("DROP TABLE runs");
    database.close();
    expect(await refusal(folder)).toMatch(/damaged: restore a backup/);
    // The folder is not held by the start that failed.
    expect(await refusal(folder)).toMatch(/damaged: restore a backup/);
  });

  test("that a newer Rollcall wrote is left alone, and the sentence says which schema it has", async () => {
    const folder = await usedFolder();
    const newer = folders.database(folder);
    newer.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 5}`);
    newer.close();
    const before = readFileSync(join(folder, "rollcall.db"));
    const sentence = await refusal(folder);
    expect(sentence).toContain(
      `newer Rollcall (schema ${SCHEMA_VERSION + 5}; this one knows ${SCHEMA_VERSION})`,
    );
    expect(readFileSync(join(folder, "rollcall.db")).equals(before)).toBe(true);
  });

  test("of another program is left alone", async () => {
    const folder = folders.make();
    mkdirSync(folder, { recursive: true });
    const other = folders.database(folder);
    other.exec("CREATE TABLE photographs (id INTEGER PRIMARY KEY)");
    other.close();
    expect(await refusal(folder)).toMatch(/is not a Rollcall database: move it away/);
  });

  test("whose log ends in the middle of a commit opens with every commit before it", async () => {
    const folder = await usedFolder(1);
    const store = await folders.open(folder);
    await store.commit(change({ baseVersion: 1, runs: [run({ id: "run_durable" })] }));
    // As a crash leaves it: the database and its log are copied while the store is open.
    const crashed = folders.make();
    for (const name of ["rollcall.db", "rollcall.db-wal"]) {
      writeFileSync(join(crashed, name), readFileSync(join(folder, name)));
    }
    appendFileSync(join(crashed, "rollcall.db-wal"), Buffer.alloc(1_000, 7));
    const recovered = await folders.open(crashed);
    expect(await recovered.load("mon_1", {})).toMatchObject({ version: 2 });
    expect(await recovered.getRun("run_durable")).not.toBeNull();
  });
});

describe("a second Rollcall", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  /** Another process that opens the folder, writes one monitor, says so, and stays. */
  async function otherProcess(folder: string): Promise<ChildProcess> {
    const store = new URL("../../../src/stores/sqlite.ts", import.meta.url).href;
    const makers = new URL("../../makers.ts", import.meta.url).href;
    const program = `
      const { sqliteStore } = await import(${JSON.stringify(store)});
      const { change } = await import(${JSON.stringify(makers)});
      const opened = await sqliteStore.open({ folder: ${JSON.stringify(folder)}, afterTurn: setImmediate });
      await opened.createMonitor(change());
      console.log("ready");
      process.stdin.resume();
    `;
    const file = join(folders.make(), "other.mjs");
    writeFileSync(file, program);
    const child = spawn(process.execPath, [file], { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    if (child.stdout === null) throw new Error("the child's output was asked for");
    await once(child.stdout, "data");
    return child;
  }

  test("on the same data folder is refused with a sentence that names it", async () => {
    const folder = folders.make();
    const store = await folders.open(folder);
    const sentence = await refusal(folder);
    expect(sentence).toContain(folder);
    expect(sentence).toMatch(/in use by another Rollcall: stop that one/);
    await store.ping();
    await store.close();
    await (await folders.open(folder)).ping();
  });

  test("in another process is refused too, and one that was killed is in nobody's way", async () => {
    const folder = folders.make();
    const child = await otherProcess(folder);
    expect(await refusal(folder)).toMatch(/in use by another Rollcall/);
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = await folders.open(folder);
    expect((await store.listMonitors("default", FIRST_PAGE)).items).toHaveLength(1);
  });
});
