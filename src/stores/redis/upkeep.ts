/** upkeep in Redis. */
import type { Upkeep } from "../../ports/store.ts";
import type { RedisParts } from "./parts.ts";

export function upkeepSection(_parts: RedisParts): Upkeep {
  throw new Error("not built yet");
}
