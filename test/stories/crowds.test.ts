/** Many monitors at once, told as stories: the top of the hour, and one monitor that must not stop the others. */
import { expect, test } from "vitest";
import { currentVerdict } from "../../src/domain/ledger.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { at, createWorld, nightly, PROJECT, type World } from "./world.ts";

const MONITORS = 10_000;

test("ten thousand windows due in one minute are all judged, turn by turn (S28)", async () => {
  const world = await createWorld("2026-03-02T00:58:00Z");
  for (let number = 0; number < MONITORS; number += 1) {
    const second = number % 60;
    await world.monitor(`job-${number}`, {
      schedule: { cron: `${second} 0 1 * * *` },
      graceMs: 1_000,
      channels: [],
    });
  }
  await world.until("2026-03-02T01:00:00Z");
  world.wall.at = at("2026-03-02T01:00:10Z");
  expect((await world.engine.tick()).judged).toBeLessThanOrEqual(LIMITS.monitorsPerTurn);
  const turns = [];
  while (world.wall.at < at("2026-03-02T01:01:05Z")) {
    turns.push(await turnsOfOneTick(world));
    world.wall.at += 5_000;
  }
  turns.push(await turnsOfOneTick(world));
  expect(Math.max(...turns)).toBeLessThanOrEqual(5);
  const incidents = await openIncidents(world);
  expect(incidents).toBe(MONITORS);
  for (const number of [0, 59, 60, 4_321, MONITORS - 1]) {
    const [row] = await world.rows(`job-${number}`);
    expect(row === undefined ? null : currentVerdict(row)).toBe("missing");
  }
}, 120_000);

test("a monitor that cannot be judged is left out for a while and stops no other", async () => {
  const { store, poison } = poisonedStore();
  const world = await createWorld("2026-03-02T00:00:00Z", store);
  const said: string[] = [];
  world.parts.log.error = (what) => said.push(what);
  await world.restart();
  for (const slug of ["a", "b", "c"]) await world.monitor(slug, nightly());
  poison.id = (await world.store.findMonitor(PROJECT, "b"))?.id ?? "";
  await world.until("2026-03-02T02:10:05Z");
  expect(await world.ledger("a")).toEqual(["2026-03-02T02:00:00Z missing"]);
  expect(await world.ledger("c")).toEqual(["2026-03-02T02:00:00Z missing"]);
  expect(said).toEqual(["a monitor could not be judged"]);
  await world.until("2026-03-02T02:20:00Z");
  expect(await world.engine.readiness()).toMatchObject({ isReady: true, problems: [] });
  const untold = async () => (await world.engine.delays()).filter((sentence) => sentence.includes("judged"));
  expect(await untold()).toEqual([expect.stringMatching(/^Monitors that cannot be judged.*: 1\./)]);
  expect((await world.engine.vitalSigns()).dueLagMs).toBeGreaterThan(LIMITS.readyLagMs);
  poison.id = "";
  await world.until("2026-03-02T02:20:40Z");
  expect(await untold()).toEqual([]);
  expect(await world.ledger("b")).toEqual(["2026-03-02T02:00:00Z missing"]);
});

test("a long back-fill of one monitor waits its turns: no more than so many windows in one decision", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("minutely", { schedule: { cron: "* * * * *" }, graceMs: 15_000 });
  await world.monitor("nightly", nightly());
  await world.sleepUntil("2026-03-04T00:00:30Z");
  await world.until("2026-03-04T00:01:30Z");
  world.wall.at += 1;
  await world.engine.tick();
  expect((await world.ledger("minutely")).length).toBe(LIMITS.windowsPerTick);
  await world.until("2026-03-04T00:02:30Z");
  const ledger = await world.ledger("minutely");
  expect(ledger.length).toBe(2 * 24 * 60 + 2);
  expect(new Set(ledger.slice(0, -1).map((line) => line.split(" ")[1]))).toEqual(new Set(["unknown"]));
  expect(ledger.at(-1)).toBe("2026-03-04T00:02:00Z missing");
});

async function turnsOfOneTick(world: World): Promise<number> {
  let turns = 1;
  while ((await world.engine.tick()).isMoreDue) turns += 1;
  return turns;
}

async function openIncidents(world: World): Promise<number> {
  let count = 0;
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store["listIncidents"]>> = await world.store.listIncidents(
      PROJECT,
      { status: "open", monitorId: null },
      { cursor, limit: 10_000 },
    );
    count += page.items.length;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return count;
}

/** A real store that cannot load one monitor. */
function poisonedStore(): { store: Store; poison: { id: string } } {
  const poison = { id: "" };
  const inner = createMemoryStore();
  const store: Store = {
    ...inner,
    load: async (monitorId, wanted) => {
      if (monitorId === poison.id) throw new Error("damaged row");
      return inner.load(monitorId, wanted);
    },
  };
  return { store, poison };
}
