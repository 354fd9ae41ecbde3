/** DESIGN "blindness", told as stories: what becomes of runs expected while Rollcall itself could not hear. */
import { expect, test } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { at, createWorld, iso, nightly, PROJECT, type World } from "./world.ts";

const WINDOW = "2026-03-02T02:00:00Z";

test("affected is a window whose last minute before, or whose grace, meets the blind spot", async () => {
  for (const [from, until, verdict] of [
    ["2026-03-02T01:58:00Z", "2026-03-02T01:58:59.999Z", "missing"],
    ["2026-03-02T01:58:00Z", "2026-03-02T01:59:00.000Z", "unknown"],
    ["2026-03-02T02:10:00.000Z", "2026-03-02T02:10:30Z", "unknown"],
    ["2026-03-02T02:10:00.001Z", "2026-03-02T02:10:30Z", "missing"],
  ] as const) {
    const world = await nightlyWorld();
    await world.until(from);
    await world.sleepUntil(until);
    await world.until("2026-03-02T02:40:00Z");
    expect(await world.ledger("nightly")).toEqual([`${WINDOW} ${verdict}`]);
  }
});

test("the deadline moves to the blind end plus the grace, or plus a minute where the grace is shorter", async () => {
  for (const [graceMs, unknownAt] of [
    [600_000, "2026-03-02T02:30:00.000Z"],
    [10_000, "2026-03-02T02:21:00.000Z"],
  ] as const) {
    const world = await nightlyWorld({ graceMs });
    await world.until("2026-03-02T01:59:55Z");
    await world.sleepUntil("2026-03-02T02:20:00Z");
    await world.until(unknownAt);
    expect(await world.ledger("nightly")).toEqual([]);
    world.wall.at += 1;
    await world.tick();
    expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
  }
});

test("a deadline that lies later anyway is not moved", async () => {
  const world = await nightlyWorld({ graceMs: 7_200_000 });
  await world.until("2026-03-02T01:59:55Z");
  await world.sleepUntil("2026-03-02T02:20:00Z");
  await world.until("2026-03-02T04:20:00Z");
  expect(await world.ledger("nightly")).toEqual([]);
  await world.until("2026-03-02T04:20:00.001Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
});

test("a start that comes before the moved deadline settles the window at once", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:55:00Z");
  await world.sleepUntil("2026-03-02T02:05:00Z");
  await world.checkIn("nightly", "start");
  await world.pass("10m");
  await world.checkIn("nightly", "success");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} on_time`]);
  expect((await world.row("nightly", WINDOW)).judgements.some((one) => one.verdict === "unknown")).toBe(
    false,
  );
});

test("the first check-in after waking is heard before anything is judged", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:55:00Z");
  world.wall.at = at("2026-03-02T02:30:00Z");
  await world.checkIn("nightly", "success", { durationMs: 1_680_000 });
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} on_time`]);
  expect(await world.incidents()).toMatchObject([{ kind: "blind" }]);
});

test("a person's act is the first thing after waking: the blind spot is known before it, too", async () => {
  const acts: ((world: World) => Promise<unknown>)[] = [
    (world) => world.monitor("nightly", nightly({ name: "Backup" })),
    (world) =>
      world.engine.pauseMonitor({ project: PROJECT, slug: "nightly", untilAt: null, reason: "x", by: "ann" }),
    (world) => world.engine.resumeMonitor({ project: PROJECT, slug: "nightly", by: "ann" }),
    (world) => world.reject("nightly"),
  ];
  for (const act of acts) {
    const world = await nightlyWorld();
    await world.until("2026-03-02T01:55:00Z");
    world.wall.at = at("2026-03-02T02:30:00Z");
    await act(world);
    await world.until("2026-03-02T03:00:00Z");
    expect(await world.told()).toEqual([]);
    expect((await world.ledger("nightly"))[0]).not.toBe(`${WINDOW} missing`);
  }
});

test("a standstill in the middle of a sign of life is known to all who come after it", async () => {
  const inner = createMemoryStore();
  const waiting: (() => void)[] = [];
  let isSlow = false;
  const store: Store = {
    ...inner,
    signOfLife: async (signAt) => {
      if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
      await inner.signOfLife(signAt);
    },
  };
  const world = await createWorld("2026-03-02T00:00:00Z", store);
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:55:00Z");
  isSlow = true;
  world.wall.at += 5_000;
  const sign = world.engine.hearing.hear();
  isSlow = false;
  world.wall.at = at("2026-03-02T02:30:00Z");
  const edit = world.monitor("nightly", nightly({ name: "Backup" }));
  // Until both wait for that one sign.
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  for (const go of waiting) go();
  await Promise.all([sign, edit]);
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
});

test("evidence that arrives later settles the unknown, and the ledger keeps both", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:55:00Z");
  await world.sleepUntil("2026-03-02T02:30:00Z");
  await world.until("2026-03-02T05:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
  await world.checkIn("nightly", "start", { runId: "n", occurredAt: at("2026-03-02T02:00:04Z") });
  await world.checkIn("nightly", "success", { runId: "n", occurredAt: at("2026-03-02T02:20:00Z") });
  const row = await world.row("nightly", WINDOW);
  expect(row.judgements.map((one) => one.verdict)).toEqual(["unknown", null, "on_time"]);
  expect(await world.status("nightly")).toBe("up");
});

test("a run that was open during a blind spot is unknown when its finish never comes", async () => {
  const world = await nightlyWorld({ maxRuntimeMs: 3_600_000 });
  await world.until("2026-03-02T02:00:05Z");
  const { run } = await world.checkIn("nightly", "start");
  await world.until("2026-03-02T02:30:00Z");
  await world.sleepUntil("2026-03-02T02:50:00Z");
  await world.until("2026-03-02T03:00:05.000Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} open`]);
  await world.pass("1s");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
  expect((await world.store.getRun(run ?? ""))?.state).toBe("unknown");
  expect(await world.told()).toEqual([]);
});

test("a run whose deadline fell into the blind spot gets the grace after it", async () => {
  const world = await nightlyWorld({ maxRuntimeMs: 3_600_000 });
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start", { runId: "n" });
  await world.until("2026-03-02T02:50:00Z");
  await world.sleepUntil("2026-03-02T03:20:00Z");
  await world.until("2026-03-02T03:30:00.000Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} open`]);
  await world.checkIn("nightly", "success", { runId: "n" });
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} on_time`]);
});

test("a run that began after the blind end is not excused by it", async () => {
  const world = await nightlyWorld({ maxRuntimeMs: 3_600_000 });
  await world.until("2026-03-02T01:30:00Z");
  await world.sleepUntil("2026-03-02T01:40:00Z");
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start");
  await world.until("2026-03-02T03:00:01Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} incomplete`]);
});

test("a deadline moved by one blind spot may meet the next one", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:59:55Z");
  await world.sleepUntil("2026-03-02T02:15:00Z");
  await world.until("2026-03-02T02:20:00Z");
  await world.sleepUntil("2026-03-02T02:40:00Z");
  await world.until("2026-03-02T02:50:00Z");
  expect(await world.ledger("nightly")).toEqual([]);
  await world.until("2026-03-02T02:50:05Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
});

test("a restart in the middle of the moved deadline forgets nothing", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:59:55Z");
  world.wall.at = at("2026-03-02T02:15:00Z");
  await world.restart();
  await world.until("2026-03-02T02:20:00Z");
  world.wall.at += 10_000;
  await world.restart();
  await world.until("2026-03-02T02:40:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
  expect(await spots(world)).toHaveLength(1);
  expect(await world.told("ops")).toHaveLength(2);
});

test("what was open before stays as it is: an incident from before the blind spot is still open", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:30:00Z");
  await world.sleepUntil("2026-03-03T02:30:00Z");
  await world.until("2026-03-03T04:00:00Z");
  expect(await world.incident("nightly")).toMatchObject({ kind: "missing", windowsLost: 1 });
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} missing`, "2026-03-03T02:00:00Z unknown"]);
  expect(await world.told()).toHaveLength(1);
});

test("the first run missing after the blind spot is an incident as ever", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:55:00Z");
  await world.sleepUntil("2026-03-02T02:30:00Z");
  await world.until("2026-03-03T02:11:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`, "2026-03-03T02:00:00Z missing"]);
  expect(await world.incident("nightly")).toMatchObject({ firstWindowAt: at("2026-03-03T02:00:00Z") });
});

test("an interval is not anchored anew: after the blind spot it is expected in its old rhythm", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("loop", { schedule: { every: 600_000 }, graceMs: 60_000 });
  await world.until("2026-03-02T00:09:50Z");
  await world.run("loop");
  await world.until("2026-03-02T00:15:00Z");
  await world.sleepUntil("2026-03-02T01:16:00Z");
  await world.until("2026-03-02T01:22:00Z");
  expect(await world.ledger("loop")).toEqual([
    "2026-03-02T00:10:00Z on_time",
    "2026-03-02T00:19:50Z unknown",
    "2026-03-02T01:19:50Z missing",
  ]);
});

test("half an hour down with forty windows inside: all unknown, late evidence settles them, no storm (S25)", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const slugs = Array.from({ length: 40 }, (_one, index) => `job-${index}`);
  for (const [index, slug] of slugs.entries()) {
    await world.monitor(slug, { schedule: { cron: `${10 + (index % 20)} 1 * * *` }, graceMs: 60_000 });
  }
  await world.until("2026-03-02T01:05:00Z");
  world.wall.at = at("2026-03-02T01:35:00Z");
  await world.restart();
  await world.until("2026-03-02T01:40:00Z");
  for (const slug of slugs) expect((await world.ledger(slug))[0]).toMatch(/unknown$/);
  for (const slug of slugs.slice(0, 39)) {
    const expectedAt = (await world.rows(slug))[0]?.expectedAt ?? 0;
    await world.checkIn(slug, "success", { occurredAt: expectedAt + 5_000 });
  }
  await world.until("2026-03-02T04:00:00Z");
  const verdicts = await Promise.all(slugs.map(async (slug) => (await world.ledger(slug))[0]?.split(" ")[1]));
  expect(verdicts).toEqual([...Array.from({ length: 39 }, () => "on_time"), "unknown"]);
  expect(await world.told()).toEqual([]);
  expect(await world.told("ops")).toEqual([
    "opened Rollcall could not hear for 30m (2026-03-02 01:05 UTC to 2026-03-02 01:35 UTC)",
    "follow_up 1 monitor has runs of which nothing is known from that time: job-39 (1 run, next run 2026-03-03 01:29 UTC)",
  ]);
});

async function nightlyWorld(more: Parameters<typeof nightly>[0] = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly(more));
  return world;
}

async function spots(world: World): Promise<string[]> {
  const found = await world.store.listBlindSpots(0);
  return found.map((spot) => `${iso(spot.fromAt)} to ${iso(spot.toAt)} ${spot.cause}`);
}
