/** What the store keeps in memory is bounded: monitors beside the database, and batches on their way to it. */
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import { batchesOn, type Call } from "../../../src/stores/sqlite/batch.ts";
import { writtenChange } from "../../../src/stores/sqlite/changes.ts";
import { migrate } from "../../../src/stores/sqlite/migrations.ts";
import { keptSnapshots } from "../../../src/stores/sqlite/snapshots.ts";
import { statementsOf } from "../../../src/stores/sqlite/statements.ts";
import { type ThreadEvents, writerTo } from "../../../src/stores/sqlite/writer.ts";
import { change, monitor, START, state } from "../../makers.ts";

test("monitors are kept up to the bound, and the one used longest ago is read again", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database);
  const run = batchesOn(database);
  // Three of them fit.
  const large = state({
    reminders: { ["x".repeat(LIMITS.snapshotCharacters / 3.5)]: { dueAt: 1, ordinal: 1 } },
  });
  for (const id of ["mon_1", "mon_2", "mon_3", "mon_4"]) {
    const first = change({ monitor: monitor({ id }), state: large });
    const { project, slug, createdAt } = first.monitor;
    run([{ name: "createMonitor", values: [writtenChange([first], null), { project, slug, createdAt }] }]);
  }
  const kept = keptSnapshots(statementsOf(database));
  const first = ["mon_1", "mon_2", "mon_3"].map((id) => kept.find(id));
  expect(["mon_1", "mon_2", "mon_3"].map((id) => kept.find(id))).toEqual(first);
  expect(kept.find("mon_1")).toBe(first[0]);
  kept.find("mon_4");
  expect(kept.find("mon_3")).toBe(first[2]);
  expect(kept.find("mon_1")).toBe(first[0]);
  expect(kept.find("mon_2")).not.toBe(first[1]);
  expect(kept.find("mon_2")?.version).toBe(1);
});

test("while as many batches are under way as may be, the next one grows", async () => {
  const batches: (readonly Call[])[] = [];
  let thread: ThreadEvents | null = null;
  const writer = writerTo({ afterTurn: (act) => act() }, (events) => {
    thread = events;
    return { run: (calls) => void batches.push(calls), end: async () => {} };
  });
  const writing = [1, 2, 3, 4, 5].map((second) =>
    writer.write({ call: { name: "signOfLife", values: [START + second] } }, 0),
  );
  const done = () => thread?.onDone((batches.shift() ?? []).map(() => ({ result: undefined })));
  expect(LIMITS.batchesUnderWay).toBe(2);
  expect(batches.map((calls) => calls.length)).toEqual([1, 1]);
  done();
  expect(batches.map((calls) => calls.map(({ values }) => values[0]))).toEqual([
    [START + 2],
    [START + 3, START + 4, START + 5],
  ]);
  done();
  done();
  await Promise.all(writing);
  await writer.close();
});
