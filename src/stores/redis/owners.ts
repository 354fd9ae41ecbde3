/**
 * Whose an id is. Those that Rollcall gives begin with what they belong to, and tell their place; for others there is a
 * look-up, which may dangle, so whether its owner really has the thing is asked there.
 */
import { assert } from "../../domain/assert.ts";
import type { Change } from "../../domain/change.ts";
import type { Incident } from "../../domain/incident.ts";
import type { Monitor } from "../../domain/monitor.ts";
import type { ProjectChange } from "../../domain/project.ts";
import type { Run } from "../../domain/run.ts";
import type { MonitorRef } from "../../ports/store.ts";
import { putBounded } from "../bounded.ts";
import { monitorIdOf } from "../merging.ts";
import type { RedisParts } from "./parts.ts";
import { baseOf, homeOf, nameOf, type LookUpKind, type Place, placeNamed } from "./places.ts";

export interface Owners {
  /** Which monitor has the ping URL of this hash, and where. */
  ofPing(pingHash: string): Promise<MonitorRef | null>;
  run(id: string): Promise<Run | null>;
  incident(id: string): Promise<Incident | null>;
  /** Whether `claim` has anything to ask; most changes bring nothing but ids that tell whose they are. */
  mustClaim(change: Change, before: Monitor | null): boolean;
  /**
   * To be called before a change is written: throws where an id of it belongs to something else, and leaves look-ups to
   * what has none by its id.
   */
  claim(place: Place, change: Change, pingBefore: string | null): Promise<void>;
  /** The same for a change of a project. */
  claimForProject(place: Place, change: ProjectChange): Promise<void>;
  /** Whether one of this id, which does not tell whose it is, is there. */
  hasNotification(id: string): Promise<boolean>;
  /** The monitor has this ping URL no longer. */
  leavePing(pingHash: string, monitorId: string): Promise<void>;
}

/** Where a look-up leads. */
interface Led {
  place: Place;
  monitorId: string;
}

export function ownersIn(parts: RedisParts): Owners {
  const { connection, places, lookUps } = parts;
  const keyAt = (place: Place, name: string): string => baseOf(connection, place) + name;
  const field = async (place: Place | null, key: string, name: string): Promise<string | null> =>
    place === null ? null : connection.ask((client) => client.hget(keyAt(place, key), name));
  const led = async (kind: LookUpKind, id: string): Promise<Led | null> => {
    const [name, monitorId = ""] = ((await lookUps.find(kind, id)) ?? "").split(/ (.*)/s);
    return name === undefined || name === "" ? null : { place: placeNamed(name), monitorId };
  };

  // Whether they still have it is asked of them each time.
  const ledByPing = new Map<string, Led>();
  const withPing = async (owner: Led | null, pingHash: string): Promise<MonitorRef | null> => {
    if (owner === null) return null;
    const key = keyAt(owner.place, `m:${owner.monitorId}`);
    const [ref, ping] = await connection.ask((client) => client.hmget(key, "ref", "ping"));
    if (!ref || ping !== pingHash) return null;
    putBounded(ledByPing, pingHash, owner);
    places.met(owner.place, owner.monitorId);
    return JSON.parse(ref) as MonitorRef;
  };
  const ofPing = async (pingHash: string): Promise<MonitorRef | null> =>
    (await withPing(ledByPing.get(pingHash) ?? null, pingHash)) ??
    withPing(await led("ping", pingHash), pingHash);
  const run = async (id: string): Promise<Run | null> => {
    const owner = ownerNamedBy(id);
    const own = await field(owner === null ? null : await places.ofMonitor(owner), `r:${owner}`, id);
    const other = own === null ? await led("run", id) : null;
    const text = own ?? (other === null ? null : await field(other.place, `r:${other.monitorId}`, id));
    return text === null ? null : (JSON.parse(text) as Run);
  };
  const incident = async (id: string): Promise<Incident | null> => {
    const owner = ownerNamedBy(id);
    const place = owner === null ? null : ((await places.ofMonitor(owner)) ?? homeOf(owner));
    const own = await field(place, "i", id);
    const text = own ?? (await field((await led("incident", id))?.place ?? null, "i", id));
    return text === null ? null : (JSON.parse(text) as Incident);
  };
  const hasNotification = async (id: string): Promise<boolean> => {
    const found = await led("notification", id);
    return found !== null && (await field(found.place, "n", id)) !== null;
  };

  const checkTold = async (owner: string, change: Told): Promise<void> => {
    const { incidents, notifications } = foreignTo(owner, change);
    for (const given of incidents)
      assert(
        isSameSubject(given, (await incident(given.id)) ?? given),
        "an incident id that nothing else has",
      );
    for (const { id } of notifications)
      assert(!(await hasNotification(id)), "notification ids that were not used before");
  };
  const leadToTold = async (place: Place, owner: string, change: Told): Promise<void> => {
    const { incidents, notifications } = foreignTo(owner, change);
    for (const { id } of incidents) await lookUps.put("incident", id, nameOf(place));
    for (const { id } of notifications) await lookUps.put("notification", id, nameOf(place));
  };

  return {
    ofPing,
    run,
    incident,
    hasNotification,
    mustClaim({ monitor, runs, incidents, notifications }, before) {
      const isOwn = ({ id }: { id: string }): boolean => ownerNamedBy(id) === monitor.id;
      return monitor.pingHash !== before?.pingHash || ![...runs, ...incidents, ...notifications].every(isOwn);
    },
    async claim(place, change, pingBefore) {
      const { id: monitorId, pingHash } = change.monitor;
      const isForeign = ({ id }: { id: string }): boolean => ownerNamedBy(id) !== monitorId;
      const owned = `${nameOf(place)} ${monitorId}`;
      if (pingHash !== pingBefore) {
        const owner = await ofPing(pingHash);
        assert(owner === null || owner.id === monitorId, "a ping URL that no other monitor has");
      }
      const runs = change.runs.filter(isForeign);
      for (const { id } of runs)
        assert(((await run(id))?.monitorId ?? monitorId) === monitorId, "a run id that no other monitor has");
      await checkTold(monitorId, change);

      if (pingHash !== pingBefore) await lookUps.put("ping", pingHash, owned);
      for (const { id } of runs) await lookUps.put("run", id, owned);
      await leadToTold(place, monitorId, change);
    },

    async claimForProject(place, change) {
      const { name } = change.project;
      await checkTold(name, change);
      await leadToTold(place, name, change);
    },

    async leavePing(pingHash, monitorId) {
      if ((await led("ping", pingHash))?.monitorId === monitorId) await lookUps.remove("ping", pingHash);
    },
  };
}

/** What changes of monitors and of projects have in common. */
type Told = Pick<Change, "incidents" | "notifications">;

/** What does not tell by its id that it belongs there. */
function foreignTo(owner: string, { incidents, notifications }: Told): Told {
  const isForeign = ({ id }: { id: string }): boolean => ownerNamedBy(id) !== owner;
  return { incidents: incidents.filter(isForeign), notifications: notifications.filter(isForeign) };
}

/** What stands before the last dash: `mon_a-r000000001`, `default-p1`. */
export function ownerNamedBy(id: string): string | null {
  const dash = id.lastIndexOf("-");
  return dash === -1 ? null : id.slice(0, dash);
}

function isSameSubject(one: Incident, other: Incident): boolean {
  return one.project === other.project && monitorIdOf(one) === monitorIdOf(other);
}
