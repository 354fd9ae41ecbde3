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

test("what was stale is remembered no longer: the second round rests on what stands", async () => {
  const { world, elsewhere, stale, idOf } = await worldWithOldSnapshots();
  await world.checkIn("nightly", "start");
  await elsewhere.engine.recordCheckIn({ monitorId: await idOf(), checkIn: checkInAt("log", world.wall.at) });
  await world.checkIn("nightly", "success");
  expect(stale).toHaveLength(1);
});

/** One process that remembers each monitor as it saw it first, and one elsewhere that does not. */
async function worldWithOldSnapshots() {
  const inner = createMemoryStore();
  const remembered = new Map<string, Snapshot>();
  const stale: string[] = [];
  const told = (monitorId: string, outcome: "committed" | "stale") => {
    if (outcome === "stale") {
      stale.push(monitorId);
      remembered.delete(monitorId);
    }
    return outcome;
  };
  const store: Store = {
    ...inner,
    async load(monitorId, wanted) {
      const known = wanted.mayBeOld === true ? remembered.get(monitorId) : undefined;
      if (known !== undefined) return known;
      const snapshot = await inner.load(monitorId, wanted);
      if (snapshot !== null) remembered.set(monitorId, snapshot);
      return snapshot;
    },
    commit: async (change, onAccepted) => told(change.monitor.id, await inner.commit(change, onAccepted)),
    async confirm(snapshot) {
      const { id } = snapshot.monitor;
      const now = await inner.load(id, {});
      return told(id, now?.version === snapshot.version ? await inner.confirm(snapshot) : "stale");
    },
  };
  const world: World = await createWorld("2026-03-02T00:00:00Z", store);
  const elsewhere = await createWorld("2026-03-02T00:00:00Z", inner);
  await elsewhere.monitor("nightly", nightly());
  const idOf = async (): Promise<string> => (await inner.findMonitor(PROJECT, "nightly"))?.id ?? "";
  return { world, elsewhere, stale, idOf };
}
