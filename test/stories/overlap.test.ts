/** DESIGN "overlap": two runs at once under each of the four policies, told as stories. */
import { expect, test } from "vitest";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import type { Overlap } from "../../src/domain/monitor.ts";
import { at, createWorld, PROJECT, type World } from "./world.ts";

const MINUTE = 60_000;

function hourly(overlap: Overlap, more: Partial<MonitorInput> = {}): MonitorInput {
  return {
    schedule: { cron: "0 * * * *" },
    graceMs: 10 * MINUTE,
    maxRuntimeMs: 120 * MINUTE,
    overlap,
    ...more,
  };
}

/** The run of 01:00 is still open when the one of 02:00 starts. */
async function overlapping(overlap: Overlap, more: Partial<MonitorInput> = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly(overlap, more));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start", { runId: "a" });
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("job", "start", { runId: "b" });
  return world;
}

async function notes(world: World): Promise<string[][]> {
  const page = { cursor: null, limit: 10 };
  const { items } = await world.engine.listRuns({ project: PROJECT, slug: "job", runId: null, page });
  return items.map(({ run }) => [...run.notes]).reverse();
}

test("check-ins are never refused for an overlap, under no policy", async () => {
  for (const overlap of ["allow", "warn", "forbid", "skip"] as const) {
    const world = await overlapping(overlap);
    await world.until("2026-03-02T02:05:00Z");
    await world.checkIn("job", "success", { runId: "a" });
    await world.checkIn("job", "success", { runId: "b" });
    expect(await world.ledger("job")).toEqual([
      "2026-03-02T01:00:00Z on_time",
      "2026-03-02T02:00:00Z on_time",
    ]);
  }
});

test("allow: nothing is said of it", async () => {
  const world = await overlapping("allow");
  expect(await notes(world)).toEqual([[], []]);
  expect(await world.incidents()).toEqual([]);
});

test("warn: both runs carry a note, and nobody is alarmed", async () => {
  const world = await overlapping("warn");
  expect(await notes(world)).toEqual([["overlaps run b"], ["overlaps another run (a)"]]);
  expect(await world.incidents()).toEqual([]);
});

test("forbid: two runs open at once open an incident of kind overlap", async () => {
  const world = await overlapping("forbid");
  const incident = await world.incident("job");
  expect(incident).toMatchObject({ kind: "overlap", openedAt: at("2026-03-02T02:00:00Z") });
  expect(incident?.title).toBe("job: a run started 02:00 UTC while another was still open");
});

test("forbid: it is closed by the next good run that overlaps nothing, not by one that does", async () => {
  const world = await overlapping("forbid");
  await world.until("2026-03-02T02:05:00Z");
  await world.checkIn("job", "success", { runId: "a" });
  await world.checkIn("job", "success", { runId: "b" });
  expect((await world.incident("job"))?.kind).toBe("overlap");
  await world.until("2026-03-02T03:00:00Z");
  await world.run("job", { runId: "c" });
  expect(await world.incident("job")).toBeNull();
});

test("forbid: a run that overlapped and ended well stands between two overlaps, though its window had been unknown", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly("forbid", { failureThreshold: 2, maxRuntimeMs: 300 * MINUTE }));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start", { runId: "hangs" });
  await world.until("2026-03-02T01:55:00Z");
  await world.sleepUntil("2026-03-02T03:20:00Z");
  await world.until("2026-03-02T03:45:00Z");
  const late = { runId: "late", scheduledForAt: at("2026-03-02T02:00:00Z") };
  await world.checkIn("job", "start", late);
  await world.checkIn("job", "success", late);
  expect((await world.ledger("job")).slice(1)).toEqual([
    "2026-03-02T02:00:00Z late",
    "2026-03-02T03:00:00Z unknown",
  ]);
  await world.until("2026-03-02T04:00:00Z");
  await world.checkIn("job", "start", { runId: "next" });
  expect(await world.incident("job")).toBeNull();
});

test("forbid: a manual run that overlaps nothing does not close it", async () => {
  const world = await overlapping("forbid");
  await world.checkIn("job", "success", { runId: "a" });
  await world.checkIn("job", "success", { runId: "b" });
  await world.pass("5m");
  await world.run("job", { runId: "m", trigger: "manual" });
  expect((await world.incident("job"))?.kind).toBe("overlap");
});

test("runs one after the other never overlap, a lone finish beside an open run neither", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly("forbid"));
  await world.until("2026-03-02T01:00:00Z");
  await world.run("job", { runId: "a" });
  await world.checkIn("job", "start", { runId: "b" });
  await world.checkIn("job", "success", { runId: "c" });
  expect(await world.incidents()).toEqual([]);
});

test("skip: a window that passes while an earlier run is within its own time is excused", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly("skip"));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start");
  await world.until("2026-03-02T02:10:00.001Z");
  expect(await world.ledger("job")).toEqual(["2026-03-02T01:00:00Z open", "2026-03-02T02:00:00Z excused"]);
  const row = await world.row("job", "2026-03-02T02:00:00Z");
  expect(row.judgements[0]?.reason.code).toBe("previous_still_running");
  await world.until("2026-03-02T02:30:00Z");
  await world.checkIn("job", "success");
  expect(await world.incidents()).toEqual([]);
});

test("skip: a run beyond its own time excuses nothing", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly("skip", { maxRuntimeMs: 65 * MINUTE }));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start");
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.ledger("job")).toEqual([
    "2026-03-02T01:00:00Z incomplete",
    "2026-03-02T02:00:00Z missing",
  ]);
});

test("skip: a run that ended before the deadline excuses nothing", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly("skip"));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start");
  await world.until("2026-03-02T02:09:59Z");
  await world.checkIn("job", "success");
  await world.until("2026-03-02T02:11:00Z");
  expect((await world.ledger("job")).at(-1)).toBe("2026-03-02T02:00:00Z missing");
});

test("skip: where only finishes come, a run that hangs excuses nothing", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly("skip", { signals: "finish", maxRuntimeMs: 30 * MINUTE }));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start");
  await world.until("2026-03-02T02:41:00Z");
  expect(await world.ledger("job")).toEqual(["2026-03-02T01:00:00Z missing", "2026-03-02T02:00:00Z missing"]);
});

test("a run keeps twenty remarks; more overlaps than that add none", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly("warn"));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start", { runId: "a" });
  for (let count = 1; count <= 25; count += 1) await world.checkIn("job", "start", { runId: `b${count}` });
  const page = { cursor: null, limit: 1 };
  const { items } = await world.engine.listRuns({ project: PROJECT, slug: "job", runId: "a", page });
  expect(items[0]?.run.notes).toHaveLength(20);
});
