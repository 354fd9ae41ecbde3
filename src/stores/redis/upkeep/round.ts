/**
 * Going round all places and their monitors, some at a time. All processes go together: where they are stands in Redis,
 * and each takes what comes next before it does anything. One that dies leaves its part to the next round.
 */
import { LIMITS } from "../../../domain/limits.ts";
import type { RedisParts } from "../parts.ts";
import { baseOf, nameOf, type Place } from "../places.ts";

export interface MonitorThere {
  place: Place;
  id: string;
}

/** Whom one call visits: what belongs to these places, and these monitors. */
interface Visits {
  places: readonly Place[];
  monitors: readonly MonitorThere[];
}

/** `name`: of a key, for each round its own. `atMost`: monitors in one visit. */
export function roundOf(
  { connection, places }: RedisParts,
  { name, atMost }: { name: string; atMost: number },
) {
  const key = `${connection.prefix}:${name}`;
  const write = (at: RoundAt) => connection.ask((client) => client.set(key, JSON.stringify(at)));
  const idsAfter = (place: Place, id: string, many: number): Promise<string[]> =>
    connection.ask((client) =>
      client.zrangebylex(
        `${baseOf(connection, place)}ids`,
        id === "" ? "-" : `(${id}`,
        "+",
        "LIMIT",
        0,
        many,
      ),
    );
  return {
    async next(): Promise<Visits> {
      const text = await connection.ask((client) => client.get(key));
      const from: RoundAt = text === null ? START : (JSON.parse(text) as RoundAt);
      const all = (await places.all()).filter((place) => nameOf(place) >= from.place);
      const entered: Place[] = [];
      const monitors: MonitorThere[] = [];
      for (const place of all.slice(0, LIMITS.sweepPlaces)) {
        const after = nameOf(place) === from.place ? from.after : "";
        if (after === "") entered.push(place);
        const many = atMost - monitors.length;
        const ids = await idsAfter(place, after, many);
        monitors.push(...ids.map((id) => ({ place, id })));
        if (ids.length < many) continue;
        await write({ place: nameOf(place), after: ids.at(-1) ?? "" });
        return { places: entered, monitors };
      }
      const next = all[LIMITS.sweepPlaces];
      await write(next === undefined ? START : { place: nameOf(next), after: "" });
      return { places: entered, monitors };
    },

    /** What is left of this monitor (none: of this place) is met again by the next sweep. */
    async goOnWith({ place, id }: MonitorThere): Promise<void> {
      const [before = ""] = await connection.ask((client) =>
        client.zrevrangebylex(`${baseOf(connection, place)}ids`, `(${id}`, "-", "LIMIT", 0, 1),
      );
      await write({ place: nameOf(place), after: before });
    },
  };
}

/** Where a round goes on: after this monitor of this place. */
interface RoundAt {
  place: string;
  after: string;
}

const START: RoundAt = { place: "", after: "" };
