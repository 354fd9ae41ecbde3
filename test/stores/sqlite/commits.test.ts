/** Which commits are written as one, and that this is what they come to one after the other. */
import { describe, expect, test } from "vitest";
import type { Asked } from "../../../src/stores/sqlite/commits.ts";
import { writtenChange } from "../../../src/stores/sqlite/changes.ts";
import { groupsOf } from "../../../src/stores/sqlite/commits.ts";
import { change, journalEntry, monitor, run, state, windowRow } from "../../makers.ts";

type Given = Parameters<typeof change>[0] & { baseVersion: number };

function commit(given: Given, isAlone = false): Asked {
  const one = change(given);
  return {
    commit: {
      change: one,
      version: given.baseVersion + 1,
      monitor: one.monitor,
      onWritten: () => {},
    },
    isAlone,
  };
}

const sign: Asked = { call: { name: "signOfLife", values: [1] } };
const other = { monitor: monitor({ id: "mon_2" }) };

function sizes(asked: readonly Asked[]): number[] {
  return groupsOf(asked).map((group) => group.length);
}

describe("are written as one:", () => {
  test("commits of a monitor, each built on the one before, whatever others commit between them", () => {
    const asked = [
      commit({ baseVersion: 1 }),
      commit({ ...other, baseVersion: 5 }),
      commit({ baseVersion: 2 }),
    ];
    expect(groupsOf(asked)).toEqual([[asked[0], asked[2]], [asked[1]]]);
  });

  test("not where another write was asked for between them", () => {
    expect(sizes([commit({ baseVersion: 1 }), sign, commit({ baseVersion: 2 })])).toEqual([1, 1, 1]);
  });

  test("not where one is built on something else", () => {
    expect(
      sizes([commit({ baseVersion: 1 }), commit({ baseVersion: 1 }), commit({ baseVersion: 2 })]),
    ).toEqual([1, 2]);
  });

  test("not what is to be tried alone", () => {
    expect(sizes([commit({ baseVersion: 1 }, true), commit({ baseVersion: 2 }, true)])).toEqual([1, 1]);
  });
});

test("the one has every document as the last left it, in the order of arrival, and all that is added", () => {
  const journal = [journalEntry({ version: 2, at: 10 }), journalEntry({ version: 3, at: 20 })] as const;
  const counts = [
    { day: 1, what: "on_time", delta: 1 },
    { day: 1, what: "on_time", delta: -1 },
  ] as const;
  const first = change({
    baseVersion: 1,
    rows: [windowRow({ expectedAt: 1_000 }), windowRow({ expectedAt: 2_000 })],
    runs: [run({ id: "run_1" }), run({ id: "run_2" })],
    counts: [counts[0]],
    journal: journal[0],
    dueAt: 5_000,
  });
  const last = change({
    baseVersion: 2,
    state: state({ loneFinishes: 7 }),
    rows: [windowRow({ expectedAt: 1_000, runId: "run_3" })],
    runs: [run({ id: "run_3" }), run({ id: "run_1", state: "failed" })],
    counts: [counts[1]],
    journal: journal[1],
    dueAt: 6_000,
  });
  const asOne = change({
    baseVersion: 1,
    state: state({ loneFinishes: 7 }),
    rows: [windowRow({ expectedAt: 1_000, runId: "run_3" }), windowRow({ expectedAt: 2_000 })],
    runs: [run({ id: "run_1", state: "failed" }), run({ id: "run_2" }), run({ id: "run_3" })],
    counts,
    journal: journal[1],
    dueAt: 6_000,
  });
  const alone = writtenChange([first], first.monitor).journal;
  const written = writtenChange([first, last], first.monitor);
  const expected = writtenChange([asOne], asOne.monitor);
  expect(written).toEqual({
    ...expected,
    monitor: written.monitor,
    journal: [...alone, ...expected.journal],
  });
});
