/** Rules of hearing: every time in which Rollcall could not hear is one blind spot, nothing else is, and each is told once. */
import type { BlindSpot } from "../../src/domain/hearing.ts";
import { note } from "./coverage.ts";
import type { Looks } from "./looks.ts";
import { iso } from "./rules-ledger.ts";
import type { Interval } from "./who-is-there.ts";
import type { World } from "./world.ts";

/** Between two signs of life, by a store that is slow, or until one who has begun gives its first. */
const UNNOTICED_MS = 10_000;

export function brokenHearing(world: World, looks: Looks): string[] {
  return [...brokenBlindNotices(world, looks), ...brokenSpots(world)];
}

/** One notice of each blind spot: one incident, opened and closed at once. */
function brokenBlindNotices(world: World, looks: Looks): string[] {
  const incidents = looks.incidents.filter((incident) => incident.kind === "blind");
  note(world.coverage, "incident: blind", incidents.length);
  note(world.coverage, "incident: delivery", looks.incidents.filter((one) => one.kind === "delivery").length);
  return world.spots.flatMap(({ spot }) => {
    const own = incidents.filter((incident) => incident.openedAt === spot.fromAt);
    const alike = world.spots.filter((one) => one.spot.fromAt === spot.fromAt);
    return own.length === alike.length
      ? []
      : [`blind spot ${iso(spot.fromAt)} to ${iso(spot.toAt)} has ${own.length} notices`];
  });
}

/** A blind spot is a gap of more than 15 s between two signs of life, and nothing else is one. */
function brokenSpots(world: World): string[] {
  const spots = new Map(world.spots.map(({ spot }) => [spot.fromAt, spot]));
  const broken: string[] = [];
  const signs = world.rollcall.deaf === null ? world.signs : world.signs.toSorted((one, two) => one - two);
  for (const [index, at] of signs.entries()) {
    const before = signs[index - 1];
    if (before === undefined || at - before <= 15_000) continue;
    // Clocks differ: whoever records it may be ahead of who gave the last sign, or gives the next one.
    const covered = world.spots.filter(({ spot }) => spot.toAt > before && spot.fromAt < at);
    const longestMs = Math.max(
      0,
      ...uncovered(
        before,
        at,
        covered.map(({ spot }) => spot),
      ),
    );
    if (longestMs > 15_000) broken.push(`no blind spot between ${iso(before)} and ${iso(at)}`);
  }
  for (const spot of spots.values())
    if (!isJustified(world, spot))
      broken.push(`blind spot ${iso(spot.fromAt)} to ${iso(spot.toAt)} though Rollcall could hear`);
  return broken;
}

/** The parts of an interval that no spot covers. */
function uncovered(
  fromAt: number,
  toAt: number,
  spots: readonly { fromAt: number; toAt: number }[],
): number[] {
  let lastAt = fromAt;
  const parts = [...spots]
    .sort((one, two) => one.fromAt - two.fromAt)
    .map((spot) => {
      const partMs = spot.fromAt - lastAt;
      lastAt = Math.max(lastAt, spot.toAt);
      return partMs;
    });
  return [...parts, toAt - lastAt];
}

/** Where several processes hear, none of them could for as long as that. */
function isDeafFor(spot: BlindSpot, deaf: readonly Interval[]): boolean {
  const times = deaf.map(({ fromAt, toAt }) => ({ fromAt, toAt: toAt ?? spot.toAt }));
  const within = times.filter(({ fromAt, toAt }) => toAt >= spot.fromAt && fromAt <= spot.toAt);
  return Math.max(0, ...uncovered(spot.fromAt, spot.toAt, within)) <= UNNOTICED_MS;
}

/** A process was down, the machine slept, its clock was set, or the store took nothing for long. */
function isJustified(world: World, spot: BlindSpot): boolean {
  const { downs, sleeps, deaf } = world.rollcall;
  if (deaf !== null) return isDeafFor(spot, deaf);
  const set = world.wall.steps.map(({ beforeAt, afterAt }) => ({
    fromAt: Math.min(beforeAt, afterAt),
    toAt: Math.max(beforeAt, afterAt),
  }));
  const gaps = [...downs, ...sleeps, ...set].map((gap) => ({
    fromAt: gap.fromAt,
    toAt: gap.toAt ?? gap.fromAt,
  }));
  const marginMs = 30_000;
  const isMet = gaps.some((gap) => gap.fromAt - marginMs <= spot.toAt && gap.toAt + marginMs >= spot.fromAt);
  return isMet || world.coverage.has("store: unavailable for long");
}

/** How long no process could judge between two instants. */
export function deafMs(world: World, fromAt: number, toAt: number): number {
  const downs = world.rollcall.downs.map((down) => ({ fromAt: down.fromAt, toAt: down.toAt ?? toAt }));
  const spots = world.spots.map(({ spot }) => spot);
  return [...downs, ...spots]
    .map((gap) => Math.max(0, Math.min(gap.toAt, toAt) - Math.max(gap.fromAt, fromAt)))
    .reduce((sum, one) => sum + one, 0);
}
