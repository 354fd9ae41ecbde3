/** DESIGN "blindness", told as stories: who is told that Rollcall could not hear, of what, and how often. */
import { expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/ports/store.ts";
import { at, createWorld, iso, nightly, PROJECT, type World } from "./world.ts";

test("a blind spot is an incident of the service, opened and resolved at its end: one notice", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.until("2026-03-02T14:02:00Z");
  await world.sleepUntil("2026-03-02T14:31:00Z");
  expect(await world.incidents()).toMatchObject([
    {
      kind: "blind",
      subject: { type: "service" },
      status: "resolved",
      resolvedBy: "evidence",
      openedAt: at("2026-03-02T14:02:00Z"),
      resolvedAt: at("2026-03-02T14:31:00Z"),
    },
  ]);
  await world.until("2026-03-02T18:00:00Z");
  expect(await world.told("ops")).toEqual([
    "opened Rollcall could not hear for 29m (2026-03-02 14:02 UTC to 2026-03-02 14:31 UTC)",
  ]);
  expect(await world.told("chat")).toEqual([]);
});

test("a gap that was none is told to nobody", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.until("2026-03-02T14:02:00Z");
  world.wall.at += 15_000;
  await world.tick();
  await world.until("2026-03-02T15:00:00Z");
  expect(await world.incidents()).toEqual([]);
});

test("three hundred monitors with runs in the blind spot make one notice and one follow-up, not a storm", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  for (let number = 0; number < 300; number += 1) {
    const minute = 30 + (number % 20);
    await world.monitor(`job-${number}`, { schedule: { cron: `${minute} 1 * * *` }, graceMs: 60_000 });
  }
  await world.until("2026-03-02T01:20:00Z");
  await world.sleepUntil("2026-03-02T02:00:00Z");
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.told("chat")).toEqual([]);
  const told = await world.told("ops");
  expect(told).toHaveLength(2);
  expect(told[1]).toMatch(/^follow_up 300 monitors have runs .* and 280 more$/);
  expect(await world.incidents()).toMatchObject([{ kind: "blind", windowsLost: 300 }]);
});

test("the follow-up comes a quarter of an hour after the blind end, and not again without news", async () => {
  const world = await downAtTwo();
  await world.until("2026-03-02T02:44:55Z");
  expect(await world.told("ops")).toHaveLength(1);
  await world.until("2026-03-02T02:45:00Z");
  expect(await world.told("ops")).toHaveLength(2);
  await world.until("2026-03-02T06:00:00Z");
  expect(await world.told("ops")).toHaveLength(2);
});

test("monitors that become unknown later are named in a later follow-up, and counted once", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("soon", nightly());
  await world.monitor("later", nightly({ graceMs: 3_600_000 }));
  await world.until("2026-03-02T01:55:00Z");
  await world.sleepUntil("2026-03-02T02:30:00Z");
  await world.until("2026-03-02T06:00:00Z");
  expect((await world.told("ops")).slice(1)).toEqual([
    "follow_up 1 monitor has runs of which nothing is known from that time: soon (1 run, next run 2026-03-03 02:00 UTC)",
    "follow_up 1 monitor has runs of which nothing is known from that time: later (1 run, next run 2026-03-03 02:00 UTC)",
  ]);
  expect(await world.incidents()).toMatchObject([{ windowsLost: 2 }]);
  expect((await world.incidents())[0]?.timeline.map((entry) => entry.what)).toEqual([
    "opened",
    "resolved",
    "follow_up",
    "follow_up",
  ]);
});

test("those whose next run is more than an hour away are named first", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("a-minutely", { schedule: { cron: "* * * * *" } });
  await world.monitor("b-nightly", nightly());
  await world.monitor("c-monthly", { schedule: { cron: "0 2 2 * *" }, graceMs: 60_000 });
  await world.monitor("d-hourly", { schedule: { cron: "15 * * * *" }, graceMs: 60_000 });
  await world.until("2026-03-02T01:55:00Z");
  await world.sleepUntil("2026-03-02T02:30:00Z");
  for (let minute = 0; minute < 20; minute += 1) {
    await world.checkIn("a-minutely", "success");
    await world.pass("1m");
  }
  const [, followUp = ""] = await world.told("ops");
  const named = [...followUp.matchAll(/([a-d]-\w+) \(/g)].map(([, slug]) => slug);
  expect(named).toEqual(["c-monthly", "b-nightly", "d-hourly", "a-minutely"]);
});

test("what later evidence has settled is not named", async () => {
  const world = await downAtTwo();
  await world.until("2026-03-02T02:42:00Z");
  await world.checkIn("nightly", "success", { occurredAt: at("2026-03-02T02:00:10Z") });
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.told("ops")).toHaveLength(1);
});

test("of a monitor deleted meanwhile nothing is said", async () => {
  const world = await downAtTwo();
  await world.until("2026-03-02T02:42:00Z");
  await world.engine.deleteMonitor({ project: PROJECT, slug: "nightly", by: "ann" });
  await world.until("2026-03-02T04:00:00Z");
  expect(await world.told("ops")).toHaveLength(1);
});

test("two blind spots are two incidents, each with its own follow-up", async () => {
  const world = await downAtTwo();
  await world.until("2026-03-02T08:00:00Z");
  await world.sleepUntil("2026-03-02T08:30:00Z");
  await world.until("2026-03-02T10:00:00Z");
  expect((await world.incidents()).map((one) => [one.id, one.windowsLost, iso(one.openedAt)])).toEqual([
    ["default-p2", 0, "2026-03-02T08:00:00Z"],
    ["default-p1", 1, "2026-03-02T01:55:00Z"],
  ]);
});

test("a crash between recording the blind spot and telling of it: the next process tells, once", async () => {
  const { store, trouble } = tonguetiedStore();
  const world = await createWorld("2026-03-02T00:00:00Z", store);
  await world.until("2026-03-02T14:02:00Z");
  trouble.isThere = true;
  world.wall.at = at("2026-03-02T14:31:00Z");
  await expect(world.tick()).rejects.toThrow("gone");
  expect(await world.told("ops")).toEqual([]);
  trouble.isThere = false;
  await world.restart();
  await world.restart();
  await world.until("2026-03-02T15:00:00Z");
  expect(await world.told("ops")).toEqual([
    "opened Rollcall could not hear for 29m (2026-03-02 14:02 UTC to 2026-03-02 14:31 UTC)",
  ]);
});

test("a project that cannot be told keeps nobody from being told, heard and judged; it is told as soon as it can be", async () => {
  const inner = createMemoryStore();
  let isBroken = true;
  const troubles: unknown[] = [];
  const quiet = (): void => {};
  const world = await createWorld(
    "2026-03-02T00:00:00Z",
    {
      ...inner,
      async commitProject(change) {
        if (isBroken && change.project.name === "broken") throw new Error("a document that nobody can read");
        return inner.commitProject(change);
      },
    },
    {
      log: {
        debug: quiet,
        info: quiet,
        warn: quiet,
        error: (_what, more) => troubles.push(more?.["project"]),
      },
    },
  );
  const createdAt = world.wall.at;
  await inner.createProject({
    name: "broken",
    title: "",
    createdAt,
    operatorChannels: ["pager"],
    defaultChannels: [],
  });
  const toldBroken = async (): Promise<readonly string[]> => {
    const page = { cursor: null, limit: 50 };
    const { items } = await inner.listNotifications("broken", { incidentId: null }, page);
    return items.map(({ change }) => change);
  };
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" } });
  await world.until("2026-03-02T00:30:00Z");
  await world.sleepUntil("2026-03-02T00:50:00Z");
  await world.checkIn("hourly", "success");
  await world.until("2026-03-02T03:30:00Z");
  expect(await world.told("ops")).toHaveLength(1);
  expect(await world.told("chat")).toHaveLength(1);
  expect(await toldBroken()).toEqual([]);
  expect(new Set(troubles)).toEqual(new Set(["broken"]));
  isBroken = false;
  await world.until("2026-03-02T03:30:10Z");
  expect(await toldBroken()).toEqual(["opened"]);
});

test("every project's operators are told, and only of their own monitors", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.store.createProject({
    name: "other",
    title: "other",
    createdAt: world.wall.at,
    operatorChannels: ["pager"],
    defaultChannels: [],
  });
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:55:00Z");
  await world.sleepUntil("2026-03-02T02:30:00Z");
  await world.until("2026-03-02T06:00:00Z");
  const others = await world.store.listNotifications(
    "other",
    { incidentId: null },
    { cursor: null, limit: 50 },
  );
  expect(others.items.map((one) => [one.channel, one.change])).toEqual([["pager", "opened"]]);
  expect(await world.told("ops")).toHaveLength(2);
});

test("many projects are told side by side, for nothing is decided before all are", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const names = Array.from({ length: 450 }, (_, index) => `p${index}`);
  for (const name of names)
    await world.store.createProject({
      name,
      title: name,
      createdAt: world.wall.at,
      operatorChannels: ["pager"],
      defaultChannels: [],
    });
  const { commitProject } = world.store;
  let underWay = 0;
  let most = 0;
  world.store.commitProject = async (change) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    underWay -= 1;
    return commitProject(change);
  };
  await world.until("2026-03-02T00:05:00Z");
  await world.sleepUntil("2026-03-02T00:30:00Z");
  await world.tick();
  expect(most).toBe(LIMITS.projectsAtOnce);
  for (const name of names) {
    const page = { cursor: null, limit: 50 };
    expect((await world.store.listNotifications(name, { incidentId: null }, page)).items, name).toHaveLength(
      1,
    );
  }
});

/** Rollcall was stopped from 01:55 to 02:30, and with it the run of 02:00 unheard. */
async function downAtTwo(): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T01:55:00Z");
  await world.sleepUntil("2026-03-02T02:30:00Z");
  return world;
}

/** A real store that takes signs of life and blind spots, but fails before anybody could be told. */
function tonguetiedStore(): { store: Store; trouble: { isThere: boolean } } {
  const trouble = { isThere: false };
  const inner = createMemoryStore();
  const store: Store = {
    ...inner,
    commitProject: async (change) => {
      if (trouble.isThere) throw new RollcallError("unavailable", "gone");
      return inner.commitProject(change);
    },
  };
  return { store, trouble };
}
