/** What came of a message while the store was away: written as soon as that is back, and nobody is told twice. */
import { describe, expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { AT, incident } from "../makers-message.ts";
import { FAILED, notification, openTrouble, startWorld, type World } from "./delivery-world.ts";

type Weather = "well" | "away" | "answer lost" | "broken";

/** One opened incident is still to be told; what is settled meets the weather. */
async function worldIn(weather: Weather): Promise<World & { weather: { now: Weather } }> {
  const store = createMemoryStore();
  const now = { now: weather };
  const settleNotifications: Store["settleNotifications"] = async (...settling) => {
    if (now.now === "broken") throw new Error("This is a mistake of ours.");
    if (now.now !== "away") await store.settleNotifications(...settling);
    if (now.now !== "well") throw new RollcallError("unavailable", "The store is away.");
  };
  const world = await startWorld({ ...store, settleNotifications });
  await world.put({ incidents: [incident()], notifications: [notification()] });
  return Object.assign(world, { weather: now });
}

describe("a message that was sent and could not be written down", () => {
  test.each(["away", "answer lost"] as const)(
    "(%s) is written with the next pass, and not sent again",
    async (weather) => {
      const world = await worldIn(weather);
      await world.pass();
      await world.pass(1_000);
      world.weather.now = "well";
      expect(await world.pass(1_000)).toEqual({ claimed: 0 });
      const [kept] = await world.kept();
      expect(kept).toMatchObject({ status: "sent", sentAt: AT, attempts: [{ at: AT, code: "sent" }] });
      expect(await world.pass(LIMITS.sendLeaseMs)).toEqual({ claimed: 0 });
      expect(world.sent).toHaveLength(1);
    },
  );

  test("keeps its thread for the next one", async () => {
    const world = await worldIn("away");
    await world.pass();
    world.weather.now = "well";
    await world.pass(1_000);
    await world.put({ notifications: [notification({ ordinal: 2, change: "resolved" })] });
    await world.drain("ops");
    expect(world.sent.map(({ thread }) => thread)).toEqual([null, "t"]);
  });

  test("is sent again by who claims it once the lease has ended, for who sent it may be gone", async () => {
    const world = await worldIn("away");
    await world.pass();
    world.weather.now = "well";
    world.underWay.unrecorded.clear();
    expect(await world.pass(LIMITS.sendLeaseMs)).toEqual({ claimed: 1 });
    expect(world.sent).toHaveLength(2);
  });

  test("because of a mistake of ours is told to the log, and left to the next claim", async () => {
    const world = await worldIn("broken");
    await world.pass();
    world.weather.now = "well";
    expect(world.underWay.unrecorded.size).toBe(0);
    expect(world.logged.filter((line) => line.includes("could not be settled"))).toHaveLength(1);
    expect(await world.pass(LIMITS.sendLeaseMs)).toEqual({ claimed: 1 });
  });
});

test("a failed try that could not be written down is tried again once the lease has ended", async () => {
  const world = await worldIn("away");
  world.answer = () => FAILED;
  await world.pass();
  world.weather.now = "well";
  expect(await world.pass(500)).toEqual({ claimed: 0 });
  expect(await world.pass(LIMITS.sendLeaseMs)).toEqual({ claimed: 1 });
  expect(world.sent).toHaveLength(2);
});

test("what was sent before a channel failed, and is written down only afterwards, does not end its incident", async () => {
  const world = await worldIn("away");
  await world.pass();
  await openTrouble(world, { openedAt: AT + 1 });
  world.weather.now = "well";
  await world.pass(1_000);
  expect(await world.kept()).toMatchObject([{ status: "sent" }]);
  expect(world.troubles).toEqual([]);
});
