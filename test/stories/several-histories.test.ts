/**
 * DESIGN 6: any number of processes give the same answers as one. Random histories, told to two processes in turn while
 * others judge, each now and then stalled, come to the same verdicts and incidents as with one process.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { BEGIN, history, isByPeople, passTo, perform, SLUG, type History } from "./histories.ts";
import { viewOf } from "../stubs/view-of-process.ts";
import { createProcesses, tickAll } from "./processes.ts";
import { checkInAt, createWorld, iso, partsOf, PROJECT, type World } from "./world.ts";

const HOUR = 3_600_000;
/** Whether sending is muted depends on when a look came. */
const STEP_MS = 1_000;

/** All that people say lasts, and every grace and runtime, is so many seconds or a multiple. */
const BEAT_SECONDS = 5;
/** Of what jobs and guards tell, behind the beat of people. */
const BEHIND_SECONDS = 2;

/**
 * In a rhythm in which nothing comes within the second behind a deadline or the end of a mute: that is late at once where
 * there are several processes, and told before or after it; `several-processes.test.ts` says so.
 */
const evenHistory: fc.Arbitrary<History> = history.map(({ monitor, acts }) => {
  let beats = 0;
  let before = 0;
  const even = acts.map(([seconds, act]): History["acts"][number] => {
    beats += Math.ceil(seconds / BEAT_SECONDS);
    const at = beats * BEAT_SECONDS + (isByPeople(act) ? 0 : BEHIND_SECONDS);
    const since = at - before;
    before = at;
    return [since, act];
  });
  return { monitor: { ...monitor, graceMs: monitor.graceMs ?? 60_000 }, acts: even };
});

const stalls = fc.array(fc.record({ who: fc.nat({ max: 3 }), forSteps: fc.integer({ min: 1, max: 60 }) }), {
  minLength: 1,
  maxLength: 40,
});

test("several processes come to the verdicts and incidents of one, whoever of them is stalled", async () => {
  await fc.assert(
    fc.asyncProperty(evenHistory, stalls, async (told, stalled) => {
      expect(await livedBySeveral(told, stalled)).toEqual(await livedByOne(told));
    }),
    { numRuns: 40 },
  );
});

const ON_THE_MINUTE = Date.parse("2026-03-02T00:00:00Z");
/** How often anybody looks: what is on its way is committed up to so much later. */
const LOOK_MS = 50;
const onTheWay = fc.constantFrom(0, 300, LIMITS.commitWithinMs - LOOK_MS);
/** One run a minute: how long before the deadline it begins, how soon it ends, and how long each is on its way. */
const hurried = fc.record({
  beforeMs: fc.constantFrom(0, 1, 100, 400),
  takesMs: fc.constantFrom(0, 1, 200, 400),
  onTheWayMs: fc.tuple(onTheWay, onTheWay),
  didRun: fc.boolean(),
});
/** The farthest that a clock may be off before its process is refused. */
const offMs = fc.constantFrom(-200, 0, 200);

test("what was received in time is never missing, however its check-ins overtake each other and clocks differ", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(hurried, { minLength: 1, maxLength: 6 }),
      fc.tuple(offMs, offMs),
      async (minutes, off) => {
        const verdicts = await overtaken(minutes, off);
        expect(verdicts).toEqual(minutes.map(({ didRun }) => (didRun ? "heard" : "missing")));
      },
    ),
    {
      numRuns: 25,
      // As late as can be, and the clocks of the others as far ahead as can be.
      examples: [[[{ beforeMs: 0, takesMs: 400, onTheWayMs: [550, 550], didRun: true }], [200, 200]]],
    },
  );
});

type Hurried = typeof hurried extends fc.Arbitrary<infer Run> ? Run : never;

/** The start goes to one process, the end to another; a third looks every 50 ms. */
async function overtaken(minutes: readonly Hurried[], [apiOffMs, workerOffMs]: [number, number]) {
  const { world, api, start, until } = await createProcesses(new Date(ON_THE_MINUTE).toISOString());
  const second = await start("second", "hears");
  const worker = await start("worker", "judges");
  second.offBy.ms = apiOffMs;
  worker.offBy.ms = workerOffMs;
  await world.monitor(SLUG, { schedule: { cron: "* * * * *" }, graceMs: 5_000 });
  const monitorId = (await world.store.findMonitor(PROJECT, SLUG))?.id ?? "";
  for (const [index, { beforeMs, takesMs, onTheWayMs, didRun }] of minutes.entries()) {
    const startBy = ON_THE_MINUTE + (index + 1) * 60_000 + 5_000;
    const begun = checkInAt("start", startBy - beforeMs);
    const ended = checkInAt("success", begun.receivedAt + takesMs);
    const sent = [
      {
        engine: api.engine,
        checkIn: begun,
        committedAt: begun.receivedAt + onTheWayMs[0],
        isCommitted: false,
      },
      {
        engine: second.engine,
        checkIn: ended,
        committedAt: ended.receivedAt + onTheWayMs[1],
        isCommitted: false,
      },
    ].sort((one, other) => one.committedAt - other.committedAt);
    await until(iso(startBy - 1_000));
    while (world.wall.at < startBy + 3_000) {
      world.wall.at += LOOK_MS;
      for (const { hearing } of [api.engine, second.engine]) await hearing.hear();
      await tickAll(worker.engine);
      for (const one of sent) {
        if (!didRun || one.isCommitted || one.committedAt > world.wall.at) continue;
        one.isCommitted = true;
        // By a clock that is ahead an end may be too old, and is refused; its start was kept.
        await one.engine.recordCheckIn({ monitorId, checkIn: one.checkIn }).catch(unlessTooOld(one.checkIn));
      }
    }
  }
  return (await world.rows(SLUG)).map(({ judgements }) =>
    judgements.some(({ verdict }) => verdict === "missing") ? "missing" : "heard",
  );
}

function unlessTooOld({ kind }: { kind: string }): (error: unknown) => void {
  return (error) => {
    if (kind !== "success" || !(error instanceof RollcallError) || error.code !== "unavailable") throw error;
  };
}

async function livedByOne({ monitor, acts }: History): Promise<unknown> {
  const world = await createWorld(new Date(BEGIN).toISOString());
  await world.monitor(SLUG, monitor);
  let at = BEGIN;
  for (const [seconds, act] of acts) {
    at += seconds * 1_000;
    await passTo(world, at, STEP_MS);
    await perform(world, act, monitor);
  }
  await passTo(world, at + HOUR + 1_000, STEP_MS);
  await world.tick();
  return cameOf(world);
}

interface Stall {
  who: number;
  forSteps: number;
}

/** Two that hear and are told the acts in turn, and two that judge. One at a time is stalled. */
async function livedBySeveral({ monitor, acts }: History, stalled: readonly Stall[]): Promise<unknown> {
  const worlds = await several();
  const [first] = worlds;
  const all = [...stalled];
  let stall = { who: 0, forSteps: 0 };
  let at = BEGIN;
  const passAllTo = async (untilAt: number): Promise<void> => {
    while (at < untilAt) {
      at = Math.min(untilAt, at + STEP_MS);
      for (const { wall } of worlds) wall.at = at;
      if (stall.forSteps === 0) {
        stall = all.shift() ?? stall;
        all.push(stall);
      } else stall = { ...stall, forSteps: stall.forSteps - 1 };
      for (const [who, world] of worlds.entries()) {
        if (who === stall.who && stall.forSteps > 0) continue;
        if (who < 2) await world.engine.hearing.hear();
        else await world.tick();
      }
    }
  };
  await first.monitor(SLUG, monitor);
  for (const [index, [seconds, act]] of acts.entries()) {
    await passAllTo(at + seconds * 1_000);
    await perform(worlds[index % 2] ?? first, act, monitor);
  }
  await passAllTo(at + HOUR);
  stall = { who: 0, forSteps: 0 };
  // What is judged is a second old: as far as the one process gets.
  for (const world of worlds) world.wall.at = at + 2_000;
  for (const world of worlds) await world.tick();
  return cameOf(first);
}

async function several(): Promise<[World, World, World, World]> {
  const store = createMemoryStore();
  const signs = new Map<string, number>();
  const { ids } = partsOf(store, { at: BEGIN });
  const start = (name: string, isHearing: boolean): Promise<World> => {
    const view = viewOf(store, signs, name);
    return createWorld(new Date(BEGIN).toISOString(), view, { ids, sharing: { isHearing } });
  };
  return [
    await start("api-1", true),
    await start("api-2", true),
    await start("worker-1", false),
    await start("worker-2", false),
  ];
}

async function cameOf(world: World): Promise<unknown> {
  const told = await world.told();
  return {
    windows: (await world.rows(SLUG)).map(({ expectedAt, start, judgements, recoveredBy }) => ({
      expectedAt: new Date(expectedAt).toISOString(),
      start,
      verdicts: judgements.map(({ verdict }) => verdict),
      isRecovered: recoveredBy !== null,
    })),
    incidents: (await world.incidents()).map(({ kind, status, openedAt, firstWindowAt, windowsLost }) => {
      return { kind, status, openedAt, firstWindowAt, windowsLost };
    }),
    told,
    blind: (await world.store.listBlindSpots(0)).length,
  };
}
