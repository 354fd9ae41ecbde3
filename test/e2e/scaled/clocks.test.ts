/**
 * Machines that disagree about the time by minutes, and of which none is right: nobody is alarmed for it, everyone is who
 * should be, and whoever is left goes on at once when those whose clocks are ahead die.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RedisServer } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";
import { everythingIn, largePages } from "../told.ts";
import { until } from "../waiting.ts";
import { type Instance, startDurableRedis, startInstance, watch } from "./instance.ts";
import { startWitness } from "./witness.ts";

/** Each way. More than receivers of webhooks forgive, so that the time in a message is seen to be the right one too. */
const MINUTES_OFF = 6;
/** Nothing here takes so long, and no wrong clock is so little off. */
const NEAR_MS = 60_000;
const redis = requirement("redis");

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(redis === null)("processes whose clocks are twelve minutes apart", () => {
  let server: RedisServer;
  let instance: Instance;
  beforeAll(async () => {
    server = await startDurableRedis(redis?.path ?? "");
    instance = await startInstance({ urls: [server.url], apis: 0, workers: 0 });
    for (const role of ["api", "worker"] as const) {
      await instance.add(role, {}, ahead(-MINUTES_OFF));
      await instance.add(role, {}, ahead(MINUTES_OFF));
    }
  }, 60_000);
  afterAll(async () => {
    await instance.close();
    await server.stop();
  });

  test("give the answers of one clock", { timeout: 240_000 }, async () => {
    const witness = await startWitness(instance, () => instance.apis.map(({ url }) => url));
    await alarmed("by-both");
    // One that is ahead leaves behind what it has timed, and one that is behind must not wait until that is due.
    await instance.workers.pop()?.kill();
    await alarmed("by-the-slow-one");
    await instance.add("worker", {}, ahead(MINUTES_OFF));
    await instance.workers.shift()?.kill();
    await alarmed("by-the-fast-one");
    await witness.verify();
    expect((await instance.client.blindSpots.list()).items).toEqual([]);
    await expectNear(witness.promised);
  });

  const alarmed = async (slug: string): Promise<void> => {
    const createdAt = await watch(instance, slug, { cron: "*/3 * * * * *", grace: "1s" });
    expect(Math.abs(createdAt - Date.now())).toBeLessThan(NEAR_MS);
    await until(`an alarm about ${slug}`, () => instance.hooks.told.some(({ subject }) => subject === slug), {
      withinMs: NEAR_MS,
    });
  };

  /** What is told of runs and incidents is dated by the true time, whoever decided it. */
  const expectNear = async (
    promised: ReadonlyMap<string, { monitor: string; acknowledgedAt: number | null }>,
  ) => {
    const { client } = instance;
    for (const slug of new Set([...promised.values()].map(({ monitor }) => monitor))) {
      const runs = await everythingIn(largePages((query) => client.monitors.runs(slug, query)));
      expect(runs.length).toBeGreaterThan(0);
      for (const { run_id: runId, finished_at: finishedAt } of runs) {
        const acknowledgedAt = promised.get(runId ?? "")?.acknowledgedAt ?? Number.NaN;
        const offMs = Math.abs(Date.parse(finishedAt ?? "") - acknowledgedAt);
        expect({ runId, isNear: offMs < NEAR_MS }).toEqual({ runId, isNear: true });
      }
    }
  };
});

/** A process whose clock is so many minutes ahead. */
function ahead(minutes: number): (usual: readonly string[]) => readonly string[] {
  const skew = `
    const real = Date, now = () => real.now() + ${minutes * 60_000};
    globalThis.Date = new Proxy(real, {
      get: (date, name) => (name === "now" ? now : Reflect.get(date, name)),
      construct: (date, given, made) => Reflect.construct(date, given.length === 0 ? [now()] : given, made),
    });
    Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + ${minutes * 60_000} });`;
  return ([node = "", ...rest]) => [
    node,
    "--import",
    `data:text/javascript,${encodeURIComponent(skew)}`,
    ...rest,
  ];
}
