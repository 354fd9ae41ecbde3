/** Traces of which only a share is sent: that one did not come says nothing, and Rollcall says so instead of alarming. */
import { expect, test } from "vitest";
import { reasonSentence } from "../../src/domain/reason.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { createWorld, nightly, PROJECT, type World } from "./world.ts";

async function afterOneNight(isSampled: boolean): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:01:00Z");
  await world.checkIn("nightly", "step", { runId: "a1", ...(isSampled ? { isSampled } : {}) });
  await world.checkIn("nightly", "success", { runId: "a1", ...(isSampled ? { isSampled } : {}) });
  return world;
}
async function hintOf(world: World): Promise<string | null> {
  return (await world.engine.viewMonitor({ project: PROJECT, slug: "nightly" })).hint;
}

test("a night without a trace is unknown where the last one was told by sampled traces", async () => {
  const world = await afterOneNight(true);
  await world.until("2026-03-03T08:00:00Z");
  expect(await world.ledger("nightly")).toEqual([
    "2026-03-02T02:00:00Z on_time",
    "2026-03-03T02:00:00Z unknown",
  ]);
  const row = await world.row("nightly", "2026-03-03T02:00:00Z");
  expect(reasonSentence(row.judgements[0]!.reason)).toContain("only a share is sent");
  expect(await world.incident("nightly")).toBeNull();
  expect(await hintOf(world)).toContain("check in by other means too");
  await expectWholeLedger(world, "nightly");
});

test("it is missing where all traces are sent", async () => {
  const world = await afterOneNight(false);
  await world.until("2026-03-03T08:00:00Z");
  expect((await world.incident("nightly"))?.kind).toBe("missing");
  expect(await hintOf(world)).toBeNull();
});

test("a run that is begun by a check-in of its own ends the doubt, and its sampled spans bring none", async () => {
  const world = await afterOneNight(true);
  await world.until("2026-03-03T02:00:00Z");
  await world.checkIn("nightly", "start", { runId: "a2" });
  await world.checkIn("nightly", "step", { runId: "a2", isSampled: true });
  await world.checkIn("nightly", "success", { runId: "a2" });
  await world.until("2026-03-04T08:00:00Z");
  expect((await world.incident("nightly"))?.kind).toBe("missing");
});

test("a trace that does come settles its window, however late", async () => {
  const world = await afterOneNight(true);
  await world.until("2026-03-03T08:00:00Z");
  await world.checkIn("nightly", "success", { runId: "a2", isSampled: true });
  expect((await world.ledger("nightly")).at(-1)).toBe("2026-03-03T02:00:00Z late");
});
