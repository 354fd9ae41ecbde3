/** Contract of every store: what is past its time goes, a bounded part at each call, and nothing else does. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { Store } from "../../../src/ports/store.ts";
import {
  blindSpot,
  blindUnknown,
  DAY,
  guardNote,
  HOUR,
  journalEntry,
  monitor,
  monitorIncident,
  notification,
  plan,
  receipt,
  run,
  sighting,
  START,
  state,
  verification,
  windowRow,
} from "../../makers.ts";
import { addMonitors, allPages, commitTo, FIRST_PAGE, type StoreTrial } from "./trial.ts";

export function retentionContract(trial: StoreTrial): void {
  describe("sweeps", () => {
    sweepsHistory(trial);
    sweepsRunsBeyondTheLimit(trial);
    sweepsIncidents(trial);
    sweepsTombstones(trial);
    sweepsTheRest(trial);
  });
}

/** The instant at which what is dated START is just within its time, and no longer. */
const STILL_AT = START + LIMITS.historyMs;
const PAST_AT = STILL_AT + 1;
const EVER = { fromAt: 0, toAt: Number.MAX_SAFE_INTEGER };

async function left(store: Store, monitorId = "mon_1") {
  return {
    windows: (await store.listWindows(monitorId, EVER, FIRST_PAGE)).items.map(
      ({ expectedAt }) => expectedAt - START,
    ),
    runs: (await store.listRuns(monitorId, { runId: null }, FIRST_PAGE)).items.map(({ id }) => id),
    journal: (await store.listJournal(monitorId, EVER, FIRST_PAGE)).items.map(({ at }) => at - START),
  };
}

function sweepsHistory({ fresh }: StoreTrial): void {
  test("rows, runs and journal entries after their time, to the millisecond", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    await commitTo(store, "mon_1", {
      rows: [
        windowRow({ expectedAt: START - HOUR, toAt: START, count: 2 }),
        windowRow({ expectedAt: START + 1, toAt: START + HOUR, count: 2 }),
      ],
      runs: [
        run({ id: "run_1", startedAt: START - HOUR, finishedAt: START }),
        run({ id: "run_2", startedAt: START, finishedAt: null, state: "incomplete" }),
        run({ id: "run_3", startedAt: START, finishedAt: START + 1 }),
      ],
      journal: journalEntry({ version: 2, at: START }),
    });
    await commitTo(store, "mon_1", { journal: journalEntry({ version: 3, at: START + 1 }) });
    expect(await store.sweep(STILL_AT)).toBe(0);
    expect(await store.sweep(PAST_AT)).toBe(4);
    expect(await left(store)).toEqual({ windows: [1], runs: ["run_3"], journal: [1] });
    expect(await store.getRun("run_1")).toBeNull();
    expect(await store.sweep(PAST_AT)).toBe(0);
  });

  test("but not open runs, nor rows and runs of windows that the state still names", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const at = (hours: number) => START - hours * HOUR;
    const incident = monitorIncident({ id: "inc_1", firstWindowAt: at(8), latestWindowAt: at(6) });
    await commitTo(store, "mon_1", {
      rows: [
        windowRow({ expectedAt: at(9), toAt: at(7), count: 3 }),
        ...[6, 5, 4, 3].map((hours) => windowRow({ expectedAt: at(hours) })),
      ],
      runs: [6, 5, 4, 3].map((hours) =>
        run({ id: `run_${hours}`, windowAt: at(hours), startedAt: at(hours) }),
      ),
      incidents: [incident],
      state: state({
        incident,
        latest: windowRow({ expectedAt: at(4) }),
        windows: [windowRow({ expectedAt: at(3) })],
      }),
    });
    await commitTo(store, "mon_1", {
      runs: [run({ id: "run_open", state: "started", finishedAt: null, startedAt: 1 })],
    });
    const { state: before } = (await store.load("mon_1", {})) ?? {};
    expect(before?.incident?.id).toBe("inc_1");
    expect(await store.sweep(PAST_AT + DAY)).toBe(2);
    expect(await left(store)).toMatchObject({
      windows: [-9, -6, -4, -3].map((hours) => hours * HOUR),
      runs: ["run_open", "run_3", "run_4", "run_6"],
    });
    await commitTo(store, "mon_1", {
      state: state(),
      runs: [run({ id: "run_open", startedAt: 1, finishedAt: 2 })],
    });
    expect(await store.sweep(PAST_AT + DAY)).toBe(8);
    expect(await left(store)).toMatchObject({ windows: [], runs: [] });
    expect(await store.getIncident("inc_1")).toEqual(incident);
  });
}

function sweepsRunsBeyondTheLimit({ fresh }: StoreTrial): void {
  test("runs beyond the latest 10 000, with the rows and journal entries before those", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    const total = LIMITS.runsPerMonitor + 3;
    const runs = Array.from({ length: total }, (_each, index) => {
      const at = START + index * 1_000;
      return run({ id: `run_${index}`, windowAt: at, startedAt: at + 100, finishedAt: at + 200 });
    });
    await commitTo(store, "mon_1", {
      rows: runs.slice(0, 6).map(({ windowAt }) => windowRow({ expectedAt: windowAt ?? 0 })),
      runs: runs.with(1, run({ ...runs[1], state: "started" })),
      journal: journalEntry({ version: 2, at: START + 2_999 }),
    });
    await commitTo(store, "mon_1", { journal: journalEntry({ version: 3, at: START + 3_000 }) });
    await commitTo(store, "mon_2", { runs: [run({ id: "run_other", monitorId: "mon_2" })] });
    const nowAt = START + DAY;
    expect(await store.sweep(nowAt)).toBe(3 + 2 + 1);
    expect(await left(store)).toMatchObject({ windows: [3_000, 4_000, 5_000], journal: [3_000] });
    const kept = await allPages((page) => store.listRuns("mon_1", { runId: null }, page), 5_000);
    expect(kept).toHaveLength(LIMITS.runsPerMonitor + 1);
    expect(kept.slice(-2).map(({ id }) => id)).toEqual(["run_3", "run_1"]);
    expect(await left(store, "mon_2")).toMatchObject({ runs: ["run_other"] });
    expect(await store.sweep(nowAt)).toBe(0);
  });

  test("no more than a bounded number of records, and the rest at the next calls", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    for (const monitorId of ["mon_1", "mon_2"]) {
      const rows = Array.from({ length: LIMITS.sweepRows - 500 }, (_each, index) =>
        windowRow({ expectedAt: START - 1 - index, monitorId }),
      );
      await commitTo(store, monitorId, { rows });
    }
    expect(await store.sweep(STILL_AT)).toBe(LIMITS.sweepRows);
    expect(await store.sweep(STILL_AT)).toBe(LIMITS.sweepRows - 1_000);
    expect(await store.sweep(STILL_AT)).toBe(0);
  });

  test("monitors in turn when there are many, so that each is reached", async () => {
    const store = await fresh();
    const ids = Array.from({ length: LIMITS.sweepMonitors + 1 }, (_each, index) => `mon_${1_000 + index}`);
    await addMonitors(store, ...ids);
    const [first = "", last = ""] = [ids[0], ids.at(-1)];
    for (const monitorId of [first, last]) {
      await commitTo(store, monitorId, { rows: [windowRow({ expectedAt: START, monitorId })] });
    }
    expect(await store.sweep(PAST_AT)).toBe(1);
    expect(await store.sweep(PAST_AT)).toBe(1);
    await commitTo(store, first, { rows: [windowRow({ expectedAt: START, monitorId: first })] });
    expect(await store.sweep(PAST_AT)).toBe(1);
  });
}

function sweepsIncidents({ fresh }: StoreTrial): void {
  test("closed incidents with their notifications, and notices on their own, never open incidents", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    const sent = { status: "sent", sentAt: START } as const;
    await commitTo(store, "mon_1", {
      incidents: [
        monitorIncident({ id: "inc_1", status: "resolved", resolvedAt: START }),
        monitorIncident({ id: "inc_2", status: "resolved", resolvedAt: START + 1 }),
        monitorIncident({ id: "inc_3", openedAt: 1 }),
        monitorIncident({ id: "inc_4", openedAt: 1, status: "acknowledged" }),
        monitorIncident({ id: "inc_5", subject: { type: "service" }, status: "resolved", resolvedAt: START }),
      ],
      notifications: [
        notification({ id: "ntf_1", ...sent }),
        notification({ id: "ntf_2" }),
        notification({ id: "ntf_3", incidentId: "inc_3", createdAt: 1, ...sent }),
        notification({ id: "ntf_4", incidentId: null, createdAt: START, ...sent }),
        notification({ id: "ntf_5", incidentId: null, createdAt: START }),
        notification({ id: "ntf_6", incidentId: "inc_5", monitorId: null }),
      ],
    });
    expect(await store.sweep(STILL_AT)).toBe(0);
    expect(await store.sweep(PAST_AT)).toBe(6);
    const { items } = await store.listNotifications("default", { incidentId: null }, FIRST_PAGE);
    expect(items.map(({ id }) => id)).toEqual(["ntf_3", "ntf_5"]);
    const incidents = await store.listIncidents("default", { status: null, monitorId: null }, FIRST_PAGE);
    expect(incidents.items.map(({ id }) => id)).toEqual(["inc_2", "inc_4", "inc_3"]);
    expect(await store.nextNotificationAt(START)).toBe(START);
    expect(await store.claimNotifications({ nowAt: START, leaseMs: 1, limit: 10 })).toHaveLength(1);
  });
}

function sweepsTombstones({ fresh }: StoreTrial): void {
  test("a deleted monitor with everything of it, and nothing of its neighbour", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    await store.addBlindSpot(blindSpot({ id: "blind_1", toAt: PAST_AT }));
    for (const monitorId of ["mon_1", "mon_2"]) {
      await store.addRejection(sighting({ monitorId, at: PAST_AT }));
      await commitTo(store, monitorId, {
        rows: [windowRow({ expectedAt: PAST_AT, monitorId })],
        runs: [run({ id: `run_${monitorId}`, monitorId, state: "started" })],
        incidents: [monitorIncident({ id: `inc_${monitorId}`, monitorId })],
        notifications: [
          notification({ id: `ntf_1_${monitorId}`, incidentId: `inc_${monitorId}`, monitorId }),
          notification({ id: `ntf_2_${monitorId}`, incidentId: null, monitorId }),
        ],
        unknowns: [blindUnknown({ monitorId })],
        receipt: { duplicateKey: "key", receipt: receipt(), at: PAST_AT },
        counts: [{ day: 40_000, what: "missing", delta: 1 }],
        journal: journalEntry({ version: 2, at: PAST_AT }),
        ...(monitorId === "mon_1" && { monitor: monitor({ deletedAt: START }) }),
      });
    }
    expect(await store.sweep(STILL_AT)).toBe(0);
    expect(await store.sweep(PAST_AT)).toBe(11);
    expect(await store.load("mon_1", {})).toBeNull();
    expect(await store.findMonitor("default", "mon-1")).toBeNull();
    expect(await store.findMonitorByPing("hash-mon_1")).toBeNull();
    expect(await store.getRun("run_mon_1")).toBeNull();
    expect(await left(store)).toEqual({ windows: [], runs: [], journal: [] });
    expect((await store.listNotifications("default", { incidentId: null }, FIRST_PAGE)).items).toHaveLength(
      2,
    );
    expect((await store.listRejections("default", FIRST_PAGE)).items).toMatchObject([{ monitorId: "mon_2" }]);
    const wanted = { blindSpotId: "blind_1", project: "default", onlyUnreported: false };
    expect(await store.blindUnknowns(wanted)).toMatchObject([{ monitorId: "mon_2" }]);
    expect((await left(store, "mon_2")).windows).toHaveLength(1);
    // Its id and its ping URL are free again.
    await addMonitors(store, "mon_1");
    expect(await store.load("mon_1", { duplicateKey: "key" })).toMatchObject({
      version: 1,
      earlierReceipt: null,
    });
    expect(await store.dayCounts("mon_1", { fromDay: 0, toDay: 99_999 })).toEqual([]);
    expect(await store.sweep(PAST_AT)).toBe(0);
  });
}

function sweepsTheRest({ fresh }: StoreTrial): void {
  test("receipts after 8 days and day counts after 400", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    await commitTo(store, "mon_1", {
      receipt: { duplicateKey: "key", receipt: receipt(), at: START },
      counts: [{ day: START / DAY, what: "missing", delta: 1 }],
    });
    const keeps = async () => ({
      receipt: (await store.load("mon_1", { duplicateKey: "key" }))?.earlierReceipt !== null,
      counts: (await store.dayCounts("mon_1", { fromDay: 0, toDay: 99_999 })).length,
    });
    expect(await store.sweep(START + LIMITS.receiptKeptMs)).toBe(0);
    expect(await store.sweep(START + LIMITS.receiptKeptMs + 1)).toBe(1);
    expect(await keeps()).toEqual({ receipt: false, counts: 1 });
    expect(await store.sweep(START + DAY - 1 + LIMITS.countersMs)).toBe(0);
    expect(await store.sweep(START + DAY + LIMITS.countersMs)).toBe(1);
    expect(await keeps()).toEqual({ receipt: false, counts: 0 });
  });

  test("guarded routes that told nothing since, and verifications; proofs as soon as their time is over", async () => {
    const store = await fresh();
    await store.noteGuards("default", [
      guardNote({ route: "GET /old", at: START }),
      guardNote({ route: "GET /new", at: START + 1, listening: { fromAt: 0, toAt: START } }),
    ]);
    await store.putVerification(verification({ id: "ver_1", at: START }));
    await store.putVerification(verification({ id: "ver_2", at: START + 1 }));
    const proof = { project: "default", id: "github/a", use: "start", nowAt: START, untilAt: START + HOUR };
    await store.claimProof(proof);
    expect(await store.sweep(START + HOUR)).toBe(0);
    expect(await store.sweep(START + HOUR + 1)).toBe(1);
    expect(await store.claimProof(proof)).toBe("first");
    expect(await store.sweep(STILL_AT)).toBe(1);
    expect(await store.sweep(PAST_AT)).toBe(2);
    expect(await store.listGuardedRoutes("default")).toMatchObject([{ route: "GET /new" }]);
    expect(await store.getVerification("default", "ver_1")).toBeNull();
    expect(await store.getVerification("default", "ver_2")).not.toBeNull();
    expect(await store.sweep(PAST_AT)).toBe(0);
  });

  test("rejections, ended plans, and blind spots with their unknowns", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1");
    await store.addRejection(sighting({ at: START }));
    await store.addRejection(sighting({ at: START, reason: "revoked" }));
    await store.addRejection(sighting({ at: START + 1, reason: "revoked" }));
    await store.putPlan(plan({ id: "plan_1", fromAt: 0, untilAt: START }));
    await store.putPlan(plan({ id: "plan_2", fromAt: 0, untilAt: START + 1 }));
    await store.addBlindSpot(blindSpot({ id: "blind_1", fromAt: 0, toAt: START }));
    await store.addBlindSpot(blindSpot({ id: "blind_2", fromAt: 0, toAt: START + 1 }));
    await commitTo(store, "mon_1", { unknowns: [blindUnknown(), blindUnknown({ blindSpotId: "blind_2" })] });
    expect(await store.sweep(STILL_AT)).toBe(0);
    expect(await store.sweep(PAST_AT)).toBe(4);
    expect((await store.listRejections("default", FIRST_PAGE)).items).toMatchObject([
      { reason: "revoked", count: 2 },
    ]);
    expect((await store.listPlans("default", 0)).map(({ id }) => id)).toEqual(["plan_2"]);
    expect((await store.listBlindSpots(0)).map(({ id }) => id)).toEqual(["blind_2"]);
    const wanted = { project: "default", onlyUnreported: false };
    expect(await store.blindUnknowns({ ...wanted, blindSpotId: "blind_1" })).toEqual([]);
    expect(await store.blindUnknowns({ ...wanted, blindSpotId: "blind_2" })).toHaveLength(1);
  });
}
