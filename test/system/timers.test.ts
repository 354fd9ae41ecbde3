/** Loops go on after a failure, end when told, and wait for the turn under way. */
import { expect, test, vi } from "vitest";
import { after, startLoop } from "../../src/system/timers.ts";

test("a turn that fails is told and the next one comes all the same", async () => {
  const errors: unknown[] = [];
  let turns = 0;
  const loop = startLoop({
    everyMs: 1,
    turn: async () => {
      turns += 1;
      if (turns === 1) throw new Error("first");
    },
    onError: (error) => errors.push(error),
  });
  await vi.waitFor(() => expect(turns).toBeGreaterThan(2));
  await loop.stop();
  expect(errors).toEqual([new Error("first")]);
  const stoppedAt = turns;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(turns).toBe(stoppedAt);
});

test("stopping waits for the turn under way", async () => {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let isEnded = false;
  const loop = startLoop({
    everyMs: 1,
    turn: async () => {
      begun.resolve();
      await gate.promise;
      isEnded = true;
    },
    onError: () => undefined,
  });
  await begun.promise;
  const stopped = loop.stop();
  expect(isEnded).toBe(false);
  gate.resolve();
  await stopped;
  expect(isEnded).toBe(true);
});

test("what was to happen later does not happen once it was called off", async () => {
  const calls: string[] = [];
  after(1, () => calls.push("called off"))();
  await new Promise<void>((resolve) => after(5, () => resolve()));
  expect(calls).toEqual([]);
});
