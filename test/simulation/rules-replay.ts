/**
 * The rule of replay: what was decided, decided again from the stored events and contexts, gives the same ledger, runs
 * and incidents.
 */
import { decide } from "../../src/domain/decide/decide.ts";
import type { JournalEntry, Snapshot } from "../../src/domain/change.ts";
import { wantedFor, windowsAlsoAt } from "../../src/engine/record-check-in.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { all, type Looks, type LooksOfMonitor } from "./looks.ts";
import { PROJECT, type World } from "./world.ts";

export async function brokenReplay(world: World, looks: Looks): Promise<string[]> {
  const broken: string[] = [];
  for (const monitor of looks.monitors) {
    const { slug } = monitor.watched.spec;
    const store = await replayed(monitor);
    const { monitorId } = monitor.watched;
    const [was, is] = [await pastOf(world.store, monitorId), await pastOf(store, monitorId)];
    for (const what of ["windows", "runs", "incidents"] as const) {
      const index = Math.max(was[what].length, is[what].length);
      for (let at = 0; at < index; at += 1) {
        const [one, other] = [JSON.stringify(was[what][at]), JSON.stringify(is[what][at])];
        if (one === other) continue;
        broken.push(`${slug}: replayed, ${what} ${at} differ: ${shortened(one, other)}`);
        break;
      }
    }
  }
  return broken;
}

async function replayed({ watched, journal }: LooksOfMonitor): Promise<Store> {
  const { creation, monitorId } = watched;
  const store = createMemoryStore();
  await store.createMonitor(creation);
  // The first entry is the creation itself.
  for (const entry of [...journal].sort((one, two) => one.version - two.version).slice(1)) {
    const snapshot = await snapshotFor(store, monitorId, entry);
    const { change } = decide(snapshot, entry.event, entry.context);
    if (change !== null) await store.commit(change);
  }
  return store;
}

async function snapshotFor(store: Store, monitorId: string, { event }: JournalEntry): Promise<Snapshot> {
  const wanted = event.type === "check_in" ? wantedFor(event.checkIn) : {};
  const first = await store.load(monitorId, wanted);
  if (first === null) throw new Error("no snapshot");
  const also = event.type === "check_in" ? windowsAlsoAt(first, event.checkIn) : [];
  if (also.length === 0) return first;
  const again = await store.load(monitorId, { ...wanted, windowsAt: [...(wanted.windowsAt ?? []), ...also] });
  return again ?? first;
}

async function pastOf(store: Store, monitorId: string) {
  const between = { fromAt: 0, toAt: Number.MAX_SAFE_INTEGER };
  return {
    windows: await all((page) => store.listWindows(monitorId, between, page)),
    runs: await all((page) => store.listRuns(monitorId, { runId: null }, page)),
    incidents: await all((page) => store.listIncidents(PROJECT, { status: null, monitorId }, page)),
  };
}

/** Both from where they begin to differ. */
function shortened(one = "nothing", other = "nothing"): string {
  let from = 0;
  while (from < one.length && one[from] === other[from]) from += 1;
  const cut = (text: string): string => text.slice(Math.max(0, from - 40), from + 80);
  return `${cut(one)} <> ${cut(other)}`;
}
