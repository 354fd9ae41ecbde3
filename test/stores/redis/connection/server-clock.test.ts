/** The time of Redis, told by machines whose own clocks are wrong. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Clock, Log } from "../../../../src/ports/outside.ts";
import { connect, type Connection } from "../../../../src/stores/redis/connection.ts";
import { serverClock } from "../../../../src/stores/redis/connection/server-clock.ts";
import { wallClock } from "../../../../src/system/clock.ts";
import { MINUTE } from "../../../makers.ts";
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from "../../../redis-server.ts";
import { requirement } from "../../../requirements.ts";

const redis = requirement("redis");
const real = wallClock();
/** Server and tests share a machine; what is off beyond this was measured wrongly. */
const CLOSE_MS = 25;

function clockOff(byMs: number): Clock & { byMs: number } {
  return {
    byMs,
    now() {
      return real.now() + this.byMs;
    },
  };
}

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("the clock of an edition", () => {
  let server: RedisServer;
  let cluster: RedisCluster;
  const connections: Connection[] = [];
  beforeAll(async () => {
    server = await startRedis(redis?.path ?? "");
    cluster = await startRedisCluster(redis?.path ?? "");
  });
  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.close();
  });
  afterAll(async () => {
    await server.stop();
    await cluster.stop();
  });
  const connected = async (urls: readonly string[]): Promise<Connection> => {
    const connection = await connect({ urls, prefix: "clock" });
    connections.push(connection);
    return connection;
  };
  const offBy = (clock: Clock): number => Math.abs(clock.now() - real.now());

  test.each([-5 * MINUTE, 0, 5 * MINUTE])("goes by Redis where this machine is %i ms off", async (byMs) => {
    const local = clockOff(byMs);
    const clock = await serverClock({ connection: await connected([server.url]), local, log: null });
    expect(offBy(clock)).toBeLessThan(CLOSE_MS);
    local.byMs += 3 * MINUTE;
    expect(offBy(clock)).toBeGreaterThan(2 * MINUTE);
    await clock.measure();
    expect(offBy(clock)).toBeLessThan(CLOSE_MS);
  });

  test("goes by all masters of a Cluster, and warns of none where they agree", async () => {
    const warned: string[] = [];
    const log = { warn: (what: string) => void warned.push(what) } as unknown as Log;
    const local = clockOff(-5 * MINUTE);
    const clock = await serverClock({ connection: await connected(cluster.urls), local, log });
    expect(offBy(clock)).toBeLessThan(CLOSE_MS);
    expect(warned).toEqual([]);
  });

  test("keeps what it measured where Redis does not answer, and says nothing else", async () => {
    const own = await startRedis(redis?.path ?? "");
    const local = clockOff(5 * MINUTE);
    const clock = await serverClock({ connection: await connected([own.url]), local, log: null });
    await own.stop();
    await clock.measure();
    expect(offBy(clock)).toBeLessThan(CLOSE_MS);
  });
});
