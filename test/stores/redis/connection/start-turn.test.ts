/** Turns of processes that start at once: one at a time, for as long as it takes, and not for long after a death. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Redis } from "ioredis";
import { openRedis, type OpenedRedis } from "../../../../src/stores/redis.ts";
import { type RedisServer, startRedis } from "../../../redis-server.ts";
import { requirement } from "../../../requirements.ts";

const redis = requirement("redis");
const SETTINGS = { prefix: "rollcall", wait: "none", clock: null } as const;

// Without a Redis there are no turns.
describe.skipIf(redis === null)("a turn to start", () => {
  let server: RedisServer;
  let opened: OpenedRedis;
  let raw: Redis;

  beforeAll(async () => {
    server = await startRedis(redis?.path ?? "");
    opened = await openRedis({ ...SETTINGS, urls: [server.url] });
    raw = new Redis(server.url);
  });
  afterAll(async () => {
    raw.disconnect();
    await opened.store.close();
    await server.stop();
  });

  test("lasts as long as it is kept, by nobody but its holder, and else ends soon", async () => {
    const { take, keep, keepEveryMs, giveBack } = opened.startTurn;
    expect([await take("one"), await take("other")]).toEqual([true, false]);
    const [key = ""] = await raw.keys("*turn");
    const lengthMs = await raw.pttl(key);
    // Probes give up a start after a minute (deploy/kubernetes).
    expect(lengthMs).toBeLessThanOrEqual(20_000);
    expect(keepEveryMs * 2).toBeLessThan(lengthMs);

    await raw.pexpire(key, 1_000);
    expect([await keep("other"), (await raw.pttl(key)) <= 1_000]).toEqual([false, true]);
    expect([await keep("one"), (await raw.pttl(key)) > 10_000]).toEqual([true, true]);

    await giveBack("other");
    expect(await take("other")).toBe(false);
    await giveBack("one");
    expect([await keep("one"), await take("other")]).toEqual([false, true]);
  });
});
