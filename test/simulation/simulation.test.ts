/** A few worlds of the simulation in every run of the tests, and those that once broke a rule. */
import { describe, expect, test } from "vitest";
import { chanceFrom } from "./chance.ts";
import { FAILING_SEEDS } from "./failing-seeds.ts";
import { runSeed } from "./run-seed.ts";
import { createVirtualTime } from "./virtual-time.ts";

const FIRST_SEEDS = Array.from({ length: 4 }, (_unused, index) => index + 1);

describe("a world in which things go wrong", () => {
  test.each(FIRST_SEEDS)("keeps every rule with seed %i", async (seed) => {
    expect((await runSeed(seed, { hours: 2 })).broken).toEqual([]);
  });

  test.each(FAILING_SEEDS)(
    "keeps every rule with seed $seed, which once broke one",
    async ({ seed, processes }) => {
      expect((await runSeed(seed, { hours: 6, processes })).broken).toEqual([]);
    },
    60_000,
  );

  test.each(["one", "several"] as const)("is the same again with the same seed (%s)", async (processes) => {
    const play = () => runSeed(3, { hours: 1, processes });
    const [one, other] = [await play(), await play()];
    expect([...one.coverage]).toEqual([...other.coverage]);
    expect(one.coverage.get("check-in: accepted")).toBeGreaterThan(0);
  });
});

describe("what the simulation stands on", () => {
  test("chance gives the same draws for one seed and others for another", () => {
    const draws = (seed: number): number[] => {
      const chance = chanceFrom(seed);
      return Array.from({ length: 20 }, () => chance.between(0, 1_000_000));
    };
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
  });

  test("virtual time does everything in order and lets what needs no time end first", async () => {
    const time = createVirtualTime(1_000);
    const seen: string[] = [];
    const see = async (what: string): Promise<void> => {
      await Promise.resolve();
      seen.push(`${what} at ${time.now()}`);
    };
    time.after(20, () => void see("later"));
    time.at(1_010, () => void see("first"));
    time.at(1_010, () => void see("second"));
    await time.runUntil(1_100);
    expect(seen).toEqual(["first at 1010", "second at 1010", "later at 1020"]);
    expect(time.now()).toBe(1_100);
  });
});
