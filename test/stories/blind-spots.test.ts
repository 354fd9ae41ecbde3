/** DESIGN "blindness", told as stories: what is a blind spot, and what is none. */
import { expect, test } from "vitest";
import { reasonSentence } from "../../src/domain/reason.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { at, createWorld, iso, nightly, type World } from "./world.ts";

const WINDOW = "2026-03-02T02:00:00Z";

test("a run expected while Rollcall was stopped is unknown, never missing, and no one is woken", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:50:00Z");
  world.wall.at = at("2026-03-02T02:20:00Z");
  await world.restart();
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
  const row = await world.row("nightly", WINDOW);
  expect(row.judgements.map((one) => reasonSentence(one.reason))).toEqual([
    "Rollcall could not hear (2026-03-02T01:50:00Z to 2026-03-02T02:20:00Z); no evidence came by the extended deadline.",
  ]);
  expect(await world.told()).toEqual([]);
  expect(await world.incident("nightly")).toBeNull();
});

test("a stalled process and a suspended machine are the same as a crash", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:50:00Z");
  await world.sleepUntil("2026-03-02T02:20:00Z");
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
});

test("while the last requests end nobody is let in: nothing is judged meanwhile, and the time is a blind spot", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:09:50Z");
  world.engine.hearing.end();
  await world.until("2026-03-02T02:10:20Z");
  expect(await world.ledger("nightly")).toEqual([]);
  await world.restart();
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
  expect(await world.told()).toEqual([]);
});

test("a store that cannot be written is a blind spot, and check-ins are refused meanwhile", async () => {
  const { store, trouble } = troubledStore();
  const world = await createWorld("2026-03-02T00:00:00Z", store);
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:58:00Z");
  trouble.isThere = true;
  for (let minute = 0; minute < 20; minute += 1) {
    world.wall.at += 60_000;
    await expect(world.tick()).rejects.toThrow("disk full");
    await expect(world.checkIn("nightly", "start")).rejects.toThrow("disk full");
  }
  trouble.isThere = false;
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
  expect(await spots(world)).toEqual(["2026-03-02T01:58:00Z to 2026-03-02T02:18:05Z stopped"]);
});

test("a store that takes blind spots and no signs of life leaves no part of the time uncovered", async () => {
  const { store, trouble } = troubledStore();
  const world = await createWorld("2026-03-02T00:00:00Z", store);
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:58:00Z");
  Object.assign(trouble, { isThere: true, isForSignsOnly: true });
  for (let minute = 0; minute < 20; minute += 1) {
    world.wall.at += 60_000;
    await expect(world.tick()).rejects.toThrow("disk full");
  }
  trouble.isThere = false;
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
  const found = await world.store.listBlindSpots(0);
  expect(found.map((spot) => spot.fromAt).slice(1)).toEqual(found.map((spot) => spot.toAt).slice(0, -1));
  expect(await world.told("ops")).toHaveLength(found.length + 1);
});

test("a forward step of the clock by an hour is a blind spot of an hour", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:30:00Z");
  world.wall.at += 3_600_000;
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
  expect(await spots(world)).toEqual(["2026-03-02T01:30:00Z to 2026-03-02T02:30:05Z stopped"]);
});

test("a sign of life is stored every five seconds, by ticks and check-ins alike", async () => {
  const world = await nightlyWorld();
  const signs = new Set<number | null>();
  for (let second = 0; second < 60; second += 1) {
    world.wall.at += 1_000;
    if (second % 2 === 0) await world.tick();
    else await world.checkIn("nightly", "log");
    signs.add(await world.store.lastSignOfLifeAt());
  }
  expect([...signs].map((sign) => (sign ?? 0) - at("2026-03-02T00:00:00Z"))).toEqual(
    Array.from({ length: 13 }, (_one, index) => index * 5_000),
  );
});

test("a clock set back while the store cannot be written is not forgotten", async () => {
  const { store, trouble } = troubledStore();
  const world = await createWorld("2026-03-02T00:00:00Z", store);
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:59:30Z");
  world.wall.at -= 3_600_000;
  await world.until("2026-03-02T01:59:25Z");
  trouble.isThere = true;
  world.wall.at += 12_000;
  await expect(world.tick()).rejects.toThrow("disk full");
  trouble.isThere = false;
  await world.until("2026-03-02T02:30:00Z");
  expect(await spots(world)).toEqual(["2026-03-02T01:59:30Z to 2026-03-02T01:59:30Z clock_stepped_back"]);
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
});

test("gaps of fifteen seconds change nothing, longer ones are blind spots", async () => {
  for (const [seconds, verdict] of [
    [14, "missing"],
    [15, "missing"],
    [16, "unknown"],
  ] as const) {
    const world = await nightlyWorld();
    await world.until("2026-03-02T02:09:00Z");
    world.wall.at += seconds * 1_000;
    await world.tick();
    await world.until("2026-03-02T02:30:00Z");
    expect(await world.ledger("nightly")).toEqual([`${WINDOW} ${verdict}`]);
    expect(await spots(world)).toHaveLength(seconds > 15 ? 1 : 0);
  }
});

test("many short gaps are none: each sign of life counts anew", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:59:00Z");
  while (world.wall.at < at("2026-03-02T02:12:00Z")) {
    world.wall.at += 14_000;
    await world.tick();
  }
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} missing`]);
  expect(await spots(world)).toEqual([]);
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

/** A real store whose writing fails while there is trouble. */
function troubledStore(): { store: Store; trouble: { isThere: boolean; isForSignsOnly: boolean } } {
  const trouble = { isThere: false, isForSignsOnly: false };
  const inner = createMemoryStore();
  const store: Store = {
    ...inner,
    signOfLife: async (signAt) => {
      if (trouble.isThere) throw new Error("disk full");
      await inner.signOfLife(signAt);
    },
    addBlindSpot: async (spot) => {
      if (trouble.isThere && !trouble.isForSignsOnly) throw new Error("disk full");
      await inner.addBlindSpot(spot);
    },
  };
  return { store, trouble };
}
