/** The embedded store: one SQLite file, one process, what is committed in one turn is made durable together. */
import type { Store, StoreKind } from "../ports/store.ts";
import { boundarySection } from "./sqlite/boundary.ts";
import { type AfterTurn, connectionTo } from "./sqlite/connection.ts";
import { hearingSection } from "./sqlite/hearing.ts";
import { ledgerSection } from "./sqlite/ledger.ts";
import { monitorSection } from "./sqlite/monitors.ts";
import { damaged, type OpenedFolder, openFolder } from "./sqlite/opening.ts";
import { outboxSection } from "./sqlite/outbox.ts";
import { projectSection } from "./sqlite/project.ts";
import { upkeepSection } from "./sqlite/upkeep.ts";

export const sqliteStore: StoreKind = {
  name: "sqlite",
  isPersistent: true,
  async open({ folder, afterTurn }) {
    const opened = openFolder(folder);
    try {
      return storeIn(opened, afterTurn);
    } catch (error) {
      // Every statement is prepared by now, so a table or column that is gone shows here.
      opened.database.close();
      opened.release();
      throw damaged(opened.file, error);
    }
  },
};

/** The store over a database that is open and migrated; closing the store closes it. */
export function storeIn(
  { database, release }: Pick<OpenedFolder, "database" | "release">,
  afterTurn: AfterTurn,
): Store {
  const connection = connectionTo(database, afterTurn);
  return {
    ...monitorSection(connection),
    ...ledgerSection(connection),
    ...projectSection(connection),
    ...boundarySection(connection),
    ...outboxSection(connection),
    ...hearingSection(connection),
    ...upkeepSection(connection, release),
  };
}
