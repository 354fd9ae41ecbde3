/**
 * What a scaled Rollcall does when its Redis dies, loses its latest second, stalls or is full: check-ins are told to
 * come again, `/readyz` fails, and when Redis is back everything goes on by itself. What nobody could hear is a blind
 * spot, and no alarm.
 */
import { statSync, truncateSync } from "node:fs";
import { Redis } from "ioredis";
import { describe, expect, test, type TestContext } from "vitest";
import type { SpotAnswer } from "../../../src/client/answers.ts";
import { type RedisServer } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";
import { startStallingProxy } from "../../stalling-proxy.ts";
import { until } from "../waiting.ts";
import { expectReady, expectToldToComeAgain, startWorld } from "./faults.ts";
import { type Instance, startDurableRedis } from "./instance.ts";
import { STEADY, type Witness } from "./witness.ts";

/** Longer than what is blind. */
const OUTAGE_MS = 18_000;
const STALL_MS = 30_000;
/** What a Redis that syncs every second may lose with its machine; here it loses no less than a sign of life. */
const UNSYNCED_MS = 2_000;
const SIGN_MS = 1_200;
const redis = requirement("redis");

// Side by side, because each is mostly waiting. Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("Redis", { concurrent: true, timeout: 400_000 }, () => {
  const started = async (
    fsync: "always" | "everysec",
    { onTestFinished }: TestContext,
  ): Promise<RedisServer> => {
    const server = await startDurableRedis(redis?.path ?? "", fsync);
    onTestFinished(() => server.stop());
    return server;
  };

  test("killed and started again", async (context) => {
    const server = await started("always", context);
    const { instance, witness } = await startWorld(context, { urls: [server.url] });
    await server.kill();
    await expectToldToComeAgain(instance);
    await lasted(OUTAGE_MS);
    await server.start();
    await expectReady(instance);
    await witness.until(60);
    expectToLast(await onlySpot(instance), OUTAGE_MS);
    expect(await witness.verify({ repeated: 8 })).toEqual([]);
  });

  test("whose machine loses power before its log has reached the disk", async (context) => {
    const server = await started("everysec", context);
    const { instance, witness } = await startWorld(context, { urls: [server.url] });
    await takenFromAll(witness, Date.now());
    // Jobs come every three seconds: the next time is soon enough, and not too soon.
    await lasted(UNSYNCED_MS);
    const onDisk = statSync(server.logFile).size;
    const synced = Date.now();
    await lasted(SIGN_MS);
    await takenFromAll(witness, synced);
    await server.kill();
    const diedAt = Date.now();
    truncateSync(server.logFile, onDisk);
    // Soon enough that the time without it would be no blind spot.
    await server.start();
    await expectReady(instance);
    await witness.until(60);
    const lost = await witness.verify({ repeated: 30, lost: { fromAt: synced - UNSYNCED_MS, toAt: diedAt } });
    const lostAt = lost.map(({ acknowledgedAt }) => acknowledgedAt ?? 0);
    expect(lost.map(({ monitor }) => monitor)).toEqual(expect.arrayContaining(STEADY));
    const spot = await onlySpot(instance);
    expect(Date.parse(spot.from)).toBeLessThanOrEqual(Math.min(...lostAt));
    expect(Date.parse(spot.to)).toBeGreaterThan(Math.max(...lostAt));
  });

  test("behind a network that stalls for half a minute", async (context) => {
    const server = await started("always", context);
    const proxy = await startStallingProxy(server.port);
    context.onTestFinished(() => proxy.close());
    const { instance, witness } = await startWorld(context, { urls: [`redis://127.0.0.1:${proxy.port}`] });
    proxy.stall();
    await expectToldToComeAgain(instance);
    await lasted(STALL_MS);
    proxy.resume();
    await expectReady(instance);
    await witness.until(60);
    expectToLast(await onlySpot(instance), STALL_MS);
    expect(await witness.verify({ repeated: 8 })).toEqual([]);
  });

  test("full, and then given more memory", async (context) => {
    const server = await started("always", context);
    const { instance, witness } = await startWorld(context, { urls: [server.url] });
    const operator = new Redis(server.url);
    context.onTestFinished(() => operator.disconnect());
    await operator.config("SET", "maxmemory", "1mb");
    await expectToldToComeAgain(instance);
    await lasted(OUTAGE_MS);
    await operator.config("SET", "maxmemory", "0");
    await expectReady(instance);
    await witness.until(60);
    expectToLast(await onlySpot(instance), OUTAGE_MS);
    expect(await witness.verify({ repeated: 8 })).toEqual([]);
  });
});

/** A check-in of each steady job is acknowledged after this instant. */
function takenFromAll({ promised }: Witness, sinceAt: number): Promise<unknown> {
  return until("a check-in of each steady job", () => {
    const taken = [...promised.values()].filter(({ acknowledgedAt }) => (acknowledgedAt ?? 0) > sinceAt);
    return STEADY.every((slug) => taken.some(({ monitor }) => monitor === slug));
  });
}

async function onlySpot({ client }: Instance): Promise<SpotAnswer> {
  const { items } = await client.blindSpots.list();
  expect(items).toHaveLength(1);
  return items[0]!;
}

function expectToLast({ from, to }: SpotAnswer, outageMs: number): void {
  const lengthMs = Date.parse(to) - Date.parse(from);
  expect(lengthMs).toBeGreaterThan(outageMs - 1_000);
  expect(lengthMs).toBeLessThan(outageMs + 30_000);
}

/** The one wait for time itself: an outage has to last so long on the wall clock. */
function lasted(ms: number): Promise<unknown> {
  const endsAt = Date.now() + ms;
  return until("the end of the outage", () => Date.now() >= endsAt, { withinMs: ms + 5_000 });
}
