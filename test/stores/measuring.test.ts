/** Failures of a store are counted by what was asked and why; nothing else about it changes. */
import { expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { measuring } from "../../src/stores/measuring.ts";
import { project } from "../makers.ts";

function measured(broken: Partial<Store> = {}) {
  const counted: string[] = [];
  const store = measuring(
    { ...createMemoryStore(), ...broken },
    { countStoreError: ({ operation, why }) => void counted.push(`${operation}: ${why}`) },
  );
  return { store, counted };
}

test("what fails is counted and thrown on as it is", async () => {
  const overload = new RollcallError("unavailable", "Too much waits.", { isOverload: true });
  const { store, counted } = measured({
    ping: () => Promise.reject(new RollcallError("unavailable", "The disk is full.")),
    commit: () => Promise.reject(overload),
    load: () => Promise.reject(new Error("ours")),
  });
  await expect(store.ping()).rejects.toThrow("The disk is full.");
  await expect(store.commit({} as never)).rejects.toBe(overload);
  await expect(store.load("mon_1", {})).rejects.toThrow("ours");
  expect(counted).toEqual(["ping: unavailable", "commit: overload", "load: internal"]);
});

test("what succeeds is given back as it is, lists that are read piece by piece too", async () => {
  const { store, counted } = measured();
  expect(await store.createProject(project())).toBe(true);
  const records = [];
  for await (const record of store.exportAll()) records.push(record.kind);
  expect(records).toEqual(["project"]);
  expect(counted).toEqual([]);
});
