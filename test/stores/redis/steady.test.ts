/** A Redis that came back without what it had: nothing goes on there as if all were well. */
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../../src/ports/store.ts";
import { openRedis } from "../../../src/stores/redis.ts";
import { project, START } from "../../makers.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";

const redis = requirement("redis");
const EMPTIED = { code: "unavailable", message: expect.stringContaining("Redis was emptied") };

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("a Redis that was emptied", () => {
  let server: RedisServer;
  let raw: Redis;
  const opened: Store[] = [];
  beforeAll(async () => {
    server = await startRedis(redis?.path ?? "");
    raw = new Redis(server.url);
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await raw.flushall();
  });
  afterAll(async () => {
    raw.disconnect();
    await server.stop();
  });
  const open = async (): Promise<Store> => {
    const { store } = await openRedis({ urls: [server.url], prefix: "steady", wait: "none", clock: null });
    opened.push(store);
    return store;
  };

  test("is seen by who gives a sign of life, which nobody then finds there", async () => {
    const store = await open();
    await store.signOfLife(START);
    await raw.flushall();
    await expect(store.signOfLife(START + 1)).rejects.toMatchObject(EMPTIED);
    expect(await raw.keys("*")).toEqual([]);
  });

  test("is seen by who looks for the signs of others, and by a probe", async () => {
    const [worker, probed] = [await open(), await open()];
    await raw.flushall();
    await expect(worker.lastSignOfLifeAt()).rejects.toMatchObject(EMPTIED);
    await expect(probed.ping()).rejects.toMatchObject(EMPTIED);
  });

  test("takes nothing more and answers nothing, until it has again what it had", async () => {
    const store = await open();
    await store.createProject(project());
    const kept = await raw.get("steady:{/0}:instance");
    await raw.flushall();
    await expect(store.ping()).rejects.toMatchObject(EMPTIED);
    await expect(store.listProjects()).rejects.toMatchObject(EMPTIED);
    await expect(store.createProject(project())).rejects.toMatchObject(EMPTIED);
    await raw.set("steady:{/0}:instance", kept ?? "");
    await store.ping();
    expect(await store.createProject(project())).toBe(true);
  });

  test("and that another process has begun anew is none of those that were there before", async () => {
    const before = await open();
    await raw.flushall();
    const anew = await open();
    await anew.signOfLife(START);
    await expect(before.signOfLife(START + 1)).rejects.toMatchObject(EMPTIED);
    expect(await anew.lastSignOfLifeAt()).toBe(START);
  });
});
