/**
 * What leads to monitors, keys and places lies on other masters of a Cluster than they do, and one master may lose its
 * latest writes where another keeps them. A job whose ping URL leads nowhere would be taken for one that does not run, so
 * all of it is gone round, and written again where it is missing.
 */
import { LIMITS } from "../../../domain/limits.ts";
import { projectKey, type RedisParts } from "../parts.ts";
import { baseOf, lookUpOf, type LookUpKind, nameOf } from "../places.ts";
import { restoreKeys } from "../project/keys.ts";
import { type MonitorThere, roundOf } from "./round.ts";

/** Some monitors at each call; all places at every one, for nothing is judged in one that nobody knows. */
export async function restoreLookUps(parts: RedisParts): Promise<void> {
  await restoreNames(parts);
  const visits = await roundOf(parts, { name: "round:look-ups", atMost: LIMITS.sweepLookUps }).next();
  const homes = visits.places.filter(({ number }) => number === 0);
  await Promise.all([
    ...visits.monitors.map((monitor) => restoreMonitor(parts, monitor)),
    ...homes.map(({ project }) => restoreKeys(parts, project)),
  ]);
}

/** The places of each project that is known, and the project of each place. */
async function restoreNames({ connection, places }: RedisParts): Promise<void> {
  const namesKey = `${connection.prefix}:projects`;
  const [names, entered] = await Promise.all([
    connection.ask((client) => client.smembers(namesKey)),
    places.all(),
  ]);
  const homes = entered.filter(({ number }) => number === 0).map(({ project }) => project);
  const named = new Set(names);
  const unknown = homes.filter((project) => !named.has(project));
  const found = await connection.ask((client) =>
    Promise.all(unknown.map((project) => client.hexists(projectKey(connection, project), "document"))),
  );
  const made = unknown.filter((_project, index) => found[index] === 1);
  if (made.length > 0) await connection.ask((client) => client.sadd(namesKey, ...made));

  const known = new Set(entered.map(nameOf));
  const all = await Promise.all([...names, ...made].map((project) => places.ofProject(project)));
  for (const place of all.flat()) if (!known.has(nameOf(place))) await places.enter(place);
}

async function restoreMonitor({ connection }: RedisParts, { place, id }: MonitorThere): Promise<void> {
  const key = `${baseOf(connection, place)}m:${id}`;
  const pingHash = await connection.ask((client) => client.hget(key, "ping"));
  // It went meanwhile. One that goes now leaves a look-up that leads nowhere, which is harmless.
  if (pingHash === null) return;
  const lead = (kind: LookUpKind, from: string, to: string): Promise<unknown> =>
    connection.ask((client) => client.set(lookUpOf(connection, kind, from), to, "NX"));
  await Promise.all([lead("monitor", id, nameOf(place)), lead("ping", pingHash, `${nameOf(place)} ${id}`)]);
}
