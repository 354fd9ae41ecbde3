/** DESIGN "windows" of matching: which window a start takes, told as stories. */
import { expect, test } from "vitest";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { at, createWorld, nightly, PROJECT } from "./world.ts";

const MINUTE = 60_000;

function hourly(more: Partial<MonitorInput> = {}): MonitorInput {
  return { schedule: { cron: "0 * * * *" }, graceMs: 10 * MINUTE, ...more };
}

/** Many windows wait at once: each may start a quarter of an hour late. */
function crowded(): MonitorInput {
  return { schedule: { cron: "*/5 * * * *" }, graceMs: 15 * MINUTE, earlyMs: 2 * MINUTE };
}

test("R4: a run after the deadline is late and not missing, and the ledger keeps both facts", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T04:20:00Z");
  await world.run("nightly");
  const row = await world.row("nightly", "2026-03-02T02:00:00Z");
  expect(row.judgements.map((judgement) => judgement.verdict)).toEqual(["missing", "missing", "late"]);
  expect(row.start).toBe("late");
  expect(await world.incident("nightly")).toBeNull();
});

test("of several waiting windows a start takes the latest that is expected already", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("often", crowded());
  await world.until("2026-03-02T00:12:00Z");
  expect((await world.run("often", { runId: "a", takes: "1s" })).window?.expectedAt).toBe(
    at("2026-03-02T00:10:00Z"),
  );
  expect((await world.run("often", { runId: "b", takes: "1s" })).window?.expectedAt).toBe(
    at("2026-03-02T00:05:00Z"),
  );
});

test("with none expected yet it takes the earliest still to come", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("often", { ...crowded(), earlyMs: 12 * MINUTE });
  await world.until("2026-03-02T00:04:00Z");
  const first = await world.run("often", { runId: "a", takes: "1s" });
  const second = await world.run("often", { runId: "b", takes: "1s" });
  expect(first.window?.expectedAt).toBe(at("2026-03-02T00:05:00Z"));
  expect(second.window?.expectedAt).toBe(at("2026-03-02T00:10:00Z"));
});

test("the windows left behind are judged each at its own deadline", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("often", crowded());
  await world.until("2026-03-02T00:12:00Z");
  await world.run("often", { runId: "a" });
  await world.until("2026-03-02T00:20:00.001Z");
  expect(await world.ledger("often")).toEqual([
    "2026-03-02T00:05:00Z missing",
    "2026-03-02T00:10:00Z on_time",
  ]);
  await world.until("2026-03-02T00:31:00Z");
  await expectWholeLedger(world, "often");
});

test("R5: a double run in one window does not pay for the next one", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly());
  await world.until("2026-03-02T01:00:00Z");
  await world.run("hourly");
  await world.until("2026-03-02T01:30:00Z");
  const second = await world.run("hourly");
  expect(second.window).toMatchObject({ expectedAt: at("2026-03-02T01:00:00Z"), as: "extra" });
  await world.until("2026-03-02T02:10:00.001Z");
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z on_time",
    "2026-03-02T02:00:00Z missing",
  ]);
  const row = await world.row("hourly", "2026-03-02T01:00:00Z");
  expect(row).toMatchObject({ extraRuns: [second.run], extraCount: 1 });
});

test("a start before the first window lies outside and earns nothing", async () => {
  const world = await createWorld("2026-03-02T00:20:00Z");
  await world.monitor("hourly", hourly());
  await world.until("2026-03-02T00:30:00Z");
  expect((await world.run("hourly")).window).toBeNull();
  expect(await world.ledger("hourly")).toEqual([]);
});

test("the window named by scheduled_for is taken, be it older than the one that time would choose", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("often", crowded());
  await world.until("2026-03-02T00:12:00Z");
  const receipt = await world.checkIn("often", "start", { scheduledForAt: at("2026-03-02T00:05:00Z") });
  expect(receipt.window).toMatchObject({ expectedAt: at("2026-03-02T00:05:00Z"), start: "on_time" });
  expect(receipt.notes).toEqual([]);
});

test("scheduled_for names the nearest window within a minute of it", async () => {
  for (const [scheduledFor, isNamed] of [
    ["2026-03-02T01:01:00.000Z", true],
    ["2026-03-02T01:01:00.001Z", false],
    ["2026-03-02T00:59:00.000Z", true],
    ["2026-03-02T00:58:59.999Z", false],
  ] as const) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("hourly", hourly());
    await world.until("2026-03-02T02:05:00Z");
    const receipt = await world.checkIn("hourly", "start", { scheduledForAt: at(scheduledFor) });
    expect(receipt.window?.expectedAt).toBe(at(isNamed ? "2026-03-02T01:00:00Z" : "2026-03-02T02:00:00Z"));
    expect(receipt.notes.join()).toMatch(
      isNamed
        ? /^(catch-up[^,]*, made after a later one was due)?$/
        : /names no expected run; matched by time instead/,
    );
  }
});

test("a named window that has its start already leaves the choice to time, and the receipt says so", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly());
  const scheduledForAt = at("2026-03-02T01:00:00Z");
  await world.until("2026-03-02T01:00:01Z");
  await world.checkIn("hourly", "success", { runId: "a", scheduledForAt });
  await world.until("2026-03-02T02:00:01Z");
  const receipt = await world.checkIn("hourly", "success", { runId: "b", scheduledForAt });
  expect(receipt.window?.expectedAt).toBe(at("2026-03-02T02:00:00Z"));
  expect(receipt.notes.join()).toMatch(/named by scheduled_for has a start already; matched by time/);
});

test("a start never goes to a window that has not opened, named or not", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly());
  await world.until("2026-03-02T01:00:01Z");
  const scheduledForAt = at("2026-03-02T02:00:00Z");
  const receipt = await world.checkIn("hourly", "success", { scheduledForAt });
  expect(receipt.window?.expectedAt).toBe(at("2026-03-02T01:00:00Z"));
  expect(receipt.notes.join()).toMatch(/has not opened yet; matched by time instead/);
});

test("S9: the same execution delivered twice is no incident, a window it swallowed is", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly());
  const scheduledForAt = at("2026-03-02T01:00:00Z");
  await world.until("2026-03-02T01:00:01Z");
  await world.checkIn("hourly", "success", { runId: "exec-1", scheduledForAt });
  await world.pass("3m");
  await world.checkIn("hourly", "success", { runId: "exec-1", scheduledForAt });
  expect(await world.incidents()).toEqual([]);
  await world.until("2026-03-02T03:00:01Z");
  await world.checkIn("hourly", "success", { runId: "exec-3", scheduledForAt: at("2026-03-02T03:00:00Z") });
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z on_time",
    "2026-03-02T02:00:00Z missing",
    "2026-03-02T03:00:00Z on_time",
  ]);
  expect(await world.incidents()).toHaveLength(1);
});

test("S10: a poller that fires all missed windows at once settles each as late, none of them twice", async () => {
  for (const hasIds of [true, false]) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("hourly", hourly());
    await world.until("2026-03-02T05:05:00Z");
    for (const hour of ["01", "02", "03", "04", "05"]) {
      const scheduledForAt = at(`2026-03-02T${hour}:00:00Z`);
      const runId = hasIds ? `exec-${hour}` : null;
      const receipt = await world.checkIn("hourly", "success", { runId, scheduledForAt });
      expect(receipt.window?.expectedAt).toBe(scheduledForAt);
      const isCatchUp = receipt.notes.some((note) => note.startsWith("catch-up"));
      expect(isCatchUp).toBe(hour !== "05");
      const { runId: takenBy } = await world.row("hourly", `2026-03-02T${hour}:00:00Z`);
      const run = await world.store.getRun(takenBy ?? "");
      expect(run?.notes.some((note) => note.startsWith("catch-up"))).toBe(isCatchUp);
    }
    expect(await world.ledger("hourly")).toEqual([
      "2026-03-02T01:00:00Z late",
      "2026-03-02T02:00:00Z late",
      "2026-03-02T03:00:00Z late",
      "2026-03-02T04:00:00Z late",
      "2026-03-02T05:00:00Z on_time",
    ]);
    expect(await world.incident("hourly")).toBeNull();
    await expectWholeLedger(world, "hourly");
  }
});

test("S10: a burst of starts and finishes without ids is told apart by scheduled_for", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly());
  await world.until("2026-03-02T04:05:00Z");
  for (const hour of ["01", "02", "03", "04"]) {
    const scheduledForAt = at(`2026-03-02T${hour}:00:00Z`);
    await world.checkIn("hourly", "start", { scheduledForAt });
    await world.pass("1s");
    await world.checkIn("hourly", "success", { scheduledForAt });
    await world.pass("1s");
  }
  expect((await world.ledger("hourly")).map((row) => row.split(" ")[1])).toEqual([
    "late",
    "late",
    "late",
    "on_time",
  ]);
});

test("one window in the middle of a thousand missed ones is revised, and the others stay as they were", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("often", { schedule: { cron: "* * * * *" }, graceMs: 5_000 });
  await world.until("2026-03-02T16:40:30Z");
  await world.checkIn("often", "success", { scheduledForAt: at("2026-03-02T08:00:00Z") });
  const ref = await world.store.findMonitor(PROJECT, "often");
  const between = { fromAt: 0, toAt: 1e14 };
  const page = await world.store.listWindows(ref?.id ?? "", between, { cursor: null, limit: 10 });
  expect(page.items.map((row) => row.count)).toEqual([479, 1, 520]);
  const row = await world.row("often", "2026-03-02T08:00:00Z");
  expect(row.judgements.map((judgement) => judgement.verdict)).toEqual(["missing", "missing", "late"]);
  expect(row.judgements[0]?.judgedAt).toBe(at("2026-03-02T08:00:05Z"));
  expect((await world.ledger("often")).filter((line) => line.endsWith("missing"))).toHaveLength(999);
  await expectWholeLedger(world, "often");
});

test("the first and the last of a range can be revised as well", async () => {
  for (const [name, counts] of [
    ["2026-03-02T00:01:00Z", [1, 9]],
    ["2026-03-02T00:10:00Z", [9, 1]],
  ] as const) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("often", { schedule: { cron: "* * * * *" }, graceMs: 5_000 });
    await world.until("2026-03-02T00:10:30Z");
    await world.checkIn("often", "success", { scheduledForAt: at(name) });
    const ref = await world.store.findMonitor(PROJECT, "often");
    const between = { fromAt: 0, toAt: 1e14 };
    const page = await world.store.listWindows(ref?.id ?? "", between, { cursor: null, limit: 10 });
    expect(page.items.map((row) => row.count)).toEqual(counts);
    await world.until("2026-03-02T00:15:30Z");
    expect((await world.ledger("often")).filter((line) => line.endsWith("missing"))).toHaveLength(14);
    await expectWholeLedger(world, "often");
  }
});

test("a thousand windows are judged in one tick; a check-in does not wait for the rest", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("often", { schedule: { cron: "* * * * * *" }, graceMs: 5_000 });
  await world.sleepUntil("2026-03-02T00:50:00Z");
  await world.until("2026-03-02T00:51:00Z");
  expect(await world.ledger("often")).toEqual([]);
  world.wall.at += 1;
  await world.engine.tick();
  expect(await world.ledger("often")).toHaveLength(1_000);
  await world.engine.tick();
  expect(await world.ledger("often")).toHaveLength(2_000);

  world.wall.at = at("2026-03-02T00:51:02Z");
  const receipt = await world.checkIn("often", "success");
  expect(receipt.window).toMatchObject({ expectedAt: at("2026-03-02T00:51:02Z"), verdict: "on_time" });
  await world.until("2026-03-02T00:52:00Z");
  const counted = (await world.ledger("often")).map((row) => row.split(" ")[1]);
  expect(counted.filter((verdict) => verdict === "unknown")).toHaveLength(3_060);
  expect(counted.filter((verdict) => verdict === "on_time")).toHaveLength(1);
  await expectWholeLedger(world, "often");
});

test("every receipt says what stands in the ledger", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly());
  await world.until("2026-03-02T01:05:00Z");
  const start = await world.checkIn("hourly", "start", { runId: "a" });
  expect(start).toMatchObject({
    monitor: "hourly",
    kind: "start",
    runId: "a",
    trigger: "schedule",
    window: {
      expectedAt: at("2026-03-02T01:00:00Z"),
      startBy: at("2026-03-02T01:10:00Z"),
      start: "on_time",
      verdict: null,
      as: "window",
    },
    isDuplicate: false,
    receivedAt: at("2026-03-02T01:05:00Z"),
    occurredAt: null,
    nextExpectedAt: at("2026-03-02T02:00:00Z"),
    nextStartBy: at("2026-03-02T02:10:00Z"),
    notes: [],
  });
  await world.pass("1m");
  const finish = await world.checkIn("hourly", "success", {
    runId: "a",
    notes: ["body cut to its last 100 kB"],
  });
  expect(finish.window).toMatchObject({ verdict: "on_time" });
  expect(finish.notes).toEqual(["body cut to its last 100 kB"]);
});
