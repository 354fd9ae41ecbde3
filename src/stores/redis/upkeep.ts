/** Retention and what leads to things, a little at each call; whether Redis can be written; and the end. */
import { LIMITS } from "../../domain/limits.ts";
import type { Upkeep } from "../../ports/store.ts";
import { lookAt, removeTombstone, sweepHistory, type ToDo } from "./upkeep/monitor-retention.ts";
import type { RedisParts } from "./parts.ts";
import { restoreLookUps } from "./upkeep/look-ups.ts";
import { type MonitorThere, roundOf } from "./upkeep/round.ts";
import { sweepBlindSpots, sweepPlace } from "./upkeep/place-retention.ts";

export function upkeepSection(parts: RedisParts): Upkeep {
  const { connection } = parts;
  return {
    async sweep(nowAt) {
      await restoreLookUps(parts);
      const round = roundOf(parts, { name: "round", atMost: LIMITS.sweepMonitors });
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
