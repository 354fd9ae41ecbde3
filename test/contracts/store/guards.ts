/** Contract of every store: what guards tell is added to their routes, and tells a silent route from one not guarded. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { GuardNote } from "../../../src/ports/boundary-store.ts";
import type { Store } from "../../../src/ports/store.ts";
import { guardNote, MINUTE, START } from "../../makers.ts";
import type { StoreTrial } from "./trial.ts";

export function guardContract(trial: StoreTrial): void {
  describe("keeps guarded routes", () => {
    addsCalls(trial);
    joinsListening(trial);
    tellsHashesApart(trial);
    boundsRoutes(trial);
  });
}

function addsCalls({ fresh }: StoreTrial): void {
  test("with every call counted and the latest 50 kept, oldest first, however they arrive", async () => {
    const store = await fresh();
    const instants = Array.from({ length: 60 }, (_each, index) => START + index);
    await store.noteGuards("default", [guardNote({ at: START + 99, calls: instants.slice(30).map(call) })]);
    await store.noteGuards("default", [
      guardNote({ at: START + 98, calls: instants.slice(0, 30).map(call) }),
    ]);
    const [route] = await store.listGuardedRoutes("default");
    expect(route).toEqual({
      project: "default",
      route: "GET /api/cron",
      monitor: "mon-1",
      isProbe: false,
      configHash: "hash-1",
      hashes: [{ configHash: "hash-1", firstAt: START + 98, lastAt: START + 99 }],
      listening: null,
      calls: instants.slice(-LIMITS.guardCallsKept).map(call),
      count: 60,
      firstAt: START + 98,
      lastAt: START + 99,
    });
  });

  test("by route, each project its own", async () => {
    const store = await fresh();
    const routes = ["POST /b", "GET /a", "GET /\ud83d", "GET /\ud83e", 'GET /"'];
    await store.noteGuards(
      "default",
      routes.map((route) => guardNote({ route })),
    );
    await store.noteGuards("other", [guardNote({ monitor: null, isProbe: true })]);
    const listed = await store.listGuardedRoutes("default");
    expect(listed.map(({ route }) => route)).toEqual(routes.toSorted());
    expect(await store.listGuardedRoutes("other")).toMatchObject([
      { monitor: null, isProbe: true, count: 0 },
    ]);
    expect(await store.listGuardedRoutes("nobody")).toEqual([]);
  });

  test("which are whose they were told to be last, though an earlier word arrives later", async () => {
    const store = await fresh();
    const told = (given: Partial<GuardNote>) => store.noteGuards("default", [guardNote(given)]);
    await told({ at: START, monitor: "old" });
    await told({ at: START + 9, monitor: "new", configHash: "hash-2", isProbe: true });
    await told({ at: START + 5, monitor: "late", configHash: "hash-3" });
    expect(await store.listGuardedRoutes("default")).toMatchObject([
      { monitor: "new", configHash: "hash-2", isProbe: true, firstAt: START, lastAt: START + 9 },
    ]);
    await told({ at: START + 9, monitor: null });
    expect(await store.listGuardedRoutes("default")).toMatchObject([{ monitor: null, configHash: "hash-1" }]);
  });
}

function joinsListening({ fresh }: StoreTrial): void {
  const from = (fromAt: number, toAt: number) => ({ fromAt: START + fromAt, toAt: START + toAt });
  test.each([
    { what: "signs of one process", told: [from(0, 0), from(0, MINUTE)], is: from(0, MINUTE) },
    {
      what: "two that just meet",
      told: [from(0, 10), from(10, 20)],
      is: from(0, 20),
    },
    {
      what: "a process that was started again, however soon: the later one",
      told: [from(0, 10), from(11, 20)],
      is: from(11, 20),
    },
    {
      what: "an earlier one, told late",
      told: [from(11, 20), from(0, 10)],
      is: from(11, 20),
    },
    {
      what: "two instances side by side",
      told: [from(0, 90), from(60, 70), from(80, 120)],
      is: from(0, 120),
    },
    { what: "the one that began first, told last", told: [from(60, 70), from(0, 65)], is: from(0, 70) },
    { what: "nothing of listening in between", told: [from(0, 10), null, from(0, 30)], is: from(0, 30) },
  ])("and joins their listening: $what", async ({ told, is }) => {
    const store = await fresh();
    for (const listening of told) await store.noteGuards("default", [guardNote({ listening })]);
    expect(await store.listGuardedRoutes("default")).toMatchObject([{ listening: is }]);
  });
}

function tellsHashesApart({ fresh }: StoreTrial): void {
  const tell = async (store: Store, told: readonly string[]) => {
    for (const [minute, configHash] of told.entries())
      await store.noteGuards("default", [guardNote({ configHash, at: START + minute })]);
    return (await store.listGuardedRoutes("default"))[0]?.hashes;
  };

  test("and tells rules that were replaced from those of two instances side by side", async () => {
    expect(await tell(await fresh(), ["a", "a", "b", "b"])).toEqual([
      { configHash: "b", firstAt: START + 2, lastAt: START + 3 },
      { configHash: "a", firstAt: START, lastAt: START + 1 },
    ]);
    expect(await tell(await fresh(), ["a", "b", "a", "b"])).toEqual([
      { configHash: "b", firstAt: START + 1, lastAt: START + 3 },
      { configHash: "a", firstAt: START, lastAt: START + 2 },
    ]);
  });

  test("by the latest few hashes", async () => {
    const hashes = await tell(await fresh(), ["a", "b", "c", "d", "e"]);
    expect(hashes?.map(({ configHash }) => configHash)).toEqual(["e", "d", "c", "b"]);
    expect(hashes).toHaveLength(LIMITS.guardHashesKept);
  });
}

function boundsRoutes({ fresh }: StoreTrial): void {
  test("up to a limit of a project; the one that told last longest ago makes room", async () => {
    const store = await fresh();
    const limit = LIMITS.guardedRoutesPerProject;
    const numbered = (index: number, at: number) => guardNote({ route: `GET /${index}`, at });
    await store.noteGuards(
      "default",
      Array.from({ length: limit }, (_each, index) => numbered(index, START + index)),
    );
    await store.noteGuards("other", [numbered(0, 1)]);
    await store.noteGuards("default", [numbered(0, START + 9_000), numbered(9_000, START + 9_000)]);
    const routes = (await store.listGuardedRoutes("default")).map(({ route }) => route);
    expect(routes).toHaveLength(limit);
    expect(routes).not.toContain("GET /1");
    expect(routes).toEqual(expect.arrayContaining(["GET /0", "GET /9000", "GET /2"]));
    expect(await store.listGuardedRoutes("other")).toHaveLength(1);
  });
}

function call(at: number): GuardNote["calls"][number] {
  return { at, isOk: at % 2 === 0, reason: at % 2 === 0 ? null : "wrong_secret", principal: "scheduler" };
}
