/**
 * Accelerations over any course of events, where any decision may be lost with its process before it is committed, and
 * is then made again from what was: each is taken back once, in its time, and leaves the original schedule.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isOn, type Acceleration } from "../../../src/domain/acceleration.ts";
import type { Context, MonitorEvent } from "../../../src/domain/change.ts";
import { createMonitor } from "../../../src/domain/decide/configure.ts";
import { decide } from "../../../src/domain/decide/decide.ts";
import { timingPart } from "../../../src/domain/monitor-settings.ts";
import type { MonitorSettings } from "../../../src/domain/monitor.ts";
import type { Schedule } from "../../../src/domain/schedule/schedule.ts";
import { createMemoryStore } from "../../../src/stores/memory.ts";
import type { Store } from "../../../src/ports/store.ts";
import { HOUR, MINUTE, settings, START } from "../../makers.ts";
import { checkInAt } from "../../stories/world.ts";

const ID = "mon_1";
const BY = { by: "ann" };
const cron = (expression: string): Schedule => {
  return { kind: "cron", expressions: [expression], timezone: "UTC", scheduler: null };
};
const every = (everyMs: number): Schedule => ({ kind: "every", everyMs, from: "start" });

const originals = fc.constantFrom(cron("0 * * * *"), cron("*/20 * * * *"), every(HOUR), every(10 * MINUTE));
const fasters = fc.constantFrom(cron("* * * * *"), cron("*/7 * * * *"), every(MINUTE), every(3 * MINUTE));

/** What happens, so long after what happened before it; and how often its process ends before it is committed. */
interface Step {
  passMs: number;
  what:
    | "start"
    | "success"
    | "fail"
    | "by hand"
    | "clock"
    | "edit"
    | "rename"
    | "pause"
    | "resume"
    | "take back";
  accelerated: { schedule: Schedule; expiresInMs: number } | null;
  losses: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    passMs: fc.integer({ min: 1, max: 8 * MINUTE }),
    what: fc.constantFrom(
      ...(["start", "success", "fail", "fail", "by hand", "clock"] as const),
      ...(["edit", "rename", "pause", "resume", "take back"] as const),
    ),
    accelerated: fc.option(
      fc.record({ schedule: fasters, expiresInMs: fc.integer({ min: 1, max: 40 * MINUTE }) }),
      { freq: 3 },
    ),
    losses: fc.constantFrom(0, 0, 1, 2),
  }),
  { minLength: 1, maxLength: 30 },
);

test("whatever happens, and whatever is lost on the way, each acceleration is taken back once", async () => {
  await fc.assert(
    fc.asyncProperty(originals, steps, async (original, course) => {
      const store = createMemoryStore();
      const chosen = settings({ schedule: original });
      await store.createMonitor(createMonitor(identity(chosen), contextAt(START)));
      const seen = new Map<number, Acceleration>();
      let at = START;
      let edits = 0;
      for (const step of course) {
        at += step.passMs;
        if (step.what === "edit") edits += 1;
        const event = eventOf(step, { at, chosen, edits });
        for (let lost = 0; lost < step.losses; lost += 1) await decided(store, event, at);
        await settle(store, seen, { event, at });
        if (step.accelerated !== null)
          await settle(store, seen, { event: { type: "accelerated", ...step.accelerated, ...BY }, at });
      }
      await settle(store, seen, { event: { type: "clock" }, at: at + 2 * HOUR });
      for (const acceleration of seen.values()) expect(isOn(acceleration)).toBe(false);
    }),
    { numRuns: 100 },
  );
});

/** Commits what follows, and looks what has become of the acceleration. */
async function settle(
  store: Store,
  seen: Map<number, Acceleration>,
  { event, at }: { event: MonitorEvent; at: number },
): Promise<void> {
  const { change } = await decided(store, event, at);
  if (change === null) return;
  expect(await store.commit(change)).toBe("committed");
  const { monitor, state } = change;
  const now = state.acceleration;
  const { version, afterAt: _afterAt, untilAt: _untilAt, ...part } = monitor.timings.at(-1) ?? never();
  if (!isOn(now)) expect(part).toEqual(timingPart(monitor.settings));
  else expect(version).toBe(now.version);
  if (now === undefined) return;
  const before = seen.get(now.beganAt);
  if (before !== undefined && !isOn(before)) expect(now).toMatchObject(endOf(before));
  if (!isOn(now)) {
    expect(now.revertedAt).toBeLessThanOrEqual(now.untilAt);
    // Begun, and taken back; what the rhythm of its runs says comes behind that.
    const [begun, ended, ...later] = now.timeline;
    expect([begun?.at, ended?.at]).toEqual([now.beganAt, now.revertedAt]);
    expect(later.length).toBeLessThanOrEqual(2);
  } else expect(change.dueAt).toBeLessThanOrEqual(now.untilAt);
  seen.set(now.beganAt, now);
}

function endOf({ revertedAt, revertedBy }: Acceleration) {
  return { revertedAt, revertedBy };
}

async function decided(store: Store, event: MonitorEvent, at: number) {
  const snapshot = (await store.load(ID, { windowsAt: [at] })) ?? never();
  return decide(snapshot, event, contextAt(at));
}

function eventOf({ what }: Step, more: { at: number; chosen: MonitorSettings; edits: number }): MonitorEvent {
  const { at, chosen, edits } = more;
  switch (what) {
    case "start":
    case "success":
    case "fail":
      return { type: "check_in", checkIn: checkInAt(what, at) };
    case "by hand":
      return { type: "check_in", checkIn: { ...checkInAt("success", at), trigger: "manual" } };
    case "edit":
      return { type: "configured", settings: { ...chosen, graceMs: MINUTE + edits }, ...BY };
    case "rename":
      return {
        type: "configured",
        settings: { ...chosen, graceMs: edits === 0 ? null : MINUTE + edits, name: `at ${at}` },
        ...BY,
      };
    case "pause":
      return { type: "paused", untilAt: at + 5 * MINUTE, reason: null, ...BY };
    case "resume":
      return { type: "resumed", ...BY };
    case "take back":
      return { type: "decelerated", ...BY };
    case "clock":
      return { type: "clock" };
  }
}

function identity(chosen: MonitorSettings) {
  const names = { id: ID, project: "default", slug: "job", pingSealed: "sealed", pingHash: "hash" };
  return { ...names, settings: chosen, ...BY };
}

function contextAt(judgedAt: number): Context {
  return { judgedAt, blindSpots: [], plans: [], rejections: [], defaultChannels: [] };
}

function never(): never {
  throw new Error("there is no such monitor");
}
