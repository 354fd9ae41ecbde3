/** DESIGN "monitor status", told as stories: one word, the first that holds, and nothing is up without evidence. */
import { expect, test } from "vitest";
import { at, createWorld, nightly, PROJECT, type World } from "./world.ts";

test("a new monitor has never been seen, and is not up", async () => {
  const world = await nightlyWorld();
  expect(await world.status("nightly")).toBe("never_seen");
});

test("a monitor that has never been seen is late, then down, like any other", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:00Z");
  expect(await world.status("nightly")).toBe("never_seen");
  await world.until("2026-03-02T02:00:01Z");
  expect(await world.status("nightly")).toBe("late");
  await world.until("2026-03-02T02:10:01Z");
  expect(await world.status("nightly")).toBe("down");
});

test("an open run is running, and its good end is up", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:10Z");
  await world.checkIn("nightly", "start");
  expect(await world.status("nightly")).toBe("running");
  await world.pass("20m");
  expect(await world.status("nightly")).toBe("running");
  await world.checkIn("nightly", "success");
  expect(await world.status("nightly")).toBe("up");
});

test("late lasts from the expected instant to the start", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:10Z");
  await world.run("nightly");
  await world.until("2026-03-03T02:00:00Z");
  expect(await world.status("nightly")).toBe("up");
  await world.until("2026-03-03T02:03:00Z");
  expect(await world.status("nightly")).toBe("late");
  await world.checkIn("nightly", "start");
  expect(await world.status("nightly")).toBe("running");
});

test("an open incident is down, also while the late run goes on and when somebody has taken it", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:20:00Z");
  await world.checkIn("nightly", "start");
  expect(await world.status("nightly")).toBe("down");
  const incident = await world.incident("nightly");
  await world.engine.acknowledgeIncident({
    project: PROJECT,
    incidentId: incident?.id ?? "",
    by: "ann",
    note: null,
  });
  expect(await world.status("nightly")).toBe("down");
});

test("paused comes before everything, and says since when", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:20:00Z");
  expect(await world.status("nightly")).toBe("down");
  await world.engine.pauseMonitor({
    project: PROJECT,
    slug: "nightly",
    untilAt: null,
    reason: "moving",
    by: "ann",
  });
  expect(await world.status("nightly")).toBe("paused");
  await world.until("2026-03-04T02:20:00Z");
  const view = await world.engine.viewMonitor({ project: PROJECT, slug: "nightly" });
  expect(view).toMatchObject({ status: "paused", sinceAt: at("2026-03-02T02:20:00Z") });
  expect(view.pause?.reason).toBe("moving");
});

test("the latest window unknown is unknown, until the next good run", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:10Z");
  await world.run("nightly");
  await world.until("2026-03-03T01:55:00Z");
  await world.sleepUntil("2026-03-03T02:30:00Z");
  await world.until("2026-03-03T02:45:00Z");
  expect(await world.status("nightly")).toBe("unknown");
  await world.until("2026-03-04T02:00:10Z");
  await world.run("nightly");
  expect(await world.status("nightly")).toBe("up");
});

test("a check-in that is refused is no evidence: the monitor was never seen", async () => {
  const world = await nightlyWorld();
  await world.reject("nightly");
  expect(await world.status("nightly")).toBe("never_seen");
});

async function nightlyWorld(): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  return world;
}
