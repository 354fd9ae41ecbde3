/** Machines that disagree about the time, and a Cluster that loses a master: nobody is alarmed for it. */
import { afterEach, describe, expect, test } from "vitest";
import { requirement } from "../../requirements.ts";
import { startRedisCluster } from "../../redis-server.ts";
import { until } from "../waiting.ts";
import { type Instance, startDurableRedis, startInstance } from "./instance.ts";
import { startWitness } from "./witness.ts";

const MINUTES_OFF = 5;
const redis = requirement("redis");

describe.skipIf(redis === null)("a scaled Rollcall", () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  test("with workers and APIs whose clocks are five minutes apart", { timeout: 240_000 }, async () => {
    const server = await startDurableRedis(redis?.path ?? "");
    ends.push(() => server.stop());
    const instance = await startInstance({ urls: [server.url], apis: 1, workers: 1 });
    ends.push(() => instance.close());
    await instance.add("worker", {}, ahead(MINUTES_OFF));
    await instance.add("worker", {}, ahead(-MINUTES_OFF));
    await instance.add("api", {}, ahead(MINUTES_OFF));
    const witness = await startWitness(instance, () => instance.apis.map(({ url }) => url));
    // The worker whose clock is right has had its turn; now only the others are left.
    await instance.workers.shift()?.kill();
    await witness.until(150);
    await witness.verify({ repeated: 2 });
    expect((await instance.client.blindSpots.list()).items).toEqual([]);
  });

  test("over a Cluster of which a master dies", { timeout: 240_000 }, async () => {
    const cluster = await startRedisCluster(
      redis?.path ?? "",
      { appendonly: "yes", appendfsync: "always", "cluster-replica-validity-factor": "0" },
      { hasReplicas: true },
    );
    ends.push(() => cluster.stop());
    const instance: Instance = await startInstance({
      urls: cluster.urls,
      more: { ROLLCALL_REDIS_WAIT: "replica", ROLLCALL_PARTITIONS: "6" },
    });
    ends.push(() => instance.close());
    const witness = await startWitness(instance, () => instance.apis.map(({ url }) => url));
    for (const master of cluster.masters.slice(0, 2)) {
      await master.kill();
      await witness.until(120);
      await until("all to be ready again", async () => {
        const answers = await Promise.all(instance.apis.map(({ url }) => fetch(`${url}/readyz`)));
        return answers.every(({ status }) => status === 200);
      });
      // It comes back as the replica of the one that took its place.
      await master.start();
    }
    await witness.verify({ repeated: 8 });
  });
});

/** A process whose clock is so many minutes ahead. */
function ahead(minutes: number): (usual: readonly string[]) => readonly string[] {
  const skew = `const real = Date.now; Date.now = () => real() + ${minutes * 60_000};`;
  return ([node = "", ...rest]) => [
    node,
    "--import",
    `data:text/javascript,${encodeURIComponent(skew)}`,
    ...rest,
  ];
}
