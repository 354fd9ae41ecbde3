/** New time-zone data: what was stored by the old is looked at again, once, and what was judged stays as it was. */
import { describe, expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import { currentJudgement } from "../../src/domain/ledger.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import { reasonSentence } from "../../src/domain/reason.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { at, createWorld, PROJECT, type World } from "./world.ts";

/** A nightly job in Berlin whose stored due instant lies a day later than the data of today would have it. */
async function withOldDueInstant(more: { slug?: string } = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const slug = more.slug ?? "nightly";
  await world.monitor(slug, { schedule: { cron: "0 3 * * *", timezone: "Europe/Berlin" }, graceMs: 600_000 });
  await postpone(world, slug);
  return world;
}

async function postpone({ store, wall }: World, slug: string): Promise<void> {
  const snapshot = await loaded(store, slug);
  const nothing = { rows: [], runs: [], incidents: [], notifications: [], unknowns: [], counts: [] };
  const dueAt = wall.at + 86_400_000;
  const { monitor, state, version } = snapshot;
  await store.commit({
    ...nothing,
    baseVersion: version,
    monitor,
    state,
    receipt: null,
    journal: null,
    dueAt,
  });
}

async function loaded(store: World["store"], slug: string) {
  const ref = await store.findMonitor(PROJECT, slug);
  const snapshot = await store.load(ref?.id ?? "", {});
  if (snapshot === null) throw new Error(`no monitor ${slug}`);
  return snapshot;
}

describe("due instants", () => {
  test("are computed anew by a process that knows other data", async () => {
    const world = await withOldDueInstant();
    world.parts.zoneData = "2026b";
    await world.restart();
    await world.until("2026-03-02T02:11:00Z");
    expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z missing"]);
  });

  test("are computed anew, and judged, beside those of a project that cannot be written", async () => {
    const world = await withOldDueInstant();
    const { commitProject } = world.store;
    world.store.commitProject = async (change) => {
      if (change.project.name === "broken") throw new Error("a document that nobody can read");
      return commitProject(change);
    };
    await world.store.createProject({
      name: "broken",
      title: "",
      createdAt: world.wall.at,
      operatorChannels: [],
      defaultChannels: [],
    });
    const troubles: unknown[] = [];
    world.parts.log = { ...world.parts.log, error: (_what, more) => troubles.push(more?.["project"]) };
    world.parts.zoneData = "2026b";
    await world.restart();
    await world.until("2026-03-02T02:11:00Z");
    expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z missing"]);
    expect(troubles).toEqual(["broken"]);
  });

  test("are left alone by a process that knows the same data", async () => {
    const world = await withOldDueInstant();
    await world.restart();
    await world.until("2026-03-02T02:11:00Z");
    expect(await world.ledger("nightly")).toEqual([]);
  });

  test("are computed anew once, and only where there is a zone", async () => {
    const world = await withOldDueInstant();
    await world.monitor("utc", { schedule: { cron: "0 3 * * *" } });
    await world.monitor("interval", { schedule: { every: 3_600_000 } });
    const hastened: string[] = [];
    const { hasten } = world.store;
    world.store.hasten = async (monitorId, dueAt) => {
      hastened.push(monitorId);
      await hasten(monitorId, dueAt);
    };
    world.parts.zoneData = "2026b";
    await world.restart();
    await world.restart();
    const { monitor } = await loaded(world.store, "nightly");
    expect(hastened).toEqual([monitor.id]);
  });

  test("are computed anew page by page, and again after a crash in between", async () => {
    const world = await withOldDueInstant({ slug: "zzz" });
    for (let index = 0; index < LIMITS.pageItems; index += 1) {
      await world.monitor(`job-${index}`, { schedule: { cron: "0 3 * * *", timezone: "Asia/Tokyo" } });
    }
    const { listMonitors } = world.store;
    world.store.listMonitors = async (project, page) => {
      if (page.cursor !== null) throw new RollcallError("unavailable", "the process dies here");
      return listMonitors(project, page);
    };
    world.parts.zoneData = "2026b";
    await expect(world.restart()).rejects.toThrow("dies");
    world.store.listMonitors = listMonitors;
    await world.restart();
    await world.until("2026-03-02T02:11:00Z");
    expect(await world.ledger("zzz")).toEqual(["2026-03-02T02:00:00Z missing"]);
  });

  test("are computed anew by several processes until one is through, in each a page at a time", async () => {
    const sharing = { isHearing: true };
    const world = await createWorld("2026-03-02T00:00:00Z", createMemoryStore(), { sharing });
    for (let index = 0; index <= LIMITS.pageItems; index += 1) {
      await world.monitor(`job-${index}`, { schedule: { cron: "0 3 * * *", timezone: "Asia/Tokyo" } });
    }
    const pages: string[] = [];
    const knowing = (name: string) => {
      const listMonitors: typeof world.store.listMonitors = (...asked) => {
        pages.push(name);
        return world.store.listMonitors(...asked);
      };
      return createEngine({
        ...world.parts,
        store: { ...world.store, listMonitors },
        zoneData: "2026b",
      });
    };
    const [one, two] = [await knowing("one"), await knowing("two")];
    await two.tick();
    await Promise.all([one.tick(), one.tick()]);
    await one.tick();
    expect((await world.store.loadProject(PROJECT))?.state.zoneData).toBe("2026b");
    await two.tick();
    expect(pages).toEqual(["two", "one", "one"]);
  });
});

test("a row of windows that the new data counts otherwise says so, and is not judged again", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("hourly", { schedule: { cron: "0 * * * *" }, graceMs: 60_000 });
  await world.until("2026-03-02T05:30:00Z");
  const { monitor } = await loaded(world.store, "hourly");
  const { listWindows } = world.store;
  // As if the data of then had left an hour out.
  world.store.listWindows = async (...asked) => {
    const page = await listWindows(...asked);
    return { ...page, items: page.items.map((row) => ({ ...row, count: row.count - 1 })) };
  };
  const page = await world.engine.listWindows({
    project: PROJECT,
    slug: "hourly",
    fromAt: monitor.createdAt,
    toAt: at("2026-03-02T06:00:00Z"),
    page: { cursor: null, limit: 10 },
  });
  const judgements = page.items.map(({ row }) => currentJudgement(row));
  expect(judgements.map((judgement) => judgement?.verdict)).toEqual(Array(5).fill("missing"));
  for (const judgement of judgements) {
    expect(judgement && reasonSentence(judgement.reason)).toContain(
      "One of a row judged as 4; the time-zone data has changed since.",
    );
  }
});
