/** Pauses, maintenance and blind spots that meet: nothing is excused twice, forgotten behind another, or taken back. */
import { expect, test } from "vitest";
import { maintenance, pause } from "./excuses.ts";
import { createWorld, nightly, PROJECT } from "./world.ts";

const WINDOW = "2026-03-02T02:00:00Z";

test("a pause that overlaps a maintenance gives an open run the time of both together, not of each", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 3_600_000 }));
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start");
  // Of its hour, ten minutes are gone when the maintenance begins; both together last an hour.
  await maintenance(world, { from: "2026-03-02T02:10:00Z", until: "2026-03-02T02:40:00Z" });
  await world.until("2026-03-02T02:20:00Z");
  await pause(world, "nightly", { until: "2026-03-02T03:10:00Z" });
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} open`]);
  await world.until("2026-03-02T04:00:05Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} incomplete`]);
});

test("a window that waits behind a blind spot does not keep a pause from excusing those after it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("busy", { schedule: { cron: "5,7 * * * *" }, graceMs: 60_000 });
  await world.until("2026-03-02T00:04:30Z");
  await world.sleepUntil("2026-03-02T00:06:30Z");
  await pause(world, "busy", { reason: "a look" });
  await world.until("2026-03-02T00:07:20Z");
  await world.engine.resumeMonitor({ project: PROJECT, slug: "busy", by: "ann" });
  await world.until("2026-03-02T00:30:00Z");
  expect(await world.ledger("busy")).toEqual([
    "2026-03-02T00:05:00Z unknown",
    "2026-03-02T00:07:00Z excused",
  ]);
});

test("a window excused behind one that waits for a blind spot is not given to a start after it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", { schedule: { cron: "*/2 * * * *" }, graceMs: 6_000 });
  await maintenance(world, { from: "2026-03-02T00:03:30Z", until: "2026-03-02T00:05:00Z" });
  await world.until("2026-03-02T00:01:50Z");
  await world.sleepUntil("2026-03-02T00:04:00Z");
  await world.until("2026-03-02T00:04:20Z");
  const receipt = await world.checkIn("nightly", "success");
  expect(receipt.window).toMatchObject({ as: "extra", verdict: "excused" });
});

test("a maintenance ended early excuses what it met, and runs keep the time it gave", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 3_600_000 }));
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start");
  const plan = await maintenance(world, { from: "2026-03-02T02:10:00Z", until: "2026-03-02T06:00:00Z" });
  await world.until("2026-03-02T03:10:00Z");
  await world.engine.deletePlan({ project: PROJECT, kind: "maintenance", id: plan.id });
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} open`]);
  expect(await world.incidents()).toEqual([]);
});
