/** boundary in Redis. */
import type { BoundaryStore } from "../../ports/boundary-store.ts";
import type { RedisParts } from "./parts.ts";

export function boundarySection(_parts: RedisParts): BoundaryStore {
  throw new Error("not built yet");
}
