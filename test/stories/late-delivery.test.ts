/** DESIGN "late delivery": spooled check-ins that say when they happened, told as stories. */
import { expect, test } from "vitest";
import { reasonSentence } from "../../src/domain/reason.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { at, createWorld, nightly, PROJECT, type World } from "./world.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

async function morningAfter(more: Parameters<typeof nightly>[0] = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly(more));
  await world.until("2026-03-02T08:00:00Z");
  return world;
}

test("a spooled run settles its window as on time, delivered late; the first judgement stays visible", async () => {
  const world = await morningAfter();
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z missing"]);
  const start = await world.checkIn("nightly", "start", { occurredAt: at("2026-03-02T02:01:00Z") });
  expect(start).toMatchObject({
    occurredAt: at("2026-03-02T02:01:00Z"),
    receivedAt: at("2026-03-02T08:00:00Z"),
    window: { start: "on_time" },
  });
  const finish = await world.checkIn("nightly", "success", { occurredAt: at("2026-03-02T02:30:00Z") });
  expect(finish.window?.verdict).toBe("on_time");
  const row = await world.row("nightly", "2026-03-02T02:00:00Z");
  expect(row).toMatchObject({
    startedAt: at("2026-03-02T02:01:00Z"),
    finishedAt: at("2026-03-02T02:30:00Z"),
  });
  expect(row.judgements.map((judgement) => judgement.verdict)).toEqual(["missing", "missing", "on_time"]);
  expect(row.judgements.map((judgement) => judgement.reason.code)).toContain("delivered_late");
  expect(reasonSentence(row.judgements[1]!.reason)).toMatch(
    /delivered 5h 59m late.*as claimed by the sender/,
  );
  expect(await world.incident("nightly")).toBeNull();
});

test("the run is shown as claimed", async () => {
  const world = await morningAfter();
  await world.checkIn("nightly", "success", { occurredAt: at("2026-03-02T02:05:00Z") });
  const page = { cursor: null, limit: 1 };
  const { items } = await world.engine.listRuns({ project: PROJECT, slug: "nightly", runId: null, page });
  expect(items[0]?.run).toMatchObject({ isDeliveredLate: true, startedAt: at("2026-03-02T02:05:00Z") });
});

test("late delivery reaches back seven days and not a millisecond more", async () => {
  for (const [backMs, isTaken] of [
    [7 * DAY, true],
    [7 * DAY + 1, false],
  ] as const) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("nightly", nightly());
    await world.until("2026-03-09T02:05:00Z");
    const receipt = await world.checkIn("nightly", "success", { occurredAt: world.wall.at - backMs });
    expect(receipt.window?.expectedAt).toBe(at(isTaken ? "2026-03-02T02:00:00Z" : "2026-03-09T02:00:00Z"));
    expect(receipt.notes.join()).toMatch(isTaken ? /^$/ : /occurred_at ignored: it lies more than 7d back/);
  }
});

test("the future is not accepted: the check-in counts as received now, and the receipt says so", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:00:00Z");
  const receipt = await world.checkIn("nightly", "success", { occurredAt: world.wall.at + 1 });
  expect(receipt.occurredAt).toBeNull();
  expect(receipt.notes.join()).toMatch(/occurred_at ignored: it lies in the future/);
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z on_time"]);
});

test("it is on by default for keys, off for the bare ping URL, and the monitor may say otherwise", async () => {
  for (const [via, acceptLate, isAccepted] of [
    ["key", null, true],
    ["ping_url", null, false],
    ["key", false, false],
    ["ping_url", true, true],
  ] as const) {
    const world = await morningAfter({ acceptLate });
    const occurredAt = at("2026-03-02T02:05:00Z");
    const receipt = await world.checkIn("nightly", "success", { occurredAt, via });
    expect(receipt.occurredAt).toBe(isAccepted ? occurredAt : null);
    expect(receipt.window?.verdict).toBe(isAccepted ? "on_time" : "late");
    expect(receipt.notes.join()).toMatch(isAccepted ? /^$/ : /does not accept late delivery/);
  }
});

test("a start delivered late leaves its finish a minute to be delivered too", async () => {
  const world = await morningAfter({ maxRuntimeMs: 10 * MINUTE });
  await world.checkIn("nightly", "start", { occurredAt: at("2026-03-02T02:01:00Z") });
  await world.until("2026-03-02T08:01:00Z");
  await world.checkIn("nightly", "success", { occurredAt: at("2026-03-02T02:05:00Z") });
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z on_time"]);
});

test("without its finish it is incomplete after that", async () => {
  const world = await morningAfter({ maxRuntimeMs: 10 * MINUTE });
  await world.checkIn("nightly", "start", { occurredAt: at("2026-03-02T02:01:00Z") });
  await world.until("2026-03-02T08:01:00.001Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z incomplete"]);
});

test("a claim of a late start is late: the grace is the same for spooled runs", async () => {
  const world = await morningAfter();
  await world.checkIn("nightly", "success", { occurredAt: at("2026-03-02T02:10:00.001Z") });
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z late"]);
});

test("a week of spooled nights settles every window, in whatever order they are delivered", async () => {
  for (const isReversed of [false, true]) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("nightly", nightly());
    await world.until("2026-03-08T12:00:00Z");
    const days = ["02", "03", "04", "05", "06", "07", "08"];
    for (const day of isReversed ? days.reverse() : days) {
      await world.checkIn("nightly", "start", { occurredAt: at(`2026-03-${day}T02:01:00Z`) });
      await world.checkIn("nightly", "success", { occurredAt: at(`2026-03-${day}T02:20:00Z`) });
    }
    expect((await world.ledger("nightly")).map((row) => row.split(" ")[1])).toEqual(
      Array.from({ length: 7 }, () => "on_time"),
    );
    expect(await world.incident("nightly")).toBeNull();
    await expectWholeLedger(world, "nightly");
  }
});

test("a late finish without an id is not taken for the finish of a newer run", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", {
    schedule: { cron: "0 * * * *" },
    graceMs: 10 * MINUTE,
    maxRuntimeMs: 5 * MINUTE,
  });
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("hourly", "start");
  await world.until("2026-03-02T02:08:00Z");
  const receipt = await world.checkIn("hourly", "success", { occurredAt: at("2026-03-02T01:03:00Z") });
  expect(receipt.window).toMatchObject({ expectedAt: at("2026-03-02T01:00:00Z"), verdict: "on_time" });
  expect(await world.ledger("hourly")).toEqual([
    "2026-03-02T01:00:00Z on_time",
    "2026-03-02T02:00:00Z incomplete",
  ]);
});

test("every: a spooled start revises the window it belonged to and leaves the present anchor alone", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", { schedule: { every: 10 * MINUTE }, graceMs: 2 * MINUTE });
  await world.until("2026-03-02T00:35:00Z");
  await world.checkIn("beat", "success", { occurredAt: at("2026-03-02T00:11:00Z") });
  expect(await world.ledger("beat")).toEqual([
    "2026-03-02T00:10:00Z on_time",
    "2026-03-02T00:20:00Z missing",
    "2026-03-02T00:30:00Z missing",
  ]);
  const { next } = await world.engine.viewMonitor({ project: PROJECT, slug: "beat" });
  expect(next?.expectedAt).toBe(at("2026-03-02T00:40:00Z"));
});

test("every: a spooled start finds the free window behind one that had opened as well and was taken early", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", { schedule: { every: 10 * MINUTE }, graceMs: 2 * MINUTE });
  const named = { project: PROJECT, slug: "beat", by: "ann" };
  await world.until("2026-03-02T00:01:00Z");
  await world.engine.pauseMonitor({ ...named, untilAt: null, reason: "a look" });
  await world.until("2026-03-02T00:02:00Z");
  await world.engine.resumeMonitor(named);
  await world.until("2026-03-02T00:02:05Z");
  await world.checkIn("beat", "success", { runId: "in time" });
  await world.until("2026-03-02T00:25:00Z");
  expect(await world.ledger("beat")).toEqual([
    "2026-03-02T00:12:00Z on_time",
    "2026-03-02T00:12:05Z missing",
    "2026-03-02T00:22:05Z missing",
  ]);
  await world.checkIn("beat", "success", { runId: "spooled", occurredAt: at("2026-03-02T00:11:00Z") });
  expect(await world.ledger("beat")).toEqual([
    "2026-03-02T00:12:00Z on_time",
    "2026-03-02T00:12:05Z on_time",
    "2026-03-02T00:22:05Z missing",
  ]);
});

test("the story of a run that was delivered late, and the explanation of its window, hold its check-ins", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-04T12:00:00Z");
  const start = { runId: "spooled", occurredAt: at("2026-03-02T02:00:01Z") };
  const receipt = await world.checkIn("nightly", "start", start);
  await world.checkIn("nightly", "success", { runId: "spooled", occurredAt: at("2026-03-02T02:00:30Z") });
  const { story } = await world.engine.getRun({ project: "default", id: receipt.run ?? "" });
  expect(story.map(({ kind }) => kind)).toEqual(["start", "success"]);
  const explained = await world.engine.explain({
    project: "default",
    slug: "nightly",
    at: at("2026-03-02T02:00:00Z"),
  });
  expect(explained.checkIns.map(({ kind }) => kind)).toEqual(["start", "success"]);
});
