/**
 * Time-zone data comes with the runtime and changes with it, while the stored due instants were worked out with what
 * was known before. So a project last looked at with other data has its monitors with a zone looked at once: the
 * windows themselves are always computed anew.
 */
import { keepZoneData } from "../domain/decide-project.ts";
import { isUnavailable } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { MonitorSummary, Page } from "../ports/store.ts";
import { commitProject } from "./commit-project.ts";
import type { EngineParts } from "./parts.ts";

/**
 * Does the next page of that work; false: nothing is left to do in this process. The data is noted only after the last
 * page, so a crash in between makes the next process begin again, which is harmless.
 */
export type ZoneRecheck = () => Promise<boolean>;

export function createZoneRecheck(parts: EngineParts): ZoneRecheck {
  let projects: string[] | null = null;
  let cursor: string | null = null;
  const nextPage = async (): Promise<boolean> => {
    projects ??= await outdated(parts);
    const [project] = projects;
    if (project === undefined) return false;
    // Another process with the same data may have come to the end of it meanwhile.
    if (parts.sharing !== undefined && !(await isOutdated(parts, project))) {
      projects.shift();
      cursor = null;
      return projects.length > 0;
    }
    const page: Page<MonitorSummary> = await parts.store.listMonitors(project, {
      cursor,
      limit: LIMITS.pageItems,
    });
    const concerned = page.items.filter(({ monitor }) => hasZone(monitor));
    const nowAt = parts.clock.now();
    await Promise.all(concerned.map(({ monitor }) => parts.store.hasten(monitor.id, nowAt)));
    cursor = page.nextCursor;
    if (cursor === null) {
      await commitProject(parts, project, (snapshot) => keepZoneData(snapshot, parts.zoneData));
      projects.shift();
      parts.log.info("due instants are computed anew", { project, zoneData: parts.zoneData });
    }
    return projects.length > 0;
  };
  /** One that cannot be read or written keeps the others from nothing; the next start tries it again. */
  const leaveOut = (error: unknown): boolean => {
    if (isUnavailable(error)) throw error;
    const project = projects?.shift() ?? null;
    cursor = null;
    parts.log.error("due instants of a project could not be computed anew", { project, error });
    return (projects ?? []).length > 0;
  };
  // Ticks of one process may run side by side; each page is one's alone.
  let underway: Promise<boolean> | null = null;
  return () => {
    underway ??= nextPage()
      .catch(leaveOut)
      .finally(() => {
        underway = null;
      });
    return underway;
  };
}

async function outdated(parts: EngineParts): Promise<string[]> {
  const names = (await parts.store.listProjects()).map(({ name }) => name);
  const isEach = await Promise.all(names.map((name) => isOutdated(parts, name)));
  return names.filter((_name, index) => isEach[index]);
}

async function isOutdated({ store, zoneData }: EngineParts, project: string): Promise<boolean> {
  return (await store.loadProject(project))?.state.zoneData !== zoneData;
}

function hasZone({ timings }: Monitor): boolean {
  return timings.some(({ schedule }) => schedule.kind === "cron" && schedule.timezone !== "UTC");
}
