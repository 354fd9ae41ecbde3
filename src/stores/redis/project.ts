/** project in Redis. */
import type { ProjectStore } from "../../ports/store.ts";
import type { RedisParts } from "./parts.ts";

export function projectSection(_parts: RedisParts): ProjectStore {
  throw new Error("not built yet");
}
