/** A tick of some partitions judges what is due in them, the longest due first, and leaves the others alone. */
import { expect, test } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { createWorld, nightly } from "../stories/world.ts";

const SLUGS = ["a-1", "b-1", "a-2", "b-2", "c-1"];

test("a tick judges the monitors of its partitions, and ticks side by side judge each window once", async () => {
  const world = await createWorld("2026-03-02T01:00:00Z", inParts(createMemoryStore()));
  for (const slug of SLUGS) await world.monitor(slug, nightly());
  for (let second = 0; second < 4_190; second += 5) {
    world.wall.at += 5_000;
    await world.engine.hearing.hear();
  }
  world.wall.at = Date.parse("2026-03-02T02:10:05Z");
  expect(await world.engine.tick({ partitions: ["a"] })).toMatchObject({ judged: 2 });
  const judged = async () => {
    const ledgers = await Promise.all(SLUGS.map((slug) => world.ledger(slug)));
    return SLUGS.filter((_slug, index) => ledgers[index]?.length === 1);
  };
  expect(await judged()).toEqual(["a-1", "a-2"]);
  const ticks = [["b", "c"], ["c", "a"], ["b"]].map((partitions) => world.engine.tick({ partitions }));
  await Promise.all(ticks);
  expect(await judged()).toEqual(SLUGS);
  for (const slug of SLUGS) expect((await world.rows(slug))[0]?.judgements).toHaveLength(1);
  expect(await world.incidents()).toHaveLength(SLUGS.length);
});

/** Monitors go by the first letter of their slug; what belongs to the project is in partition "a". */
function inParts(store: Store): Store {
  const slugOf = async (id: string) => (await store.load(id, {}))?.monitor.slug ?? "";
  return {
    ...store,
    partitions: async () => ["a", "b", "c"],
    async dueMonitors(nowAt, limit, partition) {
      if (partition === undefined) return store.dueMonitors(nowAt, limit);
      const due = await store.dueMonitors(nowAt, 1_000);
      const slugs = await Promise.all(due.map(({ id }) => slugOf(id)));
      return due.filter((_one, index) => slugs[index]?.startsWith(partition)).slice(0, limit);
    },
    dueProjects: async (nowAt, partition) =>
      partition === undefined || partition === "a" ? store.dueProjects(nowAt) : [],
  };
}
