/** Retention, a little at each call, going round the monitors; whether Redis can be written; and the end. */
import { LIMITS } from "../../domain/limits.ts";
import type { Upkeep } from "../../ports/store.ts";
import { lookAt, removeTombstone, sweepHistory, type ToDo } from "./upkeep/monitor-retention.ts";
import type { RedisParts } from "./parts.ts";
import { baseOf, nameOf, type Place } from "./places.ts";
import { sweepBlindSpots, sweepPlace } from "./upkeep/place-retention.ts";

export function upkeepSection(parts: RedisParts): Upkeep {
  const { connection } = parts;
  return {
    async sweep(nowAt) {
      const round = roundOf(parts);
      let left: number = LIMITS.sweepRows;
      left -= await sweepBlindSpots(parts, { nowAt, atMost: left });
      const visits = await round.next();
      for (const place of visits.places) {
        if (left > 0) left -= await sweepPlace(parts, place, { nowAt, atMost: left });
        if (left <= 0) {
          await round.goOnWith({ place, id: "" });
          return LIMITS.sweepRows;
        }
      }
      const todo = await Promise.all(visits.monitors.map((one) => lookAt(parts, { ...one, nowAt })));
      for (const [index, one] of visits.monitors.entries()) {
        if (left > 0) left -= await sweepMonitor(parts, { ...one, nowAt, atMost: left, todo: todo[index] });
        if (left <= 0) {
          await round.goOnWith(one);
          return LIMITS.sweepRows;
        }
      }
      return LIMITS.sweepRows - left;
    },

    async ping() {
      await connection.assertSame();
      await parts.probe();
    },

    close: () => connection.close(),
  };
}

interface Visit extends MonitorThere {
  nowAt: number;
  atMost: number;
  todo: ToDo | undefined;
}

async function sweepMonitor(parts: RedisParts, { todo = "nothing", ...visit }: Visit): Promise<number> {
  if (todo === "nothing") return 0;
  return todo === "history"
    ? sweepHistory(parts, visit)
    : removeTombstone(parts, { ...visit, monitor: todo });
}

interface MonitorThere {
  place: Place;
  id: string;
}

/** Whom one sweep visits: what belongs to these places, and these monitors. */
interface Visits {
  places: readonly Place[];
  monitors: readonly MonitorThere[];
}

/**
 * All processes go round together: where they are stands in Redis, and each takes what comes next before it does
 * anything. One that dies leaves its part to the next round.
 */
function roundOf({ connection, places }: RedisParts) {
  const key = `${connection.prefix}:round`;
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
        const many = LIMITS.sweepMonitors - monitors.length;
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
