/** What the memory store does beyond the contract: it shows who changes a value that others rely on. */
import { expect, test } from "vitest";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { change, plan } from "../makers.ts";

test("whoever changes what he gave or what he got is stopped", async () => {
  const store = createMemoryStore();
  const first = change();
  await store.createMonitor(first);
  expect(() => Object.assign(first.state, { cursorAt: -1 })).toThrow(TypeError);
  expect(() => Object.assign(first.monitor.settings, { name: "changed" })).toThrow(TypeError);
  const loaded = await store.load("mon_1", {});
  expect(() => Object.assign(loaded?.state.streaks ?? {}, { bad: 99 })).toThrow(TypeError);

  const given = plan({ id: "plan_1" });
  await store.putPlan(given);
  expect(() => Object.assign(given, { reason: "another" })).toThrow(TypeError);
});
