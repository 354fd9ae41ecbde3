/**
 * What a scaled Rollcall does when its Redis dies, stalls or is full: check-ins are told to come again within two
 * seconds, `/readyz` fails, and when it is back the gap is a blind spot and nothing acknowledged is missing.
 */
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import type { RedisServer } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";
import { startStallingProxy } from "../../stalling-proxy.ts";
import { PING_KEY } from "../server-program.ts";
import { until } from "../waiting.ts";
import { type Instance, startDurableRedis, startInstance } from "./instance.ts";
import { startWitness, type Witness } from "./witness.ts";

const ANSWERED_WITHIN_MS = 2_000;
/** Longer than what is blind. */
const OUTAGE_MS = 18_000;
const STALL_MS = 30_000;
const redis = requirement("redis");

describe.skipIf(redis === null)("Redis", () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const begin = async (
    server: RedisServer,
    url = server.url,
  ): Promise<{ instance: Instance; witness: Witness }> => {
    const instance = await startInstance({ urls: [url] });
    ends.push(() => instance.close());
    const witness = await startWitness(instance, () => instance.apis.map((api) => api.url));
    await until("an incident that was told", () => instance.hooks.told.length > 2);
    return { instance, witness };
  };

  test.each(["always", "everysec"] as const)(
    "killed and started again with appendfsync %s",
    { timeout: 300_000 },
    async (fsync) => {
      const server = await startDurableRedis(redis?.path ?? "", fsync);
      ends.push(() => server.stop());
      const { instance, witness } = await begin(server);
      await server.kill();
      await expectToldToComeAgain(instance);
      await lasted(OUTAGE_MS);
      await server.start();
      await expectReady(instance);
      await witness.until(100);
      expect((await instance.client.blindSpots.list()).items).toHaveLength(1);
      // `everysec` may lose what was acknowledged in the last second or two before the death: within the blind spot's margin.
      await witness.verify({ repeated: 8, ...(fsync === "everysec" && { lost: 200 }) });
    },
  );

  test("stalled for half a minute", { timeout: 300_000 }, async () => {
    const server = await startDurableRedis(redis?.path ?? "");
    ends.push(() => server.stop());
    const proxy = await startStallingProxy(server.port);
    ends.push(() => proxy.close());
    const { instance, witness } = await begin(server, `redis://127.0.0.1:${proxy.port}`);
    proxy.stall();
    await expectToldToComeAgain(instance);
    await lasted(STALL_MS);
    proxy.resume();
    await expectReady(instance);
    await witness.until(100);
    expect((await instance.client.blindSpots.list()).items).toHaveLength(1);
    await witness.verify({ repeated: 8 });
  });

  test("full, and then given more memory", { timeout: 300_000 }, async () => {
    const server = await startDurableRedis(redis?.path ?? "");
    ends.push(() => server.stop());
    const { instance, witness } = await begin(server);
    const operator = new Redis(server.url);
    await operator.config("SET", "maxmemory", "1mb");
    await expectToldToComeAgain(instance);
    await lasted(OUTAGE_MS);
    await operator.config("SET", "maxmemory", "0");
    operator.disconnect();
    await expectReady(instance);
    await witness.until(100);
    await witness.verify({ repeated: 8 });
  });
});

/** Each API says so itself, soon, and its probe fails. */
async function expectToldToComeAgain(instance: Instance): Promise<void> {
  for (const { url } of instance.apis) {
    const startedAt = performance.now();
    const answer = await until("a check-in that is told to come again", async () => {
      const found = await fetch(`${url}/checkin/${PING_KEY}/restless-0/log`, {
        method: "POST",
        body: "still here",
      });
      return found.status === 503 && found;
    });
    expect(performance.now() - startedAt).toBeLessThan(2 * ANSWERED_WITHIN_MS);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  }
}

async function expectReady(instance: Instance): Promise<void> {
  for (const { url } of [...instance.apis, ...instance.workers]) {
    await until(`${url} to be ready again`, async () => (await fetch(`${url}/readyz`)).status === 200, {
      withinMs: 30_000,
    });
  }
}

/** The one wait for time itself: an outage has to last so long on the wall clock. */
function lasted(ms: number): Promise<unknown> {
  const endsAt = Date.now() + ms;
  return until("the end of the outage", () => Date.now() >= endsAt, { withinMs: ms + 5_000 });
}
