/** DESIGN "extra runs" and "manual": runs beside the expected one, told as stories. */
import { expect, test } from "vitest";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import { at, createWorld, nightly, PROJECT } from "./world.ts";

const MINUTE = 60_000;
const manual = { trigger: "manual" as const };

function hourly(more: Partial<MonitorInput> = {}): MonitorInput {
  return { schedule: { cron: "0 * * * *" }, graceMs: 10 * MINUTE, ...more };
}

test("a failed extra run is a bad result", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly());
  await world.until("2026-03-02T01:00:00Z");
  await world.run("hourly");
  await world.until("2026-03-02T01:30:00Z");
  const receipt = await world.checkIn("hourly", "fail");
  expect(receipt.window).toMatchObject({ as: "extra", verdict: "on_time" });
  expect(await world.ledger("hourly")).toEqual(["2026-03-02T01:00:00Z on_time"]);
  expect((await world.incident("hourly"))?.kind).toBe("failed");
});

test("a good extra run changes nothing where all was well", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly());
  await world.until("2026-03-02T01:00:00Z");
  await world.run("hourly");
  await world.until("2026-03-02T01:30:00Z");
  await world.run("hourly");
  const row = await world.row("hourly", "2026-03-02T01:00:00Z");
  expect(row).toMatchObject({ recoveredBy: null, extraCount: 1 });
  expect(await world.incidents()).toEqual([]);
});

test("an extra run that never finishes is incomplete and no incident", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 30 * MINUTE }));
  await world.until("2026-03-02T02:00:00Z");
  await world.run("nightly", { runId: "a" });
  await world.checkIn("nightly", "start", { runId: "b" });
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.incidents()).toEqual([]);
  expect(await world.status("nightly")).toBe("up");
});

test("cron's retry at 02:20 ends the incident of 02:00: the verdict stays, the window is recovered", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "fail");
  expect((await world.incident("nightly"))?.kind).toBe("failed");
  await world.until("2026-03-02T02:20:00Z");
  const retry = await world.run("nightly");
  const row = await world.row("nightly", "2026-03-02T02:00:00Z");
  expect(row.recoveredBy).toBe(retry.run);
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z failed"]);
  expect(await world.incident("nightly")).toBeNull();
});

test("a window recovers once: two good retries are one good result", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ recoveryThreshold: 2 }));
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "fail");
  for (const minute of ["20", "40"]) {
    await world.until(`2026-03-02T02:${minute}:00Z`);
    await world.run("nightly");
  }
  expect(await world.incident("nightly")).not.toBeNull();
  await world.until("2026-03-03T02:00:00Z");
  await world.run("nightly");
  expect(await world.incident("nightly")).toBeNull();
});

test("an incomplete window is recovered by a later run of it too", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 30 * MINUTE }));
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start", { runId: "a" });
  await world.until("2026-03-02T03:00:00Z");
  expect((await world.incident("nightly"))?.kind).toBe("incomplete");
  await world.run("nightly", { runId: "b" });
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z incomplete"]);
  expect(await world.incident("nightly")).toBeNull();
});

test("R38: a manual run never satisfies a window", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:00:00Z");
  const receipt = await world.run("nightly", manual);
  expect(receipt).toMatchObject({ trigger: "manual", window: null });
  await world.until("2026-03-02T02:10:00.001Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z missing"]);
});

test("unless the monitor says that manual runs count", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ manualCounts: true }));
  await world.until("2026-03-02T02:00:00Z");
  await world.run("nightly", manual);
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z on_time"]);
});

test("S24: a good manual run never closes a missing incident", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T03:00:00Z");
  await world.run("nightly", manual);
  expect((await world.incident("nightly"))?.kind).toBe("missing");
});

test("S24: dispatched by hand every morning, a schedule that is dead stays missing, night after night", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  for (const day of ["02", "03", "04"]) {
    await world.until(`2026-03-${day}T08:00:00Z`);
    await world.run("nightly", { trigger: "manual", runId: `by hand ${day}` });
  }
  expect(await world.ledger("nightly")).toEqual([
    "2026-03-02T02:00:00Z missing",
    "2026-03-03T02:00:00Z missing",
    "2026-03-04T02:00:00Z missing",
  ]);
  expect(await world.incident("nightly")).toMatchObject({ kind: "missing", windowsLost: 3 });
});

test("a good manual run closes incidents of kind failed and incomplete", async () => {
  for (const kind of ["failed", "incomplete"] as const) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("nightly", nightly({ maxRuntimeMs: 30 * MINUTE }));
    await world.until("2026-03-02T02:00:00Z");
    await world.checkIn("nightly", kind === "failed" ? "fail" : "start");
    await world.until("2026-03-02T03:00:00Z");
    expect((await world.incident("nightly"))?.kind).toBe(kind);
    await world.run("nightly", manual);
    expect(await world.incident("nightly")).toBeNull();
    expect(await world.ledger("nightly")).toEqual([`2026-03-02T02:00:00Z ${kind}`]);
  }
});

test("a failed or unfinished manual run is nobody's incident", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 30 * MINUTE }));
  await world.until("2026-03-02T00:10:00Z");
  await world.checkIn("nightly", "fail", manual);
  await world.pass("5m");
  await world.checkIn("nightly", "start", manual);
  await world.until("2026-03-02T01:30:00Z");
  expect(await world.incidents()).toEqual([]);
});

test("without ids, a person's run neither ends nor hides the scheduled one", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:59:40Z");
  await world.checkIn("nightly", "start", manual);
  await world.until("2026-03-02T02:00:00Z");
  const scheduled = await world.checkIn("nightly", "start");
  expect(scheduled.window).toMatchObject({ expectedAt: at("2026-03-02T02:00:00Z"), as: "window" });
  await world.until("2026-03-02T02:05:00Z");
  await world.checkIn("nightly", "start", manual);
  await world.until("2026-03-02T02:06:00Z");
  expect((await world.checkIn("nightly", "success")).run).toBe(scheduled.run);
  await world.checkIn("nightly", "success", manual);
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z on_time"]);
  expect(await world.incidents()).toEqual([]);
});

test("without ids, the finish of a manual run may forget to say that it was manual", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:55:00Z");
  const started = await world.checkIn("nightly", "start", manual);
  await world.pass("3m");
  expect((await world.checkIn("nightly", "success")).run).toBe(started.run);
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z missing"]);
});

test("of many extra runs of one window the first twenty are kept by id, and all are counted", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:00:00Z");
  for (let count = 0; count <= 25; count += 1)
    await world.checkIn("nightly", "success", { runId: `r${count}` });
  const row = await world.row("nightly", "2026-03-02T02:00:00Z");
  expect(row.extraRuns).toHaveLength(20);
  expect(row.extraCount).toBe(25);
});

test("a start that names an excused window is a run of it, and takes no other", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly());
  const named = { project: PROJECT, slug: "hourly", by: "test" };
  await world.until("2026-03-02T00:50:00Z");
  await world.engine.pauseMonitor({ ...named, untilAt: at("2026-03-02T01:30:00Z"), reason: "deploy" });
  await world.until("2026-03-02T02:05:00Z");
  const scheduledForAt = at("2026-03-02T01:00:00Z");
  const receipt = await world.checkIn("hourly", "success", { scheduledForAt });
  expect(receipt.window).toMatchObject({ expectedAt: scheduledForAt, as: "extra", verdict: "excused" });
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z excused",
    "2026-03-02T02:00:00Z missing",
  ]);
});
