/** Random histories of one monitor, for properties that must hold of any: what is sent, and what people do. */
import fc from "fast-check";
import type { CheckIn } from "../../src/domain/check-in.ts";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import { RollcallError } from "../../src/domain/errors.ts";
import type { ScheduleInput } from "../../src/domain/schedule/schedule.ts";
import { boundaryReceipt } from "../makers.ts";
import { PROJECT, type World } from "./world.ts";

/**
 * Not on a whole second: windows are told apart by their instant, and one of an interval that was taken early would be that of
 * a cron schedule that took over.
 */
export const BEGIN = Date.parse("2026-03-02T00:00:00.250Z");
export const SLUG = "job";

interface Sent {
  what: "start" | "success" | "fail";
  runId: string | null;
  exitStatus: number | null;
  trigger: CheckIn["trigger"];
  durationMs: number | null;
  /** Spooled for so long before it was delivered. */
  lateSeconds: number | null;
}

type Act =
  | Sent
  | { what: (typeof PEOPLE_DO)[number] }
  | { what: (typeof GUARDS_TELL)[number] }
  | { what: "maintenance"; minutes: number }
  | { what: "accelerate"; schedule: ScheduleInput; minutes: number };

export interface History {
  monitor: MonitorInput;
  /** Seconds since the act before, and the act. */
  acts: readonly (readonly [number, Act])[];
}

const PEOPLE_DO = ["pause", "resume", "reject", "edit", "take_back"] as const;
const GUARDS_TELL = ["listens", "let_in", "refused"] as const;

const checkIn = fc.record({
  what: fc.constantFrom("start" as const, "success" as const, "fail" as const),
  runId: fc.constantFrom(null, null, "a", "b", "c"),
  exitStatus: fc.constantFrom(null, null, 0, 1),
  trigger: fc.constantFrom("schedule" as const, "schedule" as const, "manual" as const),
  durationMs: fc.constantFrom(null, null, 60_000),
  lateSeconds: fc.constantFrom(null, null, null, null, 30, 700, 4_000),
});
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 12, arbitrary: checkIn },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constantFrom(...PEOPLE_DO) }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom(...GUARDS_TELL) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("maintenance" as const),
      minutes: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("accelerate" as const),
      schedule: fc.constantFrom<ScheduleInput>(
        { cron: "* * * * *" },
        { every: 120_000 },
        { cron: "*/7 * * * *" },
      ),
      minutes: fc.integer({ min: 1, max: 60 }),
    }),
  },
);
export const history: fc.Arbitrary<History> = fc.record({
  monitor: fc.record({
    schedule: fc.constantFrom(
      { cron: "*/10 * * * *" },
      { cron: ["0 * * * *", "25 * * * *"] },
      { every: 600_000 },
      { every: 900_000, from: "finish" },
    ),
    graceMs: fc.constantFrom(null, 0, 60_000, 900_000),
    maxRuntimeMs: fc.constantFrom(120_000, 1_800_000),
    failureThreshold: fc.integer({ min: 1, max: 3 }),
    recoveryThreshold: fc.integer({ min: 1, max: 2 }),
    signals: fc.constantFrom("both" as const, "both" as const, "finish" as const),
    overlap: fc.constantFrom("allow" as const, "warn" as const, "forbid" as const, "skip" as const),
    manualCounts: fc.boolean(),
  }),
  acts: fc.array(fc.tuple(fc.integer({ min: 1, max: 1_200 }), act), { minLength: 5, maxLength: 40 }),
});

export function isByPeople({ what }: Act): boolean {
  return what === "maintenance" || what === "accelerate" || PEOPLE_DO.some((one) => one === what);
}

/** Time passes while signs of life are stored; ticks come in this rhythm, or not at all. */
export async function passTo(world: World, at: number, tickEveryMs: number): Promise<void> {
  while (world.wall.at < at) {
    world.wall.at = Math.min(at, world.wall.at + Math.min(5_000, tickEveryMs));
    if (tickEveryMs === Number.POSITIVE_INFINITY) await world.engine.hearing.hear();
    else await world.tick();
  }
}

export async function perform(world: World, one: Act, monitor: MonitorInput): Promise<void> {
  const named = { project: PROJECT, slug: SLUG, by: "test" };
  switch (one.what) {
    case "pause":
      await world.engine.pauseMonitor({ ...named, untilAt: world.wall.at + 1_500_000, reason: null });
      return;
    case "resume":
      await world.engine.resumeMonitor(named);
      return;
    case "reject":
      await world.reject(SLUG);
      return;
    case "edit":
      await world.monitor(SLUG, { ...monitor, schedule: { cron: "*/20 * * * *" } });
      return;
    case "accelerate": {
      const { schedule, minutes } = one;
      const asked = { ...named, schedule, expiresInMs: minutes * 60_000 };
      await world.engine.accelerateMonitor(asked).catch(ignoreConflict);
      return;
    }
    case "take_back":
      await world.engine.decelerateMonitor(named);
      return;
    case "listens":
    case "let_in":
    case "refused":
      await tellAsGuard(world, one.what);
      return;
    case "maintenance": {
      // Far enough ahead that no deadline before it waits for a tick.
      const fromAt = world.wall.at + 3_600_000;
      const plan = {
        monitors: [SLUG],
        tags: null,
        fromAt,
        untilAt: fromAt + one.minutes * 60_000,
        reason: "disk",
      };
      await world.engine.createPlan({ project: PROJECT, kind: "maintenance", ...plan });
      return;
    }
    default:
      await world.checkIn(SLUG, one.what, sentAs(one, world.wall.at));
  }
}

/** It is accelerated already. */
export function ignoreConflict(error: unknown): void {
  if (!(error instanceof RollcallError && error.code === "conflict")) throw error;
}

function sentAs({ runId, exitStatus, trigger, durationMs, lateSeconds }: Sent, at: number): Partial<CheckIn> {
  const occurredAt = lateSeconds === null ? null : at - lateSeconds * 1_000;
  return { runId, exitStatus, trigger, durationMs, occurredAt };
}

/** It has listened since the beginning, whatever it tells besides. */
async function tellAsGuard(world: World, what: (typeof GUARDS_TELL)[number]): Promise<void> {
  const receivedAt = world.wall.at;
  const isOk = what === "let_in";
  const call = { monitor: SLUG, at: receivedAt, isOk, reason: isOk ? null : ("wrong_secret" as const) };
  const routes = [{ route: "GET /api/cron", monitor: SLUG, configHash: "hash-1" }];
  await world.engine.noteBoundary({
    project: PROJECT,
    speaksFor: null,
    receivedAt,
    sign: { instance: "one", routes, sinceAt: BEGIN, at: receivedAt },
    receipts: what === "listens" ? [] : [boundaryReceipt(call)],
  });
}
