/**
 * Any job, fired by any scheduler, over any change of the clock, on a monitor that does not know which scheduler it is:
 * as long as every run comes nobody is alerted, and a run that every scheduler would make is never missed quietly.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { nextCertain, nextRuns } from "../../src/domain/schedule/schedule.ts";
import type { CronSchedule, Scheduler } from "../../src/domain/schedule/schedule.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { at, createWorld, iso, type World } from "./world.ts";

const HOUR_MS = 3_600_000;

/** Each lies a few hours before a change. */
const NIGHTS = [
  ["America/New_York", "2026-03-08T03:00:00Z"],
  ["America/New_York", "2026-11-01T02:30:00Z"],
  ["Europe/Berlin", "2026-03-28T22:00:00Z"],
  ["Europe/Berlin", "2026-10-24T22:00:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T12:00:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T12:00:00Z"],
  ["Africa/Cairo", "2026-04-23T19:00:00Z"],
  ["Africa/Cairo", "2026-10-29T18:00:00Z"],
  ["Asia/Beirut", "2026-03-28T19:00:00Z"],
  ["Asia/Beirut", "2026-10-24T18:00:00Z"],
] as const;

const EXPRESSIONS = [
  "30 1 * * *",
  "30 2 * * *",
  "0,30 1,2 * * *",
  "45 1 * * *",
  "15 0,2,23 * * *",
  "0 0 * * *",
  "0 * * * *",
  "*/30 * * * *",
  "*/20 0-3 * * *",
  "10 */2 * * *",
];

interface History {
  night: (typeof NIGHTS)[number];
  expressions: string[];
  firedBy: Scheduler;
  delayMs: number;
  graceMs: number;
  hasRunIds: boolean;
}

function historyWith(graces: readonly number[]): fc.Arbitrary<History> {
  return fc.record({
    night: fc.constantFrom(...NIGHTS),
    expressions: fc.uniqueArray(fc.constantFrom(...EXPRESSIONS), { minLength: 1, maxLength: 2 }),
    firedBy: fc.constantFrom("cron" as const, "kubernetes" as const, "systemd" as const),
    delayMs: fc.nat({ max: 60_000 }),
    graceMs: fc.constantFrom(...graces),
    hasRunIds: fc.boolean(),
  });
}

const SHORT_GRACES = [120_000, 300_000];
/** Within one of these a start in the second pass still answers the first, whoever it came from. */
const LONG_GRACES = [2_700_000, 9_000_000];

function schedulesOf({ night: [timezone], expressions, firedBy }: History): {
  known: CronSchedule;
  real: CronSchedule;
} {
  const known = { kind: "cron" as const, expressions, timezone, scheduler: null };
  return { known, real: { ...known, scheduler: firedBy } };
}

/** The job runs at these instants, on a monitor that was told nothing of its scheduler. */
async function live(told: History, runs: readonly number[]): Promise<World> {
  const [timezone, from] = told.night;
  const world = await createWorld(from);
  const { graceMs } = told;
  await world.monitor("job", { schedule: { cron: told.expressions, timezone }, graceMs });
  for (const [index, run] of runs.entries()) {
    await world.until(iso(run + told.delayMs));
    await world.run("job", told.hasRunIds ? { runId: `run-${index}` } : {});
  }
  await world.until(iso(at(from) + 9 * HOUR_MS));
  await expectWholeLedger(world, "job");
  return world;
}

function runsOf(told: History): number[] {
  const fromAt = at(told.night[1]);
  const runs = nextRuns(schedulesOf(told).real, { fromAt, count: 100 });
  return runs.filter((run) => run < fromAt + 9 * HOUR_MS);
}

test("whoever fires the job, nobody is alerted while every run of it comes", async () => {
  await fc.assert(
    fc.asyncProperty(historyWith([...SHORT_GRACES, ...LONG_GRACES]), async (told) => {
      const world = await live(told, runsOf(told));
      expect(await world.incidents()).toEqual([]);
      const verdicts = (await world.ledger("job")).map((line) => line.split(" ")[1]);
      expect(verdicts.filter((verdict) => verdict === "on_time")).toHaveLength(runsOf(told).length);
    }),
    { seed: 20_261_101, numRuns: 50 },
  );
});

test("whoever fires the job, a run left out that every scheduler would have made is an incident", async () => {
  let leftOut = 0;
  await fc.assert(
    fc.asyncProperty(historyWith(SHORT_GRACES), fc.nat(), async (told, choice) => {
      const runs = runsOf(told);
      const { known } = schedulesOf(told);
      const certain = runs.filter((run) => nextCertain(known, run - 1) === run);
      const missing = certain[choice % Math.max(1, certain.length)];
      fc.pre(missing !== undefined);
      leftOut += 1;
      const world = await live(
        told,
        runs.filter((run) => run !== missing),
      );
      expect((await world.incidents()).length).toBeGreaterThan(0);
      const row = await world.row("job", iso(missing ?? 0));
      expect(row.judgements[0]?.verdict).toBe("missing");
    }),
    { seed: 20_260_308, numRuns: 50 },
  );
  expect(leftOut).toBeGreaterThan(30);
});
