/** DESIGN "incidents", told as stories: opened, changed, taken on, closed, and marked by whom. */
import { expect, test } from "vitest";
import { at, createWorld, nightly, PROJECT, type World } from "./world.ts";

test("an incident tells the first bad window, how long it took to see, and the last good run", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:10Z");
  await world.run("nightly");
  await world.until("2026-03-03T02:10:00Z");
  await world.pass("3s");
  expect(await world.incident("nightly")).toMatchObject({
    subject: { type: "monitor", slug: "nightly" },
    kind: "missing",
    phase: "not_arrived",
    status: "open",
    openedAt: at("2026-03-03T02:10:00Z"),
    detectedAt: at("2026-03-03T02:10:03Z"),
    firstWindowAt: at("2026-03-03T02:00:00Z"),
    windowsLost: 1,
    lastGoodAt: at("2026-03-02T02:00:20Z"),
    lastVerifiedAt: null,
    owner: null,
  });
});

test("a monitor has at most one open incident; each further night is one more window lost", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-05T03:00:00Z");
  const incidents = await world.incidents();
  expect(incidents).toHaveLength(1);
  expect(incidents[0]).toMatchObject({
    windowsLost: 4,
    firstWindowAt: at("2026-03-02T02:00:00Z"),
    latestWindowAt: at("2026-03-05T02:00:00Z"),
  });
  expect(await world.told()).toHaveLength(1);
});

test("each kind says in which phase the run died", async () => {
  const phases: Record<string, string | null> = {};
  for (const kind of ["missing", "failed", "incomplete", "rejected"]) {
    const world = await nightlyWorld();
    await world.until("2026-03-02T02:00:10Z");
    if (kind === "failed") await world.checkIn("nightly", "fail");
    if (kind === "incomplete") await world.checkIn("nightly", "start");
    if (kind === "rejected") await world.reject("nightly");
    await world.pass("2h");
    const incident = await world.incident("nightly");
    phases[kind] = `${incident?.kind} ${incident?.phase}`;
  }
  expect(phases).toEqual({
    missing: "missing not_arrived",
    failed: "failed in_run",
    incomplete: "incomplete in_run",
    rejected: "missing rejected_at_boundary",
  });
});

test("kind and phase follow the latest bad result: one timeline entry and one notification", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-03T02:00:10Z");
  await world.checkIn("nightly", "start");
  await world.checkIn("nightly", "fail", { exitStatus: 3 });
  expect(await world.incidents()).toHaveLength(1);
  const incident = await world.incident("nightly");
  expect(incident).toMatchObject({ kind: "failed", phase: "in_run", windowsLost: 2 });
  expect(incident?.timeline.map((entry) => entry.what)).toEqual(["opened", "changed"]);
  expect(await world.told()).toEqual([
    "opened nightly: expected 02:00 UTC, nothing arrived by 02:10 (grace 10m)",
    "changed nightly: the run of 02:00 UTC failed with exit status 3",
  ]);
});

test("the same again is not told again", async () => {
  const world = await nightlyWorld();
  for (const day of ["02", "03", "04"]) {
    await world.until(`2026-03-${day}T02:00:10Z`);
    await world.checkIn("nightly", "fail", { exitStatus: 1, runId: day });
  }
  expect(await world.told()).toHaveLength(1);
  expect((await world.incident("nightly"))?.windowsLost).toBe(3);
});

test("a good run closes it by evidence, and everybody told of it is told", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-03T02:00:10Z");
  await world.run("nightly", { runId: "n-2" });
  const [incident] = await world.incidents();
  expect(incident).toMatchObject({
    status: "resolved",
    resolvedBy: "evidence",
    resolvedAt: at("2026-03-03T02:00:20Z"),
  });
  expect(incident?.timeline.map((entry) => [entry.what, entry.by])).toEqual([
    ["opened", null],
    ["resolved", null],
  ]);
  expect(await world.told()).toEqual([
    "opened nightly: expected 02:00 UTC, nothing arrived by 02:10 (grace 10m)",
    "resolved Resolved: nightly: expected 02:00 UTC, nothing arrived by 02:10 (grace 10m)",
  ]);
});

test("time alone never closes an incident", async () => {
  const world = await nightlyWorld();
  await world.monitor("nightly", nightly({ schedule: { cron: "0 2 2 3 *" } }));
  await world.until("2026-03-02T02:20:00Z");
  expect(await world.incident("nightly")).not.toBeNull();
  await world.sleepUntil("2026-12-31T00:00:00Z");
  expect((await world.incident("nightly"))?.status).toBe("open");
});

test("somebody takes it on: the owner and the timeline say so, and it stays open", async () => {
  const world = await downWorld();
  const incidentId = await openId(world);
  await world.engine.acknowledgeIncident({ project: PROJECT, incidentId, by: "ann", note: "on it" });
  expect(await world.incident("nightly")).toMatchObject({ status: "acknowledged", owner: "ann" });
  expect((await world.incident("nightly"))?.timeline.at(-1)).toMatchObject({
    what: "acknowledged",
    text: "on it",
    by: "ann",
  });
  expect((await world.told()).at(-1)).toMatch(/^acknowledged Acknowledged by ann: nightly: expected/);
  await world.engine.acknowledgeIncident({ project: PROJECT, incidentId, by: "ann", note: null });
  expect(await world.told()).toHaveLength(2);
});

test("closed by hand is marked so, and the next bad result opens a new incident", async () => {
  const world = await downWorld();
  const incidentId = await openId(world);
  await world.engine.resolveIncident({ project: PROJECT, incidentId, by: "ann", note: "the disk was full" });
  expect((await world.incidents())[0]).toMatchObject({ status: "resolved", resolvedBy: "person" });
  expect((await world.incidents())[0]?.timeline.at(-1)).toMatchObject({
    text: "the disk was full",
    by: "ann",
  });
  await world.until("2026-03-03T02:11:00Z");
  expect((await world.incidents()).map((one) => one.status)).toEqual(["open", "resolved"]);
  expect((await world.told()).map((told) => told.split(" ")[0])).toEqual(["opened", "resolved", "opened"]);
});

test("the next bad result opens a new one also where the threshold asks for more than one", async () => {
  const world = await nightlyWorld({ failureThreshold: 3 });
  await world.until("2026-03-04T03:00:00Z");
  await world.engine.resolveIncident({
    project: PROJECT,
    incidentId: await openId(world),
    by: "ann",
    note: null,
  });
  await world.until("2026-03-05T02:11:00Z");
  expect((await world.incidents()).map((one) => one.status)).toEqual(["open", "resolved"]);
});

test("deleting the monitor closes its incident and marks it so", async () => {
  const world = await downWorld();
  await world.engine.deleteMonitor({ project: PROJECT, slug: "nightly", by: "ann" });
  const [incident] = await world.incidents();
  expect(incident).toMatchObject({ status: "resolved", resolvedBy: "deletion" });
  expect((await world.told()).at(-1)).toMatch(/^resolved /);
  await world.until("2026-03-05T00:00:00Z");
  expect(await world.incidents()).toHaveLength(1);
});

test("a remark goes into the timeline and to nobody's phone", async () => {
  const world = await downWorld();
  const incidentId = await openId(world);
  await world.engine.commentIncident({ project: PROJECT, incidentId, by: "ben", text: "the disk again" });
  expect((await world.incident("nightly"))?.timeline.at(-1)).toMatchObject({
    what: "comment",
    text: "the disk again",
    by: "ben",
  });
  expect(await world.told()).toHaveLength(1);
});

test("an act on a closed or unknown incident is refused with a sentence", async () => {
  const world = await downWorld();
  const incidentId = await openId(world);
  await world.engine.resolveIncident({ project: PROJECT, incidentId, by: "ann", note: null });
  const again = { project: PROJECT, incidentId, by: "ben", note: null };
  await expect(world.engine.acknowledgeIncident(again)).rejects.toMatchObject({ code: "conflict" });
  await expect(world.engine.resolveIncident({ ...again, incidentId: "none" })).rejects.toMatchObject({
    code: "not_found",
  });
  await expect(world.engine.resolveIncident({ ...again, project: "other" })).rejects.toMatchObject({
    code: "not_found",
  });
});

test("a very long incident keeps the beginning and the end of its timeline and counts what was cut", async () => {
  const world = await downWorld();
  const incidentId = await openId(world);
  for (let number = 1; number <= 250; number += 1) {
    await world.engine.commentIncident({ project: PROJECT, incidentId, by: "ben", text: `remark ${number}` });
  }
  const incident = await world.incident("nightly");
  expect(incident?.timeline).toHaveLength(200);
  expect(incident?.timelineCut).toBe(51);
  expect(incident?.timeline[0]?.what).toBe("opened");
  expect(incident?.timeline.at(-1)?.text).toBe("remark 250");
});

async function nightlyWorld(more: Parameters<typeof nightly>[0] = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 3_600_000, ...more }));
  return world;
}

/** The run of 02:00 did not come. */
async function downWorld(): Promise<World> {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:20:00Z");
  return world;
}

async function openId(world: World): Promise<string> {
  return (await world.incident("nightly"))?.id ?? "";
}
