/**
 * Removals, gathered up to a bound and carried out by one script: what is past its time is decided here, by the rules
 * that every store has, and goes only while what was decided on still stands.
 */
import type { Incident } from "../../../domain/incident.ts";
import { monitorIdOf } from "../../merging.ts";
import { amendmentTexts, type Held, type Write } from "../amending.ts";
import amendLua from "../lua/amend.lua";
import argumentsLua from "../lua/arguments.lua";
import incidentsLua from "../lua/incidents.lua";
import outboxLua from "../lua/outbox.lua";
import removalsLua from "../lua/removals.lua";
import writesLua from "../lua/writes.lua";
import type { RedisParts } from "../parts.ts";
import { baseOf, type LookUpKind, type Place } from "../places.ts";
import { scriptOf } from "../connection/scripts.ts";

const REMOVE = scriptOf("remove", argumentsLua, outboxLua, incidentsLua, writesLua, removalsLua, amendLua);

/** As `lua/removals.lua` takes them. */
export type Removal =
  | Write
  | readonly ["first", order: string, many: number]
  | readonly ["at", order: string, score: number]
  | readonly ["forget", key: string]
  | readonly ["leave", set: string, member: string]
  | readonly ["past", hash: string, order: string, member: string, at: number]
  | readonly ["notification", id: string]
  | readonly ["incident", id: string, monitorId: string | null];

/** What is to go from one place, at most so many records. */
export interface Removals {
  /** How many more may be taken. */
  left(): number;
  /** As many of them as may be taken, each with what removes it. */
  take<Item>(items: readonly Item[], removing: (item: Item) => readonly Removal[]): void;
  /** So many of those that come first in this order. */
  takeFirst(order: string, many: number): void;
  /** What goes along and is no record. */
  along(...removals: readonly Removal[]): void;
  /** Look-ups go after what they led to. */
  leads(kind: LookUpKind, id: string): void;
  /** How many records went: none where what they were decided on has changed. */
  carryOut(onlyIf?: readonly Held[]): Promise<number>;
}

export function removalsFrom({ connection, lookUps }: RedisParts, place: Place, atMost: number): Removals {
  const removals: Removal[] = [];
  const led: { kind: LookUpKind; id: string }[] = [];
  let taken = 0;
  const left = () => atMost - taken;
  return {
    left,
    take(items, removing) {
      for (const item of items.slice(0, Math.max(0, left()))) {
        taken += 1;
        removals.push(...removing(item));
      }
    },
    takeFirst(order, many) {
      const taking = Math.min(many, left());
      if (taking <= 0) return;
      taken += taking;
      removals.push(["first", order, taking]);
    },
    along: (...more) => void removals.push(...more),
    leads: (kind, id) => void led.push({ kind, id }),
    async carryOut(onlyIf = []) {
      if (removals.length === 0) return 0;
      const texts = amendmentTexts({ onlyIf, writes: removals });
      if ((await connection.run(REMOVE, place, ...texts)) !== 1) return 0;
      await Promise.all(led.map(({ kind, id }) => lookUps.remove(kind, id)));
      return taken;
    },
  };
}

/** An incident goes after its notifications, and its lanes with them. */
export async function takeIncidents(
  parts: RedisParts,
  place: Place,
  { removals, incidents }: { removals: Removals; incidents: readonly Incident[] },
): Promise<void> {
  const { connection } = parts;
  for (const incident of incidents) {
    if (removals.left() <= 0) return;
    const list = `${baseOf(connection, place)}n:of:${incident.project}/${incident.id}`;
    takeNotifications(
      removals,
      await connection.ask((client) => client.zrange(list, "0", String(removals.left() - 1))),
    );
    removals.take([incident], (one) => {
      removals.leads("incident", one.id);
      return [["incident", one.id, monitorIdOf(one)]];
    });
  }
}

export function takeNotifications(removals: Removals, ids: readonly string[]): void {
  removals.take(ids, (id) => {
    removals.leads("notification", id);
    return [["notification", id]];
  });
}

export function isClosedBefore({ resolvedAt }: Incident, cutAt: number): boolean {
  return resolvedAt !== null && resolvedAt < cutAt;
}
