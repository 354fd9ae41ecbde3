/**
 * Says at save time what the zone's next clock changes will do to a fixed job: a time of day that does not exist
 * or comes twice surprises people once a year, and then at night.
 */
import type { CronFields } from "./cron-expression.ts";
import { isGap, isOverlap, wallsOfChange } from "./cron-search.ts";
import { firstWall } from "./wall-clock.ts";
import { stretchAt } from "./zone.ts";
import type { Stretch, Zone } from "./zone.ts";

/** Zones that change their clock do so within a year; a little more reaches the next one of each kind. */
const LOOK_AHEAD_MS = 400 * 86_400_000;

export function clockChangeWarnings(fields: CronFields, zone: Zone, nowAt: number): string[] {
  if (!fields.isFixed) return [];
  const changes = changesAfter(zone, nowAt);
  return [
    ...warnOf(fields, changes.find(isGap), (walls) => gapWarning(walls, zone)),
    ...warnOf(fields, changes.find(isOverlap), (walls) => overlapWarning(walls, zone)),
  ];
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

function gapWarning({ fromWall, toWall, matchWall }: Walls, zone: Zone): string {
  return (
    `${timeOf(matchWall)} does not exist on ${dateOf(matchWall)} in ${zone.name}, where the clock goes from ` +
    `${timeOf(fromWall)} to ${timeOf(toWall)}; cron makes up for it with one run at ${timeOf(toWall)}`
  );
}

function overlapWarning({ fromWall, toWall, matchWall }: Walls, zone: Zone): string {
  return (
    `${timeOf(matchWall)} comes twice on ${dateOf(matchWall)} in ${zone.name}, where the clock goes back from ` +
    `${timeOf(toWall)} to ${timeOf(fromWall)}; cron runs it the first time only`
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
