/**
 * The user's own routes, with what their guards told. In the home of the project: `guards` (route → document) and
 * `guards:told` (routes by when they told last); `revisions` counts the routes that were added.
 */
import { LIMITS } from "../../../domain/limits.ts";
import type { GuardedRoute } from "../../../domain/trust/guarded-route.ts";
import type { BoundaryStore, GuardNote } from "../../../ports/boundary-store.ts";
import { toldRoute } from "../../merging.ts";
import type { Amending, Held, Write } from "../amending.ts";
import type { RedisParts } from "../parts.ts";
import { baseOf, homeOf } from "../places.ts";

type Section = Pick<BoundaryStore, "noteGuards" | "listGuardedRoutes">;

export function guardSection({ connection }: RedisParts, { amend }: Amending): Section {
  const baseFor = (project: string) => baseOf(connection, homeOf(project));

  /** The routes named, and where one of them is new, when each of all told last. */
  const known = async (project: string, keys: readonly string[]): Promise<Known> => {
    const base = baseFor(project);
    const [texts, revision] = await connection.ask((client) =>
      Promise.all([client.hmget(`${base}guards`, ...keys), client.hget(`${base}revisions`, "guards")]),
    );
    const byKey = new Map(keys.map((key, index) => [key, texts[index] ?? null]));
    if (!texts.includes(null)) return { texts: byKey, revision, told: new Map() };
    const told = await connection.ask((client) =>
      client.zrange(`${base}guards:told`, "0", "-1", "WITHSCORES"),
    );
    return { texts: byKey, revision, told: pairsIn(told) };
  };

  return {
    async noteGuards(project, noted) {
      if (noted.length === 0) return;
      const keys = [...new Set(noted.map(({ route }) => keyOf(route)))];
      await amend({ project, subject: "guards" }, async () => {
        const before = await known(project, keys);
        return { onlyIf: heldOf(before), writes: toldWrites(before, project, noted), result: true };
      });
    },

    async listGuardedRoutes(project) {
      const texts = await connection.ask((client) => client.hvals(`${baseFor(project)}guards`));
      const routes = texts.map((text) => JSON.parse(text) as GuardedRoute);
      return routes.sort((one, other) => (one.route < other.route ? -1 : 1));
    },
  };
}

/** As JSON, a route that was cut within a character stays what it is. */
export function keyOf(route: string): string {
  return JSON.stringify(route);
}

export function putRoute(route: GuardedRoute): Write[] {
  return [
    ["put", "guards", keyOf(route.route), JSON.stringify(route)],
    ["rank", "guards:told", route.lastAt, keyOf(route.route)],
  ];
}

export function dropRoute(key: string): Write[] {
  return [
    ["drop", "guards", key],
    ["unrank", "guards:told", key],
  ];
}

interface Known {
  texts: ReadonlyMap<string, string | null>;
  revision: string | null;
  told: ReadonlyMap<string, number>;
}

function heldOf({ texts, revision }: Known): Held[] {
  const routes = [...texts].map(([field, text]) => ({ hash: "guards", field, text }));
  const isOneNew = routes.some(({ text }) => text === null);
  return isOneNew ? [...routes, { hash: "revisions", field: "guards", text: revision }] : routes;
}

function toldWrites(before: Known, project: string, noted: readonly GuardNote[]): Write[] {
  const routes = new Map<string, GuardedRoute>();
  for (const [key, text] of before.texts)
    if (text !== null) routes.set(key, JSON.parse(text) as GuardedRoute);
  const told = new Map(before.told);
  const gone = new Set<string>();
  let isOneNew = false;
  for (const note of noted) {
    const key = keyOf(note.route);
    const known = routes.get(key) ?? null;
    if (known === null) {
      isOneNew = true;
      for (const quietest of surplusOf(told)) {
        told.delete(quietest);
        routes.delete(quietest);
        gone.add(quietest);
      }
    }
    const route = toldRoute(known, project, note);
    routes.set(key, route);
    told.set(key, route.lastAt);
  }
  return [
    ...[...gone].flatMap(dropRoute),
    ...[...routes.values()].flatMap(putRoute),
    ...(isOneNew ? [["put", "revisions", "guards", String(Number(before.revision ?? 0) + 1)] as const] : []),
  ];
}

/** Those that have to go before one more is kept: the ones that told last longest ago. */
function surplusOf(told: ReadonlyMap<string, number>): string[] {
  const surplus = Math.max(0, told.size + 1 - LIMITS.guardedRoutesPerProject);
  const quietestFirst = [...told].toSorted(([, one], [, other]) => one - other);
  return quietestFirst.slice(0, surplus).map(([key]) => key);
}

/** Of members with their scores, one after the other. */
function pairsIn(reply: readonly string[]): Map<string, number> {
  const pairs = new Map<string, number>();
  for (let index = 0; index < reply.length; index += 2)
    pairs.set(reply[index] ?? "", Number(reply[index + 1]));
  return pairs;
}
