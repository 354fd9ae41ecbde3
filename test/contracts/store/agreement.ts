/** One random history on the memory store and another at once: each result must be the same. */
import { expect } from "vitest";
import type { Store } from "../../../src/ports/store.ts";
import { chanceFrom } from "./chance.ts";
import { everything } from "./everything.ts";
import { beginHistory, type History, passTime } from "./history.ts";
import { OPERATIONS } from "./operations.ts";

export const OPERATION_NAMES = Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[];

const LEAST_STEPS = 800;
/** Far beyond what any seed has needed: a history that gets here has an operation that cannot succeed. */
const MOST_STEPS = 20_000;
/** Written often, so that there is something to find. */
const COMMON = ["commit", "commit", "commit", "claimNotifications", "settleNotifications"] as const;

export interface Compared {
  memory: Store;
  other: Store;
}

/** Ends only when every operation of the port has succeeded at least once, so that none is compared in vain. */
export async function agreeInHistory(seed: number, { memory, other }: Compared): Promise<void> {
  const history = beginHistory(chanceFrom(seed));
  const agree = async () =>
    expect(await everything(other, history)).toEqual(await everything(memory, history));
  const awaited = new Set<string>(OPERATION_NAMES);
  for (let steps = 0; steps < LEAST_STEPS || awaited.size > 0; steps += 1) {
    if (steps > MOST_STEPS) throw new Error(`seed ${seed}: never succeeded: ${[...awaited].join(", ")}`);
    passTime(history);
    const name = history.chance.percent(50) ? history.chance.of(COMMON) : pick(history);
    const { on, isSuccess } = await OPERATIONS[name](history, memory);
    const expected = await outcomeOf(on, memory);
    expect(await outcomeOf(on, other), `seed ${seed}, step ${steps}: ${name}`).toEqual(expected);
    if (isSuccess(expected)) awaited.delete(name);
    if (steps % 250 === 0) await agree();
  }
  await agree();
}

function pick({ chance }: History): keyof typeof OPERATIONS {
  return OPERATION_NAMES[chance.below(OPERATION_NAMES.length)] ?? "ping";
}

/** The result, or that it threw: a refusal must be a refusal on both. */
async function outcomeOf(on: (store: Store) => Promise<unknown>, store: Store): Promise<unknown> {
  try {
    return await on(store);
  } catch (error) {
    return { threw: String(error).slice(0, "Error: Assertion failed".length) };
  }
}
