/** Incidents of a project, with their timelines. */
import { RollcallError } from "../domain/errors.ts";
import type { Incident, IncidentStatus } from "../domain/incident.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import { findMonitor } from "./find-monitor.ts";
import type { EngineParts } from "./parts.ts";

/** Newest first; `monitor` is a slug. */
export async function listIncidents(
  parts: EngineParts,
  input: { project: string; status: IncidentStatus | null; monitor: string | null; page: PageRequest },
): Promise<Page<Incident>> {
  const { project, status, page } = input;
  const monitorId =
    input.monitor === null ? null : (await findMonitor(parts, { project, slug: input.monitor })).monitor.id;
  return parts.store.listIncidents(project, { status, monitorId }, page);
}

export async function getIncident(
  parts: EngineParts,
  input: { project: string; incidentId: string },
): Promise<Incident> {
  const incident = await parts.store.getIncident(input.incidentId);
  if (incident === null || incident.project !== input.project) {
    const shown = JSON.stringify(input.incidentId.slice(0, 120));
    throw new RollcallError("not_found", `There is no incident ${shown} in this project.`);
  }
  return incident;
}
