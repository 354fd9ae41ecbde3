/**
 * Rules of the trust boundary: refusals near a missing run say where it died, and never make or unmake an alarm (that
 * is the oracle's part: it does not look at them). Which refusal turned the phase is not asked.
 */
import type { Incident } from "../../src/domain/incident.ts";
import { note } from "./coverage.ts";
import type { Looks, LooksOfMonitor } from "./looks.ts";
import { iso } from "./rules-ledger.ts";
import type { World } from "./world.ts";

export function brokenBoundary(world: World, looks: Looks): string[] {
  return looks.monitors.flatMap((monitor) =>
    monitor.incidents.flatMap((incident) => brokenPhase(world, monitor, incident)),
  );
}

function brokenPhase(world: World, monitor: LooksOfMonitor, incident: Incident): string[] {
  const { watched, rows } = monitor;
  if (incident.kind !== "missing" || incident.latestWindowAt === null) return [];
  const index = rows.findIndex((row) => row.expectedAt === incident.latestWindowAt);
  const row = rows[index];
  if (row === undefined) return [];
  const refusals = watched.history.flatMap((event) => (event.what === "rejected" ? [event.at] : []));
  const isRejected = incident.phase === "rejected_at_boundary";
  if (isRejected) note(world.coverage, "incident: rejected at the boundary");
  // The next window opens half a gap before it is expected at the earliest; where it was edited nobody can say when.
  // Behind the last of the faster ones the original's next window is the one that opens.
  const latestAt = Math.max(row.expectedAt + row.gapMs, rows[index + 1]?.expectedAt ?? 0);
  const mayBeNear = refusals.some((at) => at >= row.opensAt && at < latestAt);
  const mustBeNear = refusals.some(
    (at) => at >= row.opensAt && at < Math.min(row.startBy, row.expectedAt + row.gapMs / 2),
  );
  const counted =
    /(\d+)(?: or more)? check-ins? rejected at the trust boundary/.exec(incident.title)?.[1] ?? null;
  const shown = `${watched.spec.slug}: incident of ${iso(incident.openedAt)}`;
  const broken: string[] = [];
  if (isRejected && !mayBeNear)
    broken.push(`${shown} says rejected at the boundary, and nothing was refused near it`);
  if (!isRejected && mustBeNear) broken.push(`${shown} does not say that check-ins were refused near it`);
  if (isRejected !== (counted !== null))
    broken.push(`${shown} has phase ${incident.phase} and title ${incident.title}`);
  if (counted !== null && Number(counted) > refusals.length)
    broken.push(`${shown} counts ${counted} refusals of ${refusals.length}`);
  return broken;
}
