/** What was received before a deadline is decided before the deadline is judged, also when the disk stalls in between. */
import { expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { at, checkInAt, createWorld, nightly } from "../stories/world.ts";
import { dataFolders } from "../stores/sqlite/folders.ts";

const WINDOW = "2026-03-02T02:00:00Z";
const folders = dataFolders();

test("a start that waits while the disk stands still for a moment short of a blind spot is no missing run", async () => {
  const store = await folders.open(folders.make());
  const world = await createWorld("2026-03-02T01:55:00Z", store);
  await world.monitor("nightly", nightly());
  const monitorId = (await store.findMonitor("default", "nightly"))?.id ?? "";
  await world.until("2026-03-02T02:09:50Z");

  // A sign of life is being made durable, and nobody decides anything before that. What is delivered late loads twice.
  world.wall.at = at("2026-03-02T02:09:55Z");
  const ticking = world.tick();
  const recording = (["log", "start"] as const).map(async (kind) => {
    const { receivedAt, leave } = world.engine.arrivals.arrive();
    const checkIn = { ...checkInAt(kind, receivedAt), occurredAt: receivedAt - 1_000 };
    await world.engine.recordCheckIn({ monitorId, checkIn }).finally(leave);
  });
  world.wall.at += LIMITS.blindAfterMs;
  await Promise.all([ticking, ...recording]);
  await world.tick();
  expect((await world.row("nightly", WINDOW)).start).toBe("on_time");
  expect(await world.told()).toEqual([]);
});
