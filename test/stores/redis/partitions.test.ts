/** A project in four parts is to its callers the same as one in one piece, wherever its monitors lie. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../../src/ports/store.ts";
import { createMemoryStore } from "../../../src/stores/memory.ts";
import { channel, change, monitor, notification, project, projectChange, START } from "../../makers.ts";
import { agreeInHistory } from "../../contracts/store/agreement.ts";
import { PROJECTS } from "../../contracts/store/history.ts";
import { REDIS_KINDS } from "../../contracts/store/redis-kinds.ts";
import { allPages, storeTrial } from "../../contracts/store/trial.ts";

const PARTITIONS = 4;
const LEASE_MS = 30_000;

/** A seed that ever failed is added here and stays. */
const SEEDS = [1, 2, 3];

for (const kind of REDIS_KINDS) {
  describe(`projects in four parts in ${kind.name}`, () => {
    const trial = storeTrial(kind);
    let store: Store;
    beforeEach(async () => {
      store = await trial.fresh();
      await inParts(store);
    });

    test.each(SEEDS)("agree with the memory store in the random history of seed %i", async (seed) => {
      const memory = createMemoryStore();
      await inParts(memory);
      await agreeInHistory(seed, { memory, other: store });
      await memory.close();
    });

    test("are claimed from in the order in which their messages have waited, over all parts", async () => {
      const slugs = await monitorsIn(store, 12);
      const claimed = await store.claimNotifications({ nowAt: START + 20, leaseMs: LEASE_MS, limit: 7 });
      const rest = await store.claimNotifications({ nowAt: START + 20, leaseMs: LEASE_MS, limit: 7 });
      const ids = [...claimed, ...rest].map(({ notifications }) => notifications[0]?.id);
      expect(ids).toEqual(slugs.map((slug) => `ntf_${slug}`));
      const pages = await allPages(
        (page) => store.listNotifications("default", { incidentId: null }, page),
        5,
      );
      expect(pages.map(({ id }) => id)).toEqual(ids);
    });

    test("say which channels wait and which project is due in the part that keeps them, and in no other", async () => {
      await monitorsIn(store, 12);
      const before = await store.loadProject("default");
      if (before === null) throw new Error("the project was just made");
      await store.commitProject(projectChange(before, { dueAt: START }));
      const parts = await store.partitions();
      expect(parts).toHaveLength(PROJECTS.length * PARTITIONS);
      const waiting = await Promise.all(parts.map((part) => store.waitingChannels(START + 20, part)));
      expect(waiting.filter((found) => found.length > 0)).toHaveLength(PARTITIONS);
      const due = await Promise.all(parts.map((part) => store.dueProjects(START, part)));
      expect(due.flat()).toEqual(["default"]);
    });

    test("drop what is pending for a deleted channel in every part", async () => {
      await monitorsIn(store, 12);
      await store.putChannel(channel({ name: "ops" }));
      expect(await store.deleteChannel("default", "ops")).toBe(true);
      const all = await allPages((page) => store.listNotifications("default", { incidentId: null }, page), 5);
      expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => "dropped"));
      expect(await store.nextNotificationAt(START)).toBeNull();
    });

    test("keep the number that they were made with", async () => {
      const before = await store.loadProject("default");
      if (before === null) throw new Error("the project was just made");
      const fewer = projectChange(before, { project: { ...before.project, partitions: 2 } });
      await expect(store.commitProject(fewer)).rejects.toThrow(/^Assertion failed.*partitions/);
      expect(await store.loadProject("default")).toEqual(before);
    });
  });
}

async function inParts(store: Store): Promise<void> {
  for (const name of PROJECTS) await store.createProject(project({ name, partitions: PARTITIONS }));
}

/** Each with a message of its own, later than that of the one before; enough that no part has none. */
async function monitorsIn(store: Store, howMany: number): Promise<string[]> {
  const slugs = Array.from({ length: howMany }, (_none, index) => `job-${String(index).padStart(2, "0")}`);
  for (const [index, slug] of slugs.entries()) {
    const of = { monitorId: `mon_${slug}`, incidentId: `inc_${slug}`, createdAt: START + index };
    const notifications = [notification({ id: `ntf_${slug}`, ...of })];
    await store.createMonitor(change({ monitor: monitor({ id: of.monitorId, slug }), notifications }));
  }
  return slugs;
}
