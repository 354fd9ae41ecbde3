/**
 * Says at save time what the zone's next clock changes will do to a fixed job: a time of day that does not exist
 * or comes twice surprises people once a year, and then at night.
 */
import type { CronFields } from "./cron-expression.ts";
import { isGap, isOverlap, wallsOfChange } from "./cron-search.ts";
import type { Scheduler } from "./schedule-kinds.ts";
import { firstWall } from "./wall-clock.ts";
import { stretchAt } from "./zone.ts";
import type { Stretch, Zone } from "./zone.ts";

/** Zones that change their clock do so within a year; a little more reaches the next one of each kind. */
const LOOK_AHEAD_MS = 400 * 86_400_000;

export function clockChangeWarnings(fields: CronFields, where: Where): string[] {
  if (!fields.isFixed) return [];
  const changes = changesAfter(where.zone, where.nowAt);
  return [
    ...warnOf(fields, changes.find(isGap), (walls) => gapWarning(walls, where)),
    ...warnOf(fields, changes.find(isOverlap), (walls) => overlapWarning(walls, where)),
  ];
}

interface Where {
  zone: Zone;
  scheduler: Scheduler | null;
  nowAt: number;
}

interface Walls {
  fromWall: number;
  toWall: number;
  /** The first time of the job that lies between. */
  matchWall: number;
}

function warnOf(
  fields: CronFields,
  change: Stretch | undefined,
  sentence: (walls: Walls) => string,
): string[] {
  if (change === undefined) return [];
  const walls = wallsOfChange(change);
  const matchWall = firstWall(fields, walls.fromWall);
  return matchWall !== null && matchWall < walls.toWall ? [sentence({ ...walls, matchWall })] : [];
}

const UNNAMED = "as scheduler is not set, either will do";

function gapWarning({ fromWall, toWall, matchWall }: Walls, { zone, scheduler }: Where): string {
  const caughtUp = `cron makes up for it with one run at ${timeOf(toWall)}`;
  const isSkipping = scheduler === "kubernetes" || scheduler === "systemd";
  return (
    `${timeOf(matchWall)} does not exist on ${dateOf(matchWall)} in ${zone.name}, where the clock goes from ` +
    `${timeOf(fromWall)} to ${timeOf(toWall)}; ` +
    (scheduler === null
      ? `${caughtUp}, kubernetes and systemd skip it; ${UNNAMED}`
      : isSkipping
        ? `${scheduler} skips it`
        : caughtUp)
  );
}

function overlapWarning({ fromWall, toWall, matchWall }: Walls, { zone, scheduler }: Where): string {
  return (
    `${timeOf(matchWall)} comes twice on ${dateOf(matchWall)} in ${zone.name}, where the clock goes back from ` +
    `${timeOf(toWall)} to ${timeOf(fromWall)}; ` +
    (scheduler === null
      ? `cron and systemd run it the first time only, kubernetes both times; ${UNNAMED}`
      : scheduler === "kubernetes"
        ? "kubernetes runs it both times"
        : `${scheduler} runs it the first time only`)
  );
}

function changesAfter(zone: Zone, nowAt: number): Stretch[] {
  const changes: Stretch[] = [];
  let stretch = stretchAt(zone, nowAt);
  while (stretch.endsAt < nowAt + LOOK_AHEAD_MS) {
    stretch = stretchAt(zone, stretch.endsAt);
    changes.push(stretch);
  }
  return changes;
}

function dateOf(wall: number): string {
  return new Date(wall).toISOString().slice(0, 10);
}

/** With seconds only where they say something. */
function timeOf(wall: number): string {
  const time = new Date(wall).toISOString().slice(11, 19);
  return time.endsWith(":00") ? time.slice(0, 5) : time;
}
