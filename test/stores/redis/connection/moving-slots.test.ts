/** A Cluster whose slots are moved from master to master while Rollcall works on it. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../../../src/ports/store.ts";
import { openRedis } from "../../../../src/stores/redis.ts";
import { change } from "../../../makers.ts";
import { type RedisCluster, startRedisCluster } from "../../../redis-server.ts";
import { requirement } from "../../../requirements.ts";

const redis = requirement("redis");
const PREFIX = "rollcall";

// Without redis-server there is nothing to move.
describe.skipIf(redis === null)("a Cluster whose slots are moved", () => {
  let cluster: RedisCluster;
  let store: Store;
  const masters: Redis[] = [];
  beforeAll(async () => {
    cluster = await startRedisCluster(redis?.path ?? "");
    masters.push(...cluster.urls.map((url) => new Redis(url)));
    store = (await openRedis({ urls: cluster.urls, prefix: PREFIX, wait: "none", clock: null })).store;
  });
  afterAll(async () => {
    for (const master of masters) master.disconnect();
    await store.close();
    await cluster.stop();
  });

  test("refuses what lies in one while it moves, and has all of it when it has moved", async () => {
    await store.createMonitor(change());
    const { slot, source, target } = await moving();

    // What is told as absent would be made anew beside what is there.
    await expect(store.load("mon_1", {})).rejects.toMatchObject({ code: "unavailable" });
    await expect(store.createMonitor(change())).rejects.toMatchObject({ code: "unavailable" });
    const together = await Promise.allSettled([1, 2, 3].map(() => store.load("mon_1", {})));
    expect(together.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(await target.client.cluster("COUNTKEYSINSLOT", slot)).toBe(0);
    await moveKeys({ slot, source, target });
    await expect(store.load("mon_1", {})).rejects.toMatchObject({ code: "unavailable" });

    for (const { client } of [target, source]) await client.cluster("SETSLOT", slot, "NODE", target.id);
    expect(await store.load("mon_1", {})).toMatchObject({ version: 1, monitor: { id: "mon_1" } });
  });

  /** From now on the slot of the project's home is on its way from one master to another. */
  async function moving(): Promise<{ slot: number; source: Side; target: Side }> {
    const slot = Number(await masters[0]?.cluster("KEYSLOT", `${PREFIX}:{default/0}:due`));
    const sides = await Promise.all(
      masters.map(async (client) => ({ client, id: String(await client.call("CLUSTER", "MYID")) })),
    );
    const counts = await Promise.all(masters.map((client) => client.cluster("COUNTKEYSINSLOT", slot)));
    const from = counts.findIndex((count) => count > 0);
    const [source, target] = [sides[from], sides[(from + 1) % sides.length]];
    if (source === undefined || target === undefined) throw new Error("no master has the slot");
    await target.client.cluster("SETSLOT", slot, "IMPORTING", source.id);
    await source.client.cluster("SETSLOT", slot, "MIGRATING", target.id);
    return { slot, source, target };
  }
});

interface Side {
  client: Redis;
  id: string;
}

async function moveKeys({ slot, source, target }: { slot: number; source: Side; target: Side }) {
  const keys = await source.client.cluster("GETKEYSINSLOT", slot, 1_000);
  const { host = "", port = 0 } = target.client.options;
  await source.client.migrate(host, port, "", 0, 1_000, "KEYS", ...keys);
}
