/** The embedded store: one SQLite file, one process; what is committed meanwhile is made durable together. */
import type { Store, StoreKind } from "../ports/store.ts";
import { boundarySection } from "./sqlite/boundary.ts";
import { connectionTo } from "./sqlite/connection.ts";
import { hearingSection } from "./sqlite/hearing.ts";
import { ledgerSection } from "./sqlite/ledger.ts";
import { monitorSection } from "./sqlite/monitors.ts";
import { damaged, type OpenedFolder, openFolder } from "./sqlite/opening.ts";
import { outboxSection } from "./sqlite/outbox.ts";
import { projectSection } from "./sqlite/project.ts";
import { keptSnapshots } from "./sqlite/snapshots.ts";
import { transferSection } from "./sqlite/transfer.ts";
import { upkeepSection } from "./sqlite/upkeep.ts";
import { openWriter, type Writer } from "./sqlite/writer.ts";

export const sqliteStore: StoreKind = {
  name: "sqlite",
  isPersistent: true,
  async open(place) {
    const opened = openFolder(place.folder);
    let writer: Writer | null = null;
    try {
      writer = await openWriter(opened.file, place);
      return storeIn(opened, writer);
    } catch (error) {
      // Both sides prepare every statement first, so a table or column that is gone shows here.
      opened.database.close();
      await writer?.close();
      opened.release();
      throw damaged(opened.file, error);
    }
  },
};

/** The store over a database that is open and migrated; closing the store closes both sides of it. */
export function storeIn(
  { database, release }: Pick<OpenedFolder, "database" | "release">,
  writer: Writer,
): Store {
  const connection = connectionTo(database, writer);
  const kept = keptSnapshots(connection);
  return {
    ...monitorSection(connection, kept),
    ...ledgerSection(connection),
    ...projectSection(connection),
    ...boundarySection(connection),
    ...outboxSection(connection),
    ...hearingSection(connection),
    ...transferSection(connection, database.location() ?? ""),
    ...upkeepSection(connection, kept, release),
  };
}
