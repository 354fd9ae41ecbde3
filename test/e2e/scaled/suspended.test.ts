/**
 * A worker stands still for longer than it may keep what it has (its machine is suspended, its container frozen) in the
 * middle of a tick, and of a drain; others go on without it. When it goes on it finds that done, and does it no second time.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { RedisServer } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";
import { startTappedRedis, type TappedRedis } from "../../tapped-redis.ts";
import type { ServerProgram } from "../server-program.ts";
import { everythingIn } from "../told.ts";
import { until } from "../waiting.ts";
import { type Instance, startDurableRedis, startInstance, watch } from "./instance.ts";

/** At which command it stands still, and for how long: until what it has is another's for certain. */
const MOMENTS = [
  {
    when: "a tick, knowing what is due and not what follows",
    slug: "ticked",
    stopsAt: ({ id }: Watched) => id,
    lastsMs: 2 * LIMITS.jobLockMs,
  },
  {
    when: "a drain, with a message to send",
    slug: "drained",
    stopsAt: ({ slug }: Watched) => `/default/${slug}/`,
    lastsMs: LIMITS.sendLeaseMs + LIMITS.jobLockMs,
  },
];

interface Watched {
  id: string;
  slug: string;
}

const redis = requirement("redis");

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(redis === null)("a worker that is suspended", () => {
  let server: RedisServer;
  let instance: Instance;
  let tap: TappedRedis;
  let suspended: ServerProgram;

  beforeAll(async () => {
    server = await startDurableRedis(redis?.path ?? "");
    tap = await startTappedRedis(server.port);
    instance = await startInstance({ urls: [server.url], apis: 1, workers: 0 });
    suspended = await instance.add("worker", { ROLLCALL_REDIS_URL: tap.url });
  }, 60_000);
  afterAll(async () => {
    await instance.close();
    await tap.close();
    await server.stop();
  });

  test.each(MOMENTS)("in the middle of $when", { timeout: 120_000 }, async ({ slug, stopsAt, lastsMs }) => {
    await watch(instance, slug, { cron: "*/3 * * * * *", grace: "1s" });
    const { id } = await instance.client.monitors.get(slug);
    const what = stopsAt({ id, slug });
    await new Promise<void>((resolve) => {
      tap.watch((words) => {
        if (!/^eval/i.test(words[0] ?? "") || !words.some((word) => word.includes(what))) return null;
        tap.watch(() => null);
        // What Redis answers waits for it.
        suspended.process.kill("SIGSTOP");
        resolve();
        return null;
      });
    });
    const stoodAt = performance.now();
    const other = await instance.add("worker");
    await until(`an alarm of ${slug}`, () => toldOf(slug).length > 0, { withinMs: 60_000 });
    await until("its time", () => performance.now() - stoodAt > lastsMs, { withinMs: 60_000 });
    suspended.process.kill("SIGCONT");
    await until("it to be ready", async () => (await fetch(`${suspended.url}/readyz`)).status === 200);
    await other.stop();
    // Alone again it judges and sends what comes, and nothing that was judged and sent.
    const later = `${slug}-later`;
    await watch(instance, later, { cron: "*/3 * * * * *", grace: "1s" });
    await until(`an alarm of ${later}`, () => toldOf(later).length > 0, { withinMs: 60_000 });
    const incidents = await everythingIn(instance.client.incidents.list);
    expect(incidents.filter(({ monitor }) => monitor === slug)).toHaveLength(1);
    expect(toldOf(slug)).toHaveLength(1);
    expect((await instance.client.blindSpots.list()).items).toEqual([]);
  });

  const toldOf = (slug: string) => instance.hooks.told.filter(({ subject }) => subject === slug);
});
