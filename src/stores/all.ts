/** Every store there is. A new one is a file and a line here; the contract suite then runs against it. */
import type { StoreKind } from "../ports/store.ts";
import { memoryStore } from "./memory.ts";
import { sqliteStore } from "./sqlite.ts";

export const STORES: readonly StoreKind[] = [memoryStore, sqliteStore];
