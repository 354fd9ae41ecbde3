/** A Redis that says nothing any more: whoever asks is told so in time, whatever else is under way. */
import { afterEach, describe, expect, test } from "vitest";
import { openRedis } from "../../../../src/stores/redis.ts";
import { wallClock } from "../../../../src/system/clock.ts";
import { after } from "../../../../src/system/timers.ts";
import { startRedis } from "../../../redis-server.ts";
import { requirement } from "../../../requirements.ts";
import { startStallingProxy } from "../../../stalling-proxy.ts";

const redis = requirement("redis");
const ANSWERED_WITHIN_MS = 2_000;

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("a Redis that stalls", () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  test("is given up within two seconds also by who asked while another question was on its way", async () => {
    const server = await startRedis(redis?.path ?? "");
    ends.push(() => server.stop());
    const proxy = await startStallingProxy(server.port);
    ends.push(() => proxy.close());
    const urls = [`redis://127.0.0.1:${proxy.port}`];
    const { store } = await openRedis({ urls, prefix: "stalled", wait: "none", clock: wallClock(), after });
    ends.push(() => store.close());
    proxy.stall();
    const first = store.listProjects().catch(() => {});
    // The next turn of the event loop: it is no part of the pipeline that is under way.
    await new Promise((resolve) => void after(10, () => resolve(null)));
    const askedAt = performance.now();
    await expect(store.listProjects()).rejects.toMatchObject({ code: "unavailable" });
    expect(performance.now() - askedAt).toBeLessThan(ANSWERED_WITHIN_MS);
    await first;
  });
});
