/** Retention, a little at each call, going round the monitors. There is nothing to reach and nothing to close. */
import type { Incident } from "../../domain/incident.ts";
import type { WindowRow } from "../../domain/ledger.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { Notification } from "../../domain/notification.ts";
import type { Upkeep } from "../../ports/store.ts";
import { heldWindows, historyStartAt, laneSubject, monitorIdOf, pastSinceAt } from "../merging.ts";
import { type KeptMonitor, type KeptRun, keyOf, type Tables } from "./tables.ts";

const DAY_MS = 86_400_000;

export function upkeepSection(tables: Tables): Upkeep {
  // The round goes on after this monitor.
  let visited = "";
  return {
    async sweep(nowAt) {
      const ids = [...tables.monitors.keys()]
        .filter((id) => id > visited)
        .sort()
        .slice(0, LIMITS.sweepMonitors);
      const take = bounded(LIMITS.sweepRows);
      sweepProjects(tables, nowAt, take);
      for (const id of ids) {
        const kept = tables.monitors.get(id);
        if (kept !== undefined) sweepMonitor(tables, { kept, nowAt, take });
        if (take.left() <= 0) return LIMITS.sweepRows;
        visited = id;
      }
      if (ids.length < LIMITS.sweepMonitors) visited = "";
      return LIMITS.sweepRows - take.left();
    },

    async ping() {},

    async close() {},
  };
}

/** Takes part of a list for removal, as long as the sweep's bound allows. */
interface Take {
  <Item>(from: Iterable<Item>, isPast: (item: Item) => boolean): Item[];
  left(): number;
}

function bounded(rows: number): Take {
  let left = rows;
  const take = <Item>(from: Iterable<Item>, isPast: (item: Item) => boolean): Item[] => {
    const taken = [...from].filter(isPast).slice(0, left);
    left -= taken.length;
    return taken;
  };
  return Object.assign(take, { left: () => left });
}

/** What belongs to no monitor. */
function sweepProjects(tables: Tables, nowAt: number, take: Take): void {
  const cutAt = nowAt - LIMITS.historyMs;
  removeIncidents(
    tables,
    take,
    (incident) => isClosedBefore(incident, cutAt) && monitorIdOf(incident) === null,
  );
  removeNotices(tables, take, (notice) => notice.createdAt < cutAt && notice.status !== "pending");
  removeFrom(tables.rejections, take, ({ rejection }) => rejection.lastAt < cutAt);
  removeFrom(tables.proofUses, take, ({ untilAt }) => untilAt < nowAt);
  removeFrom(tables.guardedRoutes, take, ({ lastAt }) => lastAt < cutAt);
  removeFrom(tables.verifications, take, ({ at }) => at < cutAt);
  removeFrom(tables.plans, take, (plan) => plan.untilAt < cutAt);
  const spots = [...tables.blindSpots.values()].filter((spot) => spot.toAt < cutAt);
  for (const spot of spots) {
    removeFrom(tables.unknowns, take, ({ unknown }) => unknown.blindSpotId === spot.id);
    removeFrom(tables.blindSpots, take, ({ id }) => id === spot.id);
  }
}

interface Visit {
  kept: KeptMonitor;
  nowAt: number;
  take: Take;
}

function sweepMonitor(tables: Tables, visit: Visit): void {
  const { kept, nowAt, take } = visit;
  const { id, deletedAt } = kept.monitor;
  const cutAt = nowAt - LIMITS.historyMs;
  if (deletedAt !== null && deletedAt < cutAt) return removeTombstone(tables, kept, take);

  const held = heldWindows(kept.state);
  const runs = [...kept.runs.values()];
  const surplus = new Set(runs.slice(0, -LIMITS.runsPerMonitor));
  const firstKept = surplus.size === 0 ? undefined : runs[surplus.size];
  const beginsAt = firstKept === undefined ? cutAt : Math.max(cutAt, historyStartAt(firstKept.run));
  removeWindows(kept, take, (row) => {
    const isHeld = held.some((windowAt) => windowAt >= row.expectedAt && windowAt <= row.toAt);
    return row.toAt < beginsAt && !isHeld;
  });
  removeJournal(kept, take, (at) => at < beginsAt);
  removeRuns(tables, visit, (one) => {
    const sinceAt = pastSinceAt(one.run);
    if (sinceAt === null || (one.run.windowAt !== null && held.includes(one.run.windowAt))) return false;
    return sinceAt < cutAt || surplus.has(one);
  });
  removeFrom(kept.receipts, take, ({ at }) => at < nowAt - LIMITS.receiptKeptMs);
  const firstDay = Math.floor((nowAt - LIMITS.countersMs) / DAY_MS);
  removeFrom(kept.counts, take, ({ day }) => day < firstDay);
  removeIncidents(
    tables,
    take,
    (incident) => isClosedBefore(incident, cutAt) && monitorIdOf(incident) === id,
  );
}

/** Everything of a deleted monitor; itself last, so that an interrupted removal is met again. */
function removeTombstone(tables: Tables, kept: KeptMonitor, take: Take): void {
  const { id, pingHash } = kept.monitor;
  removeWindows(kept, take, () => true);
  removeRuns(tables, { kept, take }, () => true);
  removeJournal(kept, take, () => true);
  removeFrom(kept.receipts, take, () => true);
  removeFrom(kept.counts, take, () => true);
  removeFrom(tables.rejections, take, ({ rejection }) => rejection.monitorId === id);
  removeFrom(tables.unknowns, take, ({ unknown }) => unknown.monitorId === id);
  removeNotices(tables, take, (notice) => notice.monitorId === id);
  removeIncidents(tables, take, (incident) => monitorIdOf(incident) === id);
  removeFrom(tables.monitors, take, ({ monitor }) => monitor.id === id);
  if (!tables.monitors.has(id)) tables.pingOwners.delete(pingHash);
}

function isClosedBefore(incident: { resolvedAt: number | null }, cutAt: number): boolean {
  return incident.resolvedAt !== null && incident.resolvedAt < cutAt;
}

function removeFrom<Item>(from: Map<string, Item>, take: Take, isPast: (item: Item) => boolean): void {
  for (const [key] of take(from, ([, item]) => isPast(item))) from.delete(key);
}

function removeWindows(kept: KeptMonitor, take: Take, isPast: (row: WindowRow) => boolean): void {
  const gone = new Set(take(kept.windows, isPast));
  kept.windows = kept.windows.filter((row) => !gone.has(row));
}

function removeJournal(kept: KeptMonitor, take: Take, isPast: (at: number) => boolean): void {
  const gone = new Set(take(kept.journal, ({ at }) => isPast(at)));
  kept.journal = kept.journal.filter((entry) => !gone.has(entry));
}

function removeRuns(
  tables: Tables,
  { kept, take }: Pick<Visit, "kept" | "take">,
  isPast: (one: KeptRun) => boolean,
): void {
  for (const { run } of take(kept.runs.values(), isPast)) {
    kept.runs.delete(run.id);
    tables.runOwners.delete(run.id);
  }
}

/** An incident goes after its notifications, and its lanes with it. */
function removeIncidents(tables: Tables, take: Take, isPast: (incident: Incident) => boolean): void {
  for (const { id } of [...tables.incidents.values()].filter(isPast)) {
    removeFrom(tables.notifications, take, (notification) => notification.incidentId === id);
    if (take.left() <= 0) return;
    for (const [key, lane] of tables.lanes) if (lane.incidentId === id) tables.lanes.delete(key);
    removeFrom(tables.incidents, take, (incident) => incident.id === id);
  }
}

/** A notice without incident is alone in its lane. */
function removeNotices(tables: Tables, take: Take, isPast: (notice: Notification) => boolean): void {
  for (const notice of take(tables.notifications.values(), (one) => one.incidentId === null && isPast(one))) {
    tables.notifications.delete(notice.id);
    tables.lanes.delete(keyOf(notice.project, notice.channel, laneSubject(notice)));
  }
}
