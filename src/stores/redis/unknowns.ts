/**
 * What blind spots left unknown lies with its monitors; what of it was reported lies in the project's home, as the stamp
 * that each unknown then had: so the report is part of the project's commit, and one that has widened since counts as
 * unreported again.
 */
import type { BlindUnknown } from "../../domain/hearing.ts";
import type { HearingStore } from "../../ports/store.ts";
import type { RedisParts } from "./parts.ts";
import { baseOf, homeOf } from "./places.ts";

export interface KeptUnknown {
  unknown: BlindUnknown;
  /** Another one each time that it is widened. */
  stamp: string;
}

/** Of one blind spot in a project's home: hash, monitor -> stamp. */
export function reportedKey(blindSpotId: string): string {
  return `reported:${blindSpotId}`;
}

/** Null where there is none. */
export async function unknownOf(
  { connection, places }: RedisParts,
  { blindSpotId, monitorId }: { blindSpotId: string; monitorId: string },
): Promise<KeptUnknown | null> {
  const place = await places.ofMonitor(monitorId);
  if (place === null) return null;
  const key = baseOf(connection, place) + unknownsKey(blindSpotId);
  const text = await connection.ask((client) => client.hget(key, monitorId));
  return text === null ? null : keptUnknown(text);
}

export async function markReported(
  { connection }: RedisParts,
  { unknown, stamp }: KeptUnknown,
): Promise<void> {
  const { project, blindSpotId, monitorId } = unknown;
  const key = baseOf(connection, homeOf(project)) + reportedKey(blindSpotId);
  await connection.ask((client) => client.hset(key, monitorId, stamp));
}

export function unknownsLister({ connection, places }: RedisParts): HearingStore["blindUnknowns"] {
  return async ({ blindSpotId, project, onlyUnreported }) => {
    const all = await places.ofProject(project);
    const home = baseOf(connection, homeOf(project));
    const [stamps, ...texts] = await connection.ask((client) =>
      Promise.all([
        client.hgetall(home + reportedKey(blindSpotId)),
        ...all.map((place) => client.hvals(baseOf(connection, place) + unknownsKey(blindSpotId))),
      ]),
    );
    return texts
      .flat()
      .map(keptUnknown)
      .filter(({ unknown, stamp }) => !onlyUnreported || stamps[unknown.monitorId] !== stamp)
      .map(({ unknown }) => unknown)
      .toSorted((one, other) => {
        const [left, right] =
          one.slug === other.slug ? [one.monitorId, other.monitorId] : [one.slug, other.slug];
        return left < right ? -1 : 1;
      });
  };
}

/** As `lua/monitors.lua` keeps them. */
function unknownsKey(blindSpotId: string): string {
  return `u:${blindSpotId}`;
}

/** `<fromAt> <toAt> <count> <stamp> <document>`: the numbers are added up in Redis, the rest is that of the latest. */
export function keptUnknown(text: string): KeptUnknown {
  const [fromAt = "", toAt = "", count = "", stamp = ""] = text.split(" ", 4);
  const document = text.slice([fromAt, toAt, count, stamp, ""].join(" ").length);
  const latest = JSON.parse(document) as BlindUnknown;
  return {
    unknown: { ...latest, fromAt: Number(fromAt), toAt: Number(toAt), count: Number(count) },
    stamp,
  };
}
