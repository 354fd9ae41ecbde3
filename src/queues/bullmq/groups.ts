/** Partitions in groups, the same in every process: a job for each partition would be too many, one for all too slow. */
import { createHash } from "node:crypto";
import { LIMITS } from "../../domain/limits.ts";
import type { Partition } from "../../ports/store.ts";

/** Only groups that have any. */
export function byGroup(partitions: readonly Partition[]): Map<number, readonly Partition[]> {
  return Map.groupBy(partitions, groupOf);
}

function groupOf(partition: Partition): number {
  return createHash("sha256").update(partition).digest().readUInt32BE(0) % LIMITS.tickGroups;
}
