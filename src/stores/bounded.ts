/** What a process keeps at hand is bounded: the first kept goes first. */
import { LIMITS } from "../domain/limits.ts";

export function putBounded<Kept>(map: Map<string, Kept>, key: string, kept: Kept): void {
  const [first] = map.keys();
  if (map.size >= LIMITS.remembered && first !== undefined) map.delete(first);
  map.set(key, kept);
}
