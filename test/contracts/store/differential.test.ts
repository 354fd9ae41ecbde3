/**
 * Every store beside the memory store through the same random history: each result must be the same. A history
 * ends only when every operation of the port has succeeded at least once, so that none is compared in vain.
 */
import { describe, expect, test } from "vitest";
import type { Store } from "../../../src/ports/store.ts";
import { createMemoryStore } from "../../../src/stores/memory.ts";
import { chanceFrom } from "./chance.ts";
import { everything } from "./everything.ts";
import { beginHistory, type History, passTime } from "./history.ts";
import { OPERATIONS } from "./operations.ts";
import { KINDS, storeTrial } from "./trial.ts";

/** A seed that ever failed is added here and stays. */
const SEEDS = [1, 2, 3, 4, 20260302];
const LEAST_STEPS = 800;
/** Far beyond what any seed has needed: a history that gets here has an operation that cannot succeed. */
const MOST_STEPS = 20_000;
/** Written often, so that there is something to find. */
const COMMON = ["commit", "commit", "commit", "claimNotifications", "settleNotifications"] as const;

const names = Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[];

test("the random history knows every operation of the port", () => {
  expect([...names, "close"].toSorted()).toEqual(Object.keys(createMemoryStore()).toSorted());
});

for (const kind of KINDS.filter(({ name }) => name !== "memory")) {
  describe(`the ${kind.name} store agrees with the memory store`, () => {
    const trial = storeTrial(kind);
    test.each(SEEDS)("in the random history of seed %i", async (seed) => {
      const history = beginHistory(chanceFrom(seed));
      const stores = { memory: createMemoryStore(), other: await trial.fresh() };
      const awaited = new Set<string>(names);
      let steps = 0;
      for (; steps < LEAST_STEPS || awaited.size > 0; steps += 1) {
        if (steps > MOST_STEPS) throw new Error(`seed ${seed}: never succeeded: ${[...awaited].join(", ")}`);
        passTime(history);
        const name = history.chance.percent(50) ? history.chance.of(COMMON) : pick(history);
        const { on, isSuccess } = await OPERATIONS[name](history, stores.memory);
        const expected = await outcomeOf(on, stores.memory);
        expect(await outcomeOf(on, stores.other), `seed ${seed}, step ${steps}: ${name}`).toEqual(expected);
        if (isSuccess(expected)) awaited.delete(name);
        if (steps % 250 === 0)
          expect(await everything(stores.other, history)).toEqual(await everything(stores.memory, history));
      }
      expect(await everything(stores.other, history)).toEqual(await everything(stores.memory, history));
      await stores.memory.close();
    });
  });
}

function pick({ chance }: History): keyof typeof OPERATIONS {
  return names[chance.below(names.length)] ?? "ping";
}

/** The result, or that it threw: a refusal must be a refusal on both. */
async function outcomeOf(on: (store: Store) => Promise<unknown>, store: Store): Promise<unknown> {
  try {
    return await on(store);
  } catch (error) {
    return { threw: String(error).slice(0, "Error: Assertion failed".length) };
  }
}
