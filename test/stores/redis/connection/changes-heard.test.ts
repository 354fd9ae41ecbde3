/** Several processes on one Redis: each remembers, and none goes on with what another has changed. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Clock } from "../../../../src/ports/outside.ts";
import type { Store } from "../../../../src/ports/store.ts";
import { openRedis, type OpenedRedis } from "../../../../src/stores/redis.ts";
import { type Forgotten, remembering } from "../../../../src/stores/remembering.ts";
import { wallClock } from "../../../../src/system/clock.ts";
import { blindSpot, change, key, monitor, plan, project, settings, START } from "../../../makers.ts";
import { type RedisServer, startRedis, startRedisCluster } from "../../../redis-server.ts";
import { requirement } from "../../../requirements.ts";

const redis = requirement("redis");
const opened: Process[] = [];
let prefixes = 0;

interface Process extends OpenedRedis {
  /** As the engine has it. */
  remembering: Store;
  /** What it has told the others. */
  told: readonly Forgotten[];
  /** How often Redis was asked for a key. */
  asked(): number;
}

async function processOn(
  urls: readonly string[],
  prefix: string,
  clock: Clock | null = null,
): Promise<Process> {
  const redisOpened = await openRedis({ urls, prefix, wait: "none", clock });
  let asked = 0;
  const getKey = (id: string) => {
    asked += 1;
    return redisOpened.store.getKey(id);
  };
  const told: Forgotten[] = [];
  const tell = (what: Forgotten) => {
    told.push(what);
    return redisOpened.changes.tell(what);
  };
  await redisOpened.changes.listening();
  const process = {
    ...redisOpened,
    remembering: remembering({ ...redisOpened.store, getKey }, { ...redisOpened.changes, tell }),
    told,
    asked: () => asked,
  };
  opened.push(process);
  return process;
}

async function twoOn(urls: readonly string[], clock: Clock | null = null): Promise<[Process, Process]> {
  const prefix = `two-${(prefixes += 1)}`;
  return [await processOn(urls, prefix, clock), await processOn(urls, prefix, clock)];
}

/** What was told of a write may come just after the first reading. */
async function remembersKey(process: Process): Promise<void> {
  await vi.waitFor(async () => {
    const before = process.asked();
    await process.remembering.getKey("k_1");
    expect(process.asked()).toBe(before);
  });
}

async function closeAll(): Promise<void> {
  for (const { store } of opened.splice(0)) await store.close();
}

const KINDS = [
  {
    name: "one server",
    start: (program: string) => startRedis(program).then((one) => ({ ...one, urls: [one.url] })),
  },
  { name: "a Cluster", start: (program: string) => startRedisCluster(program) },
];

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null).each(KINDS)("processes on $name", ({ start }) => {
  let server: { urls: readonly string[]; stop(): Promise<void> };
  beforeAll(async () => {
    server = await start(redis?.path ?? "");
  });
  afterEach(closeAll);
  afterAll(() => server.stop());

  test("a key that one revokes is refused by the other, which had it at hand", async () => {
    const [one, other] = await twoOn(server.urls);
    await one.remembering.putKey(key({ id: "k_1" }));
    await remembersKey(other);
    await one.remembering.putKey(key({ id: "k_1", revokedAt: START }));
    await vi.waitFor(async () => {
      expect(await other.remembering.getKey("k_1")).toMatchObject({ revokedAt: START });
    });
    await remembersKey(other);
  });

  test("plans, projects and blind spots of one are seen by the other", async () => {
    const [one, other] = await twoOn(server.urls);
    await one.remembering.createProject(project());
    expect(await other.remembering.loadProject("default")).toMatchObject({ version: 1 });
    expect(await other.remembering.listPlans("default", 0)).toEqual([]);
    expect(await other.remembering.listBlindSpots(START)).toEqual([]);
    await one.remembering.putPlan(plan({ id: "plan_1" }));
    await one.remembering.addBlindSpot(blindSpot({ id: "blind_1", fromAt: START, toAt: START + 60_000 }));
    await vi.waitFor(async () => {
      expect(await other.remembering.listPlans("default", 0)).toHaveLength(1);
      expect(await other.remembering.listBlindSpots(START)).toHaveLength(1);
    });
  });

  test("what nobody of them would say makes them forget everything, and ends none", async () => {
    const prefix = `two-${(prefixes += 1)}`;
    const process = await processOn(server.urls, prefix);
    await process.remembering.putKey(key({ id: "k_1" }));
    for (const message of ["nonsense", "null", "{}", '{"by":"x","what":null}']) {
      await remembersKey(process);
      const before = process.asked();
      await process.client.publish(`${prefix}:changed`, message);
      await vi.waitFor(async () => {
        await process.remembering.getKey("k_1");
        expect(process.asked()).toBeGreaterThan(before);
      });
    }
  });

  test("a monitor renamed to accept other contracts is told; one that only checks in is not", async () => {
    const [one, other] = await twoOn(server.urls);
    await one.remembering.createProject(project());
    const first = change({ monitor: monitor({ id: "mon_1", slug: "nightly" }) });
    await one.remembering.createMonitor(first);
    expect(await other.remembering.findMonitor("default", "nightly")).toMatchObject({ accepts: null });

    await commit(one.remembering, {});
    await commit(one.remembering, { settings: settings({ accepts: ["strict"] }) });
    await vi.waitFor(async () => {
      expect(await other.remembering.findMonitor("default", "nightly")).toMatchObject({
        accepts: ["strict"],
      });
    });
    // When it was made, and when it was renamed.
    expect(one.told.filter((what) => what.key === "default/nightly")).toHaveLength(2);
  });
});

async function commit(store: Store, given: Partial<ReturnType<typeof monitor>>): Promise<void> {
  const before = await store.load("mon_1", {});
  if (before === null) throw new Error("the monitor was just made");
  const { version, state } = before;
  await store.commit(change({ baseVersion: version, monitor: { ...before.monitor, ...given }, state }));
}

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("a process that does not hear the others", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis(redis?.path ?? "", { appendonly: "yes" });
  });
  afterEach(closeAll);
  afterAll(() => server.stop());

  test("keeps nothing after its line was cut, and remembers again once it hears", async () => {
    const [one, other] = await twoOn([server.url]);
    await one.remembering.putKey(key({ id: "k_1" }));
    await remembersKey(other);
    await server.kill();
    await vi.waitFor(() => expect(other.changes.isHeard()).toBe(false));
    await expect(other.remembering.getKey("k_1")).rejects.toMatchObject({ code: "unavailable" });
    await server.start();
    await vi.waitFor(async () => {
      await one.remembering.putKey(key({ id: "k_1", revokedAt: START }));
      expect(await other.remembering.getKey("k_1")).toMatchObject({ revokedAt: START });
    });
    await remembersKey(other);
  });

  test("does not trust a line that has been silent, until it answers", async () => {
    let at = START;
    const clock: Clock = { now: () => at };
    const real = wallClock();
    const prefix = `silent-${(prefixes += 1)}`;
    const process = await processOn([server.url], prefix, clock);
    expect(process.changes.isHeard()).toBe(true);
    at += 60_000;
    expect(process.changes.isHeard()).toBe(false);
    const askedAt = real.now();
    await vi.waitFor(() => expect(process.changes.isHeard()).toBe(true));
    expect(real.now() - askedAt).toBeLessThan(15_000);
  });

  test("goes on for a minute at most with what nobody told it of", async () => {
    let at = START;
    const prefix = `untold-${(prefixes += 1)}`;
    const process = await processOn([server.url], prefix, { now: () => at });
    const silent = await processOn([server.url], prefix);
    await process.remembering.putKey(key({ id: "k_1" }));
    await remembersKey(process);
    await silent.store.putKey(key({ id: "k_1", revokedAt: START }));
    for (let second = 1; second <= 60; second += 1) {
      expect(await process.remembering.getKey("k_1")).toMatchObject({ revokedAt: null });
      at += 1_000;
      await vi.waitFor(() => expect(process.changes.isHeard()).toBe(true));
    }
    expect(await process.remembering.getKey("k_1")).toMatchObject({ revokedAt: START });
  });
});
