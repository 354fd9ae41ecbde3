/** monitors in Redis. */
import type { MonitorStore } from "../../ports/store.ts";
import type { RedisParts } from "./parts.ts";

export function monitorSection(_parts: RedisParts): MonitorStore {
  throw new Error("not built yet");
}
