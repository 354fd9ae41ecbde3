/** After an acceleration: whether the real scheduler was set back too, as its runs show. */
import { expect, test } from "vitest";
import { accelerate, accelerationOf, EVERY_MINUTE, SLUG, story } from "./accelerating.ts";
import { at, createWorld, nightly, PROJECT, type World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STILL =
  "The job still starts about every 1m, though the acceleration is over: set its real scheduler back to its own schedule (at 02:00 every day, UTC)";

/** Confirmed by a run at 10:01. */
async function confirmed(input = nightly(), schedule = EVERY_MINUTE): Promise<World> {
  const world = await createWorld("2026-03-02T10:00:00Z");
  await world.monitor(SLUG, input);
  await accelerate(world, schedule);
  await world.until("2026-03-02T10:01:00Z");
  await world.checkIn(SLUG, "success", { runId: "first" });
  expect((await accelerationOf(world)).revertedBy).toBe("first_verified");
  return world;
}

/** The scheduler goes on for so many runs, one every so often. */
async function runsOn(world: World, runs: number, apart = "1m"): Promise<void> {
  for (let count = 0; count < runs; count += 1) {
    await world.pass(apart);
    await world.checkIn(SLUG, "success", { runId: `${world.wall.at}` });
  }
}

async function said(world: World): Promise<string | null> {
  return (await accelerationOf(world)).cadence.said;
}

test("three starts in a row in the faster rhythm mean that it was not, and that is told once", async () => {
  const world = await confirmed();
  await runsOn(world, 2);
  expect(await said(world)).toBeNull();
  expect(await world.told()).toEqual([]);
  await runsOn(world, 8);
  expect(await said(world)).toBe("still_accelerated");
  expect(await world.told()).toEqual([`result ${SLUG}: ${STILL}`]);
  expect((await story(world)).filter((line) => line.endsWith(STILL))).toHaveLength(1);
  const view = await world.engine.viewMonitor({ project: PROJECT, slug: SLUG });
  expect(view.acceleration?.advice).toMatch(/it still runs the job about every minute/);
  expect(await world.incidents()).toEqual([]);
});

test("a window of the original that is answered by a start of its own means that it was", async () => {
  const world = await confirmed();
  await world.until("2026-03-03T02:00:00Z");
  await world.run(SLUG);
  expect(await said(world)).toBe("reverted");
  expect((await story(world)).at(-1)).toBe(
    "2026-03-03T02:00:00Z The real scheduler keeps to its own schedule again: at 02:00 every day, UTC",
  );
  const view = await world.engine.viewMonitor({ project: PROJECT, slug: SLUG });
  expect(view.acceleration?.advice).toBeNull();
  await runsOn(world, 5);
  expect(await said(world)).toBe("reverted");
});

test("set back late, it is said to be still accelerated and then to be as it was", async () => {
  const world = await confirmed();
  await runsOn(world, 5);
  expect(await said(world)).toBe("still_accelerated");
  await world.until("2026-03-03T02:00:00Z");
  await world.run(SLUG);
  expect(await said(world)).toBe("reverted");
});

test("a faster start that happens to answer a window of the original says nothing", async () => {
  const world = await confirmed(nightly({ schedule: { cron: "*/3 * * * *" }, graceMs: 10_000 }));
  await runsOn(world, 2);
  expect(await world.ledger(SLUG)).toContain("2026-03-02T10:03:00Z on_time");
  expect(await said(world)).toBeNull();
  await runsOn(world, 2);
  expect(await said(world)).toBe("still_accelerated");
});

test("nor does one of a scheduler that starts nothing beside a run that goes on", async () => {
  const world = await confirmed(nightly({ schedule: { cron: "0 * * * *" } }));
  await runsOn(world, 45, "2m");
  expect(await world.ledger(SLUG)).toContain("2026-03-02T11:00:00Z on_time");
  expect(await said(world)).toBeNull();
});

test("nor does one after a faster start that was lost: it is accelerated still", async () => {
  const world = await createWorld("2026-03-02T10:00:00Z");
  await world.monitor(SLUG, nightly({ schedule: { cron: "0 * * * *" } }));
  await accelerate(world, { cron: "*/20 * * * *" });
  await runsOn(world, 1, "20m");
  await world.pass("20m");
  await runsOn(world, 1, "20m");
  expect(await world.ledger(SLUG)).toContain("2026-03-02T11:00:00Z on_time");
  expect(await said(world)).toBeNull();
  await runsOn(world, 4, "20m");
  expect(await said(world)).toBe("still_accelerated");
});

test("starts at other times, by hand, or delivered late are no rhythm", async () => {
  const world = await confirmed();
  await runsOn(world, 4, "7m");
  for (const minutes of [1, 2, 3]) {
    await world.pass("1m");
    await world.checkIn(SLUG, "success", { trigger: "manual", runId: `by hand ${minutes}` });
    const occurredAt = world.wall.at - 30_000;
    await world.checkIn(SLUG, "success", { occurredAt, runId: `late ${minutes}` });
  }
  expect(await said(world)).toBeNull();
});

test("an interval's faster starts take its windows long before they open, and are found all the same", async () => {
  const world = await confirmed({ schedule: { every: HOUR } }, { every: MINUTE });
  await runsOn(world, 3);
  expect(await said(world)).toBe("still_accelerated");
  await world.pass("1h");
  await world.checkIn(SLUG, "success", { runId: "hourly" });
  expect(await said(world)).toBe("reverted");
});

test("where it counts from the finish, its runs may take longer than the gap between them", async () => {
  const world = await createWorld("2026-03-02T10:00:00Z");
  await world.monitor(SLUG, { schedule: { every: HOUR, from: "finish" } });
  await accelerate(world, { every: MINUTE });
  for (let run = 0; run < 4; run += 1) {
    await world.pass("1m");
    await world.run(SLUG, { takes: "5m", runId: `run ${run}` });
  }
  expect(await said(world)).toBe("still_accelerated");
});

test("while sending is muted it is shown, and told by the first such start after that", async () => {
  const world = await confirmed();
  const untilAt = at("2026-03-02T10:20:30Z");
  const named = { project: PROJECT, slug: SLUG, by: "ann" };
  await world.engine.pauseMonitor({ ...named, untilAt, reason: null });
  await runsOn(world, 10);
  expect(await said(world)).toBe("still_accelerated");
  expect(await world.told()).toEqual([]);
  await runsOn(world, 12);
  expect(await world.told()).toEqual([`result ${SLUG}: ${STILL}`]);
});

test("a schedule that is about as fast as the faster one is kept to by every answer", async () => {
  const world = await confirmed(nightly({ schedule: { cron: "* * * * *" }, graceMs: 10_000 }));
  await runsOn(world, 1);
  expect(await said(world)).toBe("reverted");
});
