/** DESIGN "edits" and "deletion": what a change of the schedule does to windows, told as stories. */
import { expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { at, createWorld, iso, nightly, PROJECT, type World } from "./world.ts";

const MINUTE = 60_000;

async function nextAt(world: World, slug: string): Promise<string | null> {
  const { next } = await world.engine.viewMonitor({ project: PROJECT, slug });
  return next === null ? null : iso(next.expectedAt);
}

async function versions(world: World, slug: string): Promise<number> {
  const { monitor } = await world.engine.viewMonitor({ project: PROJECT, slug });
  return monitor.timings.at(-1)?.version ?? 0;
}

test("a window from before an edit keeps its long grace among the many of the new schedule", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", { schedule: { cron: "0 * * * *" }, graceMs: 1_800_000 });
  await world.until("2026-03-02T01:05:00Z");
  await world.monitor("job", { schedule: { cron: "* * * * *" }, graceMs: 30_000, earlyMs: 0 });
  await world.until("2026-03-02T01:09:45Z");
  const receipt = await world.checkIn("job", "success");
  expect(receipt.window?.expectedAt).toBe(at("2026-03-02T01:00:00Z"));
});

test("S30: a window that has opened keeps its schedule, the new one begins after it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:55:00Z");
  await world.monitor("nightly", nightly({ schedule: { cron: "30 1,2 * * *" } }));
  expect(await nextAt(world, "nightly")).toBe("2026-03-02T02:00:00Z");
  await world.until("2026-03-02T02:05:00Z");
  await world.run("nightly");
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual([
    "2026-03-02T02:00:00Z on_time",
    "2026-03-02T02:30:00Z missing",
  ]);
  expect((await world.rows("nightly")).map((row) => row.version)).toEqual([1, 2]);
  await expectWholeLedger(world, "nightly");
});

test("a kept window that nobody answers is missing by its own grace, under its own version", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:05:00Z");
  await world.monitor("nightly", nightly({ graceMs: 120 * MINUTE }));
  await world.until("2026-03-02T02:10:00.001Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z missing"]);
  expect((await world.row("nightly", "2026-03-02T02:00:00Z")).graceMs).toBe(10 * MINUTE);
  await world.until("2026-03-03T03:59:00Z");
  expect(await world.status("nightly")).toBe("down");
  await world.run("nightly");
  expect((await world.ledger("nightly")).at(-1)).toBe("2026-03-03T02:00:00Z on_time");
});

test("a window that has not opened is given up for the new schedule", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:00:00Z");
  await world.monitor("nightly", nightly({ schedule: { cron: "0 6 * * *" } }));
  await world.until("2026-03-02T06:15:00Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T06:00:00Z missing"]);
});

test("an edit just before the new schedule's instant expects that instant", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T05:59:59Z");
  await world.monitor("nightly", nightly({ schedule: { cron: "0 6 * * *" } }));
  expect(await nextAt(world, "nightly")).toBe("2026-03-02T06:00:00Z");
});

test("an edit that changes nothing is no change", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ name: "Backup" }));
  const ref = await world.store.findMonitor(PROJECT, "nightly");
  const before = await world.store.load(ref?.id ?? "", {});
  await world.until("2026-03-02T01:00:00Z");
  await world.monitor("nightly", nightly({ name: "Backup" }));
  expect((await world.store.load(ref?.id ?? "", {}))?.version).toBe(before?.version);
});

test("only schedule, grace, early, runtime and signals make a new version", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  for (const more of [
    { name: "Other" },
    { tags: ["a"] },
    { failureThreshold: 2 },
    { overlap: "warn" as const },
    { manualCounts: true },
    { acceptLate: false },
    { channels: [] },
  ]) {
    await world.monitor("nightly", nightly(more));
    expect(await versions(world, "nightly"), JSON.stringify(more)).toBe(1);
  }
  let version = 1;
  for (const more of [
    { schedule: { cron: "0 3 * * *" } },
    { graceMs: 5 * MINUTE },
    { earlyMs: MINUTE },
    { maxRuntimeMs: MINUTE },
    { signals: "finish" as const },
  ]) {
    await world.monitor("nightly", nightly(more));
    version += 1;
    expect(await versions(world, "nightly"), JSON.stringify(more)).toBe(version);
  }
});

test("an edit again before the first edit's windows open leaves no trace of them", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T00:10:00Z");
  await world.monitor("nightly", nightly({ schedule: { cron: "0 1 * * *" } }));
  await world.until("2026-03-02T00:20:00Z");
  await world.monitor("nightly", nightly({ schedule: { cron: "0 3 * * *" } }));
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T03:00:00Z missing"]);
  expect(await versions(world, "nightly")).toBe(3);
});

test("an edit while a run is open changes neither its window nor its deadline", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 60 * MINUTE }));
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start");
  await world.monitor("nightly", nightly({ schedule: { cron: "0 5 * * *" }, maxRuntimeMs: MINUTE }));
  await world.until("2026-03-02T02:50:00Z");
  await world.checkIn("nightly", "success");
  await world.until("2026-03-02T05:11:00Z");
  expect(await world.ledger("nightly")).toEqual([
    "2026-03-02T02:00:00Z on_time",
    "2026-03-02T05:00:00Z missing",
  ]);
});

test("a start in the grace of a kept window takes it although the new schedule is in force", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:04:00Z");
  await world.monitor("nightly", nightly({ schedule: { cron: "0 4 * * *" } }));
  const receipt = await world.checkIn("nightly", "success");
  expect(receipt.window).toMatchObject({ expectedAt: at("2026-03-02T02:00:00Z"), verdict: "on_time" });
  expect(receipt.nextExpectedAt).toBe(at("2026-03-02T04:00:00Z"));
});

test("an open interval window is kept when the schedule becomes a cron one, and its start ends the interval", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", { schedule: { every: 10 * MINUTE }, graceMs: 2 * MINUTE });
  await world.until("2026-03-02T00:09:00Z");
  await world.monitor("job", { schedule: { cron: "0 * * * *" }, graceMs: 2 * MINUTE });
  await world.until("2026-03-02T00:11:00Z");
  await world.run("job");
  await world.until("2026-03-02T01:01:00Z");
  await world.run("job");
  await world.until("2026-03-02T01:30:00Z");
  expect(await world.ledger("job")).toEqual(["2026-03-02T00:10:00Z on_time", "2026-03-02T01:00:00Z on_time"]);
  expect(await world.incidents()).toEqual([]);
});

test("an open interval window that nobody answers is missing, and the cron schedule follows", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", { schedule: { every: 10 * MINUTE }, graceMs: 2 * MINUTE });
  await world.until("2026-03-02T00:09:00Z");
  await world.monitor("job", { schedule: { cron: "0 * * * *" }, graceMs: 2 * MINUTE });
  await world.until("2026-03-02T01:03:00Z");
  expect(await world.ledger("job")).toEqual(["2026-03-02T00:10:00Z missing", "2026-03-02T01:00:00Z missing"]);
});

test("from cron to an interval: the opened window first, then one interval after the edit or its start", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:55:00Z");
  await world.monitor("nightly", { schedule: { every: 20 * MINUTE }, graceMs: 5 * MINUTE });
  expect(await nextAt(world, "nightly")).toBe("2026-03-02T02:00:00Z");
  await world.until("2026-03-02T02:03:00Z");
  await world.run("nightly");
  expect(await nextAt(world, "nightly")).toBe("2026-03-02T02:23:00Z");
  await world.until("2026-03-02T02:29:00Z");
  expect(await world.ledger("nightly")).toEqual([
    "2026-03-02T02:00:00Z on_time",
    "2026-03-02T02:23:00Z missing",
  ]);
});

test("a window kept over two edits is still judged by its own grace", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", { schedule: { every: 10 * MINUTE }, graceMs: 12 * MINUTE });
  await world.until("2026-03-02T00:08:00Z");
  await world.monitor("job", { schedule: { cron: "*/5 * * * *" }, graceMs: MINUTE });
  await world.until("2026-03-02T00:15:00Z");
  await world.monitor("job", { schedule: { cron: "30 * * * *" }, graceMs: MINUTE });
  await world.until("2026-03-02T00:22:00.000Z");
  expect(await world.ledger("job")).toEqual(["2026-03-02T00:15:00Z missing"]);
  await world.until("2026-03-02T00:32:00Z");
  expect(await world.ledger("job")).toEqual([
    "2026-03-02T00:10:00Z missing",
    "2026-03-02T00:15:00Z missing",
    "2026-03-02T00:30:00Z missing",
  ]);
  expect((await world.rows("job")).map((row) => row.version)).toEqual([1, 2, 3]);
});

test("an edit of an interval expects the first run one new interval later", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", { schedule: { every: 60 * MINUTE }, graceMs: 2 * MINUTE });
  await world.until("2026-03-02T00:10:00Z");
  await world.monitor("beat", { schedule: { every: 10 * MINUTE }, graceMs: 2 * MINUTE });
  expect(await nextAt(world, "beat")).toBe("2026-03-02T00:20:00Z");
  await world.until("2026-03-02T00:22:01Z");
  expect(await world.ledger("beat")).toEqual(["2026-03-02T00:20:00Z missing"]);
});

test("a shorter schedule begins at once although an early start has taken a window far ahead", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", { schedule: { every: 60 * MINUTE }, graceMs: 2 * MINUTE });
  await world.until("2026-03-02T00:05:00Z");
  await world.run("beat");
  await world.until("2026-03-02T00:10:00Z");
  await world.monitor("beat", { schedule: { cron: "*/30 * * * *" }, graceMs: 2 * MINUTE });
  await world.until("2026-03-02T01:40:00Z");
  expect(await world.ledger("beat")).toEqual([
    "2026-03-02T00:30:00Z missing",
    "2026-03-02T01:00:00Z on_time",
    "2026-03-02T01:30:00Z missing",
  ]);
  await expectWholeLedger(world, "beat");
});

test("an interval shortened onto the instant of a window taken early does not judge that one again", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", { schedule: { every: 60 * MINUTE }, graceMs: 2 * MINUTE });
  await world.until("2026-03-02T00:05:00Z");
  await world.run("beat");
  await world.until("2026-03-02T00:30:00Z");
  await world.monitor("beat", { schedule: { every: 30 * MINUTE }, graceMs: 2 * MINUTE });
  await world.until("2026-03-02T01:03:00Z");
  const verdicts = (await world.ledger("beat")).map((row) => row.split(" ")[1]);
  expect(verdicts).toEqual(["on_time", "missing"]);
});

test("edits back and forth all day leave no hole and no window judged twice", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", { schedule: { cron: "*/10 * * * *" }, graceMs: 4 * MINUTE });
  for (let round = 0; round < 40; round += 1) {
    await world.pass("13m");
    const cron = ["*/7 * * * *", "*/10 * * * *", "5,25,45 * * * *"][round % 3] ?? "";
    await world.monitor("job", { schedule: { cron }, graceMs: ((round % 4) + 1) * 2 * MINUTE });
    if (round % 2 === 0) await world.run("job", { runId: `r${round}` });
  }
  await world.pass("1h");
  const rows = await world.rows("job");
  const gapsMs = rows.slice(1).map((row, index) => row.expectedAt - (rows[index]?.expectedAt ?? 0));
  expect(Math.max(...gapsMs)).toBeLessThanOrEqual(30 * MINUTE);
  await expectWholeLedger(world, "job");
  const versionsKept = async (): Promise<number> =>
    (await world.engine.viewMonitor({ project: PROJECT, slug: "job" })).monitor.timings.length;
  expect(await versionsKept()).toBeLessThanOrEqual(LIMITS.timingsKept + 1);
  // A spooled check-in may still speak of windows of the week before; after that they are dropped.
  await world.sleepUntil("2026-03-10T12:00:00Z");
  await world.pass("5m");
  expect(await versionsKept()).toBe(1);
});

test("deletion closes the incident and marks it so; the tombstone refuses check-ins and is judged no more", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T03:00:00Z");
  const ref = await world.store.findMonitor(PROJECT, "nightly");
  await world.engine.deleteMonitor({ project: PROJECT, slug: "nightly", by: "test" });
  const [incident] = await world.incidents();
  expect(incident).toMatchObject({ status: "resolved", resolvedBy: "deletion" });
  const refused = await world.checkIn("nightly", "success").catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RollcallError);
  expect((refused as RollcallError).code).toBe("gone");
  await world.until("2026-03-05T00:00:00Z");
  expect(await world.incidents()).toHaveLength(1);
  const kept = await world.store.load(ref?.id ?? "", {});
  expect(kept?.monitor.deletedAt).toBe(at("2026-03-02T03:00:00Z"));
});

test("S29: a check-in for a deleted monitor leaves evidence", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.engine.deleteMonitor({ project: PROJECT, slug: "nightly", by: "test" });
  await world.reject("nightly", "deleted");
  const page = await world.engine.listRejections({
    project: PROJECT,
    of: null,
    page: { cursor: null, limit: 10 },
  });
  expect(page.items).toMatchObject([{ rejection: { slug: "nightly", reason: "deleted", count: 1 } }]);
});

test("the slug of a deleted monitor may be used again, with a new id and no past", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  const first = await world.store.findMonitor(PROJECT, "nightly");
  await world.until("2026-03-02T03:00:00Z");
  await world.engine.deleteMonitor({ project: PROJECT, slug: "nightly", by: "test" });
  await world.monitor("nightly", nightly());
  const second = await world.store.findMonitor(PROJECT, "nightly");
  expect(second?.id).not.toBe(first?.id);
  expect(await world.status("nightly")).toBe("never_seen");
  expect(await world.ledger("nightly")).toEqual([]);
  await world.until("2026-03-03T02:05:00Z");
  await world.run("nightly");
  expect(await world.ledger("nightly")).toEqual(["2026-03-03T02:00:00Z on_time"]);
});
