/** DESIGN "incidents" and "verdicts", told as stories: how many results in a row open and close an incident. */
import { expect, test } from "vitest";
import { at, createWorld, PROJECT, type World } from "./world.ts";

test("it opens with the third bad result in a row where three are asked for, and names the first", async () => {
  const world = await hourlyWorld({ failureThreshold: 3 });
  await world.until("2026-03-02T02:59:00Z");
  expect(await world.incidents()).toEqual([]);
  await world.until("2026-03-02T03:05:01Z");
  expect(await world.incident("hourly")).toMatchObject({
    firstWindowAt: at("2026-03-02T01:00:00Z"),
    latestWindowAt: at("2026-03-02T03:00:00Z"),
    windowsLost: 3,
  });
});

test("a good result in between starts the count anew", async () => {
  const world = await hourlyWorld({ failureThreshold: 2 });
  await world.until("2026-03-02T02:00:10Z");
  await world.run("hourly");
  await world.until("2026-03-02T03:30:00Z");
  expect(await world.incidents()).toEqual([]);
  await world.until("2026-03-02T04:05:01Z");
  expect((await world.incident("hourly"))?.firstWindowAt).toBe(at("2026-03-02T03:00:00Z"));
});

test("bad results of different kinds count together", async () => {
  const world = await hourlyWorld({ failureThreshold: 3, maxRuntimeMs: 600_000 });
  await world.until("2026-03-02T02:00:10Z");
  await world.checkIn("hourly", "fail", { runId: "a" });
  await world.until("2026-03-02T03:00:10Z");
  await world.checkIn("hourly", "start", { runId: "b" });
  await world.pass("11m");
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z missing",
    "2026-03-02T02:00:00Z failed",
    "2026-03-02T03:00:00Z incomplete",
  ]);
  expect(await world.incident("hourly")).toMatchObject({ kind: "incomplete", windowsLost: 3 });
});

test("it closes after as many good results in a row as recovery asks for, and tells how far it is", async () => {
  const world = await hourlyWorld({ recoveryThreshold: 3 });
  await world.until("2026-03-02T02:00:10Z");
  await world.run("hourly");
  await world.until("2026-03-02T03:00:10Z");
  await world.run("hourly");
  const incident = await world.incident("hourly");
  expect(incident?.timeline.map((entry) => entry.text).slice(1)).toEqual([
    "1 of 3 good runs towards recovery",
    "2 of 3 good runs towards recovery",
  ]);
  expect(await world.told()).toHaveLength(1);
  await world.until("2026-03-02T04:00:10Z");
  await world.run("hourly");
  expect(await world.incident("hourly")).toBeNull();
});

test("a bad result during recovery starts the count of good ones anew", async () => {
  const world = await hourlyWorld({ recoveryThreshold: 2 });
  await world.until("2026-03-02T02:00:10Z");
  await world.run("hourly");
  await world.until("2026-03-02T04:00:10Z");
  await world.run("hourly");
  expect((await world.incident("hourly"))?.status).toBe("open");
  await world.until("2026-03-02T05:00:10Z");
  await world.run("hourly");
  expect(await world.incident("hourly")).toBeNull();
});

test("a run from before the latest window that went badly is no recovery, whatever went badly after that", async () => {
  const world = await hourlyWorld({ recoveryThreshold: 2, maxRuntimeMs: 6 * 3_600_000 });
  for (const [hour, runId] of ["one", "two"].entries()) {
    await world.until(`2026-03-02T0${hour + 1}:00:10Z`);
    await world.checkIn("hourly", "start", { runId });
  }
  await world.until("2026-03-02T04:00:10Z");
  await world.run("hourly", { runId: "four" });
  await world.checkIn("hourly", "fail", { runId: "one" });
  await world.checkIn("hourly", "success", { runId: "two" });
  await world.until("2026-03-02T05:00:10Z");
  await world.run("hourly", { runId: "five" });
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z failed",
    "2026-03-02T02:00:00Z on_time",
    "2026-03-02T03:00:00Z missing",
    "2026-03-02T04:00:00Z on_time",
    "2026-03-02T05:00:00Z on_time",
  ]);
  expect((await world.incident("hourly"))?.timeline.at(-1)?.text).toBe("1 of 2 good runs towards recovery");
});

test("neutral windows between good ones do not disturb a recovery", async () => {
  const world = await hourlyWorld({ recoveryThreshold: 2 });
  await world.until("2026-03-02T02:00:10Z");
  await world.run("hourly");
  await world.engine.pauseMonitor({
    project: PROJECT,
    slug: "hourly",
    untilAt: at("2026-03-02T03:30:00Z"),
    reason: null,
    by: "ann",
  });
  await world.until("2026-03-02T04:00:10Z");
  await world.run("hourly");
  expect(await world.incident("hourly")).toBeNull();
});

test("unknown windows between bad ones neither open nor reset", async () => {
  const world = await hourlyWorld({ failureThreshold: 2 });
  await world.until("2026-03-02T01:30:00Z");
  await world.sleepUntil("2026-03-02T02:30:00Z");
  await world.until("2026-03-02T02:40:00Z");
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z missing",
    "2026-03-02T02:00:00Z unknown",
  ]);
  expect(await world.incident("hourly")).toBeNull();
  await world.until("2026-03-02T03:05:01Z");
  expect(await world.incident("hourly")).toMatchObject({ windowsLost: 2 });
});

test("a lowered threshold holds from the next bad result on", async () => {
  const world = await hourlyWorld({ failureThreshold: 5 });
  await world.until("2026-03-02T02:30:00Z");
  await world.engine.saveMonitor({
    project: PROJECT,
    slug: "hourly",
    input: { failureThreshold: 2 },
    mode: "patch",
    by: "ann",
  });
  expect(await world.incidents()).toEqual([]);
  await world.until("2026-03-02T03:05:01Z");
  expect(await world.incidents()).toHaveLength(1);
});

async function hourlyWorld(more: object): Promise<World> {
  const world = await createWorld("2026-03-02T00:30:00Z");
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" }, graceMs: 300_000, ...more });
  return world;
}
