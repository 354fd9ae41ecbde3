/**
 * The store that forgets with the process: the plainest reading of the port, the one the others are compared
 * with, and what stories run on.
 */
import type { Store, StoreKind } from "../ports/store.ts";
import { boundarySection } from "./memory/boundary.ts";
import { hearingSection } from "./memory/hearing.ts";
import { ledgerSection } from "./memory/ledger.ts";
import { monitorSection } from "./memory/monitors.ts";
import { outboxSection } from "./memory/outbox.ts";
import { projectSection } from "./memory/project.ts";
import { emptyTables } from "./memory/tables.ts";
import { transferSection } from "./memory/transfer.ts";
import { upkeepSection } from "./memory/upkeep.ts";

export const memoryStore: StoreKind = {
  name: "memory",
  isPersistent: false,
  open: async () => createMemoryStore(),
};

export function createMemoryStore(): Store {
  const tables = emptyTables();
  return {
    ...monitorSection(tables),
    ...ledgerSection(tables),
    ...projectSection(tables),
    ...boundarySection(tables),
    ...outboxSection(tables),
    ...hearingSection(tables),
    ...transferSection(tables),
    ...upkeepSection(tables),
  };
}
