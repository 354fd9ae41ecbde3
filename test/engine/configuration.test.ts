/** Applications of configurations: one after another, at once, and stopped in the middle by a failing store. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { createWorld, PROJECT, type World } from "../stories/world.ts";

const SLUGS = Array.from({ length: 120 }, (_each, index) => `job-${String(index).padStart(3, "0")}`);
const hourly = { input: { schedule: { every: 3_600_000 } } };

function input(slugs: readonly string[]) {
  const monitors = new Map(slugs.map((slug) => [slug, hourly] as const));
  return {
    project: PROJECT,
    configuration: "rollcall.yaml",
    isPruning: false,
    configured: { project: { title: "Acme" }, contracts: new Map(), channels: new Map(), monitors },
  };
}

/** The engine over the same store, of which the disk is full from the given creation on. */
async function withFullDisk(world: World, from: number): Promise<Engine> {
  let made = 0;
  const store: Store = {
    ...world.store,
    async createMonitor(change) {
      made += 1;
      if (made > from) throw new RollcallError("unavailable", "The disk is full.");
      return world.store.createMonitor(change);
    },
  };
  return createEngine({ ...world.parts, store });
}

const slugsOf = async (world: World): Promise<string[]> => {
  const page = await world.store.listMonitors(PROJECT, { cursor: null, limit: 200 });
  return page.items.map(({ monitor }) => monitor.slug);
};

test("says exactly what was done and what was not, and applying again finishes it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z", createMemoryStore());
  const engine = await withFullDisk(world, 70);
  const apply = { ...input(SLUGS), by: "test", expected: null };
  const stopped = await engine.applyConfiguration(apply).catch((thrown: unknown) => thrown as RollcallError);
  expect(stopped).toMatchObject({ code: "unavailable" });
  const { message, problems } = stopped as RollcallError;
  const there = await slugsOf(world);
  expect(there).toHaveLength(70);
  expect(message).toContain(
    "stopped after 71 of 121 changes. The disk is full. Done: project, monitors.job-000, ",
  );
  expect(message).toContain("Apply again to finish.");
  expect(problems).toEqual(
    SLUGS.filter((slug) => !there.includes(slug)).map((slug) => ({
      field: `monitors.${slug}`,
      message: "was not done",
    })),
  );

  const finished = await world.engine.applyConfiguration(apply);
  expect(finished.steps.map(({ name }) => name)).toEqual(problems.map(({ field }) => field.slice(9)));
  expect(await slugsOf(world)).toEqual(SLUGS);
  expect((await world.engine.planOfConfiguration(input(SLUGS))).steps).toEqual([]);
});

const durations = fc.constantFrom(null, 60_000, 600_000);
const monitors = fc
  .uniqueArray(
    fc.record({
      slug: fc.constantFrom("a", "b", "c", "d"),
      everyMs: fc.constantFrom(300_000, 3_600_000),
      graceMs: durations,
      maxRuntimeMs: durations,
      tags: fc.subarray(["x", "y"]),
    }),
    { selector: ({ slug }) => slug },
  )
  .map((each) => {
    const entry = ({ slug, everyMs, ...settings }: (typeof each)[number]) =>
      [slug, { input: { ...settings, schedule: { every: everyMs } } }] as const;
    return new Map(each.map(entry));
  });

test("any files one after another: what is planned is what is done, and then nothing is left to do", async () => {
  const files = fc.array(fc.record({ monitors, isPruning: fc.boolean() }), { minLength: 2, maxLength: 6 });
  const history = async (
    steps: { monitors: ReadonlyMap<string, { input: MonitorInput }>; isPruning: boolean }[],
  ) => {
    const { engine } = await createWorld("2026-03-02T00:00:00Z");
    for (const { monitors, isPruning } of steps) {
      const given = {
        ...input([]),
        isPruning,
        configured: { project: null, contracts: new Map(), channels: new Map(), monitors },
      };
      const planned = await engine.planOfConfiguration(given);
      const applied = await engine.applyConfiguration({
        ...given,
        by: "test",
        expected: planned.fingerprint,
      });
      expect(applied).toEqual(planned);
      expect((await engine.planOfConfiguration(given)).steps).toEqual([]);
      const page = { cursor: null, limit: 10 };
      for (const { monitor, pause } of (await engine.listMonitors({ project: PROJECT, page })).items) {
        const isSaid = monitors.has(monitor.slug);
        expect([monitor.slug, pause === null]).toEqual([monitor.slug, isSaid]);
        if (isSaid)
          expect(monitor.settings).toMatchObject({
            ...planned.steps.find(({ name }) => name === monitor.slug)?.after,
          });
      }
    }
  };
  await fc.assert(fc.asyncProperty(files, history), { numRuns: 50 });
});

test("two at once are one after another: the second finds nothing left to do", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const apply = { ...input(SLUGS), by: "test", expected: null };
  const [first, second] = await Promise.all([
    world.engine.applyConfiguration(apply),
    world.engine.applyConfiguration(apply),
  ]);
  expect([first.steps.length, second.steps.length]).toEqual([121, 0]);
});

test("a mistake of ours in the middle is told in the log and not outside", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const logged: unknown[] = [];
  const log = { ...world.parts.log, error: (_what: string, more?: object) => void logged.push(more) };
  const store: Store = {
    ...world.store,
    createMonitor: () => Promise.reject(new TypeError("secret insides")),
  };
  const engine = await createEngine({ ...world.parts, store, log });
  const apply = { ...input(["only"]), by: "test", expected: null };
  const stopped = await engine.applyConfiguration(apply).catch((thrown: unknown) => String(thrown));
  expect(stopped).toContain("The log of the server tells why.");
  expect(stopped).not.toContain("secret insides");
  expect(logged).toHaveLength(1);
});
