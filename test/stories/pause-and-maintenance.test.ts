/** DESIGN "pause and maintenance", told as stories: what is excused, what counts all the same, and what stays quiet. */
import { expect, test } from "vitest";
import { maintenance, pause } from "./excuses.ts";
import { reasonSentence } from "../../src/domain/reason.ts";
import { at, createWorld, iso, nightly, PROJECT, type World } from "./world.ts";

const WINDOW = "2026-03-02T02:00:00Z";

test("a window met by a maintenance is excused, with its reason", async () => {
  const world = await nightlyWorld();
  await maintenance(world, { from: "2026-03-02T01:30:00Z", until: "2026-03-02T03:00:00Z" });
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} excused`]);
  const row = await world.row("nightly", WINDOW);
  expect(row.judgements.map((one) => reasonSentence(one.reason))).toEqual([
    "A maintenance was planned: new disk.",
  ]);
  expect(await world.incidents()).toEqual([]);
});

test("met means: it overlaps the time from expected to the end of the grace", async () => {
  for (const [from, until, verdict] of [
    ["2026-03-02T01:00:00Z", "2026-03-02T02:00:00.000Z", "missing"],
    ["2026-03-02T01:00:00Z", "2026-03-02T02:00:00.001Z", "excused"],
    ["2026-03-02T02:10:00.000Z", "2026-03-02T03:00:00Z", "excused"],
    ["2026-03-02T02:10:00.001Z", "2026-03-02T03:00:00Z", "missing"],
  ] as const) {
    const world = await nightlyWorld();
    await maintenance(world, { from, until });
    await world.until("2026-03-02T04:00:00Z");
    expect(await world.ledger("nightly")).toEqual([`${WINDOW} ${verdict}`]);
  }
});

test("a run during maintenance is recorded and satisfies its window", async () => {
  const world = await nightlyWorld();
  await maintenance(world, { from: "2026-03-02T01:30:00Z", until: "2026-03-02T03:00:00Z" });
  await world.until("2026-03-02T02:05:00Z");
  await world.run("nightly");
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} on_time`]);
});

test("a start after the window was excused is a run of that window and changes no verdict", async () => {
  const world = await nightlyWorld();
  await maintenance(world, { from: "2026-03-02T01:30:00Z", until: "2026-03-02T03:00:00Z" });
  await world.until("2026-03-02T02:30:00Z");
  const receipt = await world.run("nightly");
  expect(receipt.window).toMatchObject({ expectedAt: at(WINDOW), as: "extra", verdict: "excused" });
  expect((await world.row("nightly", WINDOW)).extraRuns).toEqual([receipt.run]);
});

test("a pause excuses every window it meets, and says whose pause it was", async () => {
  const world = await hourlyWorld();
  await world.until("2026-03-02T01:10:00Z");
  await pause(world, "hourly", { until: "2026-03-02T03:30:00Z", reason: "moving" });
  await world.until("2026-03-02T04:10:00Z");
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z missing",
    "2026-03-02T02:00:00Z excused",
    "2026-03-02T03:00:00Z excused",
    "2026-03-02T04:00:00Z missing",
  ]);
  const row = await world.row("hourly", "2026-03-02T03:00:00Z");
  expect(reasonSentence(row.judgements[0]?.reason ?? { code: "blind", values: {} })).toBe(
    "The monitor was paused: moving.",
  );
});

test("a pause within the grace of a window excuses it although it was expected before", async () => {
  const world = await hourlyWorld();
  await world.until("2026-03-02T01:02:00Z");
  await pause(world, "hourly", { until: "2026-03-02T01:03:00Z" });
  await world.until("2026-03-02T01:30:00Z");
  expect(await world.ledger("hourly")).toEqual(["2026-03-02T01:00:00Z excused"]);
});

test("after a resume the first window expected is the first from then on, to the millisecond", async () => {
  for (const [resumeAt, verdict] of [
    ["2026-03-02T02:00:00.000Z", "missing"],
    ["2026-03-02T02:00:00.001Z", "excused"],
  ] as const) {
    const world = await hourlyWorld();
    await world.until("2026-03-02T00:40:00Z");
    await pause(world, "hourly", { reason: "moving" });
    await world.until(resumeAt);
    await world.engine.resumeMonitor({ project: PROJECT, slug: "hourly", by: "ann" });
    await world.until("2026-03-02T02:30:00Z");
    expect(await world.ledger("hourly")).toEqual([
      "2026-03-02T01:00:00Z excused",
      `2026-03-02T02:00:00Z ${verdict}`,
    ]);
  }
});

test("check-ins during a pause count for the status afterwards, and their windows are satisfied", async () => {
  const world = await hourlyWorld();
  await world.until("2026-03-02T00:40:00Z");
  await pause(world, "hourly", { until: "2026-03-02T01:30:00Z" });
  await world.until("2026-03-02T01:00:10Z");
  await world.run("hourly");
  await world.until("2026-03-02T01:40:00Z");
  expect(await world.ledger("hourly")).toEqual(["2026-03-02T01:00:00Z on_time"]);
  expect(await world.status("hourly")).toBe("up");
});

test("a run that is open when the pause begins gets the time it had left when it ends", async () => {
  const world = await nightlyWorld({ maxRuntimeMs: 3_600_000 });
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start");
  await world.until("2026-03-02T02:20:00Z");
  await pause(world, "nightly", { until: "2026-03-02T05:00:00Z" });
  await world.until("2026-03-02T05:40:00.000Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} open`]);
  await world.until("2026-03-02T05:40:00.001Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} incomplete`]);
});

test("a run that is open during a maintenance gets the time it had left when it ends", async () => {
  const world = await nightlyWorld({ maxRuntimeMs: 3_600_000 });
  await maintenance(world, { from: "2026-03-02T02:20:00Z", until: "2026-03-02T05:00:00Z" });
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start");
  await world.until("2026-03-02T05:40:00.000Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} open`]);
  await world.until("2026-03-02T05:40:00.001Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} incomplete`]);
});

test("two maintenances that overlap give the time of both together, not of each", async () => {
  const world = await nightlyWorld({ maxRuntimeMs: 3_600_000 });
  await maintenance(world, { from: "2026-03-02T02:20:00Z", until: "2026-03-02T04:00:00Z" });
  await maintenance(world, { from: "2026-03-02T03:00:00Z", until: "2026-03-02T05:00:00Z" });
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start");
  await world.until("2026-03-02T05:40:00.001Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} incomplete`]);
});

test("an open incident stays open but quiet through a pause", async () => {
  const world = await hourlyWorld();
  await world.until("2026-03-02T01:30:00Z");
  expect(await world.told()).toHaveLength(1);
  await pause(world, "hourly", { until: "2026-03-02T04:30:00Z" });
  await world.until("2026-03-02T04:29:55Z");
  expect((await world.incident("hourly"))?.status).toBe("open");
  expect(await world.told()).toHaveLength(1);
  await world.until("2026-03-02T04:31:00Z");
  expect((await world.told()).at(-1)).toMatch(/^changed Still open: hourly/);
});

test("a pause needs an expiry or a reason", async () => {
  const world = await hourlyWorld();
  await expect(pause(world, "hourly", {})).rejects.toMatchObject({ code: "invalid_request" });
  await expect(pause(world, "hourly", { reason: "  " })).rejects.toMatchObject({ code: "invalid_request" });
  await expect(pause(world, "hourly", { until: "2026-03-01T00:00:00Z" })).rejects.toMatchObject({
    code: "invalid_request",
  });
  expect(await world.status("hourly")).toBe("never_seen");
});

test("a pause that was forgotten shows for how long, and its expiry ends it (R58)", async () => {
  const world = await hourlyWorld();
  await pause(world, "hourly", { until: "2026-05-04T00:30:00Z" });
  await world.sleepUntil("2026-05-04T00:29:55Z");
  const view = await world.engine.viewMonitor({ project: PROJECT, slug: "hourly" });
  expect(view).toMatchObject({ status: "paused", sinceAt: at("2026-03-02T00:30:00Z") });
  await world.until("2026-05-04T01:05:05Z");
  expect(await world.status("hourly")).toBe("down");
  expect((await world.incident("hourly"))?.firstWindowAt).toBe(at("2026-05-04T01:00:00Z"));
});

test("a pause may be given another end; its beginning stays", async () => {
  const world = await hourlyWorld();
  await pause(world, "hourly", { until: "2026-03-02T01:30:00Z" });
  await world.until("2026-03-02T01:00:00Z");
  await pause(world, "hourly", { until: "2026-03-02T03:30:00Z", reason: "longer" });
  const view = await world.engine.viewMonitor({ project: PROJECT, slug: "hourly" });
  expect(view.pause).toMatchObject({ at: at("2026-03-02T00:30:00Z"), untilAt: at("2026-03-02T03:30:00Z") });
  await world.until("2026-03-02T03:29:00Z");
  expect(await world.status("hourly")).toBe("paused");
});

test("a pause whose end came while Rollcall was down ends when it said, not when we woke", async () => {
  const world = await hourlyWorld();
  await pause(world, "hourly", { until: "2026-03-02T02:30:00Z" });
  await world.until("2026-03-02T02:29:00Z");
  await world.sleepUntil("2026-03-02T02:31:00Z");
  await world.until("2026-03-02T03:10:00Z");
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z excused",
    "2026-03-02T02:00:00Z excused",
    "2026-03-02T03:00:00Z missing",
  ]);
});

test("a resume while more windows of the pause wait than one turn judges excuses them all the same", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("minutely", { schedule: { cron: "* * * * *" }, graceMs: 15_000 });
  await pause(world, "minutely", { reason: "moving" });
  world.wall.at = at("2026-03-04T00:00:30Z");
  await world.engine.resumeMonitor({ project: PROJECT, slug: "minutely", by: "ann" });
  await world.until("2026-03-04T00:02:30Z");
  const ledger = await world.ledger("minutely");
  expect(ledger.filter((line) => line.endsWith("excused"))).toHaveLength(2 * 24 * 60);
  // The first one after the resume comes within a minute of the time that Rollcall slept through.
  expect(ledger.slice(-2)).toEqual(["2026-03-04T00:01:00Z unknown", "2026-03-04T00:02:00Z missing"]);
});

test("resuming what is not paused changes nothing", async () => {
  const world = await hourlyWorld();
  await world.until("2026-03-02T01:02:00Z");
  await world.engine.resumeMonitor({ project: PROJECT, slug: "hourly", by: "ann" });
  await world.until("2026-03-02T01:06:00Z");
  expect(await world.ledger("hourly")).toEqual(["2026-03-02T01:00:00Z missing"]);
});

test("an interval starts anew with the resume", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("loop", { schedule: { every: 600_000 }, graceMs: 60_000 });
  await world.until("2026-03-02T00:05:00Z");
  await pause(world, "loop", { until: "2026-03-02T01:03:00Z" });
  await world.until("2026-03-02T01:20:00Z");
  const ledger = await world.ledger("loop");
  expect(ledger.slice(0, -1).every((line) => line.endsWith("excused"))).toBe(true);
  expect(ledger.at(-1)).toBe("2026-03-02T01:13:00Z missing");
});

test("of an interval counted from the finish, nothing is expected after a resume while its run goes on", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("loop", {
    schedule: { every: 600_000, from: "finish" },
    graceMs: 60_000,
    maxRuntimeMs: 7_200_000,
  });
  await world.until("2026-03-02T00:10:00Z");
  await world.checkIn("loop", "start");
  await pause(world, "loop", { until: "2026-03-02T00:20:00Z" });
  await world.until("2026-03-02T01:00:00Z");
  expect(await world.incidents()).toEqual([]);
  await world.checkIn("loop", "success");
  await world.until("2026-03-02T01:11:05Z");
  expect(await world.ledger("loop")).toEqual([
    "2026-03-02T00:10:00Z on_time",
    "2026-03-02T01:10:00Z missing",
  ]);
});

test("a maintenance by tag excuses the monitors that carry it, and no others", async () => {
  const world = await nightlyWorld({ tags: ["db"] });
  await world.monitor("other", nightly());
  await world.engine.createPlan({
    project: PROJECT,
    kind: "maintenance",
    monitors: null,
    tags: ["db"],
    fromAt: at("2026-03-02T01:30:00Z"),
    untilAt: at("2026-03-02T03:00:00Z"),
    reason: "new disk",
  });
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} excused`]);
  expect(await world.ledger("other")).toEqual([`${WINDOW} missing`]);
});

test("a maintenance taken back excuses nothing that is still to be judged", async () => {
  const world = await nightlyWorld();
  const plan = await maintenance(world, { from: "2026-03-02T01:30:00Z", until: "2026-03-02T03:00:00Z" });
  await world.until("2026-03-02T01:45:00Z");
  await world.engine.deletePlan({ project: PROJECT, kind: "maintenance", id: plan.id });
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} missing`]);
});

test("a silence excuses nothing", async () => {
  const world = await nightlyWorld();
  await world.engine.createPlan({
    project: PROJECT,
    kind: "silence",
    monitors: ["nightly"],
    tags: null,
    fromAt: at("2026-03-02T01:30:00Z"),
    untilAt: at("2026-03-02T03:00:00Z"),
    reason: "we know",
  });
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} missing`]);
});

test("a failure during maintenance opens an incident that is told when the maintenance is over", async () => {
  const world = await nightlyWorld();
  await maintenance(world, { from: "2026-03-02T01:30:00Z", until: "2026-03-02T03:00:00Z" });
  await world.until("2026-03-02T02:05:00Z");
  await world.checkIn("nightly", "fail", { exitStatus: 1 });
  expect((await world.incident("nightly"))?.kind).toBe("failed");
  expect(await world.told()).toEqual([]);
  await world.until("2026-03-02T03:00:05Z");
  expect((await world.notifications()).map((one) => [one.change, iso(one.at)])).toEqual([
    ["opened", "2026-03-02T03:00:00Z"],
  ]);
});

async function nightlyWorld(more: Parameters<typeof nightly>[0] = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly(more));
  return world;
}

async function hourlyWorld(): Promise<World> {
  const world = await createWorld("2026-03-02T00:30:00Z");
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" }, graceMs: 300_000 });
  return world;
}

test("the explanation of an excused window names the pause behind it, also after that has ended", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:00:00Z");
  const untilAt = at("2026-03-02T04:00:00Z");
  await world.engine.pauseMonitor({
    project: PROJECT,
    slug: "nightly",
    untilAt,
    reason: "moving house",
    by: "test",
  });
  await world.until("2026-03-02T06:00:00Z");
  const explained = await world.engine.explain({
    project: PROJECT,
    slug: "nightly",
    at: at("2026-03-02T02:00:00Z"),
  });
  expect(explained.pause).toMatchObject({ at: at("2026-03-02T01:00:00Z"), untilAt, reason: "moving house" });
  const later = await world.engine.explain({
    project: PROJECT,
    slug: "nightly",
    at: at("2026-03-01T00:00:00Z"),
  });
  expect(later.pause).toBeNull();
});
