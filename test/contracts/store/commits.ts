/** Contract of every store: a commit is all or nothing, one of two wins, and what was given or loaded stays as it was. */
import { describe, expect, test } from "vitest";
import type { Change } from "../../../src/domain/change.ts";
import type { Store } from "../../../src/ports/store.ts";
import {
  blindUnknown,
  change,
  DAY,
  HOUR,
  journalEntry,
  monitor,
  monitorIncident,
  notification,
  receipt,
  run,
  START,
  state,
  windowRow,
} from "../../makers.ts";
import { addMonitors, commitTo, FIRST_PAGE, type StoreTrial } from "./trial.ts";

export function commitContract(trial: StoreTrial): void {
  describe("commits a change", () => {
    commitsByVersion(trial);
    commitsWholly(trial);
  });
  describe("leaves values as they are:", () => leavesValues(trial));
}

function commitsByVersion({ fresh }: StoreTrial): void {
  test("of two committers that loaded the same version one wins, and the other writes nothing", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const changes = ["run_1", "run_2"].map((id) => change({ baseVersion: 1, runs: [run({ id })] }));
    const outcomes = await Promise.all(changes.map((one) => store.commit(one)));
    expect(outcomes.toSorted()).toEqual(["committed", "stale"]);
    expect(await store.load("mon_1", {})).toMatchObject({ version: 2 });
    const { items } = await store.listRuns("mon_1", { runId: null }, FIRST_PAGE);
    expect(items.map(({ id }) => id)).toEqual([outcomes[0] === "committed" ? "run_1" : "run_2"]);
  });

  test("is stale for a version that was, is not yet, or of a monitor that is not there", async () => {
    const store = await fresh();
    expect(await store.commit(change({ baseVersion: 1 }))).toBe("stale");
    await addMonitors(store, "mon_1");
    for (const baseVersion of [0, 2]) expect(await store.commit(change({ baseVersion }))).toBe("stale");
    expect(await store.load("mon_1", {})).toMatchObject({ version: 1 });
  });

  test("a hundred commits of one monitor, each on the one before, end at version 101", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    for (let index = 0; index < 100; index += 1) {
      await commitTo(store, "mon_1", { state: state({ loneFinishes: index }) });
    }
    expect(await store.load("mon_1", {})).toMatchObject({ version: 101, state: { loneFinishes: 99 } });
  });
}

/** One of everything that a change can hold. */
function wholeChange(given: Partial<Change> = {}): Change {
  return change({
    baseVersion: 1,
    state: state({ cursorAt: START + HOUR }),
    rows: [
      windowRow({ expectedAt: START }),
      windowRow({ expectedAt: START + 10, toAt: START + 30, count: 3 }),
    ],
    runs: [run({ id: "run_1" }), run({ id: "run_2", runId: "nightly" })],
    incidents: [monitorIncident({ id: "inc_1" })],
    notifications: [notification({ id: "ntf_1" })],
    unknowns: [blindUnknown()],
    receipt: { duplicateKey: "key", receipt: receipt(), at: START },
    counts: [{ day: 1, what: "missing", delta: 2 }],
    journal: journalEntry({ version: 2, at: START }),
    dueAt: START + DAY,
    ...given,
  });
}

/** Everything of it that can be read back. */
async function readBack(store: Store) {
  const loaded = await store.load("mon_1", {
    runId: "nightly",
    windowsAt: [START + 10],
    duplicateKey: "key",
  });
  const spot = { blindSpotId: "blind_1", project: "default", onlyUnreported: true };
  return {
    loaded,
    runs: (await store.listRuns("mon_1", { runId: null }, FIRST_PAGE)).items,
    incidents: (await store.listIncidents("default", { status: null, monitorId: null }, FIRST_PAGE)).items,
    notifications: (await store.listNotifications("default", { incidentId: null }, FIRST_PAGE)).items,
    next: await store.nextNotificationAt(0),
    unknowns: await store.blindUnknowns(spot),
    counts: await store.dayCounts("mon_1", { fromDay: 0, toDay: 100_000 }),
    journal: (await store.listJournal("mon_1", { fromAt: 0, toAt: START + DAY }, FIRST_PAGE)).items,
    due: await store.dueMonitors(START + DAY, 10),
  };
}

function commitsWholly({ fresh }: StoreTrial): void {
  test("with all of its parts", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const whole = wholeChange();
    expect(await store.commit(whole)).toBe("committed");
    expect(await readBack(store)).toEqual({
      loaded: {
        monitor: whole.monitor,
        state: whole.state,
        version: 2,
        run: whole.runs[1],
        rows: whole.rows,
        earlierReceipt: receipt(),
      },
      runs: whole.runs.toReversed(),
      incidents: whole.incidents,
      notifications: whole.notifications,
      next: START,
      unknowns: whole.unknowns,
      counts: whole.counts,
      journal: [whole.journal],
      due: [{ id: "mon_1", dueAt: START + DAY }],
    });
  });

  const poisons: Record<string, Partial<Change>> = {
    "a run id that another monitor has": { runs: [run({ id: "run_9" }), run({ id: "run_other" })] },
    "a run of another monitor": { runs: [run({ id: "run_9", monitorId: "mon_2" })] },
    "a ledger row of another monitor": { rows: [windowRow({ expectedAt: START, monitorId: "mon_2" })] },
    "a notification id that was used": { notifications: [notification({ id: "ntf_other" })] },
    "one notification id twice": {
      notifications: [notification({ id: "ntf_9" }), notification({ id: "ntf_9" })],
    },
    "an incident id that another monitor has": { incidents: [monitorIncident({ id: "inc_other" })] },
    "an incident id of another project": {
      incidents: [monitorIncident({ id: "inc_other", project: "other" })],
    },
    "a ping URL that another monitor has": { monitor: monitor({ pingHash: "hash-mon_2" }) },
    "a journal entry of another version": { journal: journalEntry({ version: 7, at: START }) },
  };
  test.each(Object.entries(poisons))("or throws and keeps nothing of it: %s", async (_what, poison) => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    await commitTo(store, "mon_2", {
      runs: [run({ id: "run_other", monitorId: "mon_2" })],
      incidents: [monitorIncident({ id: "inc_other", monitorId: "mon_2" })],
      notifications: [notification({ id: "ntf_other" })],
    });
    const before = await readBack(store);
    await expect(store.commit(wholeChange(poison))).rejects.toThrow(/^Assertion failed/);
    expect(await readBack(store)).toEqual(before);
    // And the store goes on.
    expect(await store.commit(wholeChange())).toBe("committed");
  });

  test("a stale or a poisoned creation leaves nothing either", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_2");
    const poisoned = wholeChange({ baseVersion: 0, journal: null, runs: [run({ monitorId: "mon_2" })] });
    await expect(store.createMonitor(poisoned)).rejects.toThrow(/^Assertion failed/);
    expect(await store.load("mon_1", {})).toBeNull();
    expect(await store.findMonitor("default", "mon-1")).toBeNull();
    expect((await readBack(store)).incidents).toEqual([]);
    expect(await store.createMonitor(wholeChange({ baseVersion: 0, journal: null }))).toBe("committed");
  });

  test("replacing rows, runs and incidents that were there, adding to day counts", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    await store.commit(wholeChange());
    const range = windowRow({ expectedAt: START + 10, toAt: START + 10 });
    const split = [
      windowRow({ expectedAt: START + 20, verdict: "late" }),
      windowRow({ expectedAt: START + 30 }),
    ];
    await commitTo(store, "mon_1", {
      rows: [range, ...split],
      runs: [run({ id: "run_1", state: "failed" })],
      incidents: [monitorIncident({ id: "inc_1", status: "resolved" })],
      receipt: { duplicateKey: "key", receipt: receipt({ notes: ["newer"] }), at: START },
      counts: [
        { day: 1, what: "missing", delta: -2 },
        { day: 1, what: "late", delta: 1 },
        { day: 1, what: "late", delta: 1 },
      ],
    });
    const { loaded, runs, incidents, counts } = await readBack(store);
    expect(loaded?.rows).toEqual([windowRow({ expectedAt: START }), range, split[0]]);
    expect(loaded?.earlierReceipt?.notes).toEqual(["newer"]);
    expect(runs.map(({ id, state: is }) => [id, is])).toEqual([
      ["run_2", "reported"],
      ["run_1", "failed"],
    ]);
    expect(incidents).toEqual([monitorIncident({ id: "inc_1", status: "resolved" })]);
    expect(counts).toEqual([{ day: 1, what: "late", delta: 2 }]);
  });

  test("with bodies, texts and numbers as large and as strange as they come", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const strange = `\u0000 \ud83d\ude80 \ud800 \u2028 " ' ; DROP TABLE runs; -- ${"ü".repeat(100_000)}`;
    const big = run({
      runId: strange,
      outcome: { exitStatus: 255, message: strange },
      heard: { __proto__x: 1 },
    });
    const large = state({
      cursorAt: Number.MAX_SAFE_INTEGER,
      reminders: { [strange]: { dueAt: 1, ordinal: 2 } },
    });
    await commitTo(store, "mon_1", { runs: [big], state: large });
    expect(await store.load("mon_1", { runId: strange })).toMatchObject({ run: big, state: large });
    expect(await store.getRun("run_1")).toEqual(big);
    expect(await store.load("mon_1", { runId: strange.replace("\ud800", "\ud801") })).toMatchObject({
      run: null,
    });
  });
}

function leavesValues({ fresh }: StoreTrial): void {
  test("what it was given, it can do with as it is", async () => {
    const store = await fresh();
    const whole = frozen(wholeChange({ baseVersion: 0, journal: null }));
    expect(await store.createMonitor(whole)).toBe("committed");
    const more = frozen(wholeChange({ notifications: [], receipt: null }));
    expect(await store.commit(more)).toBe("committed");
  });

  test("what was loaded stays as it was, whatever becomes of the monitor", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    await store.commit(wholeChange());
    const wanted = { runId: "nightly", windowsAt: [START + 10], duplicateKey: "key" };
    const loaded = await store.load("mon_1", wanted);
    const asItWas = structuredClone(loaded);
    await commitTo(store, "mon_1", {
      state: state({ streaks: { ...state().streaks, bad: 99 } }),
      rows: [windowRow({ expectedAt: START, verdict: "late" })],
      runs: [run({ id: "run_2", runId: "nightly", state: "failed" })],
    });
    expect(await store.load("mon_1", wanted)).toMatchObject({ state: { streaks: { bad: 99 } } });
    expect(loaded).toEqual(asItWas);
  });
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
