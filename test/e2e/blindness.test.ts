/**
 * Rollcall stands still for twenty seconds while jobs go on: what it could not hear becomes unknown and never
 * missing, its operators are told once, and nobody else is. Once suspended in the middle, once stopped and started.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SpotAnswer, WindowAnswer } from "../../src/client/answers.ts";
import { requirement } from "../requirements.ts";
import { EVERY_THREE_SECONDS, justBehindTick, startJob, type Job } from "./jobs.ts";
import { startWebhookReceiver, WEBHOOK_SECRET, type WebhookReceiver } from "./receivers.ts";
import { makeHome, startServer, type Home, type ServerProgram } from "./server-program.ts";
import { until } from "./waiting.ts";

const STANDSTILL_MS = 20_000;
/** A window touched by a blind spot is given this long after its end; then a moment for judging. */
const JUDGED_WITHIN_MS = 70_000;
const BY_CURL = ["north", "east", "south", "west"];
const SLUGS = [...BY_CURL, "spooled"];

interface World {
  home: Home;
  server: ServerProgram;
  hooks: WebhookReceiver;
  jobs: Job[];
  /** Stands still, waits, goes on. */
  standStill: (world: World) => Promise<void>;
}

const curl = requirement("curl");
const worlds: World[] = [];

const WAYS = {
  async "suspended and resumed"({ server }: World): Promise<void> {
    server.process.kill("SIGSTOP");
    await passed(STANDSTILL_MS);
    server.process.kill("SIGCONT");
  },
  async "stopped and started again"(world: World): Promise<void> {
    await world.server.stop();
    await passed(STANDSTILL_MS);
    world.server = await startServer(world.home, { ROLLCALL_PORT: String(world.server.port) });
  },
};

/** The one wait for time itself: the standstill has to last so long on the wall clock. */
function passed(ms: number): Promise<unknown> {
  const endsAt = Date.now() + ms;
  return until("the end of the standstill", () => Date.now() >= endsAt, { withinMs: ms + 5_000 });
}

async function makeWorld(standStill: World["standStill"]): Promise<World> {
  const home = makeHome();
  const hooks = await startWebhookReceiver();
  const server = await startServer(home);
  const world: World = { home, hooks, server, standStill, jobs: [] };
  for (const name of ["team", "operators"]) {
    const settings = { url: `${hooks.url}/${name}`, secret: WEBHOOK_SECRET };
    await server.client.channels.put(name, { kind: "webhook", settings });
  }
  await server.client.project.patch({ operator_channels: ["operators"], default_channels: ["team"] });
  const schedule = { cron: EVERY_THREE_SECONDS };
  await justBehindTick();
  for (const slug of BY_CURL) await server.client.monitors.put(slug, { schedule, grace: "4s" });
  // Room for a run that was spooled in the last moment before the stop.
  await server.client.monitors.put("spooled", { schedule, grace: "8s" });
  world.jobs.push(
    startJob(home, { by: "curl", monitors: BY_CURL, url: server.url }),
    startJob(home, { by: "exec", monitors: ["spooled"], url: server.url }),
  );
  return world;
}

async function windows(world: World, slug: string, spot: SpotAnswer): Promise<WindowAnswer[]> {
  const { items } = await world.server.client.monitors.windows(slug, {
    from: spot.from,
    to: spot.to,
    limit: 200,
  });
  return items.sort((one, other) => Date.parse(one.expected_at) - Date.parse(other.expected_at));
}

// Without curl there is no job that loses what it had to say.
describe.skipIf(curl === null)("a standstill of twenty seconds", () => {
  beforeAll(async () => {
    for (const standStill of Object.values(WAYS)) worlds.push(await makeWorld(standStill));
  });
  afterAll(async () => {
    for (const { jobs, server, hooks, home } of worlds) {
      for (const job of jobs) await job.kill();
      await server.kill();
      await hooks.close();
      home.remove();
    }
  });

  // Side by side, because each is mostly waiting.
  test.concurrent.each(Object.keys(WAYS).map((way, index) => ({ way, index })))(
    "of a server that was $way leaves unknown windows, one notice, and no storm",
    { timeout: 150_000 },
    async ({ index }) => {
      const world = worlds[index] as World;
      await until("a good run of each", async () => {
        const { items } = await world.server.client.monitors.list();
        return (
          items.length === SLUGS.length && items.every(({ last_success_at }) => last_success_at !== null)
        );
      });
      await world.standStill(world);

      const spot = await until(
        "a blind spot",
        async () => (await world.server.client.blindSpots.list()).items[0],
      );
      const lengthMs = Date.parse(spot.to) - Date.parse(spot.from);
      expect(lengthMs).toBeGreaterThan(STANDSTILL_MS - 1_000);
      expect(lengthMs).toBeLessThan(STANDSTILL_MS + 15_000);

      await until(
        "a verdict on each window of the blind spot",
        async () => {
          const all = await Promise.all(SLUGS.map((slug) => windows(world, slug, spot)));
          return all.every((rows) => rows.length > 0 && rows.every(({ verdict }) => verdict !== null));
        },
        { withinMs: JUDGED_WITHIN_MS },
      );
      for (const slug of BY_CURL) {
        const verdicts = (await windows(world, slug, spot)).map(({ verdict }) => verdict);
        expect(verdicts.filter((verdict) => verdict === "unknown").length).toBeGreaterThan(3);
        // What a suspended server finds in its sockets when it wakes is a start too, if a late one.
        const good = new Set(["on_time", "late"]);
        expect(verdicts.filter((verdict) => verdict !== "unknown" && !good.has(verdict ?? ""))).toEqual([]);
      }
      await expectQuiet(world, spot);
    },
  );

  test("what was spooled meanwhile settles its windows", async () => {
    const world = worlds[1] as World;
    const [spot] = (await world.server.client.blindSpots.list()).items;
    const rows = await windows(world, "spooled", spot as SpotAnswer);
    expect(rows.map(({ verdict }) => verdict)).toEqual(rows.map(() => "on_time"));
  });
});

/** The operators were told once; nobody was told of a monitor, and none had an incident. */
async function expectQuiet({ server, hooks }: World, spot: SpotAnswer): Promise<void> {
  const incidents = (await server.client.incidents.list()).items;
  expect(incidents).toMatchObject([
    { subject: "service", kind: "blind", status: "resolved", opened_at: spot.from },
  ]);
  expect(hooks.told).toMatchObject([
    { path: "/operators", incident: { id: incidents[0]?.id, kind: "blind" } },
  ]);
  expect(hooks.faults).toEqual([]);
  const unknown = (await server.client.blindSpots.list()).items[0]?.windows ?? [];
  expect(unknown.map(({ monitor }) => monitor)).toEqual(expect.arrayContaining(BY_CURL));
  const { items } = await server.client.monitors.list();
  for (const { slug, incident } of items) expect({ slug, incident }).toEqual({ slug, incident: null });
}
