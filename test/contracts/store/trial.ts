/** What each part of the store's contract is handed: a fresh store, and the same one opened again. */
import { STORES } from "../../../src/stores/all.ts";
import { memoryStore } from "../../../src/stores/memory.ts";
import { remembering } from "../../../src/stores/remembering.ts";
import { afterTurn } from "../../../src/system/timers.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Change } from "../../../src/domain/change.ts";
import type { Page, PageRequest, Store, StoreKind } from "../../../src/ports/store.ts";
import type { StoredRecord } from "../../../src/ports/transfer.ts";
import { change, monitor } from "../../makers.ts";
import { REDIS_KINDS } from "./redis-kinds.ts";

/** Every store, and one that remembers what seldom changes: callers must not see the difference. */
export const KINDS: readonly StoreKind[] = [
  ...STORES,
  ...REDIS_KINDS,
  { ...memoryStore, name: "remembering", open: async (place) => remembering(await memoryStore.open(place)) },
];

export interface StoreTrial {
  kind: StoreKind;
  /** An empty store, closed and removed after the test. */
  fresh(): Promise<Store>;
  /** Closes the store and opens its place again. */
  reopened(store: Store): Promise<Store>;
}

export function storeTrial(kind: StoreKind): StoreTrial {
  const opened = new Map<Store, string>();
  afterEach(async () => {
    for (const [store, folder] of opened) {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    }
    opened.clear();
  });
  const openIn = async (folder: string) => {
    const store = await kind.open({ folder, afterTurn });
    opened.set(store, folder);
    return store;
  };
  return {
    kind,
    fresh: () => openIn(mkdtempSync(join(tmpdir(), `rollcall-${kind.name}-`))),
    async reopened(store) {
      const folder = opened.get(store);
      if (folder === undefined) throw new Error("only a store of this trial can be opened again");
      await store.close();
      opened.delete(store);
      return openIn(folder);
    },
  };
}

/** Adds monitors of these ids, all else by default. */
export async function addMonitors(store: Store, ...ids: string[]): Promise<void> {
  for (const id of ids) await store.createMonitor(change({ monitor: monitor({ id }) }));
}

/** Commits a change of a monitor that is there, on top of what is stored now. */
export async function commitTo(store: Store, monitorId: string, given: Partial<Change>): Promise<void> {
  const before = await store.load(monitorId, {});
  if (before === null) throw new Error(`there is no monitor ${monitorId}`);
  const outcome = await store.commit(
    change({ monitor: before.monitor, state: before.state, ...given, baseVersion: before.version }),
  );
  if (outcome !== "committed") throw new Error(`the commit to ${monitorId} was ${outcome}`);
}

const MOST_PAGES = 5_000;

/** All pages of a list, one after the other; `between` runs after each page but the last. */
export async function allPages<Item>(
  list: (page: PageRequest) => Promise<Page<Item>>,
  limit = 2,
  between: (page: number) => Promise<void> = async () => {},
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const found: Page<Item> = await list({ cursor, limit });
    if (found.items.length > limit)
      throw new Error(`a page of ${found.items.length} where ${limit} were asked for`);
    items.push(...found.items);
    cursor = found.nextCursor;
    if (cursor === null) return items;
    await between(page);
  }
  throw new Error(`a list that does not end: ${MOST_PAGES} pages and more`);
}

export async function allRecords(store: Store): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const record of store.exportAll()) records.push(record);
  return records;
}

export async function* recordsFrom(records: readonly StoredRecord[]): AsyncIterable<StoredRecord> {
  yield* records;
}

/** Two stores keep the same records, each in the order of its own. */
export function inAnyOrder(records: readonly StoredRecord[]): StoredRecord[] {
  const texts = new Map(records.map((record) => [record, JSON.stringify(record)]));
  return records.toSorted((one, other) => ((texts.get(one) ?? "") < (texts.get(other) ?? "") ? -1 : 1));
}

export const FIRST_PAGE: PageRequest = { cursor: null, limit: 100 };
