/** The disk stands still for some seconds: Rollcall goes on hearing and deciding, and answers once it is durable. */
import { expect, test, vi } from "vitest";
import { dataFolders } from "../stores/sqlite/folders.ts";
import { createWorld, type World } from "./world.ts";

const folders = dataFolders();

async function monitorIdOf({ store }: World, slug: string): Promise<string> {
  return (await store.findMonitor("default", slug))?.id ?? "";
}

test("what is checked in meanwhile is decided in order and at its own instant, and no blind spot arises", async () => {
  const folder = folders.make();
  const store = await folders.open(folder);
  const world = await createWorld("2026-03-02T01:00:00Z", store);
  await world.monitor("nightly", { schedule: { every: 3_600_000 }, graceMs: 60_000 });
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" }, graceMs: 1_000 });
  await world.until("2026-03-02T02:00:00Z");
  await world.tick();
  const nightly = await monitorIdOf(world, "nightly");
  // Any other connection that holds the lock on writing stops the thread as a disk would.
  const disk = folders.database(folder);
  disk.exec("BEGIN IMMEDIATE");

  let answered = 0;
  const answers: Promise<unknown>[] = [];
  const checkIn = (slug: string, kind: "start" | "success", runId: string): void => {
    answers.push(world.checkIn(slug, kind, { runId }).finally(() => (answered += 1)));
  };
  checkIn("hourly", "start", "at two");
  for (const second of [1, 2, 3]) {
    world.wall.at += 1_000;
    checkIn("nightly", "start", `run-${second}`);
    checkIn("nightly", "success", `run-${second}`);
    // The same again: what it would be told rests on what is not durable.
    checkIn("nightly", "success", `run-${second}`);
    answers.push(world.engine.hearing.hear(), world.tick());
  }
  await vi.waitFor(async () => {
    const snapshot = await store.load(nightly, { runId: "run-3" });
    expect(snapshot?.run).toMatchObject({ state: "reported", startedAt: world.wall.at });
  });
  // Whoever is shown the monitor is shown what is kept.
  const status = world.status("hourly").finally(() => (answered += 1));
  world.wall.at += 2_000;
  answers.push(world.engine.hearing.hear());
  expect(answered).toBe(0);
  expect((await store.listRuns(nightly, { runId: null }, { cursor: null, limit: 9 })).items).toEqual([]);

  disk.exec("ROLLBACK");
  const told = await Promise.all(answers);
  expect(await status).toBe("running");
  const receipts = told.filter((one) => typeof one === "object" && one !== null && "isDuplicate" in one);
  expect(receipts.map((one) => (one as { isDuplicate: boolean }).isDuplicate)).toEqual([
    false,
    ...[1, 2, 3].flatMap(() => [false, false, true]),
  ]);
  expect(await store.lastSignOfLifeAt()).toBe(world.wall.at);
  await world.until("2026-03-02T02:01:00Z");
  expect(await store.listBlindSpots(0)).toEqual([]);
  expect((await world.ledger("hourly")).at(-1)).toBe("2026-03-02T02:00:00Z open");
  const { items } = await store.listRuns(nightly, { runId: null }, { cursor: null, limit: 9 });
  expect(items.map(({ runId }) => runId)).toEqual(["run-3", "run-2", "run-1"]);
});
