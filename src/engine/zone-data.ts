/**
 * Time-zone data comes with the runtime and changes with it, while the stored due instants were worked out with what
 * was known before. So a project last looked at with other data has its monitors with a zone looked at once: the
 * windows themselves are always computed anew.
 */
import { keepZoneData } from "../domain/decide-project.ts";
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
  return async () => {
    projects ??= await outdated(parts);
    const [project] = projects;
    if (project === undefined) return false;
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
}

async function outdated({ store, zoneData }: EngineParts): Promise<string[]> {
  const names = (await store.listProjects()).map(({ name }) => name);
  const snapshots = await Promise.all(names.map((name) => store.loadProject(name)));
  return names.filter((_name, index) => snapshots[index]?.state.zoneData !== zoneData);
}

function hasZone({ timings }: Monitor): boolean {
  return timings.some(({ schedule }) => schedule.kind === "cron" && schedule.timezone !== "UTC");
}
