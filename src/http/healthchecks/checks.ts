/** `checks/`: monitors listed, made, changed, paused, resumed and deleted by clients of Healthchecks. */
import { RollcallError, invalid } from "../../domain/errors.ts";
import type { MonitorView } from "../../engine/view-monitor.ts";
import { ok, type Answer, type Asked, type HealthchecksCall } from "./call.ts";
import { knownChannels, toldChannels } from "./channels.ts";
import { changedMonitorInput, newMonitorInput, readCheck, tagsOf, type CheckSent } from "./check-input.ts";
import { shownCheck, type Showing } from "./check-shape.ts";
import { allChecks, findCheck } from "./find-check.ts";
import { slugOf } from "./slug-of.ts";

/** Monitors of one name; beyond that somebody makes them in a loop. */
const SAME_NAMES = 100;
const PAUSED_HERE = "paused by a client of the Healthchecks API";

export const checkCalls: readonly HealthchecksCall[] = [
  {
    method: "GET",
    path: "/checks",
    access: "read",
    async handle(asked) {
      const tags = asked.query("tag");
      const [slug] = asked.query("slug");
      const views = (await allChecks(asked.parts, asked.project)).filter(
        ({ monitor }) =>
          tags.every((tag) => monitor.settings.tags.includes(tag)) &&
          (slug === undefined || monitor.slug === slug),
      );
      const showing = await showingFor(asked);
      return ok({ checks: views.map((view) => shownCheck(view, showing)) });
    },
  },
  {
    method: "POST",
    path: "/checks",
    access: "admin",
    async handle(asked) {
      const sent = readCheck(asked.body);
      const known = await matchingCheck(asked, sent);
      if (known !== null) return changed(asked, known, sent);
      return made(asked, sent);
    },
  },
  {
    method: "GET",
    path: "/checks/:id",
    access: "read",
    handle: async (asked) => shown(asked, await findCheck(asked)),
  },
  {
    method: "POST",
    path: "/checks/:id",
    access: "admin",
    handle: async (asked) => changed(asked, await findCheck(asked), readCheck(asked.body)),
  },
  {
    method: "DELETE",
    path: "/checks/:id",
    access: "admin",
    async handle(asked) {
      const view = await findCheck(asked);
      // Shown as it was: afterwards there is nothing to show.
      const answer = await shown(asked, view);
      await asked.parts.engine.deleteMonitor({ ...named(asked, view), by: asked.by });
      return answer;
    },
  },
  {
    method: "POST",
    path: "/checks/:id/pause",
    access: "admin",
    async handle(asked) {
      const view = await findCheck(asked);
      if (view.pause === null) {
        const pause = { untilAt: null, reason: PAUSED_HERE, by: asked.by };
        await asked.parts.engine.pauseMonitor({ ...named(asked, view), ...pause });
      }
      return shown(asked, await findCheck(asked));
    },
  },
  {
    method: "POST",
    path: "/checks/:id/resume",
    access: "admin",
    async handle(asked) {
      const view = await findCheck(asked);
      if (view.pause === null) throw new RollcallError("conflict", "This check is not paused.");
      await asked.parts.engine.resumeMonitor({ ...named(asked, view), by: asked.by });
      return shown(asked, await findCheck(asked));
    },
  },
];

async function shown(asked: Asked, view: MonitorView, status: Answer["status"] = 200): Promise<Answer> {
  return { status, body: shownCheck(view, await showingFor(asked)) };
}

async function showingFor(asked: Asked): Promise<Showing> {
  const { version, isAdmin, parts } = asked;
  return { version, isAdmin, publicUrl: parts.publicUrl, channelIdsOf: await toldChannels(asked) };
}

function named({ project }: Asked, { monitor }: MonitorView): { project: string; slug: string } {
  return { project, slug: monitor.slug };
}

/** The check that `unique` says is meant: alike in every field named there. Null: none, or nothing was named. */
async function matchingCheck(asked: Asked, sent: CheckSent): Promise<MonitorView | null> {
  const fields = sent.unique ?? [];
  if (fields.length === 0) return null;
  const views = await allChecks(asked.parts, asked.project);
  return views.find((view) => fields.every((field) => isAlike(view, sent, field))) ?? null;
}

function isAlike(
  { monitor }: MonitorView,
  sent: CheckSent,
  field: NonNullable<CheckSent["unique"]>[number],
): boolean {
  const { settings, slug } = monitor;
  switch (field) {
    case "name":
      return settings.name === sent.name?.trim();
    case "slug":
      return slug === sent.slug;
    case "tags":
      return settings.tags.join(" ") === tagsOf(sent.tags ?? "").join(" ");
    case "timeout":
      return settings.schedule.kind === "every" && settings.schedule.everyMs === (sent.timeout ?? 0) * 1_000;
    case "grace":
      return settings.graceMs === (sent.grace ?? 0) * 1_000;
  }
}

async function changed(asked: Asked, view: MonitorView, sent: CheckSent): Promise<Answer> {
  const { parts, version } = asked;
  if (version === 3 && sent.slug && sent.slug !== view.monitor.slug) {
    const message = `is ${view.monitor.slug} and stays so, because jobs check in by it: make a new check instead`;
    throw invalid([{ field: "slug", message }]);
  }
  const to = { channels: await knownChannels(asked), before: view.monitor.settings };
  const input = changedMonitorInput(sent, to);
  await parts.engine.saveMonitor({ ...named(asked, view), input, mode: "patch", by: asked.by });
  return shown(asked, await parts.engine.viewMonitor(named(asked, view)));
}

/**
 * A slug that was chosen is taken or refused; one that follows from the name gets a number if it is in use. Whoever
 * comes second with the same `unique` check changes the first one's.
 */
async function made(asked: Asked, sent: CheckSent): Promise<Answer> {
  const { parts, project, by, version } = asked;
  const input = newMonitorInput(sent, await knownChannels(asked));
  const chosen = version === 3 ? sent.slug || null : null;
  for (let ordinal = 1; ordinal <= SAME_NAMES; ordinal += 1) {
    const slug = chosen ?? slugOf(sent.name ?? "", ordinal);
    try {
      await parts.engine.saveMonitor({ project, slug, input, mode: "create", by });
      return await shown(asked, await parts.engine.viewMonitor({ project, slug }), 201);
    } catch (thrown) {
      if (!(thrown instanceof RollcallError) || thrown.code !== "conflict") throw thrown;
      const known = await matchingCheck(asked, sent);
      if (known !== null) return changed(asked, known, sent);
      if (chosen !== null) {
        const message = `${chosen} belongs to another check: choose another, or send "unique": ["slug"] to change that one`;
        throw invalid([{ field: "slug", message }]);
      }
    }
  }
  throw invalid([
    { field: "name", message: `more than ${SAME_NAMES} checks have this name: choose another` },
  ]);
}
