/** Data folders with a key file and a store, as the edition makes them, and rooms to put backups and exports in. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Vault } from "../../../src/ports/outside.ts";
import type { Store } from "../../../src/ports/store.ts";
import { sqliteStore } from "../../../src/stores/sqlite.ts";
import { afterTurn } from "../../../src/system/timers.ts";
import { openVault } from "../../../src/system/vault.ts";

export interface OpenFolder {
  folder: string;
  store: Store;
  vault: Vault;
}

export interface Rooms {
  /** A path in a room of its own, with nothing there yet. */
  path(name: string): string;
  /** Opens the data folder; makes it when it is not there. */
  open(folder: string): Promise<OpenFolder>;
}

export function rooms(): Rooms {
  const made: string[] = [];
  const opened: Store[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    for (const room of made.splice(0)) rmSync(room, { recursive: true, force: true });
  });
  return {
    path(name) {
      const room = mkdtempSync(join(tmpdir(), "rollcall-room-"));
      made.push(room);
      return join(room, name);
    },
    async open(folder) {
      const store = await sqliteStore.open({ folder, afterTurn });
      opened.push(store);
      return { folder, store, vault: openVault({ folder, isNew: true }) };
    },
  };
}
