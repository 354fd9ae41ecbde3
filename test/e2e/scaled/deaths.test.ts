/**
 * Processes of a scaled Rollcall die by `kill -9`: APIs in the middle of a load of check-ins, and APIs and workers exactly
 * between two of their commands to Redis. Others take over, and nothing of it shows but the one message that was sent and
 * could not be written down any more.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RedisServer } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";
import { startTappedRedis, type TappedRedis } from "../../tapped-redis.ts";
import { chanceFrom } from "../chance.ts";
import { checkInUntilGone, expectKept, type Load } from "../check-in-load.ts";
import type { ToldEvent } from "../receivers.ts";
import { PING_KEY, type ServerProgram } from "../server-program.ts";
import { everythingIn } from "../told.ts";
import { until } from "../waiting.ts";
import { type Instance, startDurableRedis, startInstance, watch } from "./instance.ts";
import { startWitness, type Witness } from "./witness.ts";

const SEED = 20_261_122;
const KILLS = 6;
const CLIENTS = 8;
const LOADED = Array.from({ length: 6 }, (_none, index) => `loaded-${index}`);

/** Where processes die: at one command about the alarm of one monitor, before Redis gets it or before it is answered. */
interface Moment {
  role: "api" | "worker";
  when: string;
  slug: string;
  step: Step;
  cut: "before" | "after";
}
type Step = (words: readonly string[], slug: string) => boolean;

const commit: Step = (words, slug) =>
  words.includes("pending") && carries(words, `"channel":"${slug}"`) && carries(words, '"change":"opened"');
const wish: Step = (words, slug) =>
  carries(words, ":{queues}:drains:") && words.some((word) => word.endsWith(`"channel":"${slug}"}`));
const claim: Step = (words, slug) => carries(words, `/default/${slug}/`);
const settling: Step = (words, slug) => words.includes("sent") && carries(words, `"channel":"${slug}"`);

const MOMENTS: readonly Moment[] = [
  { role: "api", when: "whose commit has not left it", slug: "api-0", step: commit, cut: "before" },
  { role: "api", when: "that has not heard of its commit", slug: "api-1", step: commit, cut: "after" },
  { role: "api", when: "between commit and queue", slug: "api-2", step: wish, cut: "before" },
  { role: "worker", when: "whose commit has not left it", slug: "worker-0", step: commit, cut: "before" },
  { role: "worker", when: "that has not heard of its commit", slug: "worker-1", step: commit, cut: "after" },
  { role: "worker", when: "between commit and queue", slug: "worker-2", step: wish, cut: "before" },
  { role: "worker", when: "between claim and message", slug: "worker-3", step: claim, cut: "after" },
  { role: "worker", when: "between message and its record", slug: "worker-4", step: settling, cut: "before" },
];

const redis = requirement("redis");

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(redis === null)("kill -9", () => {
  let server: RedisServer;
  let instance: Instance;
  let witness: Witness;
  const taps = new Map<ServerProgram, TappedRedis>();
  const load: Load = { promised: new Map(), faults: [] };
  /** Of each worker that died: how many messages had come before, and how many when another stood in its place. */
  const deaths: { before: number; after: number }[] = [];

  const add = async (role: "api" | "worker"): Promise<void> => {
    const tap = await startTappedRedis(server.port);
    taps.set(await instance.add(role, { ROLLCALL_REDIS_URL: tap.url }), tap);
  };
  /** Ends one and starts another in its place. */
  const replace = async (role: "api" | "worker", victim: ServerProgram): Promise<void> => {
    const before = instance.hooks.told.length;
    await victim.kill();
    const alike = role === "worker" ? instance.workers : instance.apis;
    alike.splice(alike.indexOf(victim), 1);
    await taps.get(victim)?.close();
    taps.delete(victim);
    await add(role);
    if (role === "worker") deaths.push({ before, after: instance.hooks.told.length });
  };
  /** Resolves with whichever process of the role is the first there, and stands still. */
  const reached = ({ role, slug, step, cut }: Moment): Promise<ServerProgram> =>
    new Promise((resolve) => {
      let isReached = false;
      for (const program of role === "worker" ? instance.workers : instance.apis) {
        taps.get(program)?.watch((words) => {
          if (isReached || !/^eval/i.test(words[0] ?? "") || !step(words, slug)) return null;
          isReached = true;
          resolve(program);
          return cut;
        });
      }
    });

  beforeAll(async () => {
    server = await startDurableRedis(redis?.path ?? "");
    instance = await startInstance({ urls: [server.url], apis: 0, workers: 0 });
    for (const role of ["api", "api", "worker", "worker"] as const) await add(role);
    witness = await startWitness(instance, () => instance.apis.map(({ url }) => url));
  }, 120_000);
  afterAll(async () => {
    await instance.close();
    await Promise.all([...taps.values()].map((tap) => tap.close()));
    await server.stop();
  });

  test("of APIs amid check-ins", { timeout: 120_000 }, async () => {
    for (const slug of LOADED) await watch(instance, slug, {});
    const chance = chanceFrom(SEED);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const victim = instance.apis[kill % 2]!;
      const loading = checkInUntilGone(load, {
        url: victim.url,
        clients: CLIENTS,
        monitors: LOADED,
        exitStatus: kill % 2 === 0 ? 1 : 0,
        name: `kill-${kill}`,
      });
      const wanted = load.promised.size + chance.whole(CLIENTS * 2, CLIENTS * 10);
      await until("check-ins enough to kill it amid", () => load.promised.size >= wanted);
      await replace("api", victim);
      await loading;
    }
    expect(load.faults).toEqual([]);
    await expectKept(instance.client, load, LOADED);
  });

  test.each(MOMENTS)("of the $role $when", { timeout: 60_000 }, async (moment) => {
    const { role, slug, step } = moment;
    const dying = reached(moment);
    if (role === "worker") {
      await watch(instance, slug, { cron: "*/3 * * * * *", grace: "1s" });
      return replace(role, await dying);
    }
    await watch(instance, slug, {});
    const answer = checkedIn(instance.apis[0], slug);
    await replace(role, await dying);
    if (step === commit) expect(await answer, "nothing is promised before Redis has said so").toBe(false);
    await until("a receipt of its job's next try", () => checkedIn(instance.apis[0], slug));
  });

  test("and everyone is told of everything, again only across a death", { timeout: 180_000 }, async () => {
    await witness.verify({ repeated: Infinity });
    const { client, hooks } = instance;
    const incidents = await everythingIn(client.incidents.list);
    for (const { role, slug, step } of MOMENTS) {
      expect(incidents.filter(({ monitor }) => monitor === slug)).toHaveLength(1);
      const told = hooks.told.filter(({ subject }) => subject === slug);
      expect(new Set(told.map(({ id }) => id)).size).toBe(1);
      if (step === settling) expect(told.length, "what was sent and not recorded").toBeGreaterThan(1);
      if (role === "worker") await expectNoHole(instance, slug);
    }
    expect(repeatedWithoutDeath(hooks.told, deaths)).toEqual([]);
    expect((await client.blindSpots.list()).items).toEqual([]);
  });
});

function carries(words: readonly string[], what: string): boolean {
  return words.some((word) => word.includes(what));
}

/** Whether a failed run was acknowledged. */
async function checkedIn(api: ServerProgram | undefined, slug: string): Promise<boolean> {
  try {
    const answer = await fetch(`${api?.url}/checkin/${PING_KEY}/${slug}/1?run=${slug}`, { method: "POST" });
    return answer.status === 200 && (await answer.text()).startsWith("OK");
  } catch {
    // It died before its answer was whole.
    return false;
  }
}

/** What came again although no worker died between. */
function repeatedWithoutDeath(
  told: readonly ToldEvent[],
  deaths: readonly { before: number; after: number }[],
): ToldEvent[] {
  const latest = new Map<string, number>();
  return told.filter(({ id }, index) => {
    const earlier = latest.get(id);
    latest.set(id, index);
    return earlier !== undefined && !deaths.some(({ before, after }) => earlier < after && index >= before);
  });
}

async function expectNoHole(instance: Instance, slug: string): Promise<void> {
  const { created_at: from } = await instance.client.monitors.get(slug);
  const { items } = await instance.client.monitors.windows(slug, { from, limit: 200 });
  const windows = items.toSorted((one, other) => Date.parse(one.expected_at) - Date.parse(other.expected_at));
  const judged = windows.slice(0, windows.findLastIndex(({ verdict }) => verdict !== null) + 1);
  const firstAt = Date.parse(judged[0]?.expected_at ?? "");
  expect(judged.map(({ expected_at, verdict }) => [Date.parse(expected_at), verdict])).toEqual(
    judged.map((_window, index) => [firstAt + index * 3_000, "missing"]),
  );
}
