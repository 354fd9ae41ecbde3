/** upkeep in Redis. */
import type { Upkeep } from "../../ports/store.ts";
import type { RedisParts } from "./parts.ts";

export function upkeepSection({ connection }: RedisParts): Upkeep {
  return {
    async sweep() {
      return 0;
    },
    async ping() {
      await connection.ask((client) => client.set(`${connection.prefix}:ping`, "1"));
    },
    close: () => connection.close(),
  };
}
