/** Monitors: adding, loading, committing by compare-and-set, and which of them are due. */
import { assert } from "../../domain/assert.ts";
import type { Change } from "../../domain/change.ts";
import type { WindowRow } from "../../domain/ledger.ts";
import type { Run } from "../../domain/run.ts";
import type { MonitorRef, MonitorStore } from "../../ports/store.ts";
import { pageOf, textIn } from "../cursor.ts";
import { decidedAt, ONE_PIECE } from "../merging.ts";
import { by } from "../order.ts";
import { assertFits, writeRest } from "./changes.ts";
import { copy, given, type KeptMonitor, type Tables } from "./tables.ts";
import { firstAfter, latestUpTo } from "./windows.ts";

export function monitorSection(tables: Tables): MonitorStore {
  return { ...writing(tables), ...reading(tables) };
}

type Writing = Pick<MonitorStore, "createMonitor" | "commit" | "confirm" | "hasten">;

function writing(tables: Tables): Writing {
  return {
    async createMonitor(wanted) {
      const change = given(wanted);
      assert(change.baseVersion === 0, "a monitor to be added with base version 0");
      const { id, project, slug } = change.monitor;
      if (tables.monitors.has(id) || living(tables, project).some(({ monitor }) => monitor.slug === slug))
        return "stale";
      assertFits(tables, change);
      tables.monitors.set(id, {
        monitor: change.monitor,
        state: change.state,
        version: 1,
        dueAt: change.dueAt,
        hastenedAt: null,
        windows: [],
        runs: new Map(),
        journal: [],
        receipts: new Map(),
        counts: new Map(),
      });
      writeRest(tables, change);
      return "committed";
    },

    async commit(wanted, onAccepted) {
      const change = given(wanted);
      const kept = tables.monitors.get(change.monitor.id);
      if (kept === undefined || kept.version !== change.baseVersion) return "stale";
      assertFits(tables, change);
      tables.pingOwners.delete(kept.monitor.pingHash);
      kept.monitor = change.monitor;
      kept.state = change.state;
      kept.version += 1;
      settleDue(kept, change);
      writeRest(tables, change);
      onAccepted?.();
      return "committed";
    },

    // Nothing here becomes any more durable than it is.
    async confirm() {
      return "committed";
    },

    async hasten(monitorId, dueAt) {
      const kept = tables.monitors.get(monitorId);
      if (kept === undefined || kept.monitor.deletedAt !== null) return;
      kept.dueAt = Math.min(kept.dueAt ?? dueAt, dueAt);
      kept.hastenedAt = Math.min(kept.hastenedAt ?? dueAt, dueAt);
    },
  };
}

function reading(tables: Tables): Omit<MonitorStore, keyof Writing> {
  return {
    async load(monitorId, wanted) {
      const kept = tables.monitors.get(monitorId);
      if (kept === undefined) return null;
      const runId = wanted.runId ?? null;
      const run = runId === null ? null : latestAttempt(kept, runId);

      const rows = new Set<WindowRow>();
      for (const windowAt of wanted.windowsAt ?? []) {
        for (const row of latestUpTo(kept.windows, windowAt, 2)) rows.add(row);
        for (const row of firstAfter(kept.windows, windowAt, 1)) rows.add(row);
      }
      for (const windowAt of [run?.windowAt, kept.state.anonymous?.windowAt]) {
        if (typeof windowAt !== "number") continue;
        for (const row of latestUpTo(kept.windows, windowAt, 1)) if (row.toAt >= windowAt) rows.add(row);
      }

      const key = wanted.duplicateKey ?? null;
      return copy({
        monitor: kept.monitor,
        state: kept.state,
        version: kept.version,
        run,
        rows: [...rows].sort(by((row) => row.expectedAt)),
        earlierReceipt: key === null ? null : (kept.receipts.get(key)?.receipt ?? null),
      });
    },

    async findMonitor(project, slug) {
      const named = [...tables.monitors.values()].filter(
        ({ monitor }) => monitor.project === project && monitor.slug === slug,
      );
      // The living one counts as deleted last of all.
      const order = by<KeptMonitor>(
        ({ monitor }) => monitor.deletedAt ?? Number.MAX_SAFE_INTEGER,
        ({ monitor }) => monitor.id,
      );
      return refOf(named.sort(order).at(-1));
    },

    async findMonitorByPing(pingHash) {
      return refOf(tables.monitors.get(tables.pingOwners.get(pingHash) ?? ""));
    },

    async partitions() {
      return [ONE_PIECE];
    },

    async dueMonitors(nowAt, limit) {
      const due: { id: string; dueAt: number }[] = [];
      for (const [id, { dueAt }] of tables.monitors)
        if (dueAt !== null && dueAt <= nowAt) due.push({ id, dueAt });
      return due
        .sort(
          by(
            (one) => one.dueAt,
            (one) => one.id,
          ),
        )
        .slice(0, limit);
    },

    async listMonitors(project, page) {
      const after = textIn(page.cursor) ?? "";
      const found = living(tables, project)
        .filter(({ monitor }) => monitor.slug > after)
        .sort(by(({ monitor }) => monitor.slug))
        .map(({ monitor, state, version }) => ({ monitor, state, version }));
      return copy(pageOf(found, page.limit, (last) => [last.monitor.slug]));
    },
  };
}

function living(tables: Tables, project: string): KeptMonitor[] {
  return [...tables.monitors.values()].filter(
    ({ monitor }) => monitor.project === project && monitor.deletedAt === null,
  );
}

/** What was asked for after the decision was made stays asked for. */
function settleDue(kept: KeptMonitor, change: Change): void {
  if (kept.hastenedAt === null || kept.hastenedAt <= decidedAt(change)) {
    kept.hastenedAt = null;
    kept.dueAt = change.dueAt;
    return;
  }
  kept.dueAt = Math.min(change.dueAt ?? kept.hastenedAt, kept.hastenedAt);
}

function latestAttempt(kept: KeptMonitor, runId: string): Run | null {
  const attempts = [...kept.runs.values()].filter(({ run }) => run.runId === runId);
  return (
    attempts
      .sort(
        by(
          ({ run }) => run.attempt,
          ({ ordinal }) => ordinal,
        ),
      )
      .at(-1)?.run ?? null
  );
}

function refOf(kept: KeptMonitor | undefined): MonitorRef | null {
  if (kept === undefined) return null;
  const { id, project, slug, deletedAt, settings } = kept.monitor;
  return { id, project, slug, deletedAt, accepts: settings.accepts ?? null };
}
