/** DESIGN "duplicates": the same check-in twice changes nothing and gets the same receipt, told as stories. */
import { expect, test } from "vitest";
import type { CheckIn } from "../../src/domain/check-in.ts";
import { at, createWorld, nightly, PROJECT, type World } from "./world.ts";

async function nightlyAtTwo(): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:00:00Z");
  return world;
}

async function versionOf(world: World): Promise<number> {
  const ref = await world.store.findMonitor(PROJECT, "nightly");
  return (await world.store.load(ref?.id ?? "", {}))?.version ?? 0;
}

test("the same key gets the same receipt, marked as a duplicate, and nothing is written", async () => {
  const world = await nightlyAtTwo();
  const keyed = { runId: "a", duplicateKey: "key/1" };
  const first = await world.checkIn("nightly", "start", keyed);
  const version = await versionOf(world);
  await world.until("2026-03-02T05:00:00Z");
  await world.checkIn("nightly", "success", { runId: "a", duplicateKey: "key/2" });
  const written = await versionOf(world);
  const again = await world.checkIn("nightly", "start", keyed);
  expect(again).toEqual({ ...first, isDuplicate: true });
  expect(await versionOf(world)).toBe(written);
  expect(written).toBeGreaterThan(version);
});

test("one key a whole spool later is still the same check-in", async () => {
  const world = await nightlyAtTwo();
  const keyed: Partial<CheckIn> = { duplicateKey: "sent/success/1/", sentAt: at("2026-03-02T02:00:00Z") };
  const first = await world.checkIn("nightly", "success", keyed);
  await world.until("2026-03-04T02:00:01Z");
  const again = await world.checkIn("nightly", "success", keyed);
  expect(again).toMatchObject({ run: first.run, isDuplicate: true });
  await world.until("2026-03-04T02:11:00Z");
  expect((await world.ledger("nightly")).at(-1)).toBe("2026-03-04T02:00:00Z missing");
});

test("where neither key nor sent_at came, the same id and kind within a minute are one", async () => {
  for (const kind of ["start", "step", "progress", "success", "fail"] as const) {
    const world = await nightlyAtTwo();
    const first = await world.checkIn("nightly", kind, { runId: "a" });
    const before = await versionOf(world);
    await world.pass("60s");
    const again = await world.checkIn("nightly", kind, { runId: "a" });
    expect(again).toMatchObject({ run: first.run, window: first.window, isDuplicate: true });
    expect(await versionOf(world)).toBe(before);
    world.wall.at += 1;
    const later = await world.checkIn("nightly", kind, { runId: "a" });
    expect(later.isDuplicate).toBe(false);
  }
});

test("what is told of a run while it goes on is never taken for the same, however soon it follows", async () => {
  const world = await nightlyAtTwo();
  await world.checkIn("nightly", "start", { runId: "a" });
  for (const processed of [1, 2]) {
    const { isDuplicate } = await world.checkIn("nightly", "progress", {
      runId: "a",
      outcome: { counts: { processed } },
    });
    expect(isDuplicate).toBe(false);
  }
  const ref = await world.store.findMonitor(PROJECT, "nightly");
  const known = await world.store.load(ref?.id ?? "", {});
  expect(known?.state.openRuns[0]?.outcome?.counts).toEqual({ processed: 2 });
});

test("of lone ends sent at once the one received first may be decided last, and is the same all the same", async () => {
  for (const kind of ["success", "fail"] as const) {
    const world = await nightlyAtTwo();
    const first = await world.checkIn("nightly", kind);
    const receivedAt = at("2026-03-02T02:00:00Z") - 5;
    expect(await world.checkIn("nightly", kind, { receivedAt })).toMatchObject({
      run: first.run,
      isDuplicate: true,
    });
    const other = kind === "fail" ? "success" : "fail";
    expect((await world.checkIn("nightly", other, { receivedAt })).run).not.toBe(first.run);
  }
});

test("an end from before a start that was heard is another run's, however close", async () => {
  const world = await nightlyAtTwo();
  await world.run("nightly", { takes: "2s" });
  const late = await world.checkIn("nightly", "success", { receivedAt: at("2026-03-02T01:59:59Z") });
  expect(late.isDuplicate).toBe(false);
});

test("another kind, another id or another key is another check-in", async () => {
  const world = await nightlyAtTwo();
  await world.checkIn("nightly", "start", { runId: "a" });
  expect((await world.checkIn("nightly", "success", { runId: "a" })).isDuplicate).toBe(false);
  expect((await world.checkIn("nightly", "start", { runId: "b" })).isDuplicate).toBe(false);
  expect((await world.checkIn("nightly", "success", { runId: "b", duplicateKey: "k" })).isDuplicate).toBe(
    false,
  );
});

test("a log is never a duplicate by nearness: two lines a second apart are two lines", async () => {
  const world = await nightlyAtTwo();
  await world.checkIn("nightly", "start", { runId: "a" });
  await world.checkIn("nightly", "log", { runId: "a", body: "one" });
  expect((await world.checkIn("nightly", "log", { runId: "a", body: "two" })).isDuplicate).toBe(false);
});

test("a lone finish sent twice is one run", async () => {
  const world = await nightlyAtTwo();
  const first = await world.checkIn("nightly", "success");
  await world.pass("20s");
  expect(await world.checkIn("nightly", "success")).toMatchObject({ run: first.run, isDuplicate: true });
  const row = await world.row("nightly", "2026-03-02T02:00:00Z");
  expect(row.extraCount).toBe(0);
});

test("a duplicate does not re-anchor an interval", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("beat", { schedule: { every: 600_000 }, graceMs: 120_000 });
  await world.until("2026-03-02T00:10:00Z");
  const first = await world.checkIn("beat", "success");
  await world.pass("50s");
  expect((await world.checkIn("beat", "success")).nextExpectedAt).toBe(first.nextExpectedAt);
});

test("a duplicate still lets what was due before it be judged", async () => {
  const world = await nightlyAtTwo();
  await world.checkIn("nightly", "success", { runId: "a" });
  world.wall.at = at("2026-03-02T02:00:05Z");
  await world.checkIn("nightly", "success", { runId: "a" });
  await world.until("2026-03-03T02:11:00Z");
  expect(await world.ledger("nightly")).toEqual([
    "2026-03-02T02:00:00Z on_time",
    "2026-03-03T02:00:00Z missing",
  ]);
});

test("of an interval half of it tells starts apart, also while a run that began early is open", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("loop", { schedule: { every: 45_000, from: "finish" }, graceMs: 10_000 });
  await world.until("2026-03-02T00:00:10Z");
  const first = await world.checkIn("loop", "start");
  await world.until("2026-03-02T00:00:40Z");
  const second = await world.checkIn("loop", "start");
  expect(second.isDuplicate).toBe(false);
  expect(second.run).not.toBe(first.run);
});
