/** Monitors: adding, loading, committing by compare-and-set, and which of them are due. */
import type { MonitorState } from "../../domain/change.ts";
import type { Monitor } from "../../domain/monitor.ts";
import type { MonitorRef, MonitorStore } from "../../ports/store.ts";
import { textIn } from "../cursor.ts";
import { by } from "../order.ts";
import { committing } from "./monitors/commits.ts";
import { keptMonitors } from "./monitors/kept-monitors.ts";
import argumentsLua from "./lua/arguments.lua";
import findMonitorLua from "./lua/find-monitor.lua";
import hastenLua from "./lua/hasten.lua";
import listMonitorsLua from "./lua/list-monitors.lua";
import { merged, mergedPage } from "./merged-pages.ts";
import { type Owners, ownersIn } from "./owners.ts";
import type { RedisParts } from "./parts.ts";
import { baseOf, nameOf, type Place, placeNamed } from "./places.ts";
import { scriptOf } from "./connection/scripts.ts";
import { snapshotsIn } from "./monitors/snapshots.ts";

const FIND = scriptOf("find-monitor", argumentsLua, findMonitorLua);
const HASTEN = scriptOf("hasten", argumentsLua, hastenLua);
const LIST = scriptOf("list-monitors", argumentsLua, listMonitorsLua);

export function monitorSection(parts: RedisParts): MonitorStore {
  const owners = ownersIn(parts);
  return { ...deciding(parts, owners), ...finding(parts, owners) };
}

type Deciding = Pick<MonitorStore, "createMonitor" | "load" | "commit" | "confirm" | "hasten">;

function deciding(parts: RedisParts, owners: Owners): Deciding {
  const known = keptMonitors();
  const snapshots = snapshotsIn(parts, known);
  return {
    load: snapshots.load,
    ...committing(parts, { known, snapshots, owners }),
    async hasten(monitorId, dueAt) {
      const place = await parts.places.ofMonitor(monitorId);
      if (place !== null) await parts.connection.run(HASTEN, place, monitorId, dueAt);
    },
  };
}

function finding({ connection, places }: RedisParts, owners: Owners): Omit<MonitorStore, keyof Deciding> {
  const dueIn = async (place: Place, nowAt: number, limit: number) => {
    const key = `${baseOf(connection, place)}due`;
    const found = await connection.ask((client) =>
      client.zrangebyscore(key, "-inf", nowAt, "WITHSCORES", "LIMIT", 0, limit),
    );
    return Array.from({ length: found.length / 2 }, (_none, index) => {
      const id = found[2 * index] ?? "";
      places.met(place, id);
      return { id, dueAt: Number(found[2 * index + 1]) };
    });
  };

  return {
    async findMonitor(project, slug) {
      const place = await places.ofSlug(project, slug);
      const text = (await connection.run(FIND, place, slug)) as string | null;
      if (text === null) return null;
      const ref = JSON.parse(text) as MonitorRef;
      places.met(place, ref.id);
      return ref;
    },

    findMonitorByPing: owners.ofPing,

    partitions: async () => (await places.all()).map(nameOf),

    async dueMonitors(nowAt, limit, partition) {
      const wanted = partition === undefined ? await places.all() : [placeNamed(partition)];
      const order = by<{ id: string; dueAt: number }>(
        (due) => due.dueAt,
        (due) => due.id,
      );
      return (await merged(wanted, (place) => dueIn(place, nowAt, limit), order)).slice(0, limit);
    },

    async listMonitors(project, page) {
      const after = textIn(page.cursor);
      return mergedPage({
        places: await places.ofProject(project),
        limit: page.limit,
        async read(place, howMany) {
          const found = (await connection.run(LIST, place, after, howMany)) as [string, string, string][];
          return found.map(([monitor, state, version]) => ({
            monitor: JSON.parse(monitor) as Monitor,
            state: JSON.parse(state) as MonitorState,
            version: Number(version),
          }));
        },
        order: by(({ monitor }) => monitor.slug),
        placeOf: (last) => [last.monitor.slug],
      });
    },
  };
}
