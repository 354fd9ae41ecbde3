/**
 * The life of an acceleration with a crash at every single write of it, before the write and after it: what comes of it
 * is the same as without one, and it is taken back once.
 */
import { describe, expect, test } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { accelerate, accelerationOf, SLUG, takeBack } from "./accelerating.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { createWorld, nightly, type World } from "./world.ts";

type Step = (world: World) => Promise<unknown>;
type When = "before" | "after";

const WRITES = new Set(["commit", "signOfLife", "addBlindSpot", "commitProject", "hasten"]);

const silent = (): void => {};
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

const until = (instant: string): Step => {
  return (world) => world.until(instant);
};
/** With a key, so that whoever got no answer may send it again. */
const checkIn = (kind: "start" | "success" | "fail", runId: string): Step => {
  return (world) => world.checkIn(SLUG, kind, { runId, duplicateKey: `${kind} ${runId}` });
};

/** From a failed night on: confirmed by a run, ended by its time, or taken back by a person. */
const BEGUN: Step[] = [
  until("2026-03-02T02:05:00Z"),
  checkIn("fail", "night"),
  until("2026-03-02T02:05:30Z"),
  (world) => accelerate(world, { cron: "*/2 * * * *" }, "5m"),
  until("2026-03-02T02:06:00Z"),
];
const LIVES: Record<string, Step[]> = {
  first_verified: [
    checkIn("fail", "a"),
    until("2026-03-02T02:08:00Z"),
    checkIn("start", "b"),
    checkIn("success", "b"),
  ],
  expiry: [until("2026-03-02T02:08:30Z"), checkIn("fail", "late")],
  person: [until("2026-03-02T02:07:00Z"), takeBack],
};
const AFTERWARDS = [until("2026-03-02T02:11:00Z")];

describe.each(Object.entries(LIVES))("an acceleration that ends by %s", (by, life) => {
  const steps = [...BEGUN, ...life, ...AFTERWARDS];

  test.each(["before", "after"] as const)(
    "ends so with a crash %s any of its writes",
    async (when) => {
      const whole = await live(steps, null);
      const expected = await outcomeOf(whole.world);
      expect(expected).toMatchObject({ acceleration: { revertedBy: by, steps: 2 } });
      expect(whole.writes()).toBeGreaterThan(30);
      for (let index = 0; index < whole.writes(); index += 1) {
        const { world } = await live(steps, { index, when });
        expect(await outcomeOf(world), `a crash ${when} write ${index}`).toEqual(expected);
        await expectWholeLedger(world, SLUG);
      }
    },
    60_000,
  );
});

/** A new process takes the place of one that ended, and whoever had no answer asks again. */
async function live(
  steps: readonly Step[],
  crash: { index: number; when: When } | null,
): Promise<{ world: World; writes: () => number }> {
  const machine = crashingStore(crash);
  const world = await createWorld("2026-03-02T02:04:50Z", machine.store, { log: SILENT });
  await world.monitor(SLUG, nightly({ schedule: { cron: "5 2 * * *" } }));
  machine.begin();
  for (const step of steps) {
    try {
      await step(world);
    } catch (error) {
      if (!machine.isDead()) throw error;
    }
    if (!machine.isDead()) continue;
    machine.revive();
    await world.restart();
    await step(world);
  }
  return { world, writes: machine.writes };
}

function crashingStore(crash: { index: number; when: When } | null) {
  const inner = createMemoryStore();
  let [isBegun, isDead, writes] = [false, false, 0];
  const died = (): never => {
    isDead = true;
    throw new Error("the process ended");
  };
  const call = async (method: string, args: unknown[]): Promise<unknown> => {
    if (isDead) died();
    const isHere = isBegun && WRITES.has(method) && writes === crash?.index;
    if (isBegun && WRITES.has(method)) writes += 1;
    if (isHere && crash.when === "before") died();
    const answer = await (inner[method as keyof Store] as (...given: unknown[]) => unknown)(...args);
    return isHere ? died() : answer;
  };
  const store = new Proxy(inner, {
    get: (_inner, method) =>
      typeof method === "string" ? (...args: unknown[]) => call(method, args) : undefined,
  });
  return {
    store,
    begin: () => void (isBegun = true),
    isDead: () => isDead,
    revive: () => void (isDead = false),
    writes: () => writes,
  };
}

async function outcomeOf(world: World): Promise<object> {
  const { revertedAt, revertedBy, timeline } = await accelerationOf(world);
  const { next } = await world.engine.viewMonitor({ project: "default", slug: SLUG });
  const incidents = (await world.incidents()).map(({ kind, status, openedAt }) => ({
    kind,
    status,
    openedAt,
  }));
  return {
    acceleration: { revertedAt, revertedBy, steps: timeline.length },
    ledger: await world.ledger(SLUG),
    incidents,
    next: next?.expectedAt,
  };
}
