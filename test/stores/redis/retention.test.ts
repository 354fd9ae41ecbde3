/** What Redis keeps of history, where all of it is in memory, and that nothing is left of what has gone. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { Store } from "../../../src/ports/store.ts";
import {
  blindSpot,
  blindUnknown,
  change,
  DAY,
  HOUR,
  journalEntry,
  MINUTE,
  monitor,
  monitorIncident,
  notification,
  project,
  projectChange,
  receipt,
  run,
  sighting,
  START,
  windowRow,
} from "../../makers.ts";
import { requirement } from "../../requirements.ts";
import { commitTo } from "../../contracts/store/trial.ts";
import { redisTrial } from "./redis-trial.ts";

const redis = requirement("redis");
const LATER = START + LIMITS.historyMs + HOUR;

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("history in Redis", () => {
  const { open, keys } = redisTrial(redis?.path ?? "");

  test("leads to an incident for as long as that is there, however many messages go before it", async () => {
    const store = await open();
    await store.createMonitor(change({ monitor: monitor({ id: "mon_1" }) }));
    const incident = monitorIncident({ id: "old", status: "resolved", openedAt: START, resolvedAt: START });
    const messages = Array.from({ length: LIMITS.sweepRows }, (_none, index) =>
      notification({ id: `mon_1-n${index}`, incidentId: "old", status: "dropped" }),
    );
    await commitTo(store, "mon_1", { incidents: [incident], notifications: messages });
    const wanted = { status: null, monitorId: "mon_1" };
    const listed = async () =>
      (await store.listIncidents("default", wanted, { cursor: null, limit: 9 })).items;
    expect(await store.sweep(LATER)).toBe(LIMITS.sweepRows);
    expect(await listed()).toEqual([incident]);
    expect(await store.getIncident("old")).toEqual(incident);
    await store.sweep(LATER);
    expect(await listed()).toEqual([]);
    expect(await store.getIncident("old")).toBeNull();
  });

  test("is a thousand rows of a monitor, with the runs and the journal since the first of them", async () => {
    const store = await open();
    await store.createMonitor(change({ monitor: monitor({ id: "mon_1" }) }));
    const minutes = Array.from({ length: LIMITS.rowsPerMonitorInRedis + 3 }, (_none, index) => index);
    const at = (minute: number) => START + minute * MINUTE;
    await commitTo(store, "mon_1", { rows: minutes.map((each) => windowRow({ expectedAt: at(each) })) });
    for (const minute of [1, 2, 3, 4]) {
      await commitTo(store, "mon_1", {
        runs: [run({ id: `run_${minute}`, startedAt: at(minute), finishedAt: at(minute) + 1 })],
        journal: journalEntry({ version: minute + 2, at: at(minute) + 1 }),
      });
    }
    expect(await store.sweep(START + DAY)).toBe(3 + 2 + 2);
    const ever = { fromAt: 0, toAt: LATER };
    const page = { cursor: null, limit: 2_000 };
    const { items } = await store.listWindows("mon_1", ever, page);
    expect(items).toHaveLength(LIMITS.rowsPerMonitorInRedis);
    expect(items[0]?.expectedAt).toBe(at(3));
    const runs = (await store.listRuns("mon_1", { runId: null }, page)).items;
    expect(runs.map(({ id }) => id)).toEqual(["run_4", "run_3"]);
    expect((await store.listJournal("mon_1", ever, page)).items).toHaveLength(2);
    expect(await store.sweep(START + DAY)).toBe(0);
    // Whoever remembered the monitor sees that some of it is gone.
    expect((await store.load("mon_1", { windowsAt: [at(0)] }))?.rows.map((row) => row.expectedAt)).toEqual([
      at(3),
    ]);
  });

  test("leaves no key behind of a monitor that is gone", async () => {
    const store = await open();
    await store.createProject(project({ partitions: 4 }));
    await store.addBlindSpot(blindSpot({ id: "blind_1", toAt: LATER }));
    await store.sweep(START);
    const before = await keys();
    await makeMonitor(store, "mon_1");
    expect((await keys()).length).toBeGreaterThan(before.length + 15);
    await commitTo(store, "mon_1", { monitor: monitor({ id: "mon_1", deletedAt: START }) });
    expect(await store.sweep(LATER)).toBeGreaterThan(8);
    const added = (await keys()).filter((key) => !before.includes(key));
    // The names of blind spots and the number last given to a refusal stay.
    expect(added.filter((key) => !/:us$|^rejections$/.test(key))).toEqual([]);
  });

  test("leaves no key behind of a blind spot that is past, in whichever part its monitors were", async () => {
    const store = await open();
    await store.createProject(project({ partitions: 4 }));
    // Neither lies in the home of the project.
    const left = ["mon_1", "mon_4"];
    for (const id of left) await store.createMonitor(change({ monitor: monitor({ id, slug: `job-${id}` }) }));
    await store.sweep(START);
    const before = await keys();
    await store.addBlindSpot(blindSpot({ id: "blind_1", toAt: START }));
    for (const monitorId of left)
      await commitTo(store, monitorId, { unknowns: [blindUnknown({ blindSpotId: "blind_1", monitorId })] });
    const reported = [{ blindSpotId: "blind_1", monitorIds: left }];
    const made = await store.loadProject("default");
    if (made === null) throw new Error("the project was made");
    expect(await store.commitProject(projectChange(made, { reported }))).toBe("committed");
    expect((await keys()).some((key) => key.includes("reported"))).toBe(true);
    await store.sweep(LATER);
    const added = (await keys()).filter((key) => !before.includes(key));
    expect(added.filter((key) => /:us$|:u:|reported|spots/.test(key))).toEqual([]);
  });

  test("goes while nothing else has been written of it, and else the next time", async () => {
    const [one, other] = await Promise.all([open(), open()]);
    await makeMonitor(one, "mon_1");
    const outcomes = await Promise.all([
      one.sweep(LATER),
      other.sweep(LATER),
      commitTo(other, "mon_1", { rows: [windowRow({ expectedAt: LATER })] }),
    ]);
    expect(outcomes).toHaveLength(3);
    await one.sweep(LATER);
    await other.sweep(LATER);
    const { items } = await one.listWindows(
      "mon_1",
      { fromAt: 0, toAt: 2 * LATER },
      { cursor: null, limit: 9 },
    );
    expect(items.map((row) => row.expectedAt)).toEqual([LATER]);
  });

  test("is gone through by all processes together, each with monitors of its own", async () => {
    const [one, other] = await Promise.all([open(), open()]);
    const ids = Array.from({ length: LIMITS.sweepMonitors + 10 }, (_none, index) => `mon_${1_000 + index}`);
    for (const id of ids) {
      const rows = [windowRow({ expectedAt: START, monitorId: id })];
      await one.createMonitor(change({ monitor: monitor({ id }), rows }));
    }
    expect(await one.sweep(LATER)).toBe(LIMITS.sweepMonitors);
    expect(await other.sweep(LATER)).toBe(10);
    expect(await one.sweep(LATER)).toBe(0);
  });

  test("of messages whose texts were cut within a character goes as that of others, once they are sent", async () => {
    const store = await open();
    const title = "C:\\uddd8 is a path, and here a text was cut \ud83d";
    await store.addNotification(notification({ id: "ntf_1", incidentId: null, monitorId: null, title }));
    const attempt = { at: START, isSent: true, code: "sent", detail: "cut \ud83d" };
    await store.settleNotifications(
      { project: "default", channel: "ops", incidentId: null, leasedUntilAt: 0 },
      [{ id: "ntf_1", status: "sent", attempt, notBeforeAt: START, isDigested: false }],
      null,
    );
    expect(await store.lastSentAt("default", "ops")).toBe(START);
    expect(await store.countOpenedSent("default", "ops", START)).toBe(1);
    expect(await store.sweep(LATER)).toBe(1);
    expect(await store.lastSentAt("default", "ops")).toBeNull();
  });
});

/** With something of every kind. */
async function makeMonitor(store: Store, id: string): Promise<void> {
  await store.createMonitor(
    change({
      monitor: monitor({ id }),
      rows: [windowRow({ expectedAt: START, monitorId: id })],
      runs: [
        run({ id: `${id}-r1`, monitorId: id, runId: "nightly" }),
        run({ id: "run_2", monitorId: id, state: "started", finishedAt: null }),
      ],
      incidents: [
        monitorIncident({ id: "inc_1", monitorId: id }),
        monitorIncident({ id: "inc_2", monitorId: id, status: "resolved" }),
      ],
      notifications: [
        notification({ id: "ntf_1", incidentId: "inc_1", monitorId: id }),
        notification({ id: "ntf_2", incidentId: null, monitorId: id }),
      ],
      unknowns: [blindUnknown({ monitorId: id })],
      counts: [{ day: Math.floor(START / DAY), what: "missing", delta: 1 }],
      receipt: { duplicateKey: "key", receipt: receipt(), at: START },
      journal: journalEntry({ version: 1, at: START }),
      dueAt: START,
    }),
  );
  await store.addRejection(sighting({ monitorId: id, at: START }));
  await store.addNotification(notification({ id: "ntf_3", incidentId: null, monitorId: id }));
}
