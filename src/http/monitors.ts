/** `/v1/monitors`: the things watched. */
import { z } from "@hono/zod-openapi";
import { LIMITS } from "../domain/limits.ts";
import { localInstantText, nextRuns } from "../domain/schedule/schedule.ts";
import type { MonitorView } from "../engine/view-monitor.ts";
import { call, type Call } from "./call.ts";
import {
  LATER_FIELDS,
  monitorIn,
  monitorEditOf,
  monitorOut,
  monitorPatch,
  shownMonitor,
} from "./monitor-schema.ts";
import type { HttpParts } from "./parts.ts";
import { instantIn, listOf, pageOf, pageQuery, shownPage } from "./schemas.ts";

const LATER_VERSIONS = { later: LATER_FIELDS };

export const monitorCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/monitors",
    access: "read",
    about: "All monitors, by slug.",
    query: pageQuery,
    answer: listOf(monitorOut),
    async handle({ parts, project, query, identity }) {
      const page = await parts.engine.listMonitors({ project, page: pageOf(query) });
      return shownPage(page, (view) => shownMonitor(view, { isAdmin: identity.kind === "admin" }));
    },
  }),

  call({
    method: "get",
    path: "/v1/monitors/{slug}",
    access: "read",
    about: "One monitor with its status, its next window, its last run and its open incident.",
    answer: monitorOut,
    async handle({ parts, project, path, identity }) {
      const view = await parts.engine.viewMonitor({ project, slug: path("slug") });
      return shownMonitor(view, { isAdmin: identity.kind === "admin" });
    },
  }),

  call({
    method: "put",
    path: "/v1/monitors/{slug}",
    access: "admin",
    about: "Creates the monitor, or replaces its settings. Twice the same changes nothing.",
    body: monitorIn,
    ...LATER_VERSIONS,
    answer: monitorOut,
    async handle({ parts, project, path, body, by, created }) {
      const slug = path("slug");
      const edit = monitorEditOf(body);
      const saved = await parts.engine.saveMonitor({ project, slug, ...edit, mode: "replace", by });
      if (saved.isCreated) created();
      return shownSaved(parts, await parts.engine.viewMonitor({ project, slug }), saved.warnings);
    },
  }),

  call({
    method: "patch",
    path: "/v1/monitors/{slug}",
    access: "admin",
    about: "Changes the settings sent and keeps the others.",
    body: monitorPatch,
    ...LATER_VERSIONS,
    answer: monitorOut,
    async handle({ parts, project, path, body, by }) {
      const slug = path("slug");
      const edit = monitorEditOf(body);
      const { warnings } = await parts.engine.saveMonitor({ project, slug, ...edit, mode: "patch", by });
      return shownSaved(parts, await parts.engine.viewMonitor({ project, slug }), warnings);
    },
  }),

  call({
    method: "delete",
    path: "/v1/monitors/{slug}",
    access: "admin",
    about: "Deletes the monitor and closes its incident. Later check-ins get 410 and are kept as rejections.",
    answer: null,
    async handle({ parts, project, path, by }) {
      await parts.engine.deleteMonitor({ project, slug: path("slug"), by });
    },
  }),

  call({
    method: "post",
    path: "/v1/monitors/{slug}/pause",
    access: "admin",
    about: "Excuses windows until then, or until resumed. Needs `until` or `reason`.",
    body: z.strictObject({ until: instantIn.nullish(), reason: z.string().nullish() }),
    answer: monitorOut,
    async handle({ parts, project, path, body, by }) {
      const slug = path("slug");
      await parts.engine.pauseMonitor({
        project,
        slug,
        untilAt: body.until ?? null,
        reason: body.reason ?? null,
        by,
      });
      return shownMonitor(await parts.engine.viewMonitor({ project, slug }), { isAdmin: true });
    },
  }),

  call({
    method: "post",
    path: "/v1/monitors/{slug}/resume",
    access: "admin",
    about: "Ends a pause: the next window from now on is expected again.",
    answer: monitorOut,
    async handle({ parts, project, path, by }) {
      const slug = path("slug");
      await parts.engine.resumeMonitor({ project, slug, by });
      return shownMonitor(await parts.engine.viewMonitor({ project, slug }), { isAdmin: true });
    },
  }),
];

/** Whoever saves a schedule sees at once what it comes to. */
function shownSaved(
  { clock }: HttpParts,
  view: MonitorView,
  warnings: readonly string[],
): ReturnType<typeof shownMonitor> {
  const { schedule } = view.monitor.settings;
  const runs = nextRuns(schedule, { fromAt: clock.now(), count: LIMITS.runsShown });
  const saved = { warnings, nextRuns: runs.map((at) => localInstantText(schedule, at)) };
  return shownMonitor(view, { isAdmin: true, saved });
}
