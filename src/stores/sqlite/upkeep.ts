/** Retention at each call, whether the store can be written, and its end. */
import { LIMITS } from "../../domain/limits.ts";
import type { Upkeep } from "../../ports/store.ts";
import type { Connection } from "./connection.ts";
import { type MonitorAge, monitorRemovals, projectRemovals, tombstoneRemovals } from "./retention.ts";
import type { KeptSnapshots } from "./snapshots.ts";
import type { Statements } from "./statements.ts";

export function upkeepSection(connection: Connection, kept: KeptSnapshots, release: () => void): Upkeep {
  return {
    async sweep(nowAt) {
      const { removed, monitors } = await connection.write("sweep", [nowAt]);
      for (const id of monitors) kept.refresh(id);
      return removed;
    },

    ping: () => connection.write("ping", []),

    async close() {
      await connection.close();
      release();
    },
  };
}

interface Swept {
  removed: number;
  /** Monitors of which something was removed. */
  monitors: readonly string[];
}

export function upkeepWrites(statements: Statements) {
  const probe = statements.prepare(`
    INSERT INTO signs (name, at) VALUES ('probe', 1) ON CONFLICT DO UPDATE SET at = at + 1`);
  const removeOfProjects = projectRemovals(statements);
  const removeOfMonitors = roundOfMonitors(statements);
  return {
    sweep(nowAt: number): Swept {
      const removed = removeOfProjects(nowAt, LIMITS.sweepRows);
      const round = removeOfMonitors(nowAt, LIMITS.sweepRows - removed);
      return { ...round, removed: removed + round.removed };
    },

    ping(): void {
      probe.run();
    },
  };
}

/** Each call goes on where the one before ended, so that every monitor has its turn. */
function roundOfMonitors(statements: Statements): (nowAt: number, atMost: number) => Swept {
  const visit = statements.prepare<MonitorAge>(`
    SELECT m.id, m.deleted_at AS deletedAt, s.doc AS state FROM monitors m JOIN states s ON s.monitor = m.id
    WHERE m.id > ? ORDER BY m.id LIMIT ?`);
  const removeOfMonitor = monitorRemovals(statements);
  const removeTombstone = tombstoneRemovals(statements);
  // Forgotten with the process, which only means a new round.
  let visited = "";

  return (nowAt, atMost) => {
    const found = visit.all(visited, LIMITS.sweepMonitors);
    const monitors: string[] = [];
    let removed = 0;
    for (const monitor of found) {
      const isPast = monitor.deletedAt !== null && monitor.deletedAt < nowAt - LIMITS.historyMs;
      const rest = atMost - removed;
      const more = isPast ? removeTombstone(monitor.id, rest) : removeOfMonitor(monitor, nowAt, rest);
      removed += more;
      if (more > 0) monitors.push(monitor.id);
      if (removed >= atMost) return { removed, monitors };
      visited = monitor.id;
    }
    if (found.length < LIMITS.sweepMonitors) visited = "";
    return { removed, monitors };
  };
}
