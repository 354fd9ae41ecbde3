/** DESIGN "signals: finish": jobs that only ever report their end, told as stories. */
import { expect, test } from "vitest";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { at, createWorld, nightly, PROJECT } from "./world.ts";

const MINUTE = 60_000;

function finishOnly(more: Partial<MonitorInput> = {}): MonitorInput {
  return nightly({ signals: "finish", maxRuntimeMs: 60 * MINUTE, ...more });
}

test("the finish may come until grace and max runtime have passed", async () => {
  for (const [instant, verdict] of [
    ["2026-03-02T03:10:00.000Z", "on_time"],
    ["2026-03-02T03:10:00.001Z", "late"],
  ] as const) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("backup", finishOnly());
    await world.until(instant);
    await world.checkIn("backup", "success");
    expect(await world.ledger("backup")).toEqual([`2026-03-02T02:00:00Z ${verdict}`]);
  }
});

test("an unset max runtime counts as nothing: grace must cover the run, and saving warns of it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const saved = await world.engine.saveMonitor({
    project: PROJECT,
    slug: "backup",
    input: finishOnly({ maxRuntimeMs: null }),
    mode: "replace",
    by: "test",
  });
  expect(saved.warnings.join(" ")).toMatch(/grace must cover how long the run takes/);
  await world.until("2026-03-02T02:10:00.001Z");
  expect(await world.ledger("backup")).toEqual(["2026-03-02T02:00:00Z missing"]);
});

test("nothing counts as early unless it is said", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("backup", finishOnly());
  await world.until("2026-03-02T01:59:59.999Z");
  const early = await world.checkIn("backup", "success");
  expect(early.window).toBeNull();
  await world.until("2026-03-02T02:00:00Z");
  await world.pass("2m");
  await world.checkIn("backup", "success");
  expect(await world.ledger("backup")).toEqual(["2026-03-02T02:00:00Z on_time"]);
});

test("a finish that carries its duration started that much earlier", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("backup", finishOnly());
  await world.until("2026-03-02T02:40:00Z");
  await world.checkIn("backup", "success", { durationMs: 35 * MINUTE });
  const row = await world.row("backup", "2026-03-02T02:00:00Z");
  expect(row.startedAt).toBe(at("2026-03-02T02:05:00Z"));
  expect(row.finishedAt).toBe(at("2026-03-02T02:40:00Z"));
});

test("a duration that reaches back to just before the expected instant still means that window", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("backup", finishOnly());
  await world.until("2026-03-02T02:40:00Z");
  const receipt = await world.checkIn("backup", "success", { durationMs: 40 * MINUTE + 20_000 });
  expect(receipt.window).toMatchObject({ expectedAt: at("2026-03-02T02:00:00Z"), as: "window" });
});

test("a start is welcome: the finish takes the window, and no finish leaves it missing, not incomplete", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("backup", finishOnly());
  await world.until("2026-03-02T02:01:00Z");
  const started = await world.checkIn("backup", "start", { runId: "a" });
  expect(started.window).toBeNull();
  await world.until("2026-03-02T02:30:00Z");
  await world.checkIn("backup", "success", { runId: "a" });
  expect((await world.row("backup", "2026-03-02T02:00:00Z")).startedAt).toBe(at("2026-03-02T02:01:00Z"));

  await world.until("2026-03-03T02:01:00Z");
  await world.checkIn("backup", "start", { runId: "b" });
  await world.until("2026-03-03T12:00:00Z");
  expect(await world.ledger("backup")).toEqual([
    "2026-03-02T02:00:00Z on_time",
    "2026-03-03T02:00:00Z missing",
  ]);
  await expectWholeLedger(world, "backup");
});

test("good finishes night after night raise nothing, a failed one an incident", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("backup", finishOnly());
  for (const day of ["02", "03", "04"]) {
    await world.until(`2026-03-${day}T02:45:00Z`);
    await world.checkIn("backup", "success");
  }
  expect(await world.incidents()).toEqual([]);
  await world.until("2026-03-05T02:45:00Z");
  await world.checkIn("backup", "success", { exitStatus: 3 });
  expect((await world.incident("backup"))?.title).toBe(
    "backup: the run of 02:00 UTC failed with exit status 3",
  );
});

test("every with finishes alone: each finish anchors the next", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("first-job", { schedule: { every: 5 * MINUTE }, signals: "finish" });
  for (let count = 0; count < 5; count += 1) {
    await world.pass("5m");
    const receipt = await world.checkIn("first-job", "success");
    expect(receipt.nextExpectedAt).toBe(world.wall.at + 5 * MINUTE);
  }
  expect(await world.incidents()).toEqual([]);
  await world.pass("7m");
  expect((await world.ledger("first-job")).at(-1)).toMatch(/missing$/);
});

test("a hard-coded run id does not hide the finish of a later window, late or not", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("backup", finishOnly());
  await world.until("2026-03-02T02:30:00Z");
  await world.checkIn("backup", "success", { runId: "backup" });
  await world.until("2026-03-03T02:30:00Z");
  const second = await world.checkIn("backup", "success", { runId: "backup" });
  expect(second.runId).toBe("backup#2");
  await world.until("2026-03-04T03:30:00Z");
  const third = await world.checkIn("backup", "success", { runId: "backup" });
  expect(third.runId).toBe("backup#3");
  expect(await world.ledger("backup")).toEqual([
    "2026-03-02T02:00:00Z on_time",
    "2026-03-03T02:00:00Z on_time",
    "2026-03-04T02:00:00Z late",
  ]);
  expect(await world.incident("backup")).toBeNull();
});

test("three lone finishes in a row where starts are expected raise a hint, and a start ends it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" } });
  const hints: boolean[] = [];
  for (let hour = 1; hour <= 6; hour += 1) {
    await world.until(`2026-03-02T0${hour}:00:00Z`);
    if (hour === 5) await world.checkIn("hourly", "start");
    const receipt = await world.checkIn("hourly", "success");
    hints.push(receipt.notes.some((note) => note.includes("only finishes arrive")));
  }
  expect(hints).toEqual([false, false, true, true, false, false]);
});

test("a monitor of finishes gets no such hint", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" }, signals: "finish", maxRuntimeMs: MINUTE });
  for (let hour = 1; hour <= 4; hour += 1) {
    await world.until(`2026-03-02T0${hour}:00:00Z`);
    expect((await world.checkIn("hourly", "success")).notes).toEqual([]);
  }
});
