/** What a process remembers of a monitor may be old: whatever is answered from it still stood when it was answered. */
import { expect, test } from "vitest";
import type { Snapshot } from "../../src/domain/change.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { checkInAt, createWorld, nightly, PROJECT, type World } from "../stories/world.ts";

test("a monitor that another process has deleted refuses a check-in, and a refusal is one of now", async () => {
  const { world, elsewhere } = await worldWithOldSnapshots();
  await world.checkIn("nightly", "start");
  await elsewhere.engine.deleteMonitor({ project: PROJECT, slug: "nightly", by: "ann" });
  await expect(world.checkIn("nightly", "success")).rejects.toMatchObject({ code: "gone" });
});

test("what another process has decided since is built upon, and a duplicate is one of what stands", async () => {
  const { world, elsewhere, idOf } = await worldWithOldSnapshots();
  await world.checkIn("nightly", "log");
  const checkIn = { ...checkInAt("success", world.wall.at), duplicateKey: "once" };
  await elsewhere.engine.recordCheckIn({ monitorId: await idOf(), checkIn });
  expect(await world.checkIn("nightly", "success", { duplicateKey: "once" })).toMatchObject({
    isDuplicate: true,
  });
  expect(
    (await world.store.listRuns(await idOf(), { runId: null }, { cursor: null, limit: 10 })).items,
  ).toHaveLength(1);
});

test("an act that old knowledge would pass over is done", async () => {
  const { world, elsewhere, idOf } = await worldWithOldSnapshots();
  await world.checkIn("nightly", "log");
  const named = { project: PROJECT, slug: "nightly", by: "ann" };
  await elsewhere.engine.accelerateMonitor({ ...named, schedule: { every: 600_000 }, expiresInMs: null });
  // As this process remembers it there is nothing to take back.
  await world.engine.decelerateMonitor(named);
  const snapshot = await world.store.load(await idOf(), {});
  expect(snapshot?.state.acceleration).toMatchObject({ revertedBy: "person" });
});

test("only the first round of a decision may be from memory", async () => {
  const { world, elsewhere, asked, idOf } = await worldWithOldSnapshots();
  await world.checkIn("nightly", "start");
  await elsewhere.engine.recordCheckIn({ monitorId: await idOf(), checkIn: checkInAt("log", world.wall.at) });
  asked.length = 0;
  await world.checkIn("nightly", "success");
  expect(asked[0]).toBe(true);
  expect(asked.slice(1)).toEqual(asked.slice(1).map(() => false));
});

/** One process that remembers each monitor as it saw it first, and one elsewhere that does not. */
async function worldWithOldSnapshots() {
  const inner = createMemoryStore();
  const remembered = new Map<string, Snapshot>();
  const asked: boolean[] = [];
  const store: Store = {
    ...inner,
    async load(monitorId, wanted) {
      asked.push(wanted.mayBeOld === true);
      const known = wanted.mayBeOld === true ? remembered.get(monitorId) : undefined;
      if (known !== undefined) return known;
      const snapshot = await inner.load(monitorId, wanted);
      if (snapshot !== null) remembered.set(monitorId, snapshot);
      return snapshot;
    },
    async confirm(snapshot) {
      const now = await inner.load(snapshot.monitor.id, {});
      return now?.version === snapshot.version ? inner.confirm(snapshot) : "stale";
    },
  };
  const world: World = await createWorld("2026-03-02T00:00:00Z", store);
  const elsewhere = await createWorld("2026-03-02T00:00:00Z", inner);
  await elsewhere.monitor("nightly", nightly());
  const idOf = async (): Promise<string> => (await inner.findMonitor(PROJECT, "nightly"))?.id ?? "";
  return { world, elsewhere, asked, idOf };
}
