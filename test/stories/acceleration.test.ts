/** A schedule made faster for a while, to see a fix work: how it begins, what takes it back, and what is told of it. */
import { describe, expect, test } from "vitest";
import { isOn } from "../../src/domain/acceleration.ts";
import type { Check } from "../../src/domain/checks/check.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import type { Outbound } from "../../src/ports/outbound.ts";
import {
  accelerate,
  accelerationOf,
  EVERY_MINUTE,
  nextExpected,
  SLUG,
  story,
  takeBack,
} from "./accelerating.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { at, createWorld, iso, nightly, PROJECT, type World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const IS_SHORT: Check = { kind: "duration", op: "<=", valueMs: 5 * MINUTE, severity: "fail" };

/** A nightly job that failed at 02:00 and was mended; it is ten in the morning. */
async function mended(input = nightly()): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor(SLUG, input);
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn(SLUG, "fail");
  await world.until("2026-03-02T10:00:30Z");
  return world;
}

describe("a fix is shown", () => {
  test("the first good run of the faster windows ends the incident and the acceleration", async () => {
    const world = await mended();
    await accelerate(world);
    expect(await nextExpected(world)).toBe("2026-03-02T10:01:00Z");
    await world.until("2026-03-02T10:01:00Z");
    const receipt = await world.run(SLUG);
    expect(receipt.nextExpectedAt).toBe(at("2026-03-03T02:00:00Z"));
    expect(await accelerationOf(world)).toMatchObject({
      revertedBy: "first_verified",
      revertedAt: at("2026-03-02T10:01:10Z"),
    });
    expect(await world.incident(SLUG)).toBeNull();
    await world.until("2026-03-03T03:00:00Z");
    expect(await world.ledger(SLUG)).toEqual([
      "2026-03-02T02:00:00Z failed",
      "2026-03-02T10:01:00Z on_time",
      "2026-03-03T02:00:00Z missing",
    ]);
    await expectWholeLedger(world, SLUG);
  });

  test("every step is told, on the incident that it has to do with as well", async () => {
    const world = await mended();
    await accelerate(world);
    await world.until("2026-03-02T10:01:00Z");
    await world.run(SLUG, { runId: "r7" });
    const steps = [
      "2026-03-02T10:00:30Z Accelerated: expected every minute, UTC, until 10:30:30 UTC or the first good run; its own schedule (at 02:00 every day, UTC) is kept",
      "2026-03-02T10:01:10Z Run r7 ended well: expected at 02:00 every day, UTC again",
    ];
    expect(await story(world)).toEqual(steps);
    const [incident] = await world.incidents();
    const notes = incident?.timeline.filter(({ what }) => what === "note") ?? [];
    expect(notes.map((entry) => `${iso(entry.at)} ${entry.text}`)).toEqual(steps);
  });

  test("with checks only a verified run will do: one that merely ends is an incident as ever", async () => {
    const world = await mended(nightly({ checks: [IS_SHORT] }));
    await accelerate(world);
    await world.until("2026-03-02T10:01:00Z");
    await world.run(SLUG, { takes: "6m", runId: "slow" });
    expect(await world.row(SLUG, "2026-03-02T10:01:00Z")).toMatchObject({ start: "on_time" });
    expect(isOn(await accelerationOf(world))).toBe(true);
    expect((await world.incident(SLUG))?.kind).toBe("unverified");
    await world.until("2026-03-02T10:10:00Z");
    await world.run(SLUG, { runId: "quick" });
    expect(await accelerationOf(world)).toMatchObject({ revertedBy: "first_verified" });
    await expectWholeLedger(world, SLUG);
  });

  test("a run whose proof is awaited counts when the proof has come", async () => {
    let status = 404;
    const answer = () => Promise.resolve({ status, headers: {}, body: "" });
    const outbound = { request: answer, connect: answer, fetch: null } as unknown as Outbound;
    const check: Check = { kind: "evidence", evidence: "export", must: { rule: "url_ok" }, severity: "fail" };
    const world = await createWorld("2026-03-02T10:00:00Z", undefined, { outbound });
    await world.monitor(SLUG, nightly({ checks: [check], verifyByMs: 10 * MINUTE }));
    await accelerate(world);
    await world.until("2026-03-02T10:01:00Z");
    const shown = { kind: "export", url: "https://example.com/export", id: null, name: null, size: null };
    const evidence = [{ ...shown, sha256: null, createdAt: null }];
    await world.checkIn(SLUG, "success", { runId: "a", outcome: { evidence } });
    await world.engine.proofsSettled();
    expect(isOn(await accelerationOf(world))).toBe(true);
    status = 200;
    await world.pass("2m");
    await world.engine.proofsSettled();
    expect(await accelerationOf(world)).toMatchObject({ revertedBy: "first_verified" });
  });

  test("a retry within one of the faster windows shows the fix too", async () => {
    const world = await mended();
    await accelerate(world, { cron: "*/5 * * * *" });
    await world.until("2026-03-02T10:05:00Z");
    await world.checkIn(SLUG, "fail", { runId: "first" });
    await world.pass("10s");
    await world.run(SLUG, { runId: "second" });
    expect(await accelerationOf(world)).toMatchObject({ revertedBy: "first_verified" });
  });
});

describe("what does not take it back", () => {
  test("a run that a person starts shows nothing of the scheduler", async () => {
    const world = await mended();
    await accelerate(world);
    await world.until("2026-03-02T10:01:00Z");
    await world.run(SLUG, { trigger: "manual", runId: "by-hand" });
    expect(isOn(await accelerationOf(world))).toBe(true);
    await world.until("2026-03-02T10:01:30Z");
    expect(await world.ledger(SLUG)).toContain("2026-03-02T10:01:00Z missing");
  });

  test("not even where manual runs satisfy windows", async () => {
    const world = await mended(nightly({ manualCounts: true }));
    await accelerate(world);
    await world.until("2026-03-02T10:01:00Z");
    await world.run(SLUG, { trigger: "manual", runId: "by-hand" });
    expect(await world.ledger(SLUG)).toContain("2026-03-02T10:01:00Z on_time");
    expect(isOn(await accelerationOf(world))).toBe(true);
  });

  test("one more run of a window from before, and the late end of such a run", async () => {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor(SLUG, nightly({ maxRuntimeMs: 12 * HOUR }));
    await world.until("2026-03-02T02:00:00Z");
    await world.checkIn(SLUG, "start", { runId: "long" });
    await world.until("2026-03-02T10:00:10Z");
    await accelerate(world);
    await world.checkIn(SLUG, "success", { runId: "long" });
    await world.checkIn(SLUG, "success", { runId: "again" });
    expect(isOn(await accelerationOf(world))).toBe(true);
  });

  test("the same configuration again, and an edit that leaves the timing as it is", async () => {
    const world = await mended();
    await accelerate(world);
    await world.monitor(SLUG, nightly());
    await world.monitor(SLUG, nightly({ name: "Another name", failureThreshold: 2 }));
    expect(isOn(await accelerationOf(world))).toBe(true);
    expect(await nextExpected(world)).toBe("2026-03-02T10:01:00Z");
  });

  test("a bad run is an incident as ever: it says that the fix is none", async () => {
    const world = await createWorld("2026-03-02T10:00:30Z");
    await world.monitor(SLUG, nightly());
    await accelerate(world);
    await world.until("2026-03-02T10:01:00Z");
    await world.checkIn(SLUG, "fail");
    expect((await world.incident(SLUG))?.kind).toBe("failed");
    await world.until("2026-03-02T10:02:20Z");
    expect((await world.incident(SLUG))?.kind).toBe("missing");
    expect(isOn(await accelerationOf(world))).toBe(true);
  });
});

describe("what else takes it back", () => {
  test("the end of its time, and what was expected before stays judged", async () => {
    const world = await mended();
    await accelerate(world, { cron: "*/10 * * * *" });
    await world.until("2026-03-03T02:00:00Z");
    await world.run(SLUG);
    expect(await accelerationOf(world)).toMatchObject({
      revertedBy: "expiry",
      revertedAt: at("2026-03-02T10:30:30Z"),
    });
    expect(await world.ledger(SLUG)).toEqual([
      "2026-03-02T02:00:00Z failed",
      "2026-03-02T10:10:00Z missing",
      "2026-03-02T10:20:00Z missing",
      "2026-03-02T10:30:00Z missing",
      "2026-03-03T02:00:00Z on_time",
    ]);
    await expectWholeLedger(world, SLUG);
  });

  test("a window that has opened and is expected only after the end is not expected any more", async () => {
    const world = await mended();
    await accelerate(world, EVERY_MINUTE, "80s");
    // 10:02:00 opens at 10:01:45, and time is up at 10:01:50.
    await world.until("2026-03-02T10:10:00Z");
    expect(await world.ledger(SLUG)).toEqual(["2026-03-02T02:00:00Z failed", "2026-03-02T10:01:00Z missing"]);
  });

  test("a person, once", async () => {
    const world = await mended();
    await accelerate(world);
    await takeBack(world);
    await takeBack(world);
    expect(await accelerationOf(world)).toMatchObject({ revertedBy: "person" });
    expect(await story(world)).toHaveLength(2);
    expect(await nextExpected(world)).toBe("2026-03-03T02:00:00Z");
  });

  test("an edit of the schedule, which wins", async () => {
    const world = await mended();
    await accelerate(world);
    await world.until("2026-03-02T10:03:30Z");
    await world.monitor(SLUG, nightly({ schedule: { cron: "0 12 * * *" } }));
    expect(await accelerationOf(world)).toMatchObject({ revertedBy: "edit" });
    expect((await story(world)).at(-1)).toBe(
      "2026-03-02T10:03:30Z The schedule was edited by test: expected at 12:00 every day, UTC",
    );
    await world.until("2026-03-02T13:00:00Z");
    expect((await world.ledger(SLUG)).slice(1)).toEqual([
      "2026-03-02T10:01:00Z missing",
      "2026-03-02T10:02:00Z missing",
      "2026-03-02T10:03:00Z missing",
      "2026-03-02T12:00:00Z missing",
    ]);
  });

  test("it can be begun anew after that", async () => {
    const world = await mended();
    await accelerate(world);
    await world.until("2026-03-02T11:00:30Z");
    await accelerate(world);
    await world.until("2026-03-02T11:01:00Z");
    await world.run(SLUG);
    expect(await accelerationOf(world)).toMatchObject({ revertedBy: "first_verified" });
    await expectWholeLedger(world, SLUG);
  });
});

describe("while it is on", () => {
  test("another one is refused, and the same again is no other", async () => {
    const world = await mended();
    await accelerate(world);
    const { untilAt } = await accelerationOf(world);
    await world.pass("10s");
    await accelerate(world);
    expect((await accelerationOf(world)).untilAt).toBe(untilAt);
    await expect(accelerate(world, { every: MINUTE })).rejects.toMatchObject({ code: "conflict" });
    await expect(accelerate(world, EVERY_MINUTE, "1h")).rejects.toMatchObject({ code: "conflict" });
  });

  test("a pause excuses its windows as any others, and its time runs on", async () => {
    const world = await mended();
    await accelerate(world, { cron: "*/10 * * * *" });
    const named = { project: PROJECT, slug: SLUG, by: "ann" };
    await world.engine.pauseMonitor({ ...named, untilAt: at("2026-03-02T10:25:00Z"), reason: null });
    await world.until("2026-03-02T11:00:00Z");
    expect((await world.ledger(SLUG)).slice(1)).toEqual([
      "2026-03-02T10:10:00Z excused",
      "2026-03-02T10:20:00Z excused",
      "2026-03-02T10:30:00Z missing",
    ]);
    expect(await accelerationOf(world)).toMatchObject({ revertedAt: at("2026-03-02T10:30:30Z") });
  });

  test("a window of its own schedule that is waited for is waited for on", async () => {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor(SLUG, nightly());
    await world.until("2026-03-02T02:05:30Z");
    await accelerate(world);
    await world.until("2026-03-02T02:07:00Z");
    await world.run(SLUG);
    await world.until("2026-03-02T03:00:00Z");
    expect(await world.ledger(SLUG)).toEqual([
      "2026-03-02T02:00:00Z missing",
      "2026-03-02T02:06:00Z missing",
      "2026-03-02T02:07:00Z on_time",
    ]);
  });

  test("it is waited for however often the monitor is accelerated meanwhile", async () => {
    const world = await createWorld("2026-03-02T01:30:00Z");
    await world.monitor(SLUG, nightly({ graceMs: 6 * HOUR }));
    await world.until("2026-03-02T02:00:30Z");
    for (let time = 0; time < LIMITS.timingsKept + 3; time += 1) {
      await accelerate(world, EVERY_MINUTE, "1m");
      await world.pass("2m");
    }
    await world.until("2026-03-02T08:05:00Z");
    expect((await world.ledger(SLUG))[0]).toBe("2026-03-02T02:00:00Z missing");
  });

  test("a window of its own schedule that has only opened gives way, and is expected again once all is as it was", async () => {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor(SLUG, nightly({ earlyMs: 4 * HOUR, graceMs: 10 * MINUTE }));
    await world.until("2026-03-02T01:00:30Z");
    await accelerate(world);
    await world.until("2026-03-02T01:01:00Z");
    await world.run(SLUG);
    expect(await nextExpected(world)).toBe("2026-03-02T02:00:00Z");
    await world.until("2026-03-02T02:00:00Z");
    await world.run(SLUG);
    expect(await world.ledger(SLUG)).toEqual([
      "2026-03-02T01:01:00Z on_time",
      "2026-03-02T02:00:00Z on_time",
    ]);
  });

  test("a grace longer than the faster gap gives way to the usual one, and a shorter one stays", async () => {
    const world = await mended();
    await accelerate(world, { cron: "*/4 * * * *" });
    await world.until("2026-03-02T10:06:00Z");
    expect(await world.row(SLUG, "2026-03-02T10:04:00Z")).toMatchObject({ graceMs: MINUTE });
    await takeBack(world);
    await accelerate(world, { cron: "*/20 * * * *" });
    await world.until("2026-03-02T10:31:00Z");
    expect(await world.row(SLUG, "2026-03-02T10:20:00Z")).toMatchObject({ graceMs: 10 * MINUTE });
  });

  test("where only the end is told, a run is not missing while it goes on", async () => {
    const world = await createWorld("2026-03-02T10:00:30Z");
    await world.monitor(SLUG, { schedule: { cron: "0 2 * * *" }, signals: "finish", graceMs: HOUR });
    await accelerate(world, { cron: "*/5 * * * *" });
    await world.until("2026-03-02T10:08:00Z");
    await world.checkIn(SLUG, "success");
    expect(await world.ledger(SLUG)).toEqual(["2026-03-02T10:05:00Z on_time"]);
    expect(await accelerationOf(world)).toMatchObject({ revertedBy: "first_verified" });
  });

  test("a run may take as long as it might without, where nobody has said how long", async () => {
    const world = await createWorld("2026-03-02T10:00:30Z");
    await world.monitor(SLUG, nightly({ maxRuntimeMs: null, overlap: "skip" }));
    await accelerate(world, { cron: "*/30 * * * *" }, "3h");
    await world.until("2026-03-02T10:30:00Z");
    await world.run(SLUG, { takes: "110m" });
    expect(await world.told()).toEqual([]);
    expect(await world.row(SLUG, "2026-03-02T10:30:00Z")).toMatchObject({ start: "on_time" });
    expect(await accelerationOf(world)).toMatchObject({ revertedBy: "first_verified" });
    await expectWholeLedger(world, SLUG);
  });

  test("what is doubtful is said, and refused is only what cannot be", async () => {
    const world = await mended();
    expect((await accelerate(world, { cron: "0 12 * * 1" })).join(" ")).toMatch(
      /not faster than the monitor's own.*ends before its first run is expected, in 1h 59m/,
    );
    await takeBack(world);
    await expect(accelerate(world, EVERY_MINUTE, "25h")).rejects.toThrow(/expires_in/);
    await expect(accelerate(world, EVERY_MINUTE, "0s")).rejects.toThrow(/expires_in/);
    await expect(accelerate(world, { cron: "every minute" })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });

  test("what is not said of the faster schedule is as it is of the monitor's own", async () => {
    const world = await createWorld("2026-03-02T10:00:30Z");
    await world.monitor(SLUG, nightly({ schedule: { cron: "0 2 * * *", timezone: "Asia/Kolkata" } }));
    await accelerate(world, { cron: "45 15 * * *" });
    expect(await nextExpected(world)).toBe("2026-03-02T10:15:00Z");
  });
});
