/** Monitors are kept in memory with their latest runs; what jobs print is not kept with them. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createWorld } from "../../stories/world.ts";
import { dataFolders } from "./folders.ts";

const folders = dataFolders();
const MONITORS = 200;
const BODY_CHARACTERS = 100_000;

function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

test("runs that are kept at hand hold their message in memory, and not the whole body it was cut from", async () => {
  const store = await folders.open(folders.make());
  const world = await createWorld("2026-03-02T00:00:00Z", store);
  const slugs = Array.from({ length: MONITORS }, (_none, index) => `job-${index}`);
  for (const slug of slugs) await world.monitor(slug, { schedule: { every: 3_600_000 } });
  const before = heapUsed();
  for (const slug of slugs) {
    // As it comes from the wire: one flat text, no piece of another.
    const body = Buffer.alloc(BODY_CHARACTERS, slug).toString("latin1");
    await world.checkIn(slug, "success", { runId: "nightly", body });
  }
  expect(heapUsed() - before).toBeLessThan((MONITORS * BODY_CHARACTERS) / 3);
});
