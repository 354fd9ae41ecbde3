/** The way from what a caller names to the monitor it means, within the caller's own project. */
import type { MonitorState } from "../domain/change.ts";
import { RollcallError } from "../domain/errors.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { MonitorSummary } from "../ports/store.ts";
import type { EngineParts } from "./parts.ts";

export interface NamedMonitor {
  project: string;
  slug: string;
}

/** The living monitor with its state; throws `not_found`. */
export async function findMonitor({ store }: EngineParts, named: NamedMonitor): Promise<MonitorSummary> {
  const ref = await store.findMonitor(named.project, named.slug);
  const snapshot = ref === null || ref.deletedAt !== null ? null : await store.load(ref.id, {});
  if (snapshot === null || snapshot.monitor.deletedAt !== null) throw unknownMonitor(named.slug);
  const { monitor, state, version } = snapshot;
  return { monitor, state, version };
}

/** Whether a row or incident of this monitor may be shown to a key of this project. */
export async function monitorOfProject(
  { store }: EngineParts,
  wanted: { project: string; monitorId: string },
): Promise<{ monitor: Monitor; state: MonitorState } | null> {
  const snapshot = await store.load(wanted.monitorId, {});
  return snapshot === null || snapshot.monitor.project !== wanted.project ? null : snapshot;
}

export function unknownMonitor(slug: string): RollcallError {
  return new RollcallError(
    "not_found",
    `There is no monitor ${JSON.stringify(slug.slice(0, 120))} in this project.`,
  );
}
