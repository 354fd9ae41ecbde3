/** Turns keep work on one thing apart and work on different things together. */
import { expect, test } from "vitest";
import { createTurns } from "../../src/engine/turns.ts";

test("work on one thing follows in order, also after a failure; other things need not wait", async () => {
  const turns = createTurns();
  const gate = Promise.withResolvers<void>();
  const told: string[] = [];
  const first = turns.take("a", async () => {
    await gate.promise;
    told.push("first");
    throw new Error("broken");
  });
  const second = turns.take("a", async () => void told.push("second"));
  await turns.take("b", async () => void told.push("other"));
  gate.resolve();
  await expect(first).rejects.toThrow("broken");
  await second;
  expect(told).toEqual(["other", "first", "second"]);
});

test("a turn can be passed on before its work has ended, and never goes to two at once", async () => {
  const turns = createTurns();
  const durable = Promise.withResolvers<void>();
  const told: string[] = [];
  const one = (name: string) =>
    turns.take("a", async (passOn) => {
      told.push(`${name} begins`);
      await Promise.resolve();
      told.push(`${name} is decided`);
      passOn();
      await durable.promise;
      told.push(`${name} is durable`);
    });
  const all = [one("first"), one("second")];
  await turns.take("a", async () => void told.push("third"));
  durable.resolve();
  await Promise.all(all);
  expect(told).toEqual([
    "first begins",
    "first is decided",
    "second begins",
    "second is decided",
    "third",
    "first is durable",
    "second is durable",
  ]);
});
