/** What every section of the Redis store works with: the connection, where things lie, and this store's own settings. */
import type { Clock, Log } from "../../ports/outside.ts";
import { putBounded } from "../bounded.ts";
import type { Connection, RedisAddress } from "./connection.ts";
import {
  baseOf,
  homeOf,
  lookUpOf,
  type LookUpKind,
  nameOf,
  type Place,
  placeNamed,
  placeOfSlug,
} from "./places.ts";
import type { Probe } from "./connection/probe.ts";
import type { Process } from "./connection/process.ts";
import type { ServerClock } from "./connection/server-clock.ts";
import type { SteadyConnection } from "./connection/steady.ts";

export interface RedisSettings extends RedisAddress {
  /** What a commit waits for beside the server's own answer: its disk, or a replica. */
  wait: "none" | "aof" | "replica";
  /** This machine's clock: then what is committed must be of now, by the server's clock. Null: time is not real. */
  clock: Clock | null;
  /** Told what an operator has to know of the servers. */
  log?: Log;
}

export interface RedisParts {
  settings: RedisSettings;
  connection: SteadyConnection;
  /** The server's time; null where time is not real. */
  clock: ServerClock | null;
  process: Process;
  /** That of `process`. */
  ordinal(): number;
  places: Places;
  lookUps: LookUps;
  probe: Probe;
}

export interface Places {
  /** Of a project that is not there: 1. */
  partitionsOf(project: string): Promise<number>;
  /** Where a monitor with this slug lies or would lie. */
  ofSlug(project: string, slug: string): Promise<Place>;
  /** Where this monitor lies; null where no monitor of this id was ever added. */
  ofMonitor(monitorId: string): Promise<Place | null>;
  /** A monitor was met there: so it is found though what leads to it is lost, and is led to again. */
  met(place: Place, monitorId: string): void;
  /** To be called before a monitor is written for the first time: from then on `ofMonitor` leads to it. */
  leadTo(place: Place, monitorId: string): Promise<void>;
  /** Every place of the project. */
  ofProject(project: string): Promise<readonly Place[]>;
  /** Every place that was ever written to. */
  all(): Promise<readonly Place[]>;
  /** To be called before the first write to a place: from then on `all` knows it. */
  enter(place: Place): Promise<void>;
}

/** What leads from an id to what has it. Written before that, deleted after it. */
export interface LookUps {
  find(kind: LookUpKind, id: string): Promise<string | null>;
  put(kind: LookUpKind, id: string, owner: string): Promise<void>;
  remove(kind: LookUpKind, id: string): Promise<void>;
}

export function redisParts(
  settings: RedisSettings,
  connection: SteadyConnection,
  { clock, process, probe }: Pick<RedisParts, "clock" | "process" | "probe">,
): RedisParts {
  const lookUps = lookUpsIn(connection);
  const places = placesIn(connection, lookUps);
  return { settings, connection, clock, process, ordinal: process.ordinal, places, lookUps, probe };
}

function placesIn(connection: Connection, lookUps: LookUps): Places {
  const placesKey = `${connection.prefix}:places`;
  // A project keeps the number it was made with, and a monitor its place: what is known stays true.
  const known = new Map<string, number>();
  const ofMonitors = new Map<string, Place>();
  const metAt = new Map<string, Place>();

  const partitionsOf = async (project: string): Promise<number> => {
    const kept = known.get(project);
    if (kept !== undefined) return kept;
    const text = await connection.ask((client) => client.hget(projectKey(connection, project), "partitions"));
    if (text !== null) known.set(project, Number(text));
    return text === null ? 1 : Number(text);
  };
  const leadTo = async (place: Place, monitorId: string): Promise<void> => {
    await lookUps.put("monitor", monitorId, nameOf(place));
    putBounded(ofMonitors, monitorId, place);
  };
  /** Of a Cluster one master may have lost its latest writes and another not; those that are left find one another. */
  const ledToAgain = async (monitorId: string): Promise<Place | null> => {
    const place = metAt.get(monitorId);
    if (place === undefined) return null;
    const key = `${baseOf(connection, place)}m:${monitorId}`;
    if ((await connection.ask((client) => client.exists(key))) === 0) return null;
    await leadTo(place, monitorId);
    return place;
  };
  return {
    partitionsOf,
    ofSlug: async (project, slug) => placeOfSlug(project, slug, await partitionsOf(project)),
    async ofMonitor(monitorId) {
      const kept = ofMonitors.get(monitorId);
      if (kept !== undefined) return kept;
      const name = await lookUps.find("monitor", monitorId);
      if (name === null) return ledToAgain(monitorId);
      const place = placeNamed(name);
      putBounded(ofMonitors, monitorId, place);
      return place;
    },
    met(place, monitorId) {
      if (!ofMonitors.has(monitorId)) putBounded(metAt, monitorId, place);
    },
    leadTo,
    async ofProject(project) {
      const many = await partitionsOf(project);
      return Array.from({ length: many }, (_none, number) => ({ project, number }));
    },
    async all() {
      const names = await connection.ask((client) => client.smembers(placesKey));
      return names.toSorted().map(placeNamed);
    },
    // Each time anew: a Redis that lost its last second, or failed over, may have lost the name with it.
    async enter(place) {
      await connection.ask((client) => client.sadd(placesKey, nameOf(place)));
    },
  };
}

/** The hash of a project: its document, state, version, due instant and number of partitions. */
export function projectKey(connection: Connection, project: string): string {
  const { prefix } = connection;
  return `${prefix}:{${nameOf(homeOf(project))}}:project`;
}

function lookUpsIn(connection: Connection): LookUps {
  return {
    find: (kind, id) => connection.ask((client) => client.get(lookUpOf(connection, kind, id))),
    async put(kind, id, owner) {
      await connection.ask((client) => client.set(lookUpOf(connection, kind, id), owner));
    },
    async remove(kind, id) {
      await connection.ask((client) => client.del(lookUpOf(connection, kind, id)));
    },
  };
}
