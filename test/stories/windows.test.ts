/** DESIGN "schedules and windows", told as stories. */
import { expect, test } from "vitest";
import { expectWholeLedger } from "./ledger-check.ts";
import { at, createWorld, iso, nightly, PROJECT } from "./world.ts";

const FROM_THE_START = { fromAt: 0, toAt: null, page: { cursor: null, limit: 100 } };

test("a run that does not come is an incident the moment its grace has run out", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:10:00.000Z");
  expect(await world.incident("nightly")).toBeNull();
  await world.until("2026-03-02T02:10:00.001Z");
  const incident = await world.incident("nightly");
  expect(incident?.title).toBe("nightly: expected 02:00 UTC, nothing arrived by 02:10 (grace 10m)");
  expect(incident?.openedAt).toBe(at("2026-03-02T02:10:00Z"));
  expect(await world.told()).toEqual([
    "opened nightly: expected 02:00 UTC, nothing arrived by 02:10 (grace 10m)",
  ]);
});

test("a start at the last millisecond of the grace is on time, one later revises a missing window", async () => {
  for (const [instant, verdict] of [
    ["2026-03-02T02:09:59.999Z", "on_time"],
    ["2026-03-02T02:10:00.000Z", "on_time"],
    ["2026-03-02T02:10:00.001Z", "late"],
  ] as const) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("nightly", nightly());
    await world.until(instant);
    await world.run("nightly");
    expect(await world.ledger("nightly")).toEqual([`2026-03-02T02:00:00Z ${verdict}`]);
    expect((await world.incidents()).length).toBe(verdict === "late" ? 1 : 0);
  }
});

test("good runs night after night raise nothing", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  for (const day of ["02", "03", "04"]) {
    await world.until(`2026-03-${day}T02:00:01Z`);
    await world.run("nightly", { takes: "20m" });
  }
  expect(await world.ledger("nightly")).toEqual([
    "2026-03-02T02:00:00Z on_time",
    "2026-03-03T02:00:00Z on_time",
    "2026-03-04T02:00:00Z on_time",
  ]);
  expect(await world.incidents()).toEqual([]);
  expect(await world.status("nightly")).toBe("up");
});

test("two runs in one window do not pay for the next one", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" }, graceMs: 300_000 });
  await world.until("2026-03-02T01:00:01Z");
  await world.run("hourly", { runId: "a" });
  await world.run("hourly", { runId: "b" });
  await world.until("2026-03-02T02:06:00Z");
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z on_time",
    "2026-03-02T02:00:00Z missing",
  ]);
});

test("several expressions on one monitor are a union, and an instant named twice is one window", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("sync", { schedule: { cron: ["0 1 * * *", "0,30 1 * * *"] }, graceMs: 60_000 });
  await world.until("2026-03-02T02:00:00Z");
  expect(await world.ledger("sync")).toEqual([
    "2026-03-02T01:00:00Z missing",
    "2026-03-02T01:30:00Z missing",
  ]);
});

test("an expression with leading seconds expects runs within the minute", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("poll", { schedule: { cron: "*/20 * * * * *" }, graceMs: 5_000 });
  await world.until("2026-03-02T00:00:20.500Z");
  await world.run("poll", { takes: "1s" });
  await world.until("2026-03-02T00:01:02Z");
  expect(await world.ledger("poll")).toEqual([
    "2026-03-02T00:00:20Z on_time",
    "2026-03-02T00:00:40Z missing",
  ]);
});

test("names and nicknames are read, and the zone says when the day begins", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("daily", { schedule: { cron: "@daily", timezone: "Europe/Berlin" }, graceMs: 60_000 });
  await world.monitor("weekly", { schedule: { cron: "0 3 * * tue" }, graceMs: 60_000 });
  await world.until("2026-03-03T23:30:00Z");
  expect(await world.ledger("daily")).toEqual([
    "2026-03-02T23:00:00Z missing",
    "2026-03-03T23:00:00Z missing",
  ]);
  expect(await world.ledger("weekly")).toEqual(["2026-03-03T03:00:00Z missing"]);
});

test("where nothing else is said the zone is UTC", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("daily", { schedule: { cron: "0 5 * * *" } });
  const { next } = await world.engine.viewMonitor({ project: PROJECT, slug: "daily" });
  expect(next?.expectedAt).toBe(at("2026-03-02T05:00:00Z"));
});

test("S33: a leap day, day 31 and day-of-month OR weekday expect the right windows and no others", async () => {
  const expected = async (cron: string, from: string, to: string): Promise<string[]> => {
    const world = await createWorld(from);
    await world.monitor("job", { schedule: { cron } });
    const between = { fromAt: at(from), toAt: at(to), page: { cursor: null, limit: 100 } };
    const page = await world.engine.listWindows({ project: PROJECT, slug: "job", ...between });
    return page.items.map((item) => iso(item.row.expectedAt).slice(0, 10));
  };
  expect(await expected("0 0 29 2 *", "2026-01-01T00:00:00Z", "2033-01-01T00:00:00Z")).toEqual([
    "2028-02-29",
    "2032-02-29",
  ]);
  expect(await expected("0 0 31 * *", "2026-01-15T00:00:00Z", "2026-06-15T00:00:00Z")).toEqual([
    "2026-01-31",
    "2026-03-31",
    "2026-05-31",
  ]);
  expect(await expected("0 0 1 * 1", "2026-03-25T00:00:00Z", "2026-04-15T00:00:00Z")).toEqual([
    "2026-03-30",
    "2026-04-01",
    "2026-04-06",
    "2026-04-13",
  ]);
});

test("windows are expected from the first occurrence after creation, not at it", async () => {
  const world = await createWorld("2026-03-02T02:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-03T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-03T02:00:00Z missing"]);
});

test("R6: a new monitor is never seen, not up, and its first missing run is an incident all the same", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  expect(await world.status("nightly")).toBe("never_seen");
  await world.until("2026-03-02T02:05:00Z");
  expect(await world.status("nightly")).toBe("late");
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.status("nightly")).toBe("down");
  expect((await world.incident("nightly"))?.kind).toBe("missing");
});

test("R1: an incident opens with zero check-ins received, and time alone never closes it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-06T00:00:00Z");
  const incident = await world.incident("nightly");
  expect(incident?.status).toBe("open");
  expect(incident?.windowsLost).toBe(4);
  expect(await world.told()).toHaveLength(1);
});

test("R2: windows are shown before their time, with all their bounds", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  const page = await world.engine.listWindows({ project: PROJECT, slug: "nightly", ...FROM_THE_START });
  expect(page.items.map(({ row }) => row)).toEqual([
    expect.objectContaining({
      expectedAt: at("2026-03-02T02:00:00Z"),
      opensAt: at("2026-03-02T01:50:00Z"),
      startBy: at("2026-03-02T02:10:00Z"),
      version: 1,
      judgements: [],
    }),
  ]);
});

test("a run that never finishes is judged at its start plus the max runtime, and not a millisecond before", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 1_800_000 }));
  await world.until("2026-03-02T02:03:00Z");
  await world.checkIn("nightly", "start");
  await world.until("2026-03-02T02:33:00.000Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z open"]);
  await world.until("2026-03-02T02:33:00.001Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z incomplete"]);
  expect((await world.incident("nightly"))?.title).toBe(
    "nightly: started 02:03 UTC, not finished by 02:33 (runtime 30m)",
  );
});

test("R7: without a max runtime a run has the gap and the grace, at least an hour and at most a day", async () => {
  for (const [cron, startedAt, finishBy] of [
    ["*/10 * * * *", "2026-03-02T02:00:00Z", "2026-03-02T03:00:00Z"],
    ["0 */3 * * *", "2026-03-02T03:00:00Z", "2026-03-02T06:10:00Z"],
    ["0 2 * * *", "2026-03-02T02:00:00Z", "2026-03-03T02:00:00Z"],
  ] as const) {
    const world = await createWorld("2026-03-02T01:55:00Z");
    await world.monitor("job", { schedule: { cron }, graceMs: 600_000 });
    await world.until(startedAt);
    await world.checkIn("job", "start");
    expect((await world.row("job", startedAt)).finishBy).toBe(at(finishBy));
  }
});

test("a check-in at the last millisecond of a runtime still finishes the run", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 1_800_000 }));
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start");
  await world.until("2026-03-02T02:30:00Z");
  await world.checkIn("nightly", "success");
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z on_time"]);
});

test("by default a run may start early by the smaller of the grace and half the gap before it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:50:00Z");
  const receipt = await world.checkIn("nightly", "start");
  expect(receipt.window).toMatchObject({ expectedAt: at("2026-03-02T02:00:00Z"), start: "on_time" });
  expect(receipt.nextExpectedAt).toBe(at("2026-03-03T02:00:00Z"));
});

test("a start before its window opens does not satisfy it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:49:59.999Z");
  const receipt = await world.run("nightly");
  expect(receipt.window).toBeNull();
  expect(receipt.nextExpectedAt).toBe(at("2026-03-02T02:00:00Z"));
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z missing"]);
});

test("a grace above the gap is accepted with a warning, and every window is judged by its own deadline", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const saved = await world.engine.saveMonitor({
    project: PROJECT,
    slug: "often",
    input: { schedule: { cron: "*/5 * * * *" }, graceMs: 720_000, earlyMs: 0 },
    mode: "replace",
    by: "test",
  });
  expect(saved.warnings.join(" ")).toMatch(/grace \(12m\) is longer than the gap/);
  await world.until("2026-03-02T00:11:00Z");
  await world.run("often", { runId: "a" });
  await world.until("2026-03-02T00:17:00.001Z");
  expect(await world.ledger("often")).toEqual([
    "2026-03-02T00:05:00Z missing",
    "2026-03-02T00:10:00Z on_time",
  ]);
  await world.until("2026-03-02T00:40:00Z");
  await expectWholeLedger(world, "often");
});

test("R3: the report counts every window of a period once, and a row that is gone shows as a hole", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" }, graceMs: 300_000 });
  await world.until("2026-03-02T01:00:01Z");
  await world.run("hourly", { runId: "a" });
  await world.run("hourly", { runId: "b" });
  await world.until("2026-03-02T02:20:00Z");
  await world.run("hourly", { runId: "c" });
  await world.until("2026-03-02T04:30:00Z");
  const asked = { project: PROJECT, fromAt: at("2026-03-02T00:00:00Z"), toAt: null };
  const page = { cursor: null, limit: 10 };
  const whole = await world.engine.report({ ...asked, page });
  expect(whole.total).toMatchObject({ expected: 4, on_time: 1, late: 1, missing: 2, extra: 1, revised: 1 });
  expect(whole.total.unaccounted).toBe(0);

  const { listWindows } = world.store;
  world.store.listWindows = async (...wanted) => {
    const found = await listWindows(...wanted);
    return { ...found, items: found.items.filter((row) => row.expectedAt !== at("2026-03-02T02:00:00Z")) };
  };
  const holed = await world.engine.report({ ...asked, page });
  expect(holed.total).toMatchObject({ expected: 4, unaccounted: 1 });
  expect(holed.lines[0]?.unaccountedAt).toEqual([at("2026-03-02T02:00:00Z")]);
});

test("a reading of the schedule costs the same after a thousand missed windows: they are one row", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("often", { schedule: { cron: "* * * * *" }, graceMs: 5_000 });
  await world.until("2026-03-02T17:00:30Z");
  const ref = await world.store.findMonitor(PROJECT, "often");
  const page = await world.store.listWindows(
    ref?.id ?? "",
    { fromAt: 0, toAt: 1e14 },
    { cursor: null, limit: 9 },
  );
  expect(page.items.map((row) => row.count)).toEqual([1_000, 20]);
  expect(await world.ledger("often")).toHaveLength(1_020);
  await expectWholeLedger(world, "often");
});
