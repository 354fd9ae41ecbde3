/** Workers that are stopped while Redis is away, silent or just back: they end all the same, and soon. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import type { TakingPart } from "../../src/queues/bullmq.ts";
import { pause } from "../../src/system/pause.ts";
import { startRedis, startRedisCluster, type RedisServer } from "../redis-server.ts";
import { requirement } from "../requirements.ts";
import { startTappedRedis } from "../tapped-redis.ts";
import { askUntil, closing, queuesAt, SLACK, told, worker } from "./workers.ts";

const program = requirement("redis");
const DURABLE = { appendonly: "yes", appendfsync: "always" };
/** For an answer, then for a connection that the other end does not close; the rest is for a busy machine. */
const SOON_MS = LIMITS.queueAnswerMs + 2_000 + 4_000;

async function expectStopped(part: TakingPart): Promise<void> {
  const askedAt = performance.now();
  await part.stop();
  expect(performance.now() - askedAt).toBeLessThan(SOON_MS);
}

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(program === null)("stopping", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis(program?.path ?? "", DURABLE);
  });
  afterAll(() => redis.stop());

  test("ends while Redis is away, between two tries to connect", async () => {
    const one = await worker(queuesAt(redis.url));
    await askUntil([one], () => one.ticked.length > 0);
    await redis.kill();
    closing.push(() => redis.start());
    await expect.poll(() => told.some(({ what }) => what.startsWith("a queue does not answer"))).toBe(true);
    await expectStopped(one);
  });

  test("ends while a Redis that was away has only been found by some connections", async () => {
    const several = await Promise.all(Array.from({ length: 8 }, () => worker(queuesAt(redis.url))));
    await askUntil(several, () => several.every(({ ticked }) => ticked.length > 0));
    await redis.kill();
    await redis.start();
    await Promise.all(several.map(expectStopped));
  });

  test("ends at whichever command Redis falls silent", async () => {
    const commands = Array.from({ length: 24 }, (_each, index) => index + 1);
    const moments = commands.flatMap((command) => [
      { command, cut: "before" as const },
      { command, cut: "after" as const },
    ]);
    const silent = moments.map(async ({ command, cut }) => {
      const tap = await startTappedRedis(redis.port);
      closing.unshift(() => tap.close());
      const queues = queuesAt(tap.url);
      const one = await worker(queues);
      const reached = Promise.withResolvers<void>();
      let seen = 0;
      tap.watch(() => {
        seen += 1;
        if (seen !== command) return null;
        reached.resolve();
        return cut;
      });
      // What is asked for beyond that command has no answer.
      await Promise.allSettled([one.ask(), queues.askForDrains([SLACK])]);
      await reached.promise;
      await expectStopped(one);
    });
    await Promise.all(silent);
  });

  test("waits for a drain that goes on while Redis is away, and tells one that came back of its end", async () => {
    const prefix = "back-in-time";
    const gate = Promise.withResolvers<void>();
    const queues = queuesAt(redis.url, prefix);
    const diary: string[] = [];
    const one = await worker(queues, {
      async drain() {
        diary.push("begins");
        await gate.promise;
        diary.push("ends");
      },
    });
    await queues.askForDrains([SLACK]);
    await expect.poll(() => diary).toEqual(["begins"]);
    await redis.kill();
    const stopped = one.stop().then(() => diary.push("stopped"));
    await redis.start();
    gate.resolve();
    await stopped;
    expect(diary).toEqual(["begins", "ends", "stopped"]);
    const other = await worker(queuesAt(redis.url, prefix));
    const email = { ...SLACK, channel: "email" };
    // Asked for later, so what the first had left would come before it.
    await expect.poll(() => queues.askForDrains([email]).then(() => other.drained)).toContain("email");
    expect(other.drained).not.toContain("slack");
  });
});

// As above.
describe.skipIf(program === null)("stopping on a Cluster", () => {
  test(
    "ends while its servers are finding each other again, and while they are away",
    { timeout: 60_000 },
    async () => {
      const cluster = await startRedisCluster(program?.path ?? "", DURABLE);
      closing.unshift(() => cluster.stop());
      const workers = await Promise.all(Array.from({ length: 6 }, () => worker(queuesAt(cluster.urls))));
      await askUntil(workers, () => workers.every(({ ticked }) => ticked.length > 0));
      await Promise.all(cluster.masters.map((master) => master.kill()));
      await Promise.all(cluster.masters.map((master) => master.start()));
      // How they are connected differs from one moment to the next.
      const [away, ...moments] = workers;
      await Promise.all(
        moments.map(async (one, index) => {
          await pause(index * 300);
          await expectStopped(one);
        }),
      );
      await Promise.all(cluster.masters.map((master) => master.kill()));
      if (away !== undefined) await expectStopped(away);
    },
  );
});
