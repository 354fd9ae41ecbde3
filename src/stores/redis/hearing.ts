/** hearing in Redis. */
import type { HearingStore } from "../../ports/store.ts";
import type { RedisParts } from "./parts.ts";

export function hearingSection(_parts: RedisParts): HearingStore {
  throw new Error("not built yet");
}
