/** Contract of every store: commits may be built on each other before they are durable, and fail with what they rest on. */
import { describe, expect, test } from "vitest";
import type { Change } from "../../../src/domain/change.ts";
import type { Store } from "../../../src/ports/store.ts";
import { change, journalEntry, monitor, receipt, run, START, state, windowRow } from "../../makers.ts";
import { addMonitors, FIRST_PAGE, type StoreTrial } from "./trial.ts";

export function groupCommitContract(trial: StoreTrial): void {
  describe("commits together", () => {
    commitsInARow(trial);
    losesWhatRestsOnALostOne(trial);
  });
}

/** Resolves when the change is accepted; `outcome` tells when it is durable. */
export async function accepted(
  store: Store,
  given: Change,
): Promise<{ outcome: Promise<"committed" | "stale"> }> {
  let outcome: Promise<"committed" | "stale"> = Promise.resolve("stale");
  await new Promise<void>((resolve) => {
    outcome = store.commit(given, resolve);
    outcome.then(
      () => resolve(),
      () => resolve(),
    );
  });
  return { outcome };
}

/** A hundred changes of one monitor, each built on what `load` gives after the one before was accepted. */
export async function commitHundred(store: Store, monitorId: string): Promise<("committed" | "stale")[]> {
  const outcomes: Promise<"committed" | "stale">[] = [];
  for (let index = 0; index < 100; index += 1) {
    const before = await store.load(monitorId, { runId: `run-${index - 1}` });
    if (before === null || (index > 0 && before.run === null))
      throw new Error(`change ${index} was not seen`);
    const one = change({
      monitor: before.monitor,
      baseVersion: before.version,
      state: state({ loneFinishes: before.state.loneFinishes + 1 }),
      runs: [run({ id: `${monitorId}-${index}`, monitorId, runId: `run-${index}` })],
      journal: journalEntry({ version: before.version + 1, at: START + index }),
    });
    outcomes.push((await accepted(store, one)).outcome);
  }
  return Promise.all(outcomes);
}

function commitsInARow({ fresh }: StoreTrial): void {
  test("a hundred check-ins of one monitor, each decided on the one before as soon as that is accepted", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    expect(new Set(await commitHundred(store, "mon_1"))).toEqual(new Set(["committed"]));
    expect(await store.load("mon_1", {})).toMatchObject({ version: 101, state: { loneFinishes: 100 } });
    const { items } = await store.listRuns("mon_1", { runId: null }, FIRST_PAGE);
    expect(items.map(({ runId }) => runId)).toEqual(
      Array.from({ length: 100 }, (_none, index) => `run-${99 - index}`),
    );
  });

  test("and makes them durable in the order in which they were asked for", async () => {
    const store = await fresh();
    const ids = Array.from({ length: 20 }, (_none, index) => `mon_${index}`);
    await addMonitors(store, ...ids);
    const told: string[] = [];
    await Promise.all(
      ids.map(async (id) => {
        await store.commit(change({ monitor: monitor({ id }), baseVersion: 1 }));
        told.push(id);
      }),
    );
    expect(told).toEqual(ids);
  });

  test("and load shows all of one that is accepted, which is confirmed once it is durable", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const older = [10, 20, 30, 40, 50, 60].map((after) => windowRow({ expectedAt: START + after }));
    await store.commit(change({ baseVersion: 1, rows: older }));
    // Rows before, between and after those that are durable, and one in the place of another.
    const more = [5, 25, 70].map((after) => windowRow({ expectedAt: START + after }));
    const revised = windowRow({ expectedAt: START + 20, verdict: "late" });
    const next = change({
      baseVersion: 2,
      state: state({ loneFinishes: 7 }),
      rows: [...more, revised],
      runs: [run({ id: "run_1", runId: "nightly", windowAt: START + 20 })],
      receipt: { duplicateKey: "key", receipt: receipt(), at: START },
    });
    let isDurable = false;
    const { outcome } = await accepted(store, next);
    const settled = outcome.then(() => (isDurable = true));
    const wanted = { runId: "nightly", duplicateKey: "key", windowsAt: [START + 22, START + 61, START + 7] };
    const snapshot = await store.load("mon_1", wanted);
    expect(snapshot).toMatchObject({ version: 3, state: { loneFinishes: 7 }, run: { id: "run_1" } });
    expect(snapshot?.earlierReceipt).toEqual(receipt());
    expect(snapshot?.rows.map(({ expectedAt }) => expectedAt - START)).toEqual([5, 10, 20, 25, 50, 60, 70]);
    expect(snapshot?.rows.find(({ expectedAt }) => expectedAt === START + 20)).toEqual(revised);
    if (snapshot === null) throw new Error("the monitor is there");
    expect(await store.confirm(snapshot)).toBe("committed");
    expect(isDurable).toBe(true);
    await settled;
    const durable = await store.load("mon_1", wanted);
    expect(durable).toEqual(snapshot);
  });
}

function losesWhatRestsOnALostOne({ fresh }: StoreTrial): void {
  test("and a poisoned one takes nobody with it but what was built on it", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2", "mon_3", "mon_4");
    // Belongs to another monitor, which only what is stored can tell.
    await store.commit(change({ baseVersion: 1, runs: [run({ id: "run_taken" })] }));
    const on = (id: string, baseVersion: number, given: Partial<Change> = {}) =>
      store.commit(change({ monitor: monitor({ id }), baseVersion, ...given }));
    const poison = run({ id: "run_taken", monitorId: "mon_2" });
    const outcomes = await Promise.allSettled([
      on("mon_3", 1),
      on("mon_2", 1, { runs: [poison] }),
      on("mon_2", 2, { state: state({ loneFinishes: 9 }) }),
      on("mon_3", 2),
      on("mon_4", 1),
    ]);
    expect(outcomes.map((one) => (one.status === "fulfilled" ? one.value : "thrown"))).toEqual([
      "committed",
      "thrown",
      "stale",
      "committed",
      "committed",
    ]);
    expect(await store.load("mon_2", {})).toMatchObject({ version: 1, state: { loneFinishes: 0 } });
    expect(await store.getRun("run_taken")).toMatchObject({ monitorId: "mon_1" });
    expect(await store.load("mon_3", {})).toMatchObject({ version: 3 });
    // Whoever was stale decides again, on what is there.
    expect(await on("mon_2", 1, { state: state({ loneFinishes: 9 }) })).toBe("committed");
    expect(await store.load("mon_2", {})).toMatchObject({ state: { loneFinishes: 9 } });
  });

  test("and what was loaded from one that is lost is not confirmed", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    await store.commit(
      change({
        monitor: monitor({ id: "mon_2" }),
        baseVersion: 1,
        runs: [run({ id: "run_taken", monitorId: "mon_2" })],
      }),
    );
    const lost = store.commit(change({ baseVersion: 1, runs: [run({ id: "run_taken" })] }));
    const snapshot = await store.load("mon_1", {});
    await expect(lost).rejects.toThrow(/^Assertion failed/);
    if (snapshot === null) throw new Error("the monitor is there");
    // A store that accepts nothing before it is durable has shown nothing that could be lost.
    expect(await store.confirm(snapshot)).toBe(snapshot.version === 2 ? "stale" : "committed");
    const again = await store.load("mon_1", {});
    expect(again).toMatchObject({ version: 1 });
    if (again !== null) expect(await store.confirm(again)).toBe("committed");
  });
}
