/** transfer in Redis. */
import type { TransferStore } from "../../ports/transfer.ts";
import type { RedisParts } from "./parts.ts";

export function transferSection(_parts: RedisParts): TransferStore {
  throw new Error("not built yet");
}
