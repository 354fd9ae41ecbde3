/** Many at one monitor at once: each has its turn, and nobody is pushed out by the others. */
import { expect, test } from "vitest";
import { createEngine } from "../../src/engine/engine.ts";
import { at, checkInAt, createWorld, nightly, PROJECT } from "../stories/world.ts";
import { dataFolders } from "../stores/sqlite/folders.ts";

const folders = dataFolders();

test("a tick, an edit and a pause get through a crowd of check-ins of the same monitor", async () => {
  const store = await folders.open(folders.make());
  const world = await createWorld("2026-03-02T01:55:00Z", store);
  await world.monitor("nightly", nightly());
  const monitorId = (await store.findMonitor(PROJECT, "nightly"))?.id ?? "";
  await world.until("2026-03-02T02:09:50Z");
  const troubles: unknown[] = [];
  const log = { ...world.parts.log, error: (...said: unknown[]) => void troubles.push(said) };
  const engine = await createEngine({ ...world.parts, log });

  world.wall.at = at("2026-03-02T02:09:59Z");
  // All of them wait for one sign of life, and go on together.
  const hearing = engine.hearing.hear();
  const named = { project: PROJECT, slug: "nightly", by: "test" };
  const acts = [
    engine.tick(),
    engine.saveMonitor({ ...named, input: nightly({ name: "Backup" }), mode: "replace" }),
    engine.pauseMonitor({ ...named, untilAt: null, reason: "a move" }),
  ];
  const checkIn = checkInAt("log", engine.clock.now());
  const crowd = Array.from({ length: 60 }, (_none, index) =>
    engine.recordCheckIn({ monitorId, checkIn: { ...checkIn, body: String(index) } }),
  );
  world.wall.at = at("2026-03-02T02:10:03Z");
  await Promise.all([hearing, ...crowd, ...acts]);
  expect(troubles).toEqual([]);
  const { monitor, state } = (await store.load(monitorId, {})) ?? {};
  expect(monitor?.settings.name).toBe("Backup");
  expect(state?.pause?.reason).toBe("a move");
  expect(state?.counted.checkIns).toBe(60);
});
