/** Retention at each call, whether the store can be written, and its end. */
import { LIMITS } from "../../domain/limits.ts";
import type { Upkeep } from "../../ports/store.ts";
import type { Connection } from "./connection.ts";
import { type MonitorAge, monitorRemovals, projectRemovals, tombstoneRemovals } from "./retention.ts";

export function upkeepSection(connection: Connection, release: () => void): Upkeep {
  const probe = connection.prepare(`
    INSERT INTO signs (name, at) VALUES ('probe', 1) ON CONFLICT DO UPDATE SET at = at + 1`);
  const removeOfProjects = projectRemovals(connection);
  const removeOfMonitors = roundOfMonitors(connection);
  return {
    sweep: (nowAt) =>
      connection.write(() => {
        const removed = removeOfProjects(nowAt, LIMITS.sweepRows);
        return removed + removeOfMonitors(nowAt, LIMITS.sweepRows - removed);
      }),

    ping: () =>
      connection.write(() => {
        probe.run();
      }),

    async close() {
      connection.close();
      release();
    },
  };
}

/** Each call goes on where the one before ended, so that every monitor has its turn. */
function roundOfMonitors(connection: Connection): (nowAt: number, atMost: number) => number {
  const visit = connection.prepare<MonitorAge>(`
    SELECT m.id, m.deleted_at AS deletedAt, s.held FROM monitors m JOIN states s ON s.monitor = m.id
    WHERE m.id > ? ORDER BY m.id LIMIT ?`);
  const removeOfMonitor = monitorRemovals(connection);
  const removeTombstone = tombstoneRemovals(connection);
  // Forgotten with the process, which only means a new round.
  let visited = "";

  return (nowAt, atMost) => {
    const monitors = visit.all(visited, LIMITS.sweepMonitors);
    let removed = 0;
    for (const monitor of monitors) {
      const isPast = monitor.deletedAt !== null && monitor.deletedAt < nowAt - LIMITS.historyMs;
      const rest = atMost - removed;
      removed += isPast ? removeTombstone(monitor.id, rest) : removeOfMonitor(monitor, nowAt, rest);
      if (removed >= atMost) return removed;
      visited = monitor.id;
    }
    if (monitors.length < LIMITS.sweepMonitors) visited = "";
    return removed;
  };
}
