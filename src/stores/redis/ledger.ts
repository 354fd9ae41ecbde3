/** ledger in Redis. */
import type { LedgerStore } from "../../ports/store.ts";
import type { RedisParts } from "./parts.ts";

export function ledgerSection(_parts: RedisParts): LedgerStore {
  throw new Error("not built yet");
}
