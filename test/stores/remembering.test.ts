/** A store that remembers: asked once, forgotten with every write, and never kept where a write came between. */
import { beforeEach, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import type { Monitor } from "../../src/domain/monitor.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { remembering } from "../../src/stores/remembering.ts";
import { blindSpot, change, guardNote, key, monitor, plan, project, settings, START } from "../makers.ts";

let asked: string[];
/** What a question waits for, once it has its answer. */
let held: Promise<void>;
let store: Store;

beforeEach(async () => {
  asked = [];
  held = Promise.resolve();
  const beneath = createMemoryStore();
  await beneath.createProject(project());
  const slow =
    <Given extends unknown[], Answer>(name: string, ask: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      asked.push(name);
      const answer = await ask(...given);
      await held;
      return answer;
    };
  store = remembering({
    ...beneath,
    getKey: slow("getKey", beneath.getKey),
    findMonitor: slow("findMonitor", beneath.findMonitor),
    loadProject: slow("loadProject", beneath.loadProject),
    listPlans: slow("listPlans", beneath.listPlans),
    listBlindSpots: slow("listBlindSpots", beneath.listBlindSpots),
    listGuardedRoutes: slow("listGuardedRoutes", beneath.listGuardedRoutes),
  });
});

/** A commit of a monitor as it is, but for what is given. */
async function checkIn(id: string, given: Partial<Monitor> = {}): Promise<"committed" | "stale"> {
  const before = await store.load(id, {});
  if (before === null) throw new Error(`there is no monitor ${id}`);
  const { version, state } = before;
  return store.commit(change({ baseVersion: version, monitor: { ...before.monitor, ...given }, state }));
}

const accepting = (...accepts: string[]) => ({ settings: settings({ accepts }) });

test("what a hundred check-ins ask for is asked once", async () => {
  await store.putKey(key({ id: "key_1" }));
  await store.createMonitor(change({ monitor: monitor({ id: "mon_1", slug: "nightly" }) }));
  await store.addBlindSpot(blindSpot({ id: "blind-1", fromAt: START - 60_000, toAt: START - 30_000 }));
  asked = [];
  for (let index = 0; index < 100; index += 1) {
    await store.getKey("key_1");
    await store.findMonitor("default", "nightly");
    await store.loadProject("default");
    await store.listPlans("default", START + index);
    await store.listBlindSpots(START + index);
    await store.listGuardedRoutes("default");
    await checkIn("mon_1");
  }
  expect(asked.toSorted()).toEqual([
    "findMonitor",
    "getKey",
    "listBlindSpots",
    "listGuardedRoutes",
    "listPlans",
    "loadProject",
  ]);
});

test("a name that no monitor has is asked for again, so that the first check-in after creation finds it", async () => {
  expect(await store.findMonitor("default", "nightly")).toBeNull();
  await store.createMonitor(change({ monitor: monitor({ id: "mon_1", slug: "nightly" }) }));
  expect(await store.findMonitor("default", "nightly")).toMatchObject({ id: "mon_1" });
});

test("plans that have ended by the instant asked for are left out, and earlier ones are not missed", async () => {
  await store.putPlan(plan({ id: "early", fromAt: START, untilAt: START + 10 }));
  await store.putPlan(plan({ id: "late", fromAt: START, untilAt: START + 20 }));
  const idsAfter = async (at: number) => (await store.listPlans("default", at)).map(({ id }) => id);
  expect(await idsAfter(START + 15)).toEqual(["late"]);
  expect(await idsAfter(START + 5)).toEqual(["early", "late"]);
  expect(await idsAfter(START + 10)).toEqual(["late"]);
  expect(await idsAfter(START + 20)).toEqual([]);
});

test("a blind spot that is just over is seen by the next decision", async () => {
  expect(await store.listBlindSpots(START)).toEqual([]);
  const spot = blindSpot({ id: "blind-1", fromAt: START, toAt: START + 60_000 });
  await store.addBlindSpot(spot);
  expect(await store.listBlindSpots(START + 60_000)).toEqual([spot]);
  expect(await store.listBlindSpots(START + 60_001)).toEqual([]);
});

test("an answer that a write overtook is given to who asked, and not remembered", async () => {
  await store.putKey(key({ id: "key_1" }));
  const gate = Promise.withResolvers<void>();
  held = gate.promise;
  const before = store.getKey("key_1");
  await store.putKey(key({ id: "key_1", revokedAt: START }));
  gate.resolve();
  expect(await before).toMatchObject({ revokedAt: null });
  expect(await store.getKey("key_1")).toMatchObject({ revokedAt: START });
});

test("what a monitor accepts is forgotten when it changes, and only of this monitor", async () => {
  await store.createMonitor(change({ monitor: monitor({ id: "mon_1", ...accepting("key") }) }));
  await store.createMonitor(change({ monitor: monitor({ id: "mon_2", ...accepting("key") }) }));
  const accepts = async (slug: string) => (await store.findMonitor("default", slug))?.accepts;
  expect([await accepts("mon-1"), await accepts("mon-2")]).toEqual([["key"], ["key"]]);
  await checkIn("mon_1", accepting("key", "github"));
  asked = [];
  expect([await accepts("mon-1"), await accepts("mon-2")]).toEqual([["key", "github"], ["key"]]);
  await checkIn("mon_1", { settings: settings() });
  expect([await accepts("mon-1"), await accepts("mon-2")]).toEqual([null, ["key"]]);
  expect(asked).toEqual(["findMonitor", "findMonitor"]);
});

test("what a monitor accepted is not remembered by who asked before it changed", async () => {
  await store.createMonitor(change({ monitor: monitor({ id: "mon_1", ...accepting("key") }) }));
  const gate = Promise.withResolvers<void>();
  held = gate.promise;
  const before = store.findMonitor("default", "mon-1");
  await checkIn("mon_1", accepting("github"));
  gate.resolve();
  expect(await before).toMatchObject({ accepts: ["key"] });
  expect(await store.findMonitor("default", "mon-1")).toMatchObject({ accepts: ["github"] });
});

test("a change of what is accepted that was lost leaves what was, also where its check-ins follow", async () => {
  const durable = monitor({ id: "mon_1", ...accepting("key") });
  const lost = Promise.withResolvers<"stale">();
  const beneath = createMemoryStore();
  await beneath.createMonitor(change({ monitor: durable }));
  store = remembering({ ...beneath, commit: () => lost.promise });
  const found = async () => (await store.findMonitor("default", "mon-1"))?.accepts;
  expect(await found()).toEqual(["key"]);
  const edited = { ...durable, ...accepting("github") };
  const commits = [change({ baseVersion: 1, monitor: edited }), change({ baseVersion: 2, monitor: edited })];
  const outcomes = commits.map((one) => store.commit(one));
  // Not durable yet, so it is not so yet.
  expect(await found()).toEqual(["key"]);
  lost.resolve("stale");
  expect(await Promise.all(outcomes)).toEqual(["stale", "stale"]);
  expect(await found()).toEqual(["key"]);
});

test("what guards have told is known to the next decision, of each project its own", async () => {
  expect(await store.listGuardedRoutes("default")).toEqual([]);
  expect(await store.listGuardedRoutes("other")).toEqual([]);
  await store.noteGuards("default", [guardNote()]);
  asked = [];
  expect(await store.listGuardedRoutes("default")).toHaveLength(1);
  expect(await store.listGuardedRoutes("other")).toEqual([]);
  expect(asked).toEqual(["listGuardedRoutes"]);
  await store.sweep(START + LIMITS.historyMs + 1);
  expect(await store.listGuardedRoutes("default")).toEqual([]);
});

test("what several callers may hold cannot be changed by one of them", async () => {
  await store.putKey(key({ id: "key_1", monitors: ["nightly"] }));
  const shared = (await store.getKey("key_1"))?.monitors as string[];
  expect(() => shared.push("other")).toThrow(TypeError);
  expect(await store.getKey("key_1")).toMatchObject({ monitors: ["nightly"] });
});

test("a monitor whose creation was lost after it was seen is not remembered", async () => {
  let isAccepted = false;
  const seen = { id: "mon_1", project: "default", slug: "nightly", deletedAt: null, accepts: null };
  store = remembering({
    ...createMemoryStore(),
    findMonitor: async () => (isAccepted ? seen : null),
    async createMonitor() {
      isAccepted = true;
      // Somebody checks in while it becomes durable.
      expect(await store.findMonitor("default", "nightly")).toEqual(seen);
      isAccepted = false;
      throw new Error("the disk is full");
    },
  });
  const lost = change({ monitor: monitor({ slug: "nightly" }) });
  await expect(store.createMonitor(lost)).rejects.toThrow("the disk is full");
  expect(await store.findMonitor("default", "nightly")).toBeNull();
});
