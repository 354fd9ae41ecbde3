/** transfer in Redis. */
import type { TransferStore } from "../../ports/transfer.ts";
import type { RedisParts } from "./parts.ts";

export function transferSection(_parts: RedisParts): TransferStore {
  return {
    async *exportAll() {
      throw new Error("not built yet");
    },
    async importAll() {
      throw new Error("not built yet");
    },
  };
}
