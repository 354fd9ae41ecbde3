/** Contract of every store: what came of windows and runs is listed in order, each once, while it changes. */
import { describe, expect, test } from "vitest";
import {
  change,
  DAY,
  HOUR,
  journalEntry,
  MINUTE,
  monitor,
  monitorIncident,
  run,
  START,
  windowRow,
} from "../../makers.ts";
import { addMonitors, allPages, commitTo, FIRST_PAGE, type StoreTrial } from "./trial.ts";

export function ledgerContract(trial: StoreTrial): void {
  describe("lists windows", () => listsWindows(trial));
  describe("lists runs", () => listsRuns(trial));
  describe("lists journal and day counts", () => listsJournal(trial));
  describe("lists incidents", () => listsIncidents(trial));
}

const ALWAYS = { fromAt: 0, toAt: START + DAY };

function listsWindows({ fresh }: StoreTrial): void {
  test("of a period, range rows whole, also one that began before it", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    const rows = [
      windowRow({ expectedAt: START }),
      windowRow({ expectedAt: START + 10, toAt: START + 30, count: 3 }),
      windowRow({ expectedAt: START + 40 }),
    ];
    await commitTo(store, "mon_1", { rows });
    await commitTo(store, "mon_2", { rows: [windowRow({ expectedAt: START + 5, monitorId: "mon_2" })] });
    const listed = async (fromAt: number, toAt: number) =>
      (await store.listWindows("mon_1", { fromAt, toAt }, FIRST_PAGE)).items;
    expect(await listed(START, START + 41)).toEqual(rows);
    expect(await listed(START + 1, START + 40)).toEqual([rows[1]]);
    expect(await listed(START + 30, START + 40)).toEqual([rows[1]]);
    expect(await listed(START + 31, START + 40)).toEqual([]);
    expect(await listed(START, START + 10)).toEqual([rows[0]]);
    expect((await store.listWindows("nobody", ALWAYS, FIRST_PAGE)).items).toEqual([]);
  });

  test("page by page: each window once, though ranges grow and split and rows are added meanwhile", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    await commitTo(store, "mon_1", {
      rows: [
        windowRow({ expectedAt: START }),
        windowRow({ expectedAt: START + 10, toAt: START + 30, count: 3 }),
        windowRow({ expectedAt: START + 40 }),
        windowRow({ expectedAt: START + 50, toAt: START + 60, count: 2 }),
      ],
    });
    const listed = await allPages(
      (page) => store.listWindows("mon_1", ALWAYS, page),
      2,
      () =>
        commitTo(store, "mon_1", {
          rows: [
            windowRow({ expectedAt: START + 10 }),
            windowRow({ expectedAt: START + 20, verdict: "late" }),
            windowRow({ expectedAt: START + 30 }),
            windowRow({ expectedAt: START + 50, toAt: START + 70, count: 3 }),
          ],
        }),
    );
    expect(listed.map(({ expectedAt, toAt }) => [expectedAt - START, toAt - START])).toEqual([
      [0, 0],
      [10, 30],
      [40, 40],
      [50, 70],
    ]);
  });
}

function listsRuns({ fresh }: StoreTrial): void {
  test("the latest arrived first, whatever their ids and instants, or only the attempts of one id", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    await commitTo(store, "mon_1", {
      runs: [
        run({ id: "run_z", runId: "nightly", startedAt: START + HOUR }),
        run({ id: "run_a", runId: "nightly", attempt: 2 }),
        run({ id: "run_m" }),
      ],
    });
    await commitTo(store, "mon_2", { runs: [run({ id: "run_o", monitorId: "mon_2", runId: "nightly" })] });
    // A run written again keeps its place.
    await commitTo(store, "mon_1", { runs: [run({ id: "run_z", runId: "nightly", state: "failed" })] });
    const ids = async (runId: string | null) =>
      (await allPages((page) => store.listRuns("mon_1", { runId }, page))).map(({ id }) => id);
    expect(await ids(null)).toEqual(["run_m", "run_a", "run_z"]);
    expect(await ids("nightly")).toEqual(["run_a", "run_z"]);
    expect(await ids("weekly")).toEqual([]);
    expect(await store.getRun("run_z")).toMatchObject({ state: "failed" });
    expect(await store.getRun("run_o")).toMatchObject({ monitorId: "mon_2" });
    expect(await store.getRun("run_x")).toBeNull();
  });

  test("page by page: each once, though runs begin and end meanwhile", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const ids = ["run_1", "run_2", "run_3", "run_4", "run_5"];
    for (const id of ids) await commitTo(store, "mon_1", { runs: [run({ id, state: "started" })] });
    const listed = await allPages(
      (page) => store.listRuns("mon_1", { runId: null }, page),
      2,
      (page) => commitTo(store, "mon_1", { runs: [run({ id: "run_1" }), run({ id: `run_new_${page}` })] }),
    );
    expect(listed.map(({ id }) => id)).toEqual(ids.toReversed());
  });
}

function listsJournal({ fresh }: StoreTrial): void {
  test("what was decided, in order, of a half-open period, page by page while more is decided", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    const instants = [START, START + 5, START + 5, START + 5, START + 9, START + 10];
    for (const [index, at] of instants.entries()) {
      await commitTo(store, "mon_1", { journal: journalEntry({ version: index + 2, at }) });
    }
    await commitTo(store, "mon_2", { journal: journalEntry({ version: 2, at: START + 5 }) });
    let version = 7;
    const listed = await allPages(
      (page) => store.listJournal("mon_1", { fromAt: START + 1, toAt: START + 10 }, page),
      2,
      () => commitTo(store, "mon_1", { journal: journalEntry({ version: (version += 1), at: START + 11 }) }),
    );
    expect(listed.map((entry) => entry.version)).toEqual([3, 4, 5, 6]);
    expect(listed[0]).toEqual(journalEntry({ version: 3, at: START + 5 }));
  });

  test("sums by day and kind, of a half-open span of days, without those that are nothing", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    for (const [day, what, delta] of [
      [2, "missing", 2],
      [3, "on_time", 5],
      [2, "late", 1],
      [2, "missing", 1],
      [4, "failed", 1],
      [3, "failed", 1],
      [3, "failed", -1],
    ] as const) {
      await commitTo(store, "mon_1", { counts: [{ day, what, delta }] });
    }
    await commitTo(store, "mon_2", { counts: [{ day: 2, what: "late", delta: 7 }] });
    expect(await store.dayCounts("mon_1", { fromDay: 2, toDay: 4 })).toEqual([
      { day: 2, what: "late", delta: 1 },
      { day: 2, what: "missing", delta: 3 },
      { day: 3, what: "on_time", delta: 5 },
    ]);
    expect(await store.dayCounts("nobody", { fromDay: 0, toDay: 9 })).toEqual([]);
  });
}

function listsIncidents({ fresh }: StoreTrial): void {
  test("newest first, by status and monitor where asked, of one project", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    await store.createMonitor(change({ monitor: monitor({ id: "mon_x", project: "other" }) }));
    await commitTo(store, "mon_1", {
      incidents: [
        monitorIncident({ id: "inc_1", openedAt: START, status: "resolved" }),
        monitorIncident({ id: "inc_3", openedAt: START + MINUTE }),
      ],
    });
    await commitTo(store, "mon_2", {
      incidents: [
        monitorIncident({
          id: "inc_2",
          monitorId: "mon_2",
          openedAt: START + MINUTE,
          status: "acknowledged",
        }),
      ],
    });
    await commitTo(store, "mon_x", {
      incidents: [monitorIncident({ id: "inc_x", monitorId: "mon_x", project: "other" })],
    });
    const ids = async (wanted: Parameters<typeof store.listIncidents>[1]) =>
      (await allPages((page) => store.listIncidents("default", wanted, page), 1)).map(({ id }) => id);
    expect(await ids({ status: null, monitorId: null })).toEqual(["inc_3", "inc_2", "inc_1"]);
    expect(await ids({ status: "open", monitorId: null })).toEqual(["inc_3"]);
    expect(await ids({ status: null, monitorId: "mon_1" })).toEqual(["inc_3", "inc_1"]);
    expect(await ids({ status: "resolved", monitorId: "mon_2" })).toEqual([]);
    expect(await store.getIncident("inc_x")).toMatchObject({ project: "other" });
    expect(await store.getIncident("inc_9")).toBeNull();
  });

  test("page by page: each once, though incidents open and close meanwhile", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const opened = [1, 2, 3, 4, 5].map((index) =>
      monitorIncident({ id: `inc_${index}`, openedAt: START + index }),
    );
    await commitTo(store, "mon_1", { incidents: opened });
    const listed = await allPages(
      (page) => store.listIncidents("default", { status: null, monitorId: null }, page),
      2,
      (page) =>
        commitTo(store, "mon_1", {
          incidents: [
            monitorIncident({ id: "inc_1", openedAt: START + 1, status: "resolved" }),
            monitorIncident({ id: `inc_9${page}`, openedAt: START + 9 }),
          ],
        }),
    );
    expect(listed.map(({ id }) => id)).toEqual(["inc_5", "inc_4", "inc_3", "inc_2", "inc_1"]);
    expect(listed[4]?.status).toBe("resolved");
  });

  test("a cursor that is none of theirs is refused as bad input, naming the field", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const wanted = { status: null, monitorId: null };
    for (const cursor of ["", "!", "bnVsbA", "W10", "e30", "WzEuNV0", "W251bGxd"]) {
      const page = { cursor, limit: 1 };
      const refused = { code: "invalid_request", problems: [{ field: "cursor" }] };
      await expect(store.listIncidents("default", wanted, page)).rejects.toMatchObject(refused);
      await expect(store.listMonitors("default", page)).rejects.toMatchObject(refused);
      await expect(store.listWindows("mon_1", ALWAYS, page)).rejects.toMatchObject(refused);
      await expect(store.listRuns("mon_1", { runId: null }, page)).rejects.toMatchObject(refused);
      await expect(store.listJournal("mon_1", ALWAYS, page)).rejects.toMatchObject(refused);
      await expect(store.listRejections("default", page)).rejects.toMatchObject(refused);
      await expect(store.listNotifications("default", { incidentId: null }, page)).rejects.toMatchObject(
        refused,
      );
    }
  });
}
