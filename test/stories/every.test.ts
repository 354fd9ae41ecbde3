/** DESIGN "every: P": one window at a time, anchored by what arrives, told as stories. */
import { expect, test } from "vitest";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { at, createWorld, iso, PROJECT, type World } from "./world.ts";

const MINUTE = 60_000;

function everyTenMinutes(more: Partial<MonitorInput> = {}): MonitorInput {
  return { schedule: { every: 10 * MINUTE }, graceMs: 2 * MINUTE, ...more };
}

async function nextAt(world: World, slug: string): Promise<string | null> {
  const { next } = await world.engine.viewMonitor({ project: PROJECT, slug });
  return next === null ? null : iso(next.expectedAt);
}

test("the first run is expected one interval after creation", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.until("2026-03-02T00:03:00Z");
  await world.monitor("beat", everyTenMinutes());
  expect(await nextAt(world, "beat")).toBe("2026-03-02T00:13:00Z");
  await world.until("2026-03-02T00:15:00.000Z");
  expect(await world.ledger("beat")).toEqual([]);
  await world.until("2026-03-02T00:15:00.001Z");
  expect(await world.ledger("beat")).toEqual(["2026-03-02T00:13:00Z missing"]);
});

test("without a start the next window is one interval after the missed one, again and again", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  await world.until("2026-03-02T00:45:00Z");
  expect(await world.ledger("beat")).toEqual([
    "2026-03-02T00:10:00Z missing",
    "2026-03-02T00:20:00Z missing",
    "2026-03-02T00:30:00Z missing",
    "2026-03-02T00:40:00Z missing",
  ]);
  expect(await world.incidents()).toHaveLength(1);
});

test("a start re-anchors: the next run is expected one interval after it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  await world.until("2026-03-02T00:11:30Z");
  const receipt = await world.checkIn("beat", "start");
  expect(receipt.window).toMatchObject({ expectedAt: at("2026-03-02T00:10:00Z"), start: "on_time" });
  expect(receipt.nextExpectedAt).toBe(at("2026-03-02T00:21:30Z"));
});

test("a start before the window opens satisfies it as on time and re-anchors", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  await world.until("2026-03-02T00:04:00Z");
  await world.run("beat");
  expect(await world.ledger("beat")).toEqual(["2026-03-02T00:10:00Z on_time"]);
  expect(await nextAt(world, "beat")).toBe("2026-03-02T00:14:00Z");
  await world.until("2026-03-02T00:16:00.001Z");
  expect(await world.ledger("beat")).toEqual([
    "2026-03-02T00:10:00Z on_time",
    "2026-03-02T00:14:00Z missing",
  ]);
});

test("a failed run re-anchors as well as a good one", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  await world.until("2026-03-02T00:10:00Z");
  await world.checkIn("beat", "fail");
  expect(await nextAt(world, "beat")).toBe("2026-03-02T00:20:00Z");
  await world.until("2026-03-02T00:15:00Z");
  await world.checkIn("beat", "fail");
  expect(await nextAt(world, "beat")).toBe("2026-03-02T00:25:00Z");
  expect(await world.incidents()).toHaveLength(1);
});

test("a manual run does not re-anchor, and does not satisfy the window", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  await world.until("2026-03-02T00:09:00Z");
  await world.run("beat", { trigger: "manual" });
  expect(await nextAt(world, "beat")).toBe("2026-03-02T00:10:00Z");
  await world.until("2026-03-02T00:12:01Z");
  expect(await world.ledger("beat")).toEqual(["2026-03-02T00:10:00Z missing"]);
});

test("a start that revises the window before withdraws the open one without a row", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  await world.until("2026-03-02T00:15:00Z");
  expect(await nextAt(world, "beat")).toBe("2026-03-02T00:20:00Z");
  await world.run("beat");
  expect(await world.ledger("beat")).toEqual(["2026-03-02T00:10:00Z late"]);
  expect(await nextAt(world, "beat")).toBe("2026-03-02T00:25:00Z");
  expect(await world.incident("beat")).toBeNull();
  await world.until("2026-03-02T00:26:00Z");
  await world.run("beat");
  expect(await world.ledger("beat")).toEqual(["2026-03-02T00:10:00Z late", "2026-03-02T00:25:00Z on_time"]);
});

test("a beat at its own pace for an hour raises nothing and leaves one row a beat", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  for (let count = 0; count < 8; count += 1) {
    await world.pass("8m");
    await world.checkIn("beat", "success");
  }
  expect(await world.rows("beat")).toHaveLength(8);
  expect(await world.incidents()).toEqual([]);
});

test("two runs that start at the very same instant do not make the next one missing", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  await world.until("2026-03-02T00:10:00Z");
  for (const runId of ["a", "b", "c"]) await world.checkIn("beat", "start", { runId });
  for (const runId of ["a", "b", "c"]) await world.checkIn("beat", "success", { runId });
  await world.until("2026-03-02T00:20:00Z");
  await world.run("beat");
  await world.until("2026-03-02T00:29:00Z");
  expect(await world.incidents()).toEqual([]);
  for (const row of await world.ledger("beat")) expect(row).toMatch(/on_time$/);
});

test("only the next window is shown, as projected", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  await world.until("2026-03-02T00:10:00Z");
  await world.run("beat");
  const page = { cursor: null, limit: 100 };
  const shown = await world.engine.listWindows({
    project: PROJECT,
    slug: "beat",
    fromAt: 0,
    toAt: null,
    page,
  });
  expect(shown.items.map(({ row, isProjected }) => [iso(row.expectedAt), isProjected])).toEqual([
    ["2026-03-02T00:10:00Z", false],
    ["2026-03-02T00:20:00Z", true],
  ]);
});

test("resume expects the first run one interval after it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  const named = { project: PROJECT, slug: "beat", by: "test" };
  await world.until("2026-03-02T00:05:00Z");
  await world.engine.pauseMonitor({ ...named, untilAt: null, reason: "moving house" });
  await world.until("2026-03-02T01:03:00Z");
  await world.engine.resumeMonitor(named);
  expect(await nextAt(world, "beat")).toBe("2026-03-02T01:13:00Z");
  await world.until("2026-03-02T01:16:00Z");
  expect((await world.ledger("beat")).filter((row) => !row.endsWith("excused"))).toEqual([
    "2026-03-02T01:13:00Z missing",
  ]);
});

test("a blind spot does not re-anchor: the next window keeps its place in the row of intervals", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  await world.until("2026-03-02T00:09:00Z");
  await world.sleepUntil("2026-03-02T00:33:00Z");
  await world.until("2026-03-02T00:36:00Z");
  expect(await world.ledger("beat")).toEqual(["2026-03-02T00:10:00Z unknown"]);
  expect(await nextAt(world, "beat")).toBe("2026-03-02T00:40:00Z");
  expect(await world.status("beat")).toBe("never_seen");
});

test("from finish: the next run is expected one interval after the finish, and nothing while a run is open", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("loop", everyTenMinutes({ schedule: { every: 10 * MINUTE, from: "finish" } }));
  await world.until("2026-03-02T00:10:00Z");
  const receipt = await world.checkIn("loop", "start");
  expect(receipt.nextExpectedAt).toBeNull();
  await world.until("2026-03-02T00:50:00Z");
  expect(await world.status("loop")).toBe("running");
  await world.checkIn("loop", "success");
  expect(await nextAt(world, "loop")).toBe("2026-03-02T01:00:00Z");
  await world.until("2026-03-02T01:02:01Z");
  expect(await world.ledger("loop")).toEqual([
    "2026-03-02T00:10:00Z on_time",
    "2026-03-02T01:00:00Z missing",
  ]);
});

test("from finish: lone finishes anchor too, failed ones included", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("loop", everyTenMinutes({ schedule: { every: 10 * MINUTE, from: "finish" } }));
  await world.until("2026-03-02T00:09:00Z");
  await world.checkIn("loop", "success");
  expect(await nextAt(world, "loop")).toBe("2026-03-02T00:19:00Z");
  await world.until("2026-03-02T00:18:00Z");
  await world.checkIn("loop", "fail");
  expect(await nextAt(world, "loop")).toBe("2026-03-02T00:28:00Z");
});

test("from finish: if the run becomes incomplete, the next is expected one interval after its deadline", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const schedule = { every: 10 * MINUTE, from: "finish" };
  await world.monitor("loop", everyTenMinutes({ schedule, maxRuntimeMs: 30 * MINUTE }));
  await world.until("2026-03-02T00:10:00Z");
  await world.checkIn("loop", "start");
  await world.until("2026-03-02T00:40:01Z");
  expect(await world.ledger("loop")).toEqual(["2026-03-02T00:10:00Z incomplete"]);
  expect(await nextAt(world, "loop")).toBe("2026-03-02T00:50:00Z");
  await world.until("2026-03-02T00:52:01Z");
  expect(await world.ledger("loop")).toEqual([
    "2026-03-02T00:10:00Z incomplete",
    "2026-03-02T00:50:00Z missing",
  ]);
});

test("from finish: while a second run is open, the finish of the first expects nothing yet", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const schedule = { every: 10 * MINUTE, from: "finish" };
  await world.monitor("loop", everyTenMinutes({ schedule, maxRuntimeMs: 30 * MINUTE }));
  await world.until("2026-03-02T00:10:00Z");
  await world.checkIn("loop", "start", { runId: "a" });
  await world.until("2026-03-02T00:15:00Z");
  await world.checkIn("loop", "start", { runId: "b" });
  await world.until("2026-03-02T00:16:00Z");
  await world.checkIn("loop", "success", { runId: "a" });
  expect(await nextAt(world, "loop")).toBeNull();
  await world.until("2026-03-02T00:40:00Z");
  expect(await world.incidents()).toEqual([]);
  await world.until("2026-03-02T00:45:01Z");
  expect(await nextAt(world, "loop")).toBe("2026-03-02T00:55:00Z");
});

test("from finish: nor does it while one more run of the window behind one that was taken early is open", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const schedule = { every: 10 * MINUTE, from: "finish" };
  await world.monitor("loop", everyTenMinutes({ schedule, maxRuntimeMs: 60 * MINUTE }));
  await world.until("2026-03-02T00:10:00Z");
  await world.run("loop");
  await world.until("2026-03-02T00:12:00Z");
  await world.checkIn("loop", "start", { runId: "early" });
  await world.until("2026-03-02T00:13:00Z");
  const { window } = await world.checkIn("loop", "start", { runId: "long" });
  expect(window).toMatchObject({ as: "extra", expectedAt: at("2026-03-02T00:10:00Z") });
  await world.until("2026-03-02T00:14:00Z");
  await world.checkIn("loop", "success", { runId: "early" });
  expect(await nextAt(world, "loop")).toBeNull();
  await world.until("2026-03-02T00:50:00Z");
  await world.checkIn("loop", "success", { runId: "long" });
  expect(await nextAt(world, "loop")).toBe("2026-03-02T01:00:00Z");
  expect(await world.incidents()).toEqual([]);
});

test("from finish: neither a resume nor an edit expects anything while a run is open", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const schedule = { every: 10 * MINUTE, from: "finish" };
  await world.monitor("loop", everyTenMinutes({ schedule, maxRuntimeMs: 60 * MINUTE }));
  const named = { project: PROJECT, slug: "loop", by: "test" };
  await world.until("2026-03-02T00:10:00Z");
  await world.checkIn("loop", "start");
  await world.until("2026-03-02T00:15:00Z");
  await world.engine.pauseMonitor({ ...named, untilAt: null, reason: "a look" });
  await world.until("2026-03-02T00:16:00Z");
  await world.engine.resumeMonitor(named);
  expect(await nextAt(world, "loop")).toBeNull();
  await world.monitor(
    "loop",
    everyTenMinutes({ schedule: { every: 5 * MINUTE, from: "finish" }, maxRuntimeMs: 60 * MINUTE }),
  );
  expect(await nextAt(world, "loop")).toBeNull();
  await world.until("2026-03-02T00:40:00Z");
  await world.checkIn("loop", "success");
  expect(await nextAt(world, "loop")).toBe("2026-03-02T00:45:00Z");
  expect(await world.incidents()).toEqual([]);
});

test("a missed interval keeps its own bounds when the interval is edited afterwards", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", everyTenMinutes());
  await world.until("2026-03-02T00:19:00Z");
  await world.monitor("beat", everyTenMinutes({ graceMs: 9 * MINUTE }));
  await world.until("2026-03-02T00:19:30Z");
  const receipt = await world.checkIn("beat", "success");
  expect(receipt.window).toMatchObject({ expectedAt: at("2026-03-02T00:20:00Z"), start: "on_time" });
  expect(await world.ledger("beat")).toEqual([
    "2026-03-02T00:10:00Z missing",
    "2026-03-02T00:20:00Z on_time",
  ]);
  await expectWholeLedger(world, "beat");
});

test("a finish delivered late does not move the next window of a `from: finish` interval behind ends heard since", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("loop", { schedule: { every: 600_000, from: "finish" }, graceMs: 60_000 });
  await world.until("2026-03-02T00:01:00Z");
  await world.checkIn("loop", "start", { runId: "a" });
  await world.until("2026-03-02T00:30:00Z");
  await world.run("loop", { runId: "b" });
  await world.until("2026-03-02T00:35:00Z");
  await world.checkIn("loop", "success", { runId: "a", occurredAt: at("2026-03-02T00:02:00Z") });
  await world.until("2026-03-02T00:36:00Z");
  expect(await world.incidents()).toEqual([]);
  await world.until("2026-03-02T00:42:00Z");
  expect((await world.incident("loop"))?.kind).toBe("missing");
});

test("an edit expects nothing before a window that was taken early already", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("loop", { schedule: { every: 1_800_000 }, graceMs: 60_000 });
  await world.until("2026-03-02T00:10:00Z");
  const early = await world.checkIn("loop", "success");
  await world.monitor("loop", { schedule: { every: 120_000 }, graceMs: 10_000 });
  await world.until("2026-03-02T00:20:00Z");
  expect(early.window?.expectedAt).toBe(at("2026-03-02T00:30:00Z"));
  expect(await world.ledger("loop")).toEqual(["2026-03-02T00:30:00Z on_time"]);
});

test("after an edit a late start still finds the window before it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("loop", { schedule: { every: 300_000 }, graceMs: 10_000 });
  await world.until("2026-03-02T00:06:00Z");
  await world.monitor("loop", { schedule: { every: 1_800_000 }, graceMs: 10_000 });
  await world.until("2026-03-02T00:06:30Z");
  await world.checkIn("loop", "success");
  expect(await world.ledger("loop")).toEqual(["2026-03-02T00:05:00Z late"]);
});

test("among windows that were taken early a run is one more of the window in force", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("loop", { schedule: { every: 300_000 }, graceMs: 10_000 });
  for (const minute of ["01", "02", "03", "04", "05", "06", "07"]) {
    await world.until(`2026-03-02T00:${minute}:00Z`);
    await world.checkIn("loop", "success", { runId: minute });
  }
  const again = await world.checkIn("loop", "success", { runId: "again", durationMs: 30_000 });
  expect(again.window).toMatchObject({ expectedAt: at("2026-03-02T00:06:00Z"), as: "extra" });
});

test("a finish delivered late expects nothing from before the end of a pause", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const named = { project: PROJECT, slug: "loop" };
  await world.monitor("loop", { schedule: { every: 300_000, from: "finish" }, graceMs: 60_000 });
  await world.until("2026-03-02T00:05:00Z");
  await world.checkIn("loop", "start", { runId: "a" });
  await world.until("2026-03-02T00:07:00Z");
  await world.engine.pauseMonitor({ ...named, untilAt: null, reason: "a look", by: "ann" });
  await world.until("2026-03-02T00:12:00Z");
  await world.engine.resumeMonitor({ ...named, by: "ann" });
  await world.checkIn("loop", "success", { runId: "a", occurredAt: at("2026-03-02T00:06:00Z") });
  await world.until("2026-03-02T00:12:30Z");
  await world.checkIn("loop", "success", { runId: "b" });
  await world.until("2026-03-02T00:13:30Z");
  expect(await world.ledger("loop")).toEqual([
    "2026-03-02T00:05:00Z on_time",
    "2026-03-02T00:12:00Z on_time",
  ]);
});

test("a finish delivered late leaves the window that an edit kept as it was", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const loop = everyTenMinutes({ schedule: { every: 10 * MINUTE, from: "finish" } });
  await world.monitor("loop", loop);
  await world.until("2026-03-02T00:09:00Z");
  await world.checkIn("loop", "success", { runId: "second" });
  await world.until("2026-03-02T00:18:00Z");
  await world.monitor("loop", { ...loop, graceMs: MINUTE });
  await world.until("2026-03-02T00:18:30Z");
  await world.checkIn("loop", "success", { runId: "first", occurredAt: at("2026-03-02T00:05:00Z") });
  await world.until("2026-03-02T00:20:30Z");
  await world.checkIn("loop", "success", { runId: "third" });
  expect((await world.ledger("loop")).at(-1)).toBe("2026-03-02T00:19:00Z on_time");
});
