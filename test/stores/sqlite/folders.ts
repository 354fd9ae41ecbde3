/** Data folders for tests of the SQLite store, removed after each test with whatever holds them closed. */
import { afterTurn } from "../../../src/system/timers.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach } from "vitest";
import { sqliteStore } from "../../../src/stores/sqlite.ts";
import type { Store } from "../../../src/ports/store.ts";

export interface Folders {
  make(): string;
  open(folder: string): Promise<Store>;
  /** The store's file itself, opened aside of the store. */
  database(folder: string): DatabaseSync;
}

export function dataFolders(): Folders {
  const folders: string[] = [];
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return {
    make() {
      const folder = mkdtempSync(join(tmpdir(), "rollcall-sqlite-"));
      folders.push(folder);
      return folder;
    },
    async open(folder) {
      const store = await sqliteStore.open({ folder, afterTurn });
      closing.push(() => store.close());
      return store;
    },
    database(folder) {
      const database = new DatabaseSync(join(folder, "rollcall.db"));
      closing.push(() => (database.isOpen ? database.close() : undefined));
      return database;
    },
  };
}
