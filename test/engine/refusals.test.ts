/** A refusal is an answer too: it may not rest on what could still be lost. */
import { expect, test } from "vitest";
import { checkInAt, createWorld, nightly, PROJECT } from "../stories/world.ts";
import { dataFolders } from "../stores/sqlite/folders.ts";

const folders = dataFolders();

test("a job is told that its monitor was deleted once the deletion is durable, and not before", async () => {
  const store = await folders.open(folders.make());
  const { engine, monitor } = await createWorld("2026-03-02T01:55:00Z", store);
  await monitor("nightly", nightly());
  const monitorId = (await store.findMonitor(PROJECT, "nightly"))?.id ?? "";
  const checkIn = checkInAt("start", engine.clock.now());
  const told: string[] = [];
  const deleting = engine.deleteMonitor({ project: PROJECT, slug: "nightly", by: "test" });
  // Comes to its turn when the deletion has been accepted.
  while ((await store.load(monitorId, {}))?.monitor.deletedAt === null) await Promise.resolve();
  const recording = engine.recordCheckIn({ monitorId, checkIn });
  await Promise.all([
    deleting.then(() => told.push("deleted")),
    expect(recording)
      .rejects.toMatchObject({ code: "gone" })
      .then(() => told.push("gone")),
  ]);
  expect(told).toEqual(["deleted", "gone"]);
});
