/**
 * A Cluster whose masters die one after the other, each in the worst moment: its replica takes over without the latest
 * writes, for it had lost its master before. What was acknowledged waited for a replica, so it is there.
 */
import { describe, expect, test } from "vitest";
import { asked, type RedisServer, startRedisCluster } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";
import { until } from "../waiting.ts";
import { expectReady, expectToldToComeAgain, startWorld } from "./faults.ts";

const redis = requirement("redis");

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(redis === null)("a Rollcall over a Cluster", () => {
  test("goes on over the replica of each master that dies", { timeout: 400_000 }, async (context) => {
    const { onTestFinished } = context;
    const options = {
      appendonly: "yes",
      appendfsync: "always",
      // However long it has been without its master.
      "cluster-replica-validity-factor": "0",
    };
    const cluster = await startRedisCluster(redis?.path ?? "", options, {
      hasReplicas: true,
      nodeTimeoutMs: "1000",
    });
    onTestFinished(() => cluster.stop());
    const { instance, witness } = await startWorld(context, {
      urls: cluster.urls,
      more: { ROLLCALL_REDIS_WAIT: "replica", ROLLCALL_PARTITIONS: "6" },
    });
    for (const [index, master] of cluster.masters.entries()) {
      const replica = cluster.replicas[index]!;
      await cutOff(replica);
      await expectToldToComeAgain(instance);
      await master.kill();
      await until("a replica that took over", () => isMaster(replica), { withinMs: 60_000 });
      // It comes back as the replica of the one that took its place.
      await master.start();
      await expectReady(instance);
      await witness.until(40);
    }
    expect(await witness.verify({ repeated: 30 })).toEqual([]);
  });
});

/** It is told nothing by its master from now on, and asks in vain. */
function cutOff(replica: RedisServer): Promise<unknown> {
  return asked(replica, async (client) => {
    await client.config("SET", "masterauth", "that nobody wants");
    await client.call("CLIENT", "KILL", "TYPE", "master");
  });
}

function isMaster(server: RedisServer): Promise<boolean> {
  return asked(server, async (client) => (await client.info("replication")).includes("role:master"));
}
