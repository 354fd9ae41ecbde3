/** DESIGN "notifications" as far as it is decided, told as stories: which changes go to whom, when, and when not. */
import { expect, test } from "vitest";
import type { Plan } from "../../src/domain/hearing.ts";
import { deduplicationKey } from "../../src/domain/notification.ts";
import { at, createWorld, iso, link, nightly, PROJECT, type World } from "./world.ts";

const MISSED = "nightly: expected 02:00 UTC, nothing arrived by 02:10 (grace 10m)";

test("a monitor that names no channels tells the project's default ones", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.told("chat")).toEqual([`opened ${MISSED}`]);
  expect(await world.told("second")).toEqual([]);
});

test("a monitor's own channels are told instead, and an empty list tells nobody", async () => {
  const world = await nightlyWorld({ channels: [link("second"), link("ops")] });
  await world.monitor("quiet", nightly({ channels: [] }));
  await world.until("2026-03-02T02:11:00Z");
  expect([await world.told("chat"), await world.told("second"), await world.told("ops")]).toEqual([
    [],
    [`opened ${MISSED}`],
    [`opened ${MISSED}`],
  ]);
  expect(await world.incidents()).toHaveLength(2);
});

test("opened, changed, reminder, acknowledged and resolved are told, in this order", async () => {
  const world = await nightlyWorld({ channels: [link("chat", { remindEveryMs: 3_600_000 })] });
  await world.until("2026-03-02T02:30:00Z");
  await world.reject("nightly");
  await world.until("2026-03-02T03:11:00Z");
  await acknowledge(world);
  await world.run("nightly");
  expect((await world.told()).map((told) => told.split(" ")[0])).toEqual([
    "opened",
    "changed",
    "reminder",
    "acknowledged",
    "resolved",
  ]);
  expect((await world.told())[2]).toMatch(/^reminder Still open: nightly: 1 check-in rejected/);
});

test("every notification has its own key, made of incident, change and channel", async () => {
  const world = await nightlyWorld({ channels: [link("chat", { remindEveryMs: 600_000 }), link("second")] });
  await world.until("2026-03-02T06:00:00Z");
  const keys = (await world.notifications()).map(deduplicationKey);
  expect(keys.length).toBeGreaterThan(20);
  expect(new Set(keys).size).toBe(keys.length);
});

test("after: the channel is told later, and only if it is still open and nobody has taken it", async () => {
  const world = await nightlyWorld({ channels: [link("chat"), link("second", { afterMs: 900_000 })] });
  await world.until("2026-03-02T02:11:00Z");
  const waiting = (await world.notifications()).map((one) => [
    one.channel,
    iso(one.notBeforeAt),
    one.isOnlyIfOpen,
  ]);
  expect(waiting).toEqual([
    ["chat", "2026-03-02T02:10:05Z", false],
    ["second", "2026-03-02T02:25:05Z", true],
  ]);
});

test("notify_on: late tells of a good run that came late, once, and of no other", async () => {
  const world = await nightlyWorld({ channels: [link("chat"), link("second", { notifyOn: ["late"] })] });
  await world.until("2026-03-02T03:00:00Z");
  await world.run("nightly");
  expect((await world.told("second")).at(-1)).toBe("result nightly: ran late");
  expect((await world.told("chat")).filter((told) => told.startsWith("result"))).toEqual([]);
  await world.until("2026-03-03T02:00:10Z");
  await world.run("nightly");
  await world.until("2026-03-04T02:30:00Z");
  await world.checkIn("nightly", "fail");
  expect((await world.told("second")).filter((told) => told.startsWith("result"))).toHaveLength(1);
});

test("reminders are numbered, and come as long as the incident is open", async () => {
  const world = await nightlyWorld({
    channels: [link("chat", { remindEveryMs: 3_600_000 }), link("second")],
  });
  await world.until("2026-03-02T05:30:00Z");
  const reminders = (await world.notifications()).filter((one) => one.change === "reminder");
  expect(reminders.map((one) => [one.channel, one.ordinal, iso(one.at)])).toEqual([
    ["chat", 1, "2026-03-02T03:10:05Z"],
    ["chat", 2, "2026-03-02T04:10:05Z"],
    ["chat", 3, "2026-03-02T05:10:05Z"],
  ]);
  await world.run("nightly");
  await world.pass("5h");
  expect((await world.notifications()).filter((one) => one.change === "reminder")).toHaveLength(3);
});

test("nobody is reminded of what somebody has taken", async () => {
  const world = await nightlyWorld({ channels: [link("chat", { remindEveryMs: 3_600_000 })] });
  await world.until("2026-03-02T02:20:00Z");
  await acknowledge(world);
  await world.until("2026-03-02T09:00:00Z");
  expect((await world.told()).map((told) => told.split(" ")[0])).toEqual(["opened", "acknowledged"]);
});

test("after a standstill one reminder comes, not one for each interval missed", async () => {
  const world = await nightlyWorld({ channels: [link("chat", { remindEveryMs: 600_000 })] });
  await world.until("2026-03-02T02:11:00Z");
  await world.sleepUntil("2026-03-02T08:00:00Z");
  expect((await world.notifications()).filter((one) => one.change === "reminder")).toHaveLength(1);
});

test("a channel taken from the monitor is reminded no more, and a new one from then on", async () => {
  const world = await nightlyWorld({ channels: [link("chat", { remindEveryMs: 3_600_000 })] });
  await world.until("2026-03-02T02:30:00Z");
  await world.monitor("nightly", nightly({ channels: [link("second", { remindEveryMs: 3_600_000 })] }));
  const before = await version(world);
  await world.until("2026-03-02T04:00:00Z");
  const reminders = (await world.notifications()).filter((one) => one.change === "reminder");
  expect(reminders.map((one) => [one.channel, iso(one.at)])).toEqual([["second", "2026-03-02T03:30:00Z"]]);
  expect((await version(world)) - before).toBeLessThan(5);
});

test("a silence mutes sending only: the incident is there, and told once at the end if still open", async () => {
  const world = await nightlyWorld();
  await silence(world, { from: "2026-03-02T01:00:00Z", until: "2026-03-02T06:00:00Z" });
  await world.until("2026-03-02T05:59:55Z");
  expect(await world.incident("nightly")).toMatchObject({ kind: "missing", status: "open" });
  expect(await world.told()).toEqual([]);
  await world.until("2026-03-02T08:00:00Z");
  expect(await world.told()).toEqual([`opened ${MISSED}`]);
  expect((await world.notifications()).map((one) => iso(one.at))).toEqual(["2026-03-02T06:00:00Z"]);
});

test("what came and went within a silence is told to nobody", async () => {
  const world = await nightlyWorld();
  await silence(world, { from: "2026-03-02T01:00:00Z", until: "2026-03-02T06:00:00Z" });
  await world.until("2026-03-02T03:00:00Z");
  await world.run("nightly");
  await world.until("2026-03-02T08:00:00Z");
  expect(await world.incidents()).toHaveLength(1);
  expect(await world.told()).toEqual([]);
});

test("an incident told before the silence and still open at its end is told once again", async () => {
  const world = await nightlyWorld({ channels: [link("chat", { remindEveryMs: 3_600_000 })] });
  await world.until("2026-03-02T02:30:00Z");
  await silence(world, { from: "2026-03-02T02:45:00Z", until: "2026-03-02T06:00:00Z" });
  await world.until("2026-03-02T06:00:05Z");
  expect(await world.told()).toEqual([`opened ${MISSED}`, `changed Still open: ${MISSED}`]);
  await world.until("2026-03-02T07:30:00Z");
  const [reminder] = (await world.notifications()).filter((one) => one.change === "reminder");
  expect(reminder?.ordinal).toBe(1);
});

test("an incident told before the silence and closed within it is told as closed at its end", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:30:00Z");
  await silence(world, { from: "2026-03-02T02:45:00Z", until: "2026-03-02T06:00:00Z" });
  await world.until("2026-03-02T03:00:00Z");
  await world.run("nightly");
  await world.until("2026-03-02T08:00:00Z");
  expect(await world.told()).toEqual([`opened ${MISSED}`, `resolved Resolved: ${MISSED}`]);
  expect((await world.notifications()).map((one) => iso(one.notBeforeAt))).toEqual([
    "2026-03-02T02:10:05Z",
    "2026-03-02T06:00:00Z",
  ]);
});

test("changes within a silence are told once at its end, as it stands then", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:30:00Z");
  await silence(world, { from: "2026-03-02T02:45:00Z", until: "2026-03-02T06:00:00Z" });
  await world.until("2026-03-02T03:00:00Z");
  await world.reject("nightly");
  await world.checkIn("nightly", "start");
  await world.checkIn("nightly", "fail", { exitStatus: 4 });
  await world.until("2026-03-02T08:00:00Z");
  expect((await world.told()).slice(1)).toEqual([
    "changed Still open: nightly: the run of 02:00 UTC failed with exit status 4",
  ]);
});

test("a silence that is taken back ends at once", async () => {
  const world = await nightlyWorld();
  const plan = await silence(world, { from: "2026-03-02T01:00:00Z", until: "2026-03-02T12:00:00Z" });
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.told()).toEqual([]);
  await world.engine.deletePlan({ project: PROJECT, kind: "silence", id: plan.id });
  await world.pass("5s");
  expect(await world.told()).toEqual([`opened ${MISSED}`]);
});

test("the end of an incident is told as soon as its silence is taken back", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:30:00Z");
  const plan = await silence(world, { from: "2026-03-02T02:45:00Z", until: "2026-03-02T12:00:00Z" });
  await world.until("2026-03-02T03:00:00Z");
  await world.run("nightly");
  expect(await world.told()).toEqual([`opened ${MISSED}`]);
  await world.engine.deletePlan({ project: PROJECT, kind: "silence", id: plan.id });
  await world.pass("5s");
  const [, resolved] = await world.notifications();
  expect(await world.told()).toEqual([`opened ${MISSED}`, `resolved Resolved: ${MISSED}`]);
  expect(iso(resolved?.at ?? 0)).toBe("2026-03-02T03:00:10Z");
});

test("what changes in the moment in which a silence ends is told as opened, once", async () => {
  const world = await nightlyWorld();
  await silence(world, { from: "2026-03-02T01:00:00Z", until: "2026-03-02T03:00:00Z" });
  await world.until("2026-03-02T02:59:58Z");
  await world.checkIn("nightly", "start");
  world.wall.at = at("2026-03-02T03:00:01Z");
  await world.checkIn("nightly", "fail");
  await world.pass("10s");
  expect(await world.told()).toEqual(["opened nightly: the run of 02:00 UTC failed"]);
});

test("of two silences that overlap, the later end counts", async () => {
  const world = await nightlyWorld();
  await silence(world, { from: "2026-03-02T01:00:00Z", until: "2026-03-02T04:00:00Z" });
  await silence(world, { from: "2026-03-02T03:00:00Z", until: "2026-03-02T06:00:00Z" });
  await world.until("2026-03-02T05:59:55Z");
  expect(await world.told()).toEqual([]);
  await world.until("2026-03-02T06:00:05Z");
  expect(await world.told()).toHaveLength(1);
});

test("a silence by tag mutes the monitors that carry it, and no others", async () => {
  const world = await nightlyWorld({ tags: ["db"] });
  await world.monitor("other", nightly());
  await world.engine.createPlan({
    project: PROJECT,
    kind: "silence",
    monitors: null,
    tags: ["db"],
    fromAt: at("2026-03-02T01:00:00Z"),
    untilAt: at("2026-03-02T06:00:00Z"),
    reason: "known",
  });
  await world.until("2026-03-02T03:00:00Z");
  expect((await world.told()).map((told) => told.split(":")[0])).toEqual(["opened other"]);
});

test("a late result within a silence is told to nobody", async () => {
  const world = await nightlyWorld({ channels: [link("chat", { notifyOn: ["late"] })] });
  await silence(world, { from: "2026-03-02T01:00:00Z", until: "2026-03-02T06:00:00Z" });
  await world.until("2026-03-02T03:00:00Z");
  await world.run("nightly");
  await world.until("2026-03-02T08:00:00Z");
  expect(await world.told()).toEqual([]);
});

test("a pause mutes in the same way: still open at its end is told once", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:10Z");
  await world.checkIn("nightly", "start");
  await world.engine.pauseMonitor({
    project: PROJECT,
    slug: "nightly",
    untilAt: at("2026-03-02T06:00:00Z"),
    reason: null,
    by: "ann",
  });
  await world.checkIn("nightly", "fail", { exitStatus: 1 });
  expect(await world.incident("nightly")).toMatchObject({ kind: "failed" });
  await world.until("2026-03-02T05:59:55Z");
  expect(await world.told()).toEqual([]);
  await world.until("2026-03-02T06:00:05Z");
  expect(await world.told()).toEqual(["opened nightly: the run of 02:00 UTC failed with exit status 1"]);
});

test("what is decided survives a restart and is not told twice", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:10:05Z");
  await world.restart();
  await world.tick();
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.told()).toEqual([`opened ${MISSED}`]);
});

async function nightlyWorld(more: Parameters<typeof nightly>[0] = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly(more));
  return world;
}

async function silence(world: World, plan: { from: string; until: string }): Promise<Plan> {
  return world.engine.createPlan({
    project: PROJECT,
    kind: "silence",
    monitors: ["nightly"],
    tags: null,
    fromAt: at(plan.from),
    untilAt: at(plan.until),
    reason: "we know",
  });
}

async function acknowledge(world: World): Promise<void> {
  const incidentId = (await world.incident("nightly"))?.id ?? "";
  await world.engine.acknowledgeIncident({ project: PROJECT, incidentId, by: "ann", note: null });
}

async function version(world: World): Promise<number> {
  const { id } = (await world.store.findMonitor(PROJECT, "nightly")) ?? { id: "" };
  return (await world.store.load(id, {}))?.version ?? 0;
}
