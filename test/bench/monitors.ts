/** Monitors by the hundred thousand, written through the store's own port, many to a transaction. */
import { createMonitor } from "../../src/domain/decide/configure.ts";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import { readSettings } from "../../src/domain/monitor-settings.ts";
import type { Store } from "../../src/ports/store.ts";
import { sqliteStore } from "../../src/stores/sqlite.ts";
import { afterTurn } from "../../src/system/timers.ts";
import { openVault } from "../../src/system/vault.ts";

export const PROJECT = "default";
const AT_ONCE = 500;

export interface Filling {
  count: number;
  input: (index: number) => MonitorInput;
  createdAt?: number;
  /** Of the project; absent: 1. */
  partitions?: number;
}

export function openStore(folder: string): Promise<Store> {
  return sqliteStore.open({ folder, afterTurn });
}

/** A data folder as a server finds it: `job-0`, `job-1` … of the first project. */
export async function fillFolder(folder: string, filling: Filling): Promise<void> {
  openVault({ folder, isNew: true });
  const store = await openStore(folder);
  await fill(store, filling);
  await store.close();
}

export async function fill(store: Store, filling: Filling): Promise<void> {
  const createdAt = filling.createdAt ?? Date.now();
  await store.createProject({
    name: PROJECT,
    title: "Default",
    createdAt,
    operatorChannels: [],
    defaultChannels: [],
    ...(filling.partitions !== undefined && { partitions: filling.partitions }),
  });
  for (let from = 0; from < filling.count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, filling.count - from) }, (_, index) => from + index);
    await Promise.all(some.map((index) => store.createMonitor(monitorOf(index, filling, createdAt))));
  }
}

function monitorOf(index: number, filling: Filling, createdAt: number) {
  const slug = `job-${index}`;
  const { settings } = readSettings(slug, filling.input(index), { before: null, nowAt: createdAt });
  return createMonitor(
    {
      id: `mon_${String(index).padStart(8, "0")}`,
      project: PROJECT,
      slug,
      // Nobody pings these by their URL.
      pingSealed: "",
      pingHash: slug,
      settings,
      by: "bench",
    },
    { judgedAt: createdAt, blindSpots: [], plans: [], rejections: [], defaultChannels: [] },
  );
}
