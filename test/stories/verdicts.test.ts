/** DESIGN "verdicts", told as stories: what becomes of a window and of the run that took it. */
import { expect, test } from "vitest";
import { currentVerdict } from "../../src/domain/ledger.ts";
import { reasonSentence } from "../../src/domain/reason.ts";
import { at, createWorld, link, nightly, PROJECT, type World } from "./world.ts";

const WINDOW = "2026-03-02T02:00:00Z";

test("while its run goes on, a window has a start and no verdict", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:10Z");
  await world.checkIn("nightly", "start");
  await world.pass("30m");
  const row = await world.row("nightly", WINDOW);
  expect(row.start).toBe("on_time");
  expect(currentVerdict(row)).toBeNull();
  expect(await world.incidents()).toEqual([]);
});

test("a start in time and a good finish make the window on time", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:05:00Z");
  await world.run("nightly", { takes: "20m" });
  const row = await world.row("nightly", WINDOW);
  expect([row.start, currentVerdict(row)]).toEqual(["on_time", "on_time"]);
  expect(row.startedAt).toBe(at("2026-03-02T02:05:00Z"));
  expect(row.finishedAt).toBe(at("2026-03-02T02:25:00Z"));
});

test("a start after the grace makes the window late, and it was missing before", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T03:00:00Z");
  await world.run("nightly");
  const row = await world.row("nightly", WINDOW);
  expect(row.start).toBe("late");
  expect(row.judgements.map((judgement) => judgement.verdict)).toEqual(["missing", "missing", "late"]);
});

test("a late window keeps saying missing while its run goes on", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T03:00:00Z");
  await world.checkIn("nightly", "start");
  await world.pass("30m");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} missing`]);
  expect((await world.row("nightly", WINDOW)).start).toBe("late");
});

test("the outcome wins over the start: a failed run that came late is failed", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T03:00:00Z");
  await world.checkIn("nightly", "start");
  await world.checkIn("nightly", "fail");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} failed`]);
  expect((await world.row("nightly", WINDOW)).start).toBe("late");
});

test("an exit status other than zero is a failure, zero is a success", async () => {
  for (const [exitStatus, verdict] of [
    [0, "on_time"],
    [1, "failed"],
    [255, "failed"],
  ] as const) {
    const world = await nightlyWorld();
    await world.until("2026-03-02T02:00:10Z");
    await world.checkIn("nightly", "start");
    await world.checkIn("nightly", "success", { exitStatus });
    expect(await world.ledger("nightly")).toEqual([`${WINDOW} ${verdict}`]);
  }
});

test("a run that does not finish within its runtime is incomplete one millisecond after", async () => {
  const world = await nightlyWorld({ maxRuntimeMs: 3_600_000 });
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start");
  await world.until("2026-03-02T03:00:00.000Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} open`]);
  await world.until("2026-03-02T03:00:00.001Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} incomplete`]);
  expect((await world.incident("nightly"))?.kind).toBe("incomplete");
});

test("a late run that does not finish is incomplete, not late", async () => {
  const world = await nightlyWorld({ maxRuntimeMs: 3_600_000 });
  await world.until("2026-03-02T02:30:00Z");
  await world.checkIn("nightly", "start");
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} incomplete`]);
});

test("every verdict says why in a sentence", async () => {
  const world = await nightlyWorld({ maxRuntimeMs: 3_600_000 });
  await world.until("2026-03-02T02:10:05Z");
  await world.pass("5m");
  await world.checkIn("nightly", "start");
  await world.checkIn("nightly", "fail", { exitStatus: 3 });
  const row = await world.row("nightly", WINDOW);
  expect(row.judgements.map((judgement) => reasonSentence(judgement.reason))).toEqual([
    "No start was received by the deadline (grace 10m).",
    "A start was received 5m 5s after the deadline.",
    "The run reported a failure: exit status 3.",
  ]);
});

test("a success without checks is reported: it sets the last good run and not the last verified one", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:10Z");
  const { run } = await world.run("nightly");
  expect((await world.store.getRun(run ?? ""))?.state).toBe("reported");
  const view = await world.engine.viewMonitor({ project: PROJECT, slug: "nightly" });
  expect(view.lastSuccessAt).toBe(at("2026-03-02T02:00:20Z"));
  expect(view.lastVerifiedAt).toBeNull();
});

test("a run climbs from started to reported, or falls to failed or incomplete", async () => {
  const world = await nightlyWorld({ maxRuntimeMs: 600_000 });
  await world.until("2026-03-02T02:00:10Z");
  const states: (string | undefined)[] = [];
  for (const runId of ["good", "bad", "lost"]) {
    const { run } = await world.checkIn("nightly", "start", { runId });
    const look = async () => states.push((await world.store.getRun(run ?? ""))?.state);
    await look();
    if (runId === "good") await world.checkIn("nightly", "success", { runId });
    if (runId === "bad") await world.checkIn("nightly", "fail", { runId });
    if (runId === "lost") await world.pass("15m");
    await look();
  }
  expect(states).toEqual(["started", "reported", "started", "failed", "started", "incomplete"]);
});

test("neutral results neither add to a streak nor reset it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly({ failureThreshold: 2 }));
  await world.until("2026-03-02T01:10:00Z");
  await world.engine.createPlan({
    project: PROJECT,
    kind: "maintenance",
    monitors: ["hourly"],
    tags: null,
    fromAt: at("2026-03-02T01:50:00Z"),
    untilAt: at("2026-03-02T02:30:00Z"),
    reason: "new disk",
  });
  await world.until("2026-03-02T02:40:00Z");
  await world.run("hourly", { trigger: "manual" });
  expect(await world.incidents()).toEqual([]);
  await world.until("2026-03-02T03:10:00Z");
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z missing",
    "2026-03-02T02:00:00Z excused",
    "2026-03-02T03:00:00Z missing",
  ]);
  expect(await world.incidents()).toHaveLength(1);
});

test("a good extra run is neutral: it neither opens nor closes nor resets anything", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly({ recoveryThreshold: 2 }));
  await world.until("2026-03-02T02:00:10Z");
  expect((await world.incident("hourly"))?.kind).toBe("missing");
  await world.run("hourly", { runId: "a" });
  await world.run("hourly", { runId: "b" });
  await world.run("hourly", { runId: "c" });
  expect((await world.incident("hourly"))?.status).toBe("open");
  await world.until("2026-03-02T03:00:10Z");
  await world.run("hourly", { runId: "d" });
  expect(await world.incident("hourly")).toBeNull();
});

test("a failed extra run is a bad result although its window was fine", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly());
  await world.until("2026-03-02T01:00:10Z");
  await world.run("hourly", { runId: "a" });
  await world.checkIn("hourly", "start", { runId: "b" });
  await world.checkIn("hourly", "fail", { runId: "b" });
  expect(await world.ledger("hourly")).toEqual(["2026-03-02T01:00:00Z on_time"]);
  expect((await world.incident("hourly"))?.kind).toBe("failed");
});

test("a retry that ends well recovers: the verdict stays, and the incident is over", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:10Z");
  await world.checkIn("nightly", "start", { runId: "first" });
  await world.checkIn("nightly", "fail", { runId: "first" });
  await world.until("2026-03-02T02:20:00Z");
  const retry = await world.run("nightly", { runId: "retry" });
  const row = await world.row("nightly", WINDOW);
  expect(currentVerdict(row)).toBe("failed");
  expect(row.recoveredBy).toBe(retry.run);
  expect(await world.incident("nightly")).toBeNull();
});

test("a person's run leaves the scheduled window missing (S24)", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:05:00Z");
  await world.run("nightly", { trigger: "manual" });
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} missing`]);
  await world.run("nightly", { trigger: "manual" });
  expect((await world.incident("nightly"))?.kind).toBe("missing");
});

test("a person's run satisfies the window where manual runs count", async () => {
  const world = await nightlyWorld({ manualCounts: true });
  await world.until("2026-03-02T02:05:00Z");
  await world.run("nightly", { trigger: "manual" });
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} on_time`]);
});

test("a person's good run closes a failed or incomplete incident, and their failed run opens none", async () => {
  for (const kind of ["failed", "incomplete"] as const) {
    const world = await nightlyWorld({ maxRuntimeMs: 600_000 });
    await world.until("2026-03-02T02:00:10Z");
    await world.checkIn("nightly", "start");
    if (kind === "failed") await world.checkIn("nightly", "fail");
    await world.pass("20m");
    expect((await world.incident("nightly"))?.kind).toBe(kind);
    await world.run("nightly", { trigger: "manual", runId: "by-hand" });
    expect(await world.incident("nightly")).toBeNull();
    await world.checkIn("nightly", "fail", { trigger: "manual", runId: "by-hand-2" });
    expect(await world.incident("nightly")).toBeNull();
  }
});

test("where overlap is forbidden, two runs open at once are bad, until one overlaps nothing", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", hourly({ overlap: "forbid", channels: [link("chat")] }));
  await world.until("2026-03-02T01:00:10Z");
  await world.checkIn("hourly", "start", { runId: "a" });
  await world.until("2026-03-02T02:00:10Z");
  await world.checkIn("hourly", "start", { runId: "b" });
  expect((await world.incident("hourly"))?.kind).toBe("overlap");
  await world.checkIn("hourly", "success", { runId: "a" });
  await world.checkIn("hourly", "success", { runId: "b" });
  expect((await world.incident("hourly"))?.kind).toBe("overlap");
  await world.until("2026-03-02T03:00:10Z");
  await world.run("hourly", { runId: "c" });
  expect(await world.incident("hourly")).toBeNull();
});

function hourly(more: object = {}) {
  return { schedule: { cron: "0 * * * *" }, graceMs: 300_000, ...more };
}

async function nightlyWorld(more: Parameters<typeof nightly>[0] = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly(more));
  return world;
}
