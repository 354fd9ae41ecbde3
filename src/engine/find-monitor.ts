/** The way from what a caller names to the monitor it means, within the caller's own project. */
import type { Snapshot } from "../domain/change.ts";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { MonitorSummary, Wanted } from "../ports/store.ts";
import type { EngineParts } from "./parts.ts";

export interface NamedMonitor {
  project: string;
  slug: string;
}

/** The living monitor with its state; throws `not_found`. */
export async function findMonitor(parts: EngineParts, named: NamedMonitor): Promise<MonitorSummary> {
  const ref = await parts.store.findMonitor(named.project, named.slug);
  const snapshot = ref === null || ref.deletedAt !== null ? null : await loadDurable(parts, ref.id);
  if (snapshot === null || snapshot.monitor.deletedAt !== null) throw unknownMonitor(named.slug);
  const { monitor, state, version } = snapshot;
  return { monitor, state, version };
}

/** Whether a row or incident of this monitor may be shown to a key of this project. */
export async function monitorOfProject(
  parts: EngineParts,
  wanted: { project: string; monitorId: string },
): Promise<Snapshot | null> {
  const snapshot = await loadDurable(parts, wanted.monitorId);
  return snapshot === null || snapshot.monitor.project !== wanted.project ? null : snapshot;
}

/** For whoever shows a monitor: nothing that may still be lost, or that its rows and incidents do not say yet. */
export async function loadDurable(
  { store }: EngineParts,
  monitorId: string,
  wanted: Wanted = {},
): Promise<Snapshot | null> {
  for (let round = 0; round < LIMITS.staleRounds; round += 1) {
    const snapshot = await store.load(monitorId, wanted);
    if (snapshot === null || (await store.confirm(snapshot)) === "committed") return snapshot;
  }
  throw new RollcallError(
    "unavailable",
    "What is known of this monitor cannot be kept just now. Try again.",
    {
      retryAfterSeconds: LIMITS.storeRetryAfterSeconds,
    },
  );
}

export function unknownMonitor(slug: string): RollcallError {
  return new RollcallError(
    "not_found",
    `There is no monitor ${JSON.stringify(slug.slice(0, 120))} in this project.`,
  );
}
