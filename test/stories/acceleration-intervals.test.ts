/** Accelerations of and to intervals, and those that end while Rollcall cannot hear or is late. */
import { describe, expect, test } from "vitest";
import { isOn } from "../../src/domain/acceleration.ts";
import { accelerate, accelerationOf, EVERY_MINUTE, nextExpected, SLUG, takeBack } from "./accelerating.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { at, createWorld, nightly, type World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

async function hourly(more: { from?: string } = {}): Promise<World> {
  const world = await createWorld("2026-03-02T10:00:00Z");
  await world.monitor(SLUG, { schedule: { every: HOUR, ...more }, graceMs: 10 * MINUTE });
  return world;
}

describe("an interval", () => {
  test("is made a faster one, and counts from where that ended", async () => {
    const world = await hourly();
    await world.until("2026-03-02T10:20:00Z");
    await accelerate(world, { every: MINUTE });
    expect(await nextExpected(world)).toBe("2026-03-02T10:21:00Z");
    await world.until("2026-03-02T10:20:50Z");
    await world.run(SLUG);
    expect(await accelerationOf(world)).toMatchObject({ revertedBy: "first_verified" });
    expect(await nextExpected(world)).toBe("2026-03-02T11:21:00Z");
    await world.until("2026-03-02T12:00:00Z");
    expect(await world.ledger(SLUG)).toEqual([
      "2026-03-02T10:21:00Z on_time",
      "2026-03-02T11:21:00Z missing",
    ]);
  });

  test("counts from the end of a run that had taken a window far ahead when it was made a faster one", async () => {
    const world = await hourly({ from: "finish" });
    await world.until("2026-03-02T10:30:00Z");
    await world.checkIn(SLUG, "start");
    await world.until("2026-03-02T10:35:00Z");
    await accelerate(world, { every: MINUTE });
    await world.until("2026-03-02T10:40:00Z");
    await world.checkIn(SLUG, "success");
    expect(await nextExpected(world)).toBe("2026-03-02T10:41:00Z");
    await world.until("2026-03-02T10:42:00Z");
    expect(await world.ledger(SLUG)).toContain("2026-03-02T10:41:00Z missing");
    await expectWholeLedger(world, SLUG);
  });

  test("has one more run of the window in force where the open one had taken a window far ahead", async () => {
    const world = await hourly({ from: "finish" });
    await world.until("2026-03-02T11:00:00Z");
    await world.run(SLUG);
    await world.until("2026-03-02T11:30:00Z");
    await world.checkIn(SLUG, "start", { runId: "far ahead" });
    await world.until("2026-03-02T11:35:00Z");
    await accelerate(world, { every: MINUTE });
    const { window } = await world.checkIn(SLUG, "start", { runId: "one more" });
    expect(window).toMatchObject({ as: "extra", expectedAt: at("2026-03-02T11:00:00Z") });
  });

  test("has each further run of the window in force by then, of those that were taken far ahead as well", async () => {
    const world = await hourly({ from: "finish" });
    await world.until("2026-03-02T11:00:00Z");
    await world.run(SLUG);
    await world.until("2026-03-02T11:20:00Z");
    await world.run(SLUG);
    await world.until("2026-03-02T11:30:00Z");
    await world.checkIn(SLUG, "start", { runId: "open" });
    await world.until("2026-03-02T11:35:00Z");
    await accelerate(world, { every: MINUTE });
    const before = await world.checkIn(SLUG, "success", { runId: "before" });
    expect(before.window).toMatchObject({ as: "extra", expectedAt: at("2026-03-02T11:00:00Z") });
    await world.until("2026-03-02T12:01:00Z");
    const behind = await world.checkIn(SLUG, "success", { runId: "behind" });
    expect(behind.window).toMatchObject({ as: "extra", expectedAt: at("2026-03-02T12:00:10Z") });
  });

  test("is made a cron schedule, and becomes an interval again", async () => {
    const world = await hourly();
    await world.until("2026-03-02T10:20:30Z");
    await accelerate(world, EVERY_MINUTE, "2m");
    await world.until("2026-03-02T12:00:00Z");
    expect(await world.ledger(SLUG)).toEqual([
      "2026-03-02T10:21:00Z missing",
      "2026-03-02T10:22:00Z missing",
      "2026-03-02T11:22:30Z missing",
    ]);
    await expectWholeLedger(world, SLUG);
  });

  test("takes the place of a cron schedule for a while", async () => {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor(SLUG, nightly());
    await world.until("2026-03-02T01:57:30Z");
    await accelerate(world, { every: MINUTE }, "2m");
    await world.until("2026-03-02T03:00:00Z");
    expect(await world.ledger(SLUG)).toEqual([
      "2026-03-02T01:58:30Z missing",
      "2026-03-02T01:59:30Z missing",
      "2026-03-02T02:00:00Z missing",
    ]);
    await expectWholeLedger(world, SLUG);
  });

  test("that counts from the finish stays one that does", async () => {
    const world = await hourly({ from: "finish" });
    await world.until("2026-03-02T10:20:00Z");
    await accelerate(world, { every: MINUTE });
    await world.until("2026-03-02T10:21:00Z");
    await world.checkIn(SLUG, "start", { runId: "a" });
    await world.until("2026-03-02T10:26:00Z");
    await world.checkIn(SLUG, "fail", { runId: "a" });
    expect(await nextExpected(world)).toBe("2026-03-02T10:27:00Z");
    await world.until("2026-03-02T10:27:00Z");
    await world.run(SLUG, { runId: "b" });
    expect(await nextExpected(world)).toBe("2026-03-02T11:27:10Z");
    expect(await world.ledger(SLUG)).toEqual(["2026-03-02T10:21:00Z failed", "2026-03-02T10:27:00Z on_time"]);
  });

  test("that is accelerated while its run goes on expects nothing before that has ended", async () => {
    const world = await hourly({ from: "finish" });
    await world.until("2026-03-02T11:00:00Z");
    await world.checkIn(SLUG, "start", { runId: "a" });
    await accelerate(world, { every: MINUTE });
    await world.until("2026-03-02T11:20:00Z");
    expect(await nextExpected(world)).toBeNull();
    await world.checkIn(SLUG, "success", { runId: "a" });
    expect(isOn(await accelerationOf(world))).toBe(true);
    expect(await nextExpected(world)).toBe("2026-03-02T11:21:00Z");
  });

  test("whose next window was taken long before it was due is accelerated from now on, and mended", async () => {
    const world = await createWorld("2026-03-02T10:00:00Z");
    await world.monitor(SLUG, { schedule: { every: DAY } });
    await world.until("2026-03-02T11:00:00Z");
    await world.checkIn(SLUG, "fail", { runId: "a" });
    await world.checkIn(SLUG, "fail", { runId: "b" });
    await accelerate(world, { every: MINUTE });
    expect(await nextExpected(world)).toBe("2026-03-02T11:01:00Z");
    await world.until("2026-03-02T11:01:00Z");
    await world.run(SLUG, { runId: "c" });
    expect(await world.incident(SLUG)).toBeNull();
    expect(await nextExpected(world)).toBe("2026-03-03T11:01:10Z");
    await expectWholeLedger(world, SLUG);
  });

  test("whose run in a window taken far ahead ends badly meanwhile is mended by the faster ones all the same", async () => {
    const world = await createWorld("2026-03-02T10:00:00Z");
    await world.monitor(SLUG, { schedule: { every: DAY } });
    await world.until("2026-03-02T11:00:00Z");
    await world.checkIn(SLUG, "start", { runId: "b" });
    expect(await world.row(SLUG, "2026-03-03T10:00:00Z")).toMatchObject({ start: "on_time" });
    await accelerate(world, { every: MINUTE });
    await world.checkIn(SLUG, "fail", { runId: "b" });
    expect((await world.incident(SLUG))?.kind).toBe("failed");
    await world.until("2026-03-02T11:01:00Z");
    await world.run(SLUG, { runId: "c" });
    expect(await world.incident(SLUG)).toBeNull();
  });

  test("has one more run of the window that the ledger has then, though that was taken before the acceleration", async () => {
    const world = await hourly();
    const lasting = { graceMs: 5 * MINUTE, maxRuntimeMs: 30 * MINUTE };
    await world.monitor(SLUG, { schedule: { every: HOUR }, ...lasting });
    await world.until("2026-03-02T10:10:00Z");
    await world.checkIn(SLUG, "start", { runId: "lost" });
    await world.until("2026-03-02T10:20:00Z");
    await accelerate(world, { every: MINUTE });
    await world.until("2026-03-02T10:21:00Z");
    await world.run(SLUG);
    await world.until("2026-03-02T10:30:00Z");
    await world.run(SLUG);
    // What was just taken lies ahead of all that comes soon.
    await world.monitor(SLUG, { schedule: { every: 10 * MINUTE }, ...lasting });
    await world.until("2026-03-02T11:02:00Z");
    expect((await world.incident(SLUG))?.kind).toBe("incomplete");
    const { window } = await world.checkIn(SLUG, "start", { runId: "good" });
    expect(window).toMatchObject({ as: "extra", expectedAt: at("2026-03-02T11:00:00Z") });
    await world.checkIn(SLUG, "success", { runId: "good" });
    expect(await world.incident(SLUG)).toBeNull();
    expect((await world.row(SLUG, "2026-03-02T11:00:00Z"))?.recoveredBy).toEqual(expect.any(String));
    await expectWholeLedger(world, SLUG);
  });

  test("whose window is waited for keeps it, and is faster after that", async () => {
    const world = await hourly();
    await world.until("2026-03-02T11:05:00Z");
    await accelerate(world, { every: MINUTE });
    await world.until("2026-03-02T11:08:00Z");
    await world.run(SLUG);
    expect(isOn(await accelerationOf(world))).toBe(true);
    expect(await nextExpected(world)).toBe("2026-03-02T11:09:00Z");
    await world.until("2026-03-02T11:09:00Z");
    await world.run(SLUG);
    expect(await world.ledger(SLUG)).toEqual([
      "2026-03-02T11:00:00Z on_time",
      "2026-03-02T11:09:00Z on_time",
    ]);
    expect(isOn(await accelerationOf(world))).toBe(false);
  });
});

describe("nobody looks when its time is over", () => {
  test("windows that were expected while Rollcall could not hear are unknown, of either schedule, and none is missing", async () => {
    const world = await createWorld("2026-03-02T10:00:30Z");
    await world.monitor(SLUG, { schedule: { cron: "0,7 * * * *" }, graceMs: 2 * MINUTE });
    await accelerate(world, { cron: "*/2 * * * *" }, "5m");
    await world.until("2026-03-02T10:01:00Z");
    world.wall.at = at("2026-03-02T10:08:00Z");
    await world.restart();
    await world.until("2026-03-02T10:30:00Z");
    expect(await world.ledger(SLUG)).toEqual([
      "2026-03-02T10:02:00Z unknown",
      "2026-03-02T10:04:00Z unknown",
      "2026-03-02T10:07:00Z unknown",
    ]);
    expect(await world.incidents()).toHaveLength(1);
    expect((await world.incidents())[0]?.kind).toBe("blind");
    expect(await accelerationOf(world)).toMatchObject({ revertedAt: at("2026-03-02T10:05:30Z") });
    await expectWholeLedger(world, SLUG);
  });

  test("a blind spot behind its end is known, though the faster schedule expects nothing there", async () => {
    const world = await createWorld("2026-03-02T10:00:30Z");
    await world.monitor(SLUG, { schedule: { cron: "0,7 * * * *" }, graceMs: MINUTE });
    await accelerate(world, { cron: "0 12 * * *" }, "5m");
    await world.until("2026-03-02T10:05:20Z");
    world.wall.at = at("2026-03-02T10:09:00Z");
    await world.restart();
    await world.until("2026-03-02T10:30:00Z");
    expect(await world.ledger(SLUG)).toEqual(["2026-03-02T10:07:00Z unknown"]);
  });

  test("a check-in that comes before the tick is matched to the original schedule", async () => {
    const world = await createWorld("2026-03-02T10:00:30Z");
    await world.monitor(SLUG, { schedule: { cron: "0,7 * * * *" }, graceMs: MINUTE });
    await accelerate(world, EVERY_MINUTE, "5m");
    await world.until("2026-03-02T10:05:25Z");
    world.wall.at = at("2026-03-02T10:05:35Z");
    expect((await world.checkIn(SLUG, "success", { runId: "a" })).window).toMatchObject({
      as: "window",
      expectedAt: at("2026-03-02T10:05:00Z"),
    });
    world.wall.at = at("2026-03-02T10:07:01Z");
    await world.engine.hearing.hear();
    expect((await world.checkIn(SLUG, "success", { runId: "b" })).window).toMatchObject({
      as: "window",
      expectedAt: at("2026-03-02T10:07:00Z"),
    });
    expect(await accelerationOf(world)).toMatchObject({ revertedBy: "expiry" });
  });

  test("neither is a check-in taken for a faster one where more is due than one decision may judge", async () => {
    const world = await createWorld("2026-03-02T10:00:30Z");
    await world.monitor(SLUG, nightly());
    await accelerate(world, { cron: "* * * * * *" }, "1h");
    await world.until("2026-03-02T10:01:00Z");
    world.wall.at = at("2026-03-02T11:30:00Z");
    await world.engine.hearing.hear();
    const receipt = await world.checkIn(SLUG, "success", { runId: "a" });
    expect(receipt.nextExpectedAt).not.toBeNull();
    expect(await accelerationOf(world)).toMatchObject({
      revertedBy: "expiry",
      revertedAt: at("2026-03-02T11:00:30Z"),
    });
    await world.until("2026-03-02T11:40:00Z");
    const windows = await world.rows(SLUG);
    expect(windows).toHaveLength(HOUR / 1_000);
    expect(windows.at(-1)?.expectedAt).toBe(at("2026-03-02T11:00:30Z"));
    await expectWholeLedger(world, SLUG);
  });

  test("a new process finds it as the old one left it, and takes it back once", async () => {
    const world = await createWorld("2026-03-02T10:00:30Z");
    await world.monitor(SLUG, nightly());
    await accelerate(world);
    await world.restart();
    await world.until("2026-03-02T10:01:00Z");
    await world.run(SLUG);
    await world.restart();
    await takeBack(world);
    await world.until("2026-03-02T11:00:00Z");
    expect((await accelerationOf(world)).timeline).toHaveLength(2);
  });
});
