/**
 * What counts as having reached a replica: what was written on a connection that stands, whoever wrote it. And who may
 * say that Rollcall hears: whoever could keep what comes, wherever it lies.
 */
import { afterEach, describe, expect, test } from "vitest";
import { openRedis } from "../../../../src/stores/redis.ts";
import { change, key, monitor, START } from "../../../makers.ts";
import { asked, type RedisServer, startRedis, startRedisCluster } from "../../../redis-server.ts";
import { requirement } from "../../../requirements.ts";

const redis = requirement("redis");
const PREFIX = "lasting";
const UNAVAILABLE = { code: "unavailable" };

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(redis === null)("a store in Redis", { timeout: 60_000 }, () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  const open = async (urls: readonly string[], wait: "replica" | "none" = "replica") => {
    const { store } = await openRedis({ urls, prefix: PREFIX, wait, clock: null });
    ends.push(() => store.close());
    return store;
  };

  test("that waits for a replica acknowledges nothing whose master died before it had told its replica", async () => {
    const cluster = await startRedisCluster(redis?.path ?? "", {}, { hasReplicas: true });
    ends.push(() => cluster.stop());
    const store = await open(cluster.urls);
    const { masters, replicas } = cluster;
    await cutOff(replicas[0]!);
    const ids = Array.from({ length: 20 }, (_none, index) => `k_${index}`);
    // The first waits in vain for that replica, and those behind it for their turn to ask.
    const writes = Promise.allSettled(ids.map((id) => store.putKey(key({ id }))));
    await expect.poll(() => keptBy(masters)).toEqual(new Set(ids));
    const dying = await keptBy(masters.slice(0, 1));
    expect(dying.size).toBeGreaterThan(0);
    await masters[0]?.kill();
    const kept = await keptBy([replicas[0]!, masters[1]!, masters[2]!]);
    const acknowledged = (await writes).flatMap(({ status }, index) =>
      status === "fulfilled" ? [ids[index]!] : [],
    );
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
  });

  test("that waits for a replica acknowledges a duplicate no sooner than what another process wrote", async () => {
    const [master, replica] = [await startRedis(redis?.path ?? ""), await startRedis(redis?.path ?? "")];
    ends.push(
      () => master.stop(),
      () => replica.stop(),
    );
    await asked(replica, (client) => client.replicaof("127.0.0.1", master.port));
    await expect
      .poll(() => asked(replica, (client) => client.info("replication")))
      .toContain("master_link_status:up");
    const [one, other] = [await open([master.url]), await open([master.url])];
    await one.createMonitor(change({ baseVersion: 0 }));
    await other.putKey(key({ id: "k_1" }));
    process.kill(replica.pid, "SIGSTOP");
    await expect(one.commit(change({ baseVersion: 1 }))).rejects.toMatchObject(UNAVAILABLE);
    const snapshot = await other.load(monitor().id, {});
    expect(snapshot?.version).toBe(2);
    await expect(other.confirm(snapshot!)).rejects.toMatchObject(UNAVAILABLE);
    process.kill(replica.pid, "SIGCONT");
    expect(await other.confirm(snapshot!)).toBe("committed");
  });

  test("of a Cluster gives no sign of life while any of its masters is away", async () => {
    const options = { "cluster-require-full-coverage": "no", appendonly: "yes", appendfsync: "always" };
    const cluster = await startRedisCluster(redis?.path ?? "", options);
    ends.push(() => cluster.stop());
    const store = await open(cluster.urls, "none");
    let at = START;
    for (const master of cluster.masters) {
      await store.signOfLife((at += 1));
      await master.kill();
      await expect(store.signOfLife(at + 1)).rejects.toMatchObject(UNAVAILABLE);
      await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE);
      await master.start();
      await expect
        .poll(() =>
          store.ping().then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      expect(await store.lastSignOfLifeAt()).toBe(at);
    }
  });
});

/** It is told nothing by its master from now on, and asks in vain. */
async function cutOff(replica: RedisServer): Promise<void> {
  await asked(replica, async (client) => {
    await client.config("SET", "masterauth", "that nobody wants");
    await client.call("CLIENT", "KILL", "TYPE", "master");
  });
}

/** The keys of Rollcall that any of these has. */
async function keptBy(servers: readonly RedisServer[]): Promise<Set<string>> {
  const place = `${PREFIX}:of:key:`;
  const each = await Promise.all(servers.map((one) => asked(one, (client) => client.keys(`${place}*`))));
  return new Set(each.flat().map((name) => name.slice(place.length)));
}
