/**
 * DESIGN "decide, then commit", over random histories: deciding is pure, verdicts do not depend on when ticks ran,
 * and a monitor's past can be decided again from its journal with the same result.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change, JournalEntry } from "../../src/domain/change.ts";
import { decide } from "../../src/domain/decide/decide.ts";
import type { Store, Wanted } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { BEGIN, history, passTo, perform, SLUG, type History } from "./histories.ts";
import { createWorld, PROJECT, type World } from "./world.ts";

test("deciding touches nothing it is given, and decides the same twice", async () => {
  await fc.assert(
    fc.asyncProperty(history, async (told) => {
      const { journal, creation, wantedAt } = await lived(told, 5_000);
      const store = await storeOf(creation);
      for (const entry of journal) {
        const snapshot = await store.load(creation.monitor.id, wantedAt(entry));
        if (snapshot === null) throw new Error("no snapshot");
        const given = frozen({ snapshot, event: entry.event, context: entry.context });
        const once = decide(given.snapshot, given.event, given.context);
        const twice = decide(given.snapshot, given.event, given.context);
        expect(twice).toEqual(once);
        if (once.change !== null) await store.commit(once.change);
      }
    }),
    { numRuns: 40 },
  );
});

test("a monitor's past, decided again from its journal, gives the same ledger, runs and incidents", async () => {
  await fc.assert(
    fc.asyncProperty(history, async (told) => {
      const { journal, creation, world, wantedAt } = await lived(told, 5_000);
      const store = await storeOf(creation);
      for (const entry of journal) {
        const snapshot = await store.load(creation.monitor.id, wantedAt(entry));
        if (snapshot === null) throw new Error("no snapshot");
        const { change } = decide(snapshot, entry.event, entry.context);
        if (change !== null) await store.commit(change);
      }
      expect(await past(store, creation.monitor.id)).toEqual(await past(world.store, creation.monitor.id));
    }),
    { numRuns: 40 },
  );
});

test("verdicts and incidents do not depend on when ticks ran: every second, every five, or only with check-ins", async () => {
  await fc.assert(
    fc.asyncProperty(history, async (told) => {
      const [often, seldom, never] = [
        await lived(told, 1_000),
        await lived(told, 5_000),
        await lived(told, Number.POSITIVE_INFINITY),
      ];
      const expected = await verdictsOf(often.world);
      expect(await verdictsOf(seldom.world)).toEqual(expected);
      expect(await verdictsOf(never.world)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

interface Lived {
  world: World;
  creation: Change;
  journal: readonly JournalEntry[];
  /** What the engine asked the store for when it made this entry. */
  wantedAt: (entry: JournalEntry) => Wanted;
}

/** Lives through a history, ticking in this rhythm; signs of life are stored all the while. */
async function lived(told: History, tickEveryMs: number): Promise<Lived> {
  const created: Change[] = [];
  const wantedBy = new Map<number, Wanted>();
  let latest: Wanted = {};
  const inner = createMemoryStore();
  const store: Store = {
    ...inner,
    createMonitor: async (change) => {
      created.push(structuredClone(change));
      return inner.createMonitor(change);
    },
    load: async (monitorId, wanted) => {
      latest = wanted;
      return inner.load(monitorId, wanted);
    },
    commit: async (change) => {
      wantedBy.set(change.baseVersion + 1, latest);
      return inner.commit(change);
    },
  };
  const world = await createWorld(new Date(BEGIN).toISOString(), store);
  await world.monitor(SLUG, told.monitor);
  let at = BEGIN;
  for (const [seconds, one] of told.acts) {
    at += seconds * 1_000;
    await passTo(world, at, tickEveryMs);
    await perform(world, one, told.monitor);
  }
  await passTo(world, at + 7_200_000, tickEveryMs);
  await world.tick();
  const [creation] = created;
  if (creation === undefined) throw new Error("no monitor was made");
  const page = await store.listJournal(
    creation.monitor.id,
    { fromAt: 0, toAt: 1e14 },
    { cursor: null, limit: 10_000 },
  );
  // The first entry is the creation itself.
  const wantedAt = (entry: JournalEntry): Wanted => wantedBy.get(entry.version) ?? {};
  return { world, creation, journal: page.items.slice(1), wantedAt };
}

async function storeOf(creation: Change): Promise<Store> {
  const store = createMemoryStore();
  await store.createMonitor(creation);
  return store;
}

async function past(store: Store, monitorId: string): Promise<unknown> {
  const page = { cursor: null, limit: 10_000 };
  return {
    windows: (await store.listWindows(monitorId, { fromAt: 0, toAt: 1e14 }, page)).items,
    runs: (await store.listRuns(monitorId, { runId: null }, page)).items,
    incidents: (await store.listIncidents(PROJECT, { status: null, monitorId }, page)).items,
  };
}

async function verdictsOf(world: World): Promise<unknown> {
  const rows = await world.rows(SLUG);
  const incidents = (await world.incidents()).map(
    ({ kind, status, openedAt, firstWindowAt, windowsLost }) => {
      return { kind, status, openedAt, firstWindowAt, windowsLost };
    },
  );
  const windows = rows.map((row) => ({
    expectedAt: new Date(row.expectedAt).toISOString(),
    start: row.start,
    recoveredBy: row.recoveredBy,
    extraCount: row.extraCount,
    verdicts: row.judgements.map((judgement) => `${judgement.verdict} ${judgement.reason.code}`),
  }));
  return { windows, incidents };
}

function frozen<Value>(value: Value): Value {
  if (value !== null && typeof value === "object") {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}
