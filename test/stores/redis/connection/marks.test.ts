/** Masters of a Cluster that lost what they held are found out, and only those. */
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../../../src/ports/store.ts";
import { openRedis } from "../../../../src/stores/redis.ts";
import { pause } from "../../../../src/system/pause.ts";
import { project, START } from "../../../makers.ts";
import { type RedisCluster, type RedisServer, startRedisCluster } from "../../../redis-server.ts";
import { requirement } from "../../../requirements.ts";

const redis = requirement("redis");
const EMPTIED = { code: "unavailable", message: expect.stringContaining("Redis was emptied") };
/** So many signs look at every mark there is. */
const SIGNS = 512;

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("a master of a Cluster", { timeout: 60_000 }, () => {
  let cluster: RedisCluster;
  let clients: Redis[];
  let prefix = "";
  let tests = 0;
  const opened: Store[] = [];
  const open = async (): Promise<Store> => {
    const { store } = await openRedis({ urls: cluster.urls, prefix, wait: "none", clock: null });
    opened.push(store);
    return store;
  };
  beforeAll(async () => {
    cluster = await startRedisCluster(redis?.path ?? "", {}, { hasReplicas: true });
    clients = [...cluster.masters, ...cluster.replicas].map(({ url }) => new Redis(url));
  });
  beforeEach(() => {
    prefix = `trial-${(tests += 1)}`;
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await cluster.stop();
  });

  test.each([0, 1, 2])(
    "that was emptied (%i) ends everything, until it has again what it had",
    async (index) => {
      const [store, other] = [await open(), await open()];
      await store.createProject(project());
      const kept = await everythingOf(clients[index]!);
      await clients[index]!.flushall();
      await expect(store.signOfLife(START)).rejects.toMatchObject(EMPTIED);
      await expect(store.listProjects()).rejects.toMatchObject(EMPTIED);
      await expect(other.lastSignOfLifeAt()).rejects.toMatchObject(EMPTIED);

      await putBack(clients[index]!, kept);
      await store.signOfLife(START + 1);
      expect(await store.listProjects()).toHaveLength(1);
    },
  );

  test.each([0, 1, 2])("that was emptied (%i) lets nobody start, before somebody says so", async (index) => {
    const store = await open();
    await clients[index]!.flushall();
    const refusal: unknown = await open().catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("has lost what it held"),
    });
    const said = /to go on with what is left, (?:delete (\S+)|set (\S+) to (\S+)), and start again/.exec(
      String(refusal),
    );
    const [, deleted, key, value] = said ?? [];
    for (const master of clients.slice(0, 3)) {
      // Whoever does not have the slot says so.
      if (deleted !== undefined) await master.del(deleted).catch(() => {});
      else await master.set(key ?? "", value ?? "").catch(() => {});
    }
    const anew = await open();
    for (const each of [store, anew]) await each.signOfLife(START);
  });

  test("that lost some slots is found out when their turn comes", async () => {
    const store = await open();
    const mark = `${prefix}:{probe-77}:mark`;
    const deleted = await Promise.allSettled(clients.slice(0, 3).map((client) => client.del(mark)));
    expect(deleted.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const found = async (): Promise<void> => {
      for (let sign = 1; sign <= SIGNS; sign += 1) await store.signOfLife(START + sign);
    };
    await expect(found()).rejects.toMatchObject(EMPTIED);
  });

  test("whose slots move to another has lost nothing", async () => {
    const store = await open();
    const slot = await clients[0]!.cluster("KEYSLOT", `${prefix}:{probe-77}`);
    const [source, target] = await endsOf(slot);
    const ids = await Promise.all([source, target].map((each) => each.call("CLUSTER", "MYID").then(String)));
    await target.cluster("SETSLOT", slot, "IMPORTING", ids[0] ?? "");
    await source.cluster("SETSLOT", slot, "MIGRATING", ids[1] ?? "");
    const keys = await source.cluster("GETKEYSINSLOT", slot, 1_000);
    const { host = "", port = 0 } = target.options;
    await source.migrate(host, port, "", 0, 1_000, "KEYS", ...keys);
    for (const each of [target, source]) await each.cluster("SETSLOT", slot, "NODE", ids[1] ?? "");
    await signs(store);
  });

  test("whose replica took its place has lost nothing", async () => {
    const store = await open();
    const [replica] = cluster.replicas;
    await clients[3]!.call("CLUSTER", "FAILOVER", "TAKEOVER");
    await expect.poll(() => isMaster(replica!)).toBe(true);
    await signs(store);
  });

  const isMaster = async (server: RedisServer): Promise<boolean> => {
    const client = clients.find(({ options }) => options.port === server.port);
    return String(await client?.info("replication")).includes("role:master");
  };
  /** Who has the slot, and another master. */
  const endsOf = async (slot: number): Promise<[Redis, Redis]> => {
    const counts = await Promise.all(
      clients.slice(0, 3).map((client) => client.cluster("COUNTKEYSINSLOT", slot)),
    );
    const from = counts.findIndex((count) => count > 0);
    return [clients[from]!, clients[(from + 1) % 3]!];
  };
});

/** Who has a slot is asked for every second; until then nothing is taken, and nothing said to be lost. */
async function signs(store: Store): Promise<void> {
  for (let sign = 1; sign <= SIGNS; sign += 1) {
    for (;;) {
      const trouble: unknown = await store.signOfLife(START + sign).catch((error: unknown) => error);
      if (trouble === undefined) break;
      expect(trouble).not.toMatchObject(EMPTIED);
      await pause(20);
    }
  }
}

type Dumped = readonly (readonly [key: string, value: Buffer])[];

async function everythingOf(client: Redis): Promise<Dumped> {
  const keys = await client.keys("*");
  return Promise.all(keys.map(async (key) => [key, await client.dumpBuffer(key)] as const));
}

async function putBack(client: Redis, dumped: Dumped): Promise<void> {
  await Promise.all(dumped.map(([key, value]) => client.restore(key, 0, value, "REPLACE")));
}
