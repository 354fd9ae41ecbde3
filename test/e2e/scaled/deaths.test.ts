/**
 * Processes of a scaled Rollcall die by `kill -9`: APIs in the middle of check-ins, workers in the middle of ticks and
 * between a commit and the message that would wake the delivery. Jobs try again, and nothing of it shows but a message
 * that comes twice.
 */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RedisServer } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";
import { chanceFrom } from "../chance.ts";
import { until } from "../waiting.ts";
import { type Instance, type Role, startDurableRedis, startInstance } from "./instance.ts";
import { startWitness } from "./witness.ts";

const SEED = 20_261_122;
const KILLS = 8;
const redis = requirement("redis");

describe.skipIf(redis === null)("kill -9 of", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startDurableRedis(redis?.path ?? "");
  });
  afterAll(() => server.stop());

  const world = async (name: string): Promise<Instance> =>
    startInstance({ urls: [server.url], more: { ROLLCALL_REDIS_PREFIX: name } });
  /** Ends one and starts another in its place; jobs knock at those that are there. */
  const replace = async (instance: Instance, role: Role): Promise<void> => {
    const of = role === "worker" ? instance.workers : instance.apis;
    const victim = of.shift();
    await victim?.kill();
    await instance.add(role);
  };
  const urls = (instance: Instance) => () => instance.apis.map(({ url }) => url);

  test("APIs amid check-ins loses nothing that was acknowledged", { timeout: 240_000 }, async () => {
    const instance = await world("apis");
    try {
      const witness = await startWitness(instance, urls(instance));
      const chance = chanceFrom(SEED);
      for (let kill = 0; kill < KILLS; kill += 1) {
        const wanted = witness.acknowledged() + chance.whole(5, 60);
        await until("check-ins enough to kill it amid", () => witness.acknowledged() >= wanted);
        await replace(instance, "api");
      }
      await witness.verify({ repeated: KILLS });
    } finally {
      await instance.close();
    }
  });

  test("workers amid ticks misses no alarm", { timeout: 240_000 }, async () => {
    const instance = await world("workers");
    try {
      const witness = await startWitness(instance, urls(instance));
      const seen = await commitsSeen(server.url, "workers");
      for (let kill = 0; kill < KILLS; kill += 1) {
        // As soon as it has judged something: its tick is still under way, or what it committed has just to be told.
        const before = seen.count();
        await until("a commit", () => seen.count() > before + kill);
        await replace(instance, "worker");
      }
      seen.close();
      // Each death may have had a message of each channel on its way.
      await witness.verify({ repeated: KILLS * 4 });
    } finally {
      await instance.close();
    }
  });

  test("an API right behind a commit whose message nobody was woken for", { timeout: 240_000 }, async () => {
    const instance = await world("woken");
    try {
      const witness = await startWitness(instance, urls(instance));
      for (let kill = 0; kill < KILLS; kill += 1) {
        const before = instance.hooks.told.length;
        await until("a message of a restless job", () =>
          instance.hooks.told.slice(before).some(({ path }) => path.includes("restless")),
        );
        await replace(instance, "api");
      }
      await witness.verify({ repeated: KILLS });
      expect(instance.hooks.told.length).toBeGreaterThan(KILLS);
    } finally {
      await instance.close();
    }
  });
});

/** Scripts that Redis runs over the places of this prefix, as it tells whoever listens. */
async function commitsSeen(url: string, prefix: string): Promise<{ count(): number; close(): void }> {
  const client = new Redis(url);
  const monitor = await client.monitor();
  let count = 0;
  monitor.on("monitor", (_time: string, words: readonly string[]) => {
    if (words[0]?.toLowerCase() === "evalsha" && words[3]?.startsWith(`${prefix}:{`)) count += 1;
  });
  return {
    count: () => count,
    close() {
      monitor.disconnect();
      client.disconnect();
    },
  };
}
