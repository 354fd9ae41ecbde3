/**
 * Rules of quiet: while a monitor is paused, in maintenance or silenced nothing is sent about it; what was held is
 * told at the end. Weaker than the oracle's rules on purpose: which of several changes is told then is not asked, only
 * that whoever must know does, and that nobody was disturbed before.
 */
import type { Incident } from "../../src/domain/incident.ts";
import type { Plan } from "../../src/domain/hearing.ts";
import { note } from "./coverage.ts";
import type { Looks } from "./looks.ts";
import { iso } from "./rules-ledger.ts";
import type { Watched } from "./seen.ts";
import type { Interval } from "./who-is-there.ts";
import type { World } from "./world.ts";

export interface Mute {
  fromAt: number;
  untilAt: number;
  /** For a time at least nobody knew its end. */
  isOpenEnded: boolean;
}

/** Decisions lie so close to the ends of a mute that they may be on either side. */
const MARGIN_MS = 6_000;

export function mutesOf({ history }: Watched): Mute[] {
  const mutes: Mute[] = [];
  const plans = new Map<string, Plan>();
  const on: { pause: Mute | null } = { pause: null };
  for (const event of history) {
    if (event.what === "planned") plans.set(event.plan.id, event.plan);
    if (event.what === "plan_gone") plans.delete(event.id);
    if (event.what === "paused") {
      const { pause } = on;
      const before = pause !== null && pause.untilAt > event.at ? pause : null;
      if (before === null && pause !== null) mutes.push(pause);
      on.pause = {
        fromAt: before?.fromAt ?? event.at,
        untilAt: event.untilAt ?? Number.POSITIVE_INFINITY,
        isOpenEnded: before?.isOpenEnded === true || event.untilAt === null,
      };
    }
    if (event.what === "resumed" && on.pause !== null) {
      mutes.push({ ...on.pause, untilAt: Math.min(event.at, on.pause.untilAt) });
      on.pause = null;
    }
  }
  if (on.pause !== null) mutes.push(on.pause);
  for (const { fromAt, untilAt } of plans.values()) mutes.push({ fromAt, untilAt, isOpenEnded: false });
  return mutes;
}

/** When the quiet around this instant is over, mutes that follow each other taken together; null: there is none. */
export function quietUntil(mutes: readonly Mute[], at: number): number | null {
  let untilAt: number | null = null;
  for (;;) {
    const pointAt: number = untilAt ?? at;
    const meeting = mutes.filter(
      (one) => one.fromAt - MARGIN_MS <= pointAt && pointAt < one.untilAt + MARGIN_MS,
    );
    const latestAt = Math.max(...meeting.map((one) => one.untilAt));
    if (meeting.length === 0 || (untilAt !== null && latestAt <= untilAt)) return untilAt;
    untilAt = latestAt;
  }
}

export function brokenQuiet(world: World, looks: Looks): string[] {
  return looks.monitors.flatMap(({ watched, incidents }) => {
    const mutes = mutesOf(watched);
    const deletedAt =
      watched.history.find((event) => event.what === "deleted")?.at ?? Number.POSITIVE_INFINITY;
    const own = new Map<string, Incident>(incidents.map((incident) => [incident.id, incident]));
    return looks.notifications.flatMap((told) => {
      if (told.incidentId === null || !own.has(told.incidentId)) return [];
      if (told.change === "reminder") note(world.coverage, "message: reminder");
      const muted = mutes.find(
        (one) => one.fromAt + MARGIN_MS < told.createdAt && told.createdAt < one.untilAt - MARGIN_MS,
      );
      // Mutes that meet are one, and nobody knows when it ends if one of them has no end.
      const isEndless = mutes.some(
        (one) =>
          one.isOpenEnded &&
          one.fromAt - MARGIN_MS < told.createdAt &&
          told.createdAt < one.untilAt + MARGIN_MS,
      );
      const isEnd = told.change === "resolved" && (isEndless || told.createdAt >= deletedAt);
      if (muted === undefined || isEnd) return [];
      return [
        `${watched.spec.slug}: "${told.change}" was to be told at ${iso(told.createdAt)}, muted from ${iso(muted.fromAt)} to ${iso(muted.untilAt)}`,
      ];
    });
  });
}

/** Reminders come while an incident is open and nobody has taken it on, as often as was asked and no more. */
export function brokenReminders(world: World, looks: Looks): string[] {
  return looks.monitors.flatMap(({ watched, incidents }) =>
    incidents.flatMap((incident) => {
      const ends = ["acknowledged", "resolved"];
      const quietAt =
        incident.timeline.find((entry) => ends.includes(entry.what))?.at ?? Number.POSITIVE_INFINITY;
      const reminders = looks.notifications.filter(
        (one) => one.incidentId === incident.id && one.change === "reminder",
      );
      const late = reminders.filter((one) => one.createdAt > quietAt);
      return [
        ...late.map((one) => `${watched.spec.slug}: reminded at ${iso(one.createdAt)} of what was taken on`),
        ...rareReminders(world, { watched, incident, quietAt, times: reminders.map((one) => one.createdAt) }),
      ];
    }),
  );
}

/** Others may hear while nobody judges, and that is no blind spot. */
function isLong({ fromAt, toAt }: Interval): boolean {
  return toAt === null || toAt - fromAt > 15_000;
}

function rareReminders(
  world: World,
  of: { watched: Watched; incident: Incident; quietAt: number; times: number[] },
): string[] {
  const { watched, incident, quietAt, times } = of;
  const isEdited = watched.history.some((event) => event.what === "edited");
  const everyMs = Math.max(...watched.spec.channels.map((link) => link.remindEveryMs ?? 0));
  if (isEdited || everyMs === 0) return [];
  const openMs = Math.min(quietAt, world.endedAt) - incident.detectedAt;
  const isDisturbed =
    mutesOf(watched).some((one) => one.fromAt < quietAt && one.untilAt > incident.detectedAt) ||
    world.spots.some(({ spot }) => spot.toAt > incident.detectedAt) ||
    world.rollcall.downs.some((down) => isLong(down) && (down.toAt ?? world.endedAt) > incident.detectedAt);
  const wanted = Math.floor(openMs / (everyMs + 10_000));
  const links = watched.spec.channels.length;
  if (isDisturbed || times.length >= wanted * links) return [];
  return [
    `${watched.spec.slug}: ${incident.id} was open for ${Math.round(openMs / 60_000)} min and reminded of ${times.length} times`,
  ];
}
