/** Contract of every store: monitors are added once, found, loaded with what was asked for, and due on time. */
import { describe, expect, test } from "vitest";
import {
  change,
  DAY,
  HOUR,
  journalEntry,
  MINUTE,
  monitor,
  receipt,
  run,
  START,
  settings,
  state,
  windowRow,
} from "../../makers.ts";
import { addMonitors, allPages, commitTo, FIRST_PAGE, type StoreTrial } from "./trial.ts";

export function monitorContract(trial: StoreTrial): void {
  describe("adds a monitor", () => addsMonitors(trial));
  describe("finds a monitor", () => findsMonitors(trial));
  describe("loads a monitor", () => loadsMonitors(trial));
  describe("knows which monitors are due:", () => knowsWhatIsDue(trial));
}

function addsMonitors({ fresh }: StoreTrial): void {
  test("with everything that its first change holds, at version 1", async () => {
    const store = await fresh();
    const first = change({
      state: state({ cursorAt: START + 5 }),
      rows: [windowRow({ expectedAt: START })],
      runs: [run()],
      journal: journalEntry({ version: 1, at: START }),
      dueAt: START + HOUR,
    });
    expect(await store.createMonitor(first)).toBe("committed");
    const loaded = await store.load("mon_1", { windowsAt: [START] });
    expect(loaded).toEqual({
      monitor: first.monitor,
      state: first.state,
      version: 1,
      run: null,
      rows: first.rows,
      earlierReceipt: null,
    });
    expect(await store.getRun("run_1")).toEqual(run());
    expect(
      (await store.listJournal("mon_1", { fromAt: START, toAt: START + 1 }, FIRST_PAGE)).items,
    ).toHaveLength(1);
    expect(await store.dueMonitors(START + HOUR, 10)).toEqual([{ id: "mon_1", dueAt: START + HOUR }]);
  });

  test("once, when eight creations of one slug come at the same time", async () => {
    const store = await fresh();
    const ids = Array.from({ length: 8 }, (_each, index) => `mon_${index}`);
    const outcomes = await Promise.all(
      ids.map((id) => store.createMonitor(change({ monitor: monitor({ id, slug: "same" }) }))),
    );
    expect(outcomes.filter((outcome) => outcome === "committed")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "stale")).toHaveLength(7);
    expect((await store.listMonitors("default", FIRST_PAGE)).items).toHaveLength(1);
  });

  test("not a second time with the same id, nor does the second creation change anything", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const again = change({ monitor: monitor({ slug: "other" }), rows: [windowRow({ expectedAt: START })] });
    expect(await store.createMonitor(again)).toBe("stale");
    expect(await store.load("mon_1", { windowsAt: [START] })).toMatchObject({ version: 1, rows: [] });
    expect(await store.findMonitor("default", "other")).toBeNull();
  });

  test("with a slug that another project has, or that only a tombstone has", async () => {
    const store = await fresh();
    const named = (id: string, more: object) => change({ monitor: monitor({ id, slug: "backup", ...more }) });
    expect(await store.createMonitor(named("mon_1", {}))).toBe("committed");
    expect(await store.createMonitor(named("mon_2", { project: "other" }))).toBe("committed");
    expect(await store.createMonitor(named("mon_3", {}))).toBe("stale");
    await commitTo(store, "mon_1", { monitor: monitor({ slug: "backup", deletedAt: START + HOUR }) });
    expect(await store.createMonitor(named("mon_3", {}))).toBe("committed");
  });
}

function findsMonitors({ fresh }: StoreTrial): void {
  test("by slug: the living one, else the latest tombstone", async () => {
    const store = await fresh();
    expect(await store.findMonitor("default", "backup")).toBeNull();
    for (const [id, deletedAt] of [
      ["mon_b", START + HOUR],
      ["mon_a", START + DAY],
    ] as const) {
      await store.createMonitor(change({ monitor: monitor({ id, slug: "backup" }) }));
      await commitTo(store, id, { monitor: monitor({ id, slug: "backup", deletedAt }) });
    }
    const tombstone = {
      accepts: null,
      id: "mon_a",
      project: "default",
      slug: "backup",
      deletedAt: START + DAY,
    };
    expect(await store.findMonitor("default", "backup")).toEqual(tombstone);
    await store.createMonitor(change({ monitor: monitor({ id: "mon_0", slug: "backup" }) }));
    expect(await store.findMonitor("default", "backup")).toMatchObject({ id: "mon_0", deletedAt: null });
    expect(await store.findMonitor("other", "backup")).toBeNull();
  });

  test("by its ping URL, also when it was deleted, and not by one that it had before", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    expect(await store.findMonitorByPing("hash-mon_1")).toMatchObject({
      id: "mon_1",
      slug: "mon-1",
      deletedAt: null,
    });
    await commitTo(store, "mon_1", { monitor: monitor({ pingHash: "new", deletedAt: START }) });
    expect(await store.findMonitorByPing("new")).toMatchObject({ id: "mon_1", deletedAt: START });
    expect(await store.findMonitorByPing("hash-mon_1")).toBeNull();
    expect(await store.findMonitorByPing("nobody")).toBeNull();
  });

  test("with the contracts that it accepts, as they were committed last", async () => {
    const store = await fresh();
    const accepting = (...accepts: string[]) => monitor({ settings: settings({ accepts }) });
    await store.createMonitor(change({ monitor: accepting("github") }));
    const found = async () => [
      (await store.findMonitor("default", "mon-1"))?.accepts,
      (await store.findMonitorByPing("hash-mon_1"))?.accepts,
    ];
    expect(await found()).toEqual([["github"], ["github"]]);
    await commitTo(store, "mon_1", { monitor: accepting("github", "key") });
    expect(await found()).toEqual([
      ["github", "key"],
      ["github", "key"],
    ]);
    await commitTo(store, "mon_1", { monitor: monitor() });
    expect(await found()).toEqual([null, null]);
  });

  test("in lists by slug, living ones of the project only, each once while others come and go", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_e", "mon_a", "mon_c", "mon_b", "mon_d");
    await store.createMonitor(change({ monitor: monitor({ id: "mon_x", project: "other" }) }));
    const listed = await allPages(
      (page) => store.listMonitors("default", page),
      2,
      async (page) => {
        if (page > 1) return;
        await addMonitors(store, "mon_0", "mon_z");
        await commitTo(store, "mon_a", { monitor: monitor({ id: "mon_a", deletedAt: START }) });
        await commitTo(store, "mon_d", { monitor: monitor({ id: "mon_d", deletedAt: START }) });
      },
    );
    expect(listed.map((one) => one.monitor.id)).toEqual(["mon_a", "mon_b", "mon_c", "mon_e", "mon_z"]);
    expect(listed[0]).toEqual({ monitor: monitor({ id: "mon_a" }), state: state(), version: 1 });
  });
}

function loadsMonitors({ fresh }: StoreTrial): void {
  const at = (expectedAt: number, toAt = expectedAt) => windowRow({ expectedAt, toAt });

  test("as null when it is unknown, and as a tombstone when it was deleted", async () => {
    const store = await fresh();
    expect(await store.load("mon_1", {})).toBeNull();
    await addMonitors(store, "mon_1");
    await commitTo(store, "mon_1", { monitor: monitor({ deletedAt: START }) });
    expect(await store.load("mon_1", {})).toMatchObject({ version: 2, monitor: { deletedAt: START } });
  });

  test("with the rows around each instant asked for, in order and none twice", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    const rows = [at(START), at(START + 10, START + 30), at(START + 40), at(START + 50)];
    await commitTo(store, "mon_1", { rows: rows.toReversed() });
    await commitTo(store, "mon_2", { rows: [{ ...at(START + 25), monitorId: "mon_2" }] });
    const around = async (...windowsAt: number[]) => (await store.load("mon_1", { windowsAt }))?.rows;
    expect(await around()).toEqual([]);
    expect(await around(START - 1)).toEqual([rows[0]]);
    expect(await around(START)).toEqual([rows[0], rows[1]]);
    expect(await around(START + 25)).toEqual([rows[0], rows[1], rows[2]]);
    expect(await around(START + 99)).toEqual([rows[2], rows[3]]);
    expect(await around(START + 99, START + 25)).toEqual(rows);
  });

  test("with the rows around the same instant again, as they are after each change", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    // More rows ahead of the instant than a store would keep at hand.
    const ahead = [10, 20, 30, 40, 50, 60].map((after) => at(START + after));
    await commitTo(store, "mon_1", { rows: ahead });
    const around = async () => (await store.load("mon_1", { windowsAt: [START + 2] }))?.rows;
    expect(await around()).toEqual([ahead[0]]);
    const revised = windowRow({ expectedAt: START + 10, verdict: "late" });
    for (const [row, expected] of [
      [at(START + 70), [ahead[0]]],
      [revised, [revised]],
      [at(START + 5), [at(START + 5)]],
      [at(START + 2), [at(START + 2), at(START + 5)]],
      [at(START - 9), [at(START - 9), at(START + 2), at(START + 5)]],
    ] as const) {
      await commitTo(store, "mon_1", { rows: [row] });
      expect(await around()).toEqual(expected);
    }
  });

  test("with the latest attempt of the run named, and the rows of that run and of the anonymous one", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const rows = [at(START), at(START + 10, START + 30), at(START + 40)];
    const attempts = [
      run({ id: "run_1", runId: "nightly", attempt: 1, windowAt: START }),
      run({ id: "run_3", runId: "nightly", attempt: 2, windowAt: START + 20 }),
      run({ id: "run_4", runId: "weekly", windowAt: START + 40 }),
      run({ id: "run_5", windowAt: START + 40 }),
    ];
    await commitTo(store, "mon_1", { rows, runs: attempts });
    expect(await store.load("mon_1", { runId: "nightly" })).toMatchObject({
      run: attempts[1],
      rows: [rows[1]],
    });
    expect(await store.load("mon_1", { runId: "unheard" })).toMatchObject({ run: null, rows: [] });
    await commitTo(store, "mon_1", { state: state({ anonymous: attempts[3] ?? null }) });
    expect(await store.load("mon_1", { runId: "nightly" })).toMatchObject({ rows: [rows[1], rows[2]] });
    expect(await store.load("mon_1", { runId: null })).toMatchObject({ run: null, rows: [rows[2]] });
    // No row holds this window: the one before it would be another window's.
    await commitTo(store, "mon_1", { state: state({ anonymous: run({ windowAt: START + 35 }) }) });
    expect(await store.load("mon_1", {})).toMatchObject({ rows: [] });
  });

  test("with the receipt given to the same key before, of this monitor only", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    const given = { duplicateKey: "idem \u0000 \ud800 ü", receipt: receipt({ notes: ["kept"] }), at: START };
    await commitTo(store, "mon_1", { receipt: given });
    const { duplicateKey } = given;
    expect(await store.load("mon_1", { duplicateKey })).toMatchObject({ earlierReceipt: given.receipt });
    expect(await store.load("mon_1", { duplicateKey: "idem \u0000 \ud801 ü" })).toMatchObject({
      earlierReceipt: null,
    });
    expect(await store.load("mon_2", { duplicateKey })).toMatchObject({ earlierReceipt: null });
  });
}

function knowsWhatIsDue({ fresh }: StoreTrial): void {
  test("at the exact millisecond, the longest due first, no more than asked for", async () => {
    const store = await fresh();
    for (const [id, dueAt] of [
      ["mon_c", START + 1],
      ["mon_b", START],
      ["mon_a", START],
      ["mon_d", null],
    ] as const) {
      await store.createMonitor(change({ monitor: monitor({ id }), dueAt }));
    }
    expect(await store.dueMonitors(START - 1, 10)).toEqual([]);
    const atStart = [
      { id: "mon_a", dueAt: START },
      { id: "mon_b", dueAt: START },
    ];
    expect(await store.dueMonitors(START, 10)).toEqual(atStart);
    expect(await store.dueMonitors(START + 1, 10)).toEqual([...atStart, { id: "mon_c", dueAt: START + 1 }]);
    expect(await store.dueMonitors(START + 1, 1)).toEqual(atStart.slice(0, 1));
  });

  test("a commit says when next, or never", async () => {
    const store = await fresh();
    await store.createMonitor(change({ dueAt: START }));
    await commitTo(store, "mon_1", { dueAt: START + MINUTE });
    expect(await store.dueMonitors(START + MINUTE - 1, 10)).toEqual([]);
    expect(await store.dueMonitors(START + MINUTE, 10)).toHaveLength(1);
    await commitTo(store, "mon_1", { dueAt: null });
    expect(await store.dueMonitors(START + DAY, 10)).toEqual([]);
  });

  test("earlier when hastened, never later, and the version stays", async () => {
    const store = await fresh();
    await store.createMonitor(change({ dueAt: START + HOUR }));
    await store.hasten("mon_1", START + MINUTE);
    await store.hasten("mon_1", START + MINUTE);
    await store.hasten("mon_1", START + DAY);
    expect(await store.dueMonitors(START + HOUR, 10)).toEqual([{ id: "mon_1", dueAt: START + MINUTE }]);
    expect(await store.load("mon_1", {})).toMatchObject({ version: 1 });
  });

  test("a wish to be looked at outlives a commit decided before it, and is settled by one decided after", async () => {
    const store = await fresh();
    await store.createMonitor(change({ dueAt: START + HOUR }));
    await store.hasten("mon_1", START + 10);
    await commitTo(store, "mon_1", {
      journal: journalEntry({ version: 2, at: START + 9 }),
      dueAt: START + HOUR,
    });
    expect(await store.dueMonitors(START + HOUR, 10)).toEqual([{ id: "mon_1", dueAt: START + 10 }]);
    await commitTo(store, "mon_1", {
      journal: journalEntry({ version: 3, at: START + 10 }),
      dueAt: START + HOUR,
    });
    expect(await store.dueMonitors(START + HOUR, 10)).toEqual([{ id: "mon_1", dueAt: START + HOUR }]);
    await store.hasten("mon_1", START + 20);
    await commitTo(store, "mon_1", { journal: journalEntry({ version: 4, at: START + 15 }), dueAt: null });
    expect(await store.dueMonitors(START + HOUR, 10)).toEqual([{ id: "mon_1", dueAt: START + 20 }]);
  });

  test("not when it was deleted or never was, whoever asks", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    await store.hasten("mon_1", START + HOUR);
    const journal = journalEntry({ version: 2, at: START });
    await commitTo(store, "mon_1", { monitor: monitor({ deletedAt: START }), journal });
    await store.hasten("mon_1", START);
    await store.hasten("nobody", START);
    expect(await store.dueMonitors(START + DAY, 10)).toEqual([]);
  });
}
