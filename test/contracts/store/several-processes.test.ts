/**
 * Three processes that share a Redis, through the same random history: each call goes to another one, and each decides on
 * what it remembers, as the engine does. Together they must give the results of one.
 */
import { afterAll, beforeAll, describe, test } from "vitest";
import type { Change, Snapshot } from "../../../src/domain/change.ts";
import type { NotificationBatch, Store, Wanted } from "../../../src/ports/store.ts";
import { createMemoryStore } from "../../../src/stores/memory.ts";
import { openRedis } from "../../../src/stores/redis.ts";
import { by } from "../../../src/stores/order.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";
import { agreeInHistory } from "./agreement.ts";
import { type Chance, chanceFrom } from "./chance.ts";
import { RUN_IDS } from "./history.ts";

/** A seed that ever failed is added here and stays. */
const SEEDS = [5, 6, 7];
const PROCESSES = 3;
/** More rounds than that of one decision are in vain for ever. */
const ROUNDS = 5;
const redis = requirement("redis");

// Without redis-server there is nothing to share.
describe.skipIf(redis === null)("processes that share a Redis agree with the memory store", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis(redis?.path ?? "");
  });
  afterAll(() => server.stop());

  test.each(SEEDS)("in the random history of seed %i", async (seed) => {
    const opened = await Promise.all(
      Array.from({ length: PROCESSES }, () =>
        openRedis({ urls: [server.url], prefix: `seed-${seed}`, wait: "none", clock: null }),
      ),
    );
    const memory = createMemoryStore();
    const stores = opened.map(({ store }) => deciding(store, chanceFrom(seed)));
    const other = inTurns(stores, chanceFrom(seed));
    await agreeInHistory(seed, { memory: asUsed(memory), other: asUsed(other) });
    for (const { store } of opened) await store.close();
    await memory.close();
  });
});

/** Every call goes to one of them. */
function inTurns(stores: readonly Store[], chance: Chance): Store {
  const [first] = stores;
  if (first === undefined) throw new Error("no process");
  const some = (): Store => stores[chance.below(stores.length)] ?? first;
  const operations = Object.keys(first).map((name) => [
    name,
    (...given: never[]) => (some()[name as keyof Store] as (...given: never[]) => unknown)(...given),
  ]);
  return Object.fromEntries(operations) as Store;
}

/** As the engine reads and commits: on what may be old, with names that nobody may know, and again where that is stale. */
function deciding(store: Store, chance: Chance): Store {
  const onOld = async (change: Change): Promise<"committed" | "stale"> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const runId = chance.of([null, ...RUN_IDS, "never"]);
      const duplicateKey = chance.of([null, "key-1", "key-2", "key-3"]);
      const old = await store.load(change.monitor.id, { runId, duplicateKey, mayBeOld: true });
      if ((await store.commit(change)) === "committed") return "committed";
      const now = await store.load(change.monitor.id, { mayBeOld: true });
      if (now?.version !== change.baseVersion || (round > 0 && old?.version !== now.version)) return "stale";
    }
    throw new Error(`${change.monitor.id} was stale ${ROUNDS} times, and nobody wrote it`);
  };
  const standing = async (id: string, wanted: Wanted): Promise<Snapshot | null> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const snapshot = await store.load(id, { ...wanted, mayBeOld: true });
      if (snapshot === null || (await store.confirm(snapshot)) === "committed") return snapshot;
    }
    throw new Error(`${id} was stale ${ROUNDS} times, and nobody wrote it`);
  };
  return {
    ...store,
    commit: onOld,
    async load(id, wanted) {
      const shown = await standing(id, wanted);
      const read = await store.load(id, wanted);
      // What was removed by retention may be remembered; what is there is shown.
      const { run = null, earlierReceipt = null } = shown ?? {};
      return read && { ...read, run: read.run && run, earlierReceipt: read.earlierReceipt && earlierReceipt };
    },
  };
}

/**
 * Where time is not real, processes do not agree on which of two lanes was first, and so on what is claimed of many. And no
 * id is given a second time, as here it would be to a monitor of another place.
 */
function asUsed(store: Store): Store {
  const given = new Set<string>();
  const nameOf = ({ project, channel, incidentId, notifications }: NotificationBatch): string =>
    [project, channel, incidentId, notifications[0]?.id].join(" ");
  return {
    ...store,
    async createMonitor(change) {
      if (given.has(change.monitor.id)) return "stale";
      given.add(change.monitor.id);
      return store.createMonitor(change);
    },
    claimNotifications: async (claim) =>
      (await store.claimNotifications({ ...claim, limit: 1_000 })).toSorted(by(nameOf)),
  };
}
