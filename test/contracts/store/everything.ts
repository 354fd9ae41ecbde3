/** All that can be read of a store that a random history was played on. */
import type { Store } from "../../../src/ports/store.ts";
import { START } from "../../makers.ts";
import { type History, PROJECTS } from "./history.ts";
import { allPages } from "./trial.ts";

export async function everything(
  store: Store,
  { given, nowAt }: History,
): Promise<Record<"monitors" | "projects" | "due" | "next", unknown>> {
  const ever = { fromAt: 0, toAt: nowAt + START };
  const monitors = [];
  for (const id of given.monitors) {
    monitors.push({
      id,
      loaded: await store.load(id, {}),
      windows: await allPages((page) => store.listWindows(id, ever, page), 50),
      runs: await allPages((page) => store.listRuns(id, { runId: null }, page), 50),
      journal: await allPages((page) => store.listJournal(id, ever, page), 50),
      counts: await store.dayCounts(id, { fromDay: 0, toDay: 100_000 }),
      near: await store.rejectionsNear(id, ever),
    });
  }
  const projects = [];
  for (const name of PROJECTS) {
    const wanted = { status: null, monitorId: null };
    projects.push({
      loaded: await store.loadProject(name),
      monitors: await allPages((page) => store.listMonitors(name, page), 50),
      incidents: await allPages((page) => store.listIncidents(name, wanted, page), 50),
      notifications: await allPages((page) => store.listNotifications(name, { incidentId: null }, page), 50),
      rejections: await allPages((page) => store.listRejections(name, page), 50),
      guards: await store.listGuardedRoutes(name),
      verifications: await allPages((page) => store.listVerifications(name, { url: null }, page), 50),
      plans: await store.listPlans(name, 0),
    });
  }
  return {
    monitors,
    projects,
    due: await store.dueMonitors(ever.toAt, 1_000),
    next: await store.nextNotificationAt(0),
  };
}
