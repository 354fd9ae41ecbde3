/** DESIGN "revisions", told as stories: which verdict may still become another one, and what follows from it. */
import { expect, test } from "vitest";
import { at, createWorld, nightly, PROJECT, type World } from "./world.ts";

const FIRST = "2026-03-02T02:00:00Z";

test("missing becomes late when the run comes and ends well, and both facts stay", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T04:00:00Z");
  await world.run("nightly");
  expect(await verdicts(world, FIRST)).toEqual(["missing", "late"]);
  expect(await world.incident("nightly")).toBeNull();
});

test("missing becomes whatever the late run earns: failed, or incomplete", async () => {
  for (const earned of ["failed", "incomplete"] as const) {
    const world = await nightlyWorld();
    await world.until("2026-03-02T04:00:00Z");
    await world.checkIn("nightly", "start");
    if (earned === "failed") await world.checkIn("nightly", "fail");
    else await world.pass("61m");
    expect(await verdicts(world, FIRST)).toEqual(["missing", earned]);
    expect((await world.incidents()).map((one) => [one.kind, one.status])).toEqual([[earned, "open"]]);
  }
});

test("a late start alone closes nothing; only its good finish does", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T04:00:00Z");
  await world.checkIn("nightly", "start");
  await world.pass("30m");
  expect((await world.incident("nightly"))?.kind).toBe("missing");
  await world.checkIn("nightly", "success");
  expect(await world.incident("nightly")).toBeNull();
});

test("incomplete becomes the verdict of its late finish", async () => {
  for (const [kind, verdict] of [
    ["success", "on_time"],
    ["fail", "failed"],
  ] as const) {
    const world = await nightlyWorld();
    await world.until("2026-03-02T02:01:00Z");
    await world.checkIn("nightly", "start", { runId: "n" });
    await world.until("2026-03-02T03:30:00Z");
    expect(await verdicts(world, FIRST)).toEqual(["incomplete"]);
    await world.checkIn("nightly", kind, { runId: "n" });
    expect(await verdicts(world, FIRST)).toEqual(["incomplete", verdict]);
    expect((await world.incident("nightly")) === null).toBe(kind === "success");
  }
});

test("an incomplete run that had come late ends as late when it finishes after all", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T03:00:00Z");
  await world.checkIn("nightly", "start", { runId: "n" });
  await world.pass("2h");
  await world.checkIn("nightly", "success", { runId: "n" });
  expect(await verdicts(world, FIRST)).toEqual(["missing", "incomplete", "late"]);
});

test("unknown becomes anything: on time by a late delivery, late, failed", async () => {
  for (const [more, verdict] of [
    [{ occurredAt: at("2026-03-02T02:03:00Z") }, "on_time"],
    [{}, "late"],
  ] as const) {
    const world = await unknownWorld();
    await world.checkIn("nightly", "success", more);
    expect(await verdicts(world, FIRST)).toEqual(["unknown", verdict]);
    expect(await world.told()).toEqual([]);
  }
  const world = await unknownWorld();
  await world.checkIn("nightly", "fail", { occurredAt: at("2026-03-02T02:03:00Z") });
  expect(await verdicts(world, FIRST)).toEqual(["unknown", "failed"]);
  expect((await world.incident("nightly"))?.kind).toBe("failed");
});

test("late evidence settles a window of a schedule that was edited since", async () => {
  const world = await unknownWorld();
  await world.monitor("nightly", nightly({ schedule: { cron: "0 5 * * *" } }));
  await world.until("2026-03-02T06:00:00Z");
  await world.checkIn("nightly", "success", { occurredAt: at("2026-03-02T02:03:00Z") });
  expect(await world.ledger("nightly")).toEqual([`${FIRST} on_time`, "2026-03-02T05:00:00Z missing"]);
});

test("a worse finish lowers a good verdict of the latest window: that is a new bad result", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:01:00Z");
  await world.run("nightly", { runId: "n" });
  expect(await world.incident("nightly")).toBeNull();
  await world.pass("2m");
  await world.checkIn("nightly", "fail", { runId: "n" });
  expect(await verdicts(world, FIRST)).toEqual(["on_time", "failed"]);
  expect((await world.incident("nightly"))?.kind).toBe("failed");
});

test("a run that was lowered is not called the last good one", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:01:00Z");
  await world.run("nightly", { runId: "n" });
  await world.until("2026-03-03T02:01:00Z");
  await world.run("nightly", { runId: "m" });
  await world.pass("2m");
  await world.checkIn("nightly", "fail", { runId: "m" });
  expect((await world.incident("nightly"))?.lastGoodAt).toBe(at("2026-03-02T02:01:10Z"));
});

test("a worse finish of an extra run is a bad result, like a failed extra run", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:01:00Z");
  await world.run("nightly", { runId: "n" });
  await world.run("nightly", { runId: "extra" });
  await world.pass("2m");
  await world.checkIn("nightly", "fail", { runId: "extra" });
  expect(await verdicts(world, FIRST)).toEqual(["on_time"]);
  expect((await world.incident("nightly"))?.kind).toBe("failed");
});

test("a retry that recovered and is lowered recovers no longer; the next good one does", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:01:00Z");
  await world.checkIn("nightly", "fail", { runId: "n" });
  await world.run("nightly", { runId: "retry" });
  expect(await world.incident("nightly")).toBeNull();
  await world.pass("2m");
  await world.checkIn("nightly", "fail", { runId: "retry" });
  expect((await world.incident("nightly"))?.status).toBe("open");
  const { run } = await world.run("nightly", { runId: "again" });
  expect((await world.row("nightly", FIRST)).recoveredBy).toBe(run);
  expect(await world.incident("nightly")).toBeNull();
});

test("a worse finish of an older window changes the run only", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:01:00Z");
  const { run } = await world.run("nightly", { runId: "n" });
  await world.until("2026-03-03T02:01:00Z");
  await world.run("nightly", { runId: "m" });
  await world.checkIn("nightly", "fail", { runId: "n" });
  expect(await verdicts(world, FIRST)).toEqual(["on_time"]);
  expect((await world.store.getRun(run ?? ""))?.state).toBe("failed");
  expect(await world.incident("nightly")).toBeNull();
});

test("a better finish after a failure is a note: the failure stands", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:01:00Z");
  await world.checkIn("nightly", "fail", { runId: "n" });
  await world.pass("2m");
  const receipt = await world.checkIn("nightly", "success", { runId: "n" });
  expect(await verdicts(world, FIRST)).toEqual(["failed"]);
  expect(receipt.notes.join()).toContain("the first finish stands");
  expect((await world.incident("nightly"))?.kind).toBe("failed");
});

test("a late run of the window before the latest one changes the ledger and leaves the incident", async () => {
  const world = await createWorld("2026-03-02T00:30:00Z");
  await world.monitor("hourly", {
    schedule: { cron: "0 * * * *" },
    graceMs: 300_000,
    maxRuntimeMs: 7_200_000,
  });
  await world.until("2026-03-02T01:40:00Z");
  await world.checkIn("hourly", "start", { runId: "one" });
  await world.until("2026-03-02T02:10:00Z");
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z missing",
    "2026-03-02T02:00:00Z missing",
  ]);
  await world.checkIn("hourly", "success", { runId: "one" });
  expect(await world.ledger("hourly")).toEqual(["2026-03-02T01:00:00Z late", "2026-03-02T02:00:00Z missing"]);
  expect((await world.incident("hourly"))?.kind).toBe("missing");
});

test("a run that ends well after all ends the incident that it began, whatever went badly before in one that has ended", async () => {
  const world = await createWorld("2026-03-02T00:30:00Z");
  await world.monitor("hourly", {
    schedule: { cron: "0 * * * *" },
    graceMs: 300_000,
    maxRuntimeMs: 5_400_000,
  });
  await world.until("2026-03-02T01:00:10Z");
  await world.checkIn("hourly", "start", { runId: "long" });
  await world.until("2026-03-02T02:00:10Z");
  await world.checkIn("hourly", "fail", { runId: "two" });
  await world.run("hourly", { runId: "two, again" });
  await world.until("2026-03-02T02:31:00Z");
  expect((await world.incident("hourly"))?.kind).toBe("incomplete");
  await world.checkIn("hourly", "success", { runId: "long" });
  expect((await world.incidents()).map(({ kind, status }) => [kind, status])).toEqual([
    ["incomplete", "resolved"],
    ["failed", "resolved"],
  ]);
});

test("a revision never opens an incident for an old window", async () => {
  const world = await createWorld("2026-03-02T00:30:00Z");
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" }, graceMs: 300_000, failureThreshold: 2 });
  await world.until("2026-03-02T01:40:00Z");
  await world.checkIn("hourly", "start", { runId: "one" });
  await world.until("2026-03-02T02:00:10Z");
  await world.run("hourly", { runId: "two" });
  await world.checkIn("hourly", "fail", { runId: "one" });
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z failed",
    "2026-03-02T02:00:00Z on_time",
  ]);
  expect(await world.incidents()).toEqual([]);
});

test("a revision of the latest result replaces it in the streak and does not count twice", async () => {
  const world = await createWorld("2026-03-02T00:30:00Z");
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" }, graceMs: 300_000, failureThreshold: 2 });
  await world.until("2026-03-02T01:40:00Z");
  await world.checkIn("hourly", "start");
  await world.checkIn("hourly", "fail");
  expect(await verdicts(world, "2026-03-02T01:00:00Z", "hourly")).toEqual(["missing", "failed"]);
  expect(await world.incidents()).toEqual([]);
  await world.until("2026-03-02T02:05:01Z");
  expect(await world.incidents()).toHaveLength(1);
});

test("excused is final: a start afterwards is a run of the window and changes no verdict", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:55:00Z");
  await world.engine.pauseMonitor({
    project: PROJECT,
    slug: "nightly",
    untilAt: at("2026-03-02T02:20:00Z"),
    reason: null,
    by: "ann",
  });
  await world.until("2026-03-02T02:30:00Z");
  const receipt = await world.run("nightly");
  expect(receipt.window).toMatchObject({ as: "extra", verdict: "excused" });
  expect(await verdicts(world, FIRST)).toEqual(["excused"]);
});

test("reports count the current verdict and mark what was revised", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T04:00:00Z");
  await world.run("nightly");
  await world.until("2026-03-03T02:30:00Z");
  const { id } = (await world.store.findMonitor(PROJECT, "nightly")) ?? { id: "" };
  const day = Math.floor(at(FIRST) / 86_400_000);
  const counts = await world.store.dayCounts(id, { fromDay: day, toDay: day + 2 });
  expect(counts.map((one) => [one.day - day, one.what, one.delta])).toEqual([
    [0, "late", 1],
    [0, "revised", 1],
    [1, "missing", 1],
  ]);
});

async function nightlyWorld(): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 3_600_000 }));
  return world;
}

/** The window of 02:00 fell into a time in which Rollcall was stopped. */
async function unknownWorld(): Promise<World> {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:55:00Z");
  await world.sleepUntil("2026-03-02T02:25:00Z");
  await world.until("2026-03-02T02:40:00Z");
  return world;
}

/** Verdicts of the window as they followed on each other. */
async function verdicts(world: World, expectedAt: string, slug = "nightly"): Promise<string[]> {
  const row = await world.row(slug, expectedAt);
  const given = row.judgements.map((judgement) => judgement.verdict).filter((verdict) => verdict !== null);
  return given.filter((verdict, index) => verdict !== given[index - 1]);
}
