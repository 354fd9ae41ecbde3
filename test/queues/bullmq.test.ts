/** Ticks, drains and chores over a real Redis: shared by workers, not lost with one of them, and not done for ever. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import type { Partition } from "../../src/ports/store.ts";
import { after } from "../../src/system/timers.ts";
import { startRedis, startRedisCluster, type RedisServer } from "../redis-server.ts";
import { requirement } from "../requirements.ts";
import { askUntil, closing, PARTITIONS, queuesAt, SLACK, told, worker } from "./workers.ts";

const program = requirement("redis");

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(program === null)("queues on one Redis", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis(program?.path ?? "");
  });
  afterAll(() => redis.stop());

  test("every partition is ticked about once a second, however many ask and however often", async () => {
    const prefix = "shared";
    const workers = [await worker(queuesAt(redis.url, prefix)), await worker(queuesAt(redis.url, prefix))];
    const ticks = () => workers.flatMap(({ ticked }) => ticked);
    const beganAt = performance.now();
    await askUntil(workers, () => ticks().filter((each) => each.includes("default/0")).length >= 4);
    const seconds = (performance.now() - beganAt) / 1_000;
    expect(new Set(ticks().flat())).toEqual(new Set(PARTITIONS));
    // The first at once, then not before nine tenths of a second have passed.
    expect(seconds).toBeGreaterThan(2.6);
    for (const partition of PARTITIONS) {
      const often = ticks().filter((each) => each.includes(partition)).length;
      expect(often, partition).toBeLessThanOrEqual(Math.ceil(seconds / 0.9));
    }
    expect(workers.every(({ ticked }) => ticked.length > 0)).toBe(true);
  });

  test("a chore is done by one of all, in its time", async () => {
    let swept = 0;
    const chores = [{ name: "sweep", everyMs: 60_000, turn: async () => void (swept += 1) }];
    const prefix = "chores";
    const one = await worker(queuesAt(redis.url, prefix), { chores });
    const other = await worker(queuesAt(redis.url, prefix), { chores });
    await askUntil([one, other], () => one.ticked.length + other.ticked.length > 80);
    expect(swept).toBe(1);
  });

  test("a drain asked for often is one, and what comes while it is under way is one more", async () => {
    const gate = Promise.withResolvers<void>();
    const begun: string[] = [];
    const queues = queuesAt(redis.url);
    await worker(queues, {
      async drain({ channel }) {
        begun.push(channel);
        if (begun.length === 1) await gate.promise;
      },
    });
    await queues.askForDrains([SLACK]);
    await expect.poll(() => begun.length).toBe(1);
    for (let times = 0; times < 5; times += 1) await queues.askForDrains([SLACK]);
    const email = { ...SLACK, channel: "email" };
    await queues.askForDrains([email, email]);
    await expect.poll(() => begun).toEqual(["slack", "email"]);
    gate.resolve();
    await expect.poll(() => begun).toEqual(["slack", "email", "slack"]);
    await queues.askForDrains([SLACK]);
    await expect.poll(() => begun.length).toBe(4);
    expect(begun).toEqual(["slack", "email", "slack", "slack"]);
  });

  test("a worker whose ticks never end keeps nobody from the next ones", async () => {
    const prefix = "hanging";
    const begun: (readonly Partition[])[] = [];
    const stuck = await worker(queuesAt(redis.url, prefix), {
      tick(partitions) {
        begun.push(partitions);
        return new Promise(() => {});
      },
    });
    // Its stop would wait for what never ends.
    closing.length -= 2;
    await askUntil([stuck], () => begun.length === LIMITS.ticksAtOnce);
    const one = await worker(queuesAt(redis.url, prefix));
    await askUntil([one], () => begun.flat().every((each) => one.ticked.flat().includes(each)), 4_000);
  });

  test("a worker that is stopped ends what it has, and leaves the rest to others", async () => {
    const prefix = "stopped";
    const gate = Promise.withResolvers<void>();
    const queues = queuesAt(redis.url, prefix);
    const diary: string[] = [];
    const first = await worker(queues, {
      async drain({ channel }) {
        diary.push(`${channel} begins`);
        await gate.promise;
        diary.push(`${channel} ends`);
      },
    });
    await queues.askForDrains([SLACK]);
    await expect.poll(() => diary).toEqual(["slack begins"]);
    const stopped = first.stop().then(() => diary.push("stopped"));
    gate.resolve();
    await stopped;
    expect(diary).toEqual(["slack begins", "slack ends", "stopped"]);
    await queues.askForDrains([SLACK]);
    const other = await worker(queuesAt(redis.url, prefix));
    await expect.poll(() => other.drained, { timeout: 1_000 }).toEqual(["slack"]);
  });

  test("a drain that goes on failing is kept and counted, and the next one is tried all the same", async () => {
    const queues = queuesAt(redis.url);
    let tries = 0;
    await worker(queues, {
      async drain() {
        tries += 1;
        throw new Error("the outbox cannot be read");
      },
    });
    await queues.askForDrains([SLACK]);
    await expect.poll(() => queues.failedDrains()).toEqual([SLACK]);
    expect(tries).toBe(LIMITS.drainAttempts);
    expect(told.map(({ what }) => what)).toContain("a job failed");
    await queues.askForDrains([SLACK]);
    await expect.poll(() => tries).toBe(LIMITS.drainAttempts + 1);
  });

  test("ticks that nobody takes do not pile up", async () => {
    const prefix = "asked-only";
    const { ask } = await worker(queuesAt(redis.url, prefix), { tick: () => new Promise(() => {}) });
    closing.pop();
    const client = new Redis(redis.url);
    closing.push(async () => client.disconnect());
    for (let second = 0; second < 12; second += 1) {
      await ask();
      const throttles = await client.keys(`${prefix}:{queues}:ticks:de:*`);
      if (throttles.length > 0) await client.del(throttles);
    }
    const waiting = await client.llen(`${prefix}:{queues}:ticks:wait`);
    expect(waiting).toBeGreaterThan(LIMITS.tickGroups);
    expect(waiting).toBeLessThanOrEqual(LIMITS.ticksWaiting + LIMITS.tickGroups);
  });
});

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(program === null)("queues on a Redis that comes and goes", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis(program?.path ?? "", { appendonly: "yes", appendfsync: "always" });
  });
  afterAll(() => redis.stop());

  test("go on by themselves when it is back, and asking fails soon meanwhile", async () => {
    const queues = queuesAt(redis.url);
    const one = await worker(queues);
    await askUntil([one], () => one.ticked.length > 0);
    await redis.kill();
    const beganAt = performance.now();
    await expect(queues.askForDrains([SLACK])).rejects.toThrow();
    await expect(one.ask()).rejects.toThrow();
    expect(performance.now() - beganAt).toBeLessThan(2_000);
    await redis.start();
    const before = one.ticked.length;
    await expect
      .poll(async () => {
        await Promise.allSettled([one.ask(), queues.askForDrains([SLACK])]);
        return one.ticked.length > before && one.drained.length > 0;
      })
      .toBe(true);
  });

  test("begin anew where the first look at it failed", async () => {
    const operator = new Redis(redis.url);
    closing.push(async () => operator.disconnect());
    await operator.acl("SETUSER", "rollcall", "on", ">secret", "~*", "&*", "+@all", "-info");
    const queues = queuesAt(`redis://rollcall:secret@127.0.0.1:${redis.port}`);
    await expect(queues.askForDrains([SLACK])).rejects.toThrow("NOPERM");
    await operator.acl("SETUSER", "rollcall", "+info");
    const isTaken = () =>
      queues.askForDrains([SLACK]).then(
        () => true,
        () => false,
      );
    await expect.poll(isTaken).toBe(true);
  });

  test("leave one alone that refuses everything, and go on when it takes it again", async () => {
    const queues = queuesAt(redis.url);
    const one = await worker(queues);
    await askUntil([one], () => one.ticked.length > 0);
    const client = new Redis(redis.url);
    closing.push(async () => client.disconnect());
    await client.config("SET", "maxmemory", "1");
    const commandsAt = async () =>
      Number(/total_commands_processed:(\d+)/.exec(await client.info("stats"))?.[1]);
    await expect.poll(() => told.some(({ what }) => what.startsWith("a queue does not answer"))).toBe(true);
    const before = await commandsAt();
    const second = Promise.withResolvers<void>();
    after(1_500, second.resolve);
    await second.promise;
    expect((await commandsAt()) - before).toBeLessThan(200);
    await client.config("SET", "maxmemory", "0");
    const ticked = one.ticked.length;
    await askUntil([one], () => one.ticked.length > ticked);
  });
});

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(program === null)("queues on a Cluster", () => {
  test("tick and drain there too", async () => {
    const cluster = await startRedisCluster(program?.path ?? "");
    closing.unshift(() => cluster.stop());
    const queues = queuesAt(cluster.urls);
    const one = await worker(queues);
    await queues.askForDrains([SLACK]);
    await askUntil([one], () => one.ticked.length > 0 && one.drained.length > 0);
  });
});
