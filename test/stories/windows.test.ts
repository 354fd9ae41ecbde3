/** DESIGN "schedules and windows", told as stories. */
import { expect, test } from "vitest";
import { at, createWorld, nightly } from "./world.ts";

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
