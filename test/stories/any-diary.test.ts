/** Diaries made by chance: whatever happens, the ledger is whole, receipts are true and ticks decide nothing. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CheckIn, CheckInKind } from "../../src/domain/check-in.ts";
import { currentVerdict, type WindowRow } from "../../src/domain/ledger.ts";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import type { Run } from "../../src/domain/run.ts";
import { ignoreConflict } from "./histories.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { createWorld, iso, PROJECT, type World } from "./world.ts";

const MINUTE = 60_000;

const ACTS = ["pause", "resume", "sleep", "accelerate", "take_back"] as const;

interface Step {
  passMs: number;
  kind: CheckInKind;
  runId: string | null;
  trigger: CheckIn["trigger"];
  scheduledBackMs: number | null;
  occurredBackMs: number | null;
  durationMs: number | null;
  /** What happens before it: an edit, a pause, a resume, an acceleration, or Rollcall sleeps for a while. */
  act: MonitorInput | (typeof ACTS)[number] | null;
}

const schedules = fc.constantFrom<NonNullable<MonitorInput["schedule"]>>(
  { cron: "*/5 * * * *" },
  { cron: ["*/15 * * * *", "7 * * * *"] },
  { every: 5 * MINUTE },
  { every: 10 * MINUTE, from: "finish" },
);

const monitors: fc.Arbitrary<MonitorInput> = fc.record({
  schedule: schedules,
  graceMs: fc.constantFrom(null, 30_000, 2 * MINUTE, 12 * MINUTE),
  earlyMs: fc.constantFrom(null, null, 0, 7 * MINUTE),
  maxRuntimeMs: fc.constantFrom(null, 3 * MINUTE, 30 * MINUTE),
  signals: fc.constantFrom("both", "both", "finish"),
  overlap: fc.constantFrom("allow", "warn", "forbid", "skip"),
  manualCounts: fc.boolean(),
  failureThreshold: fc.constantFrom(1, 1, 2),
});

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    passMs: fc.oneof(
      fc.integer({ min: 0, max: 20 * MINUTE }),
      fc.nat({ max: 20 }).map((count) => count * MINUTE),
    ),
    kind: fc.constantFrom<CheckInKind>(
      "start",
      "start",
      "success",
      "success",
      "success",
      "fail",
      "step",
      "log",
    ),
    runId: fc.constantFrom(null, null, "a", "b", "c"),
    trigger: fc.constantFrom<CheckIn["trigger"]>("schedule", "schedule", "schedule", "manual"),
    scheduledBackMs: fc.option(
      fc.nat({ max: 6 }).map((count) => count * 5 * MINUTE),
      { freq: 5 },
    ),
    occurredBackMs: fc.option(
      fc.nat({ max: 12 }).map((count) => count * 5 * MINUTE),
      { freq: 5 },
    ),
    durationMs: fc.option(fc.nat({ max: 10 * MINUTE }), { freq: 4 }),
    act: fc.oneof(
      { weight: 6, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: monitors },
      { weight: 1, arbitrary: fc.constantFrom(...ACTS) },
    ),
  }),
  { maxLength: 25 },
);

/** Lives through the diary, with a tick every so many milliseconds between its steps. */
async function live(
  input: MonitorInput,
  diary: readonly Step[],
  how: { tickMs: number; afterwards: (world: World) => Promise<void> },
): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", input);
  const until = async (at: number): Promise<void> => {
    while (world.wall.at < at) {
      world.wall.at = Math.min(at, world.wall.at + how.tickMs);
      await world.tick();
    }
  };
  for (const step of diary) {
    await until(world.wall.at + step.passMs);
    await act(world, step.act);
    const { kind, runId, trigger, durationMs } = step;
    const back = (backMs: number | null): number | null => (backMs === null ? null : world.wall.at - backMs);
    const receipt = await world.checkIn("job", kind, {
      runId,
      trigger,
      durationMs,
      scheduledForAt: back(step.scheduledBackMs),
      occurredAt: back(step.occurredBackMs),
    });
    if (receipt.window !== null) {
      const row = await world.row("job", iso(receipt.window.expectedAt));
      expect(receipt.window).toMatchObject({
        startBy: row.startBy,
        start: row.start,
        verdict: currentVerdict(row),
      });
    }
    if (receipt.nextExpectedAt !== null) {
      const rows = await world.rows("job");
      expect(rows.find((row) => row.expectedAt === receipt.nextExpectedAt)).toBeUndefined();
    }
    await how.afterwards(world);
  }
  await until(world.wall.at + 45 * MINUTE);
  await how.afterwards(world);
  return world;
}

async function act(world: World, what: Step["act"]): Promise<void> {
  const named = { project: PROJECT, slug: "job", by: "test" };
  if (what === "pause") await world.engine.pauseMonitor({ ...named, untilAt: null, reason: "a look" });
  else if (what === "sleep") await world.sleepUntil(iso(world.wall.at + 25 * MINUTE));
  else if (what === "accelerate") {
    const asked = { ...named, schedule: { cron: "* * * * *" }, expiresInMs: 10 * MINUTE };
    await world.engine.accelerateMonitor(asked).catch(ignoreConflict);
  } else if (what === "take_back") await world.engine.decelerateMonitor(named);
  else if (what === "resume") await world.engine.resumeMonitor(named);
  else if (what !== null) await world.monitor("job", what);
}

async function runsOf(world: World): Promise<Run[]> {
  const page = { cursor: null, limit: 200 };
  const found = await world.engine.listRuns({ project: PROJECT, slug: "job", runId: null, page });
  return found.items.map(({ run }) => run);
}

const asJudged = (rows: readonly WindowRow[]): string[] =>
  rows.map((row) =>
    [
      iso(row.expectedAt),
      row.start,
      ...row.judgements.map(({ verdict, reason }) => `${verdict}/${reason.code}`),
    ].join(" "),
  );

test("after any diary the ledger is whole and every receipt was true", async () => {
  await fc.assert(
    fc.asyncProperty(monitors, steps, async (input, diary) => {
      await live(input, diary, { tickMs: 5_000, afterwards: (world) => expectWholeLedger(world, "job") });
    }),
    { numRuns: 100, seed: 1 },
  );
}, 120_000);

test("no start that a missing window could have had was given to nothing", async () => {
  await fc.assert(
    fc.asyncProperty(monitors, steps, async (given, diary) => {
      // Only starts heard as they happen: a finish may claim one from so long ago that its window is out of reach.
      const input: MonitorInput = { ...given, signals: "both" };
      // A start at or before an interval's anchor is part of what the anchor counts from.
      const openedAt = (row: WindowRow): number =>
        input.schedule?.every === undefined
          ? row.opensAt
          : Math.max(row.opensAt, row.expectedAt - row.gapMs + 1);
      const heard = diary.map((step) => ({
        ...step,
        occurredBackMs: null,
        scheduledBackMs: null,
        durationMs: null,
        act: null,
      }));
      const world = await live(input, heard, { tickMs: 5_000, afterwards: async () => {} });
      const missing = (await world.rows("job")).filter((row) => currentVerdict(row) === "missing");
      for (const run of await runsOf(world)) {
        const isWithout = run.part === "extra" || run.part === "outside";
        if (!isWithout) continue;
        const wronged = missing.filter(
          (row) => openedAt(row) <= run.startedAt && run.startedAt <= row.startBy,
        );
        expect(
          wronged.map((row) => iso(row.expectedAt)),
          `beside ${run.id} of ${iso(run.startedAt)}`,
        ).toEqual([]);
      }
    }),
    { numRuns: 100, seed: 2 },
  );
}, 120_000);

test("a verdict depends on when check-ins were received, never on when a tick ran", async () => {
  await fc.assert(
    fc.asyncProperty(monitors, steps, async (input, diary) => {
      // How long Rollcall slept is known to the last sign of life, and so to the last tick, alone.
      const awake = diary.map((step) => ({ ...step, act: step.act === "sleep" ? null : step.act }));
      const told = async (tickMs: number): Promise<unknown> => {
        const world = await live(input, awake, { tickMs, afterwards: async () => {} });
        const incidents = (await world.incidents()).map(({ kind, openedAt, status }) => [
          kind,
          openedAt,
          status,
        ]);
        return { rows: asJudged(await world.rows("job")), incidents };
      };
      expect(await told(9_973)).toEqual(await told(2_000));
    }),
    { numRuns: 60, seed: 3 },
  );
}, 120_000);
