/** Engine time, told as stories: verdicts depend on when a check-in was received, and time never runs backwards. */
import { expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { at, createWorld, iso, nightly, type World } from "./world.ts";

const WINDOW = "2026-03-02T02:00:00Z";

test("a start received in time is on time however late the tick comes", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:09:55Z");
  const receivedAt = at("2026-03-02T02:10:00Z");
  world.wall.at = receivedAt + 8_000;
  await world.checkIn("nightly", "start", { receivedAt });
  await world.tick();
  expect((await world.row("nightly", WINDOW)).start).toBe("on_time");
  expect(await world.incidents()).toEqual([]);
});

test("no deadline is judged while a check-in received before it is not decided yet", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:09:59Z");
  const arrival = world.engine.arrivals.arrive();
  world.wall.at = at("2026-03-02T02:10:04Z");
  await world.tick();
  expect(await world.ledger("nightly")).toEqual([]);
  await world.checkIn("nightly", "start", { receivedAt: arrival.receivedAt });
  arrival.leave();
  await world.tick();
  expect((await world.row("nightly", WINDOW)).start).toBe("on_time");
  expect(await world.told()).toEqual([]);
});

test("an edit at that moment does not judge it either", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:09:59Z");
  const arrival = world.engine.arrivals.arrive();
  world.wall.at = at("2026-03-02T02:10:04Z");
  await world.monitor("nightly", nightly({ name: "Backup" }));
  await world.checkIn("nightly", "start", { receivedAt: arrival.receivedAt });
  arrival.leave();
  await world.tick();
  expect(await world.told()).toEqual([]);
});

test("a check-in that never gets decided does not stop judging for ever", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:09:59Z");
  world.engine.arrivals.arrive();
  await world.until("2026-03-02T02:10:59Z");
  expect(await world.ledger("nightly")).toEqual([]);
  await world.until("2026-03-02T02:11:05Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} missing`]);
});

test("what is due just after a standstill is judged with the knowledge of it", async () => {
  const world = await createWorld("2026-03-02T01:59:00Z");
  await world.monitor("nightly", nightly({ graceMs: 62_000 }));
  await world.until("2026-03-02T02:01:01Z");
  world.wall.at -= 60_000;
  await world.tick();
  // The last sign of life is a second old when the clock has caught up.
  world.wall.at = at("2026-03-02T02:01:02.500Z");
  await world.tick();
  await world.until("2026-03-02T02:10:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
});

test("an outage that begins where a standstill ended is a blind spot of its own", async () => {
  const world = await standstillThenOutage((before) => before.monitor("nightly", nightly()));
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} unknown`]);
});

test("an interval that meets both goes on after the outage, which ends later", async () => {
  const world = await standstillThenOutage(async (before) => {
    await before.until("2026-03-02T00:50:30Z");
    await before.monitor("beat", { schedule: { every: 600_000 }, graceMs: 60_000 });
  });
  await world.until("2026-03-02T03:15:00Z");
  expect(await world.ledger("beat")).toEqual([
    "2026-03-02T01:00:30Z unknown",
    "2026-03-02T03:00:30Z unknown",
    "2026-03-02T03:10:30Z missing",
  ]);
});

test("after a backward step engine time stands still until the wall clock has passed it", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:00:00Z");
  world.wall.at -= 3_600_000;
  expect(iso(world.engine.clock.now())).toBe("2026-03-02T01:00:00Z");
  await world.until("2026-03-02T00:59:00Z");
  expect(iso(world.engine.clock.now())).toBe("2026-03-02T01:00:00Z");
  await world.until("2026-03-02T01:00:05Z");
  expect(iso(world.engine.clock.now())).toBe("2026-03-02T01:00:05Z");
});

test("a backward step of fifteen seconds changes nothing, a longer one is a blind spot", async () => {
  for (const [seconds, expected] of [
    [14, []],
    [15, []],
    [16, ["2026-03-02T01:59:30Z clock_stepped_back"]],
    [3_600, ["2026-03-02T01:59:30Z clock_stepped_back"]],
  ] as const) {
    const world = await nightlyWorld();
    await world.until("2026-03-02T01:59:30Z");
    world.wall.at -= seconds * 1_000;
    await world.tick();
    await world.until("2026-03-02T02:30:00Z");
    const spots = await world.store.listBlindSpots(0);
    expect(spots.map((spot) => `${iso(spot.fromAt)} ${spot.cause}`)).toEqual(expected);
    expect(await world.ledger("nightly")).toEqual([
      `${WINDOW} ${expected.length === 0 ? "missing" : "unknown"}`,
    ]);
  }
});

test("a backward step is told to operators once, when the clock has caught up", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:00:00Z");
  world.wall.at -= 3_600_000;
  await world.until("2026-03-02T00:59:00Z");
  expect(await world.told("ops")).toEqual([]);
  await world.until("2026-03-02T01:30:00Z");
  expect(await world.told("ops")).toEqual([
    "opened Rollcall's clock was set back at 2026-03-02 01:00 UTC; it judged nothing until the clock had caught up",
  ]);
});

test("a backward step across a restart does not bring time back", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:10:05Z");
  expect(await world.told()).toHaveLength(1);
  world.wall.at -= 3_600_000;
  await world.restart();
  expect(iso(world.engine.clock.now())).toBe("2026-03-02T02:10:05Z");
  await world.until("2026-03-02T02:30:00Z");
  expect(await world.told()).toHaveLength(1);
});

test("check-ins received while time stands still are kept, with the instant at which it stands", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:10Z");
  world.wall.at -= 600_000;
  const receipt = await world.checkIn("nightly", "start", { runId: "n" });
  expect(iso(receipt.receivedAt)).toBe("2026-03-02T02:00:10Z");
  await world.until("2026-03-02T02:05:00Z");
  await world.checkIn("nightly", "success", { runId: "n" });
  expect(await world.ledger("nightly")).toEqual([`${WINDOW} on_time`]);
});

test("the clock of the job's host counts for nothing: the instant of arrival does (S26)", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:10Z");
  await world.checkIn("nightly", "start", { runId: "n", sentAt: at("2026-03-02T01:50:10Z") });
  await world.pass("1m");
  await world.checkIn("nightly", "success", { runId: "n", sentAt: at("2026-03-02T01:51:10Z") });
  const row = await world.row("nightly", WINDOW);
  expect([iso(row.startedAt ?? 0), iso(row.finishedAt ?? 0)]).toEqual([
    "2026-03-02T02:00:10Z",
    "2026-03-02T02:01:10Z",
  ]);
});

test("an hour forward and back again wakes nobody (S26)", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T01:30:00Z");
  world.wall.at += 3_600_000;
  await world.pass("1m");
  world.wall.at -= 3_600_000;
  await world.until("2026-03-02T02:00:10Z");
  await world.run("nightly");
  await world.until("2026-03-02T06:00:00Z");
  expect(await world.told()).toEqual([]);
});

/** At 01:00 the clock is set back; what comes right after it cannot be written, and nothing more is heard until 03:00. */
async function standstillThenOutage(begin: (world: World) => Promise<void>): Promise<World> {
  const store = createMemoryStore();
  let isFull = false;
  const signOfLife: typeof store.signOfLife = async (signAt) => {
    if (isFull) throw new RollcallError("unavailable", "The disk is full.");
    return store.signOfLife(signAt);
  };
  const world = await createWorld("2026-03-02T00:00:00Z", { ...store, signOfLife });
  await begin(world);
  await world.until("2026-03-02T01:00:00Z");
  world.wall.at -= 60_000;
  await world.tick();
  isFull = true;
  world.wall.at = at("2026-03-02T01:00:01Z");
  await expect(world.tick()).rejects.toThrow("full");
  isFull = false;
  await world.sleepUntil("2026-03-02T03:00:00Z");
  return world;
}

async function nightlyWorld(): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  return world;
}
