/** outbox in Redis. */
import type { OutboxStore } from "../../ports/store.ts";
import type { RedisParts } from "./parts.ts";

export function outboxSection(_parts: RedisParts): OutboxStore {
  throw new Error("not built yet");
}
