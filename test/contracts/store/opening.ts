/** Contract of every store: it can be asked whether it works, and closed; a persistent one remembers. */
import { describe, expect, test } from "vitest";
import {
  blindSpot,
  change,
  channel,
  key,
  monitorIncident,
  notification,
  plan,
  project,
  run,
  sighting,
  START,
  windowRow,
} from "../../makers.ts";
import { commitTo, FIRST_PAGE, type StoreTrial } from "./trial.ts";

export function openingContract({ kind, fresh, reopened }: StoreTrial): void {
  describe("opens and closes:", () => {
    test("it says that it can be written, and closes twice without harm", async () => {
      const store = await fresh();
      await store.ping();
      await store.ping();
      await store.close();
      await store.close();
    });

    // The memory store forgets when it is closed, as it says of itself.
    test.runIf(kind.isPersistent)(
      "after closing and opening again everything is there (persistent stores)",
      async () => {
        const store = await fresh();
        await store.createProject(project());
        await store.putKey(key({ id: "k_1" }));
        await store.putChannel(channel());
        await store.putPlan(plan({ id: "plan_1" }));
        await store.addRejection(sighting());
        await store.addBlindSpot(blindSpot({ id: "blind_1" }));
        await store.signOfLife(START + 99);
        const first = change({
          rows: [windowRow({ expectedAt: START })],
          runs: [run({ runId: "nightly" })],
          incidents: [monitorIncident({ id: "inc_1" })],
          notifications: [notification({ id: "ntf_1" })],
          dueAt: START,
        });
        await store.createMonitor(first);
        await store.claimNotifications({ nowAt: START, leaseMs: 10, limit: 1 });

        const again = await reopened(store);
        expect(await again.load("mon_1", { runId: "nightly", windowsAt: [START] })).toEqual({
          monitor: first.monitor,
          state: first.state,
          version: 1,
          run: first.runs[0],
          rows: first.rows,
          earlierReceipt: null,
        });
        expect(await again.dueMonitors(START, 1)).toEqual([{ id: "mon_1", dueAt: START }]);
        expect(await again.getIncident("inc_1")).toEqual(first.incidents[0]);
        expect(await again.loadProject("default")).toMatchObject({ project: project(), version: 1 });
        expect(await again.getKey("k_1")).toEqual(key({ id: "k_1" }));
        expect(await again.listChannels("default")).toEqual([channel()]);
        expect(await again.listPlans("default", 0)).toEqual([plan({ id: "plan_1" })]);
        expect((await again.listRejections("default", FIRST_PAGE)).items).toMatchObject([{ count: 1 }]);
        expect(await again.lastSignOfLifeAt()).toBe(START + 99);
        expect(await again.listBlindSpots(0)).toEqual([blindSpot({ id: "blind_1" })]);
        // The lease of a process that is gone ends by time, and the notification is not forgotten.
        const claim = { leaseMs: 10, limit: 1 };
        expect(await again.claimNotifications({ ...claim, nowAt: START + 9 })).toEqual([]);
        expect(await again.claimNotifications({ ...claim, nowAt: START + 10 })).toHaveLength(1);
        await commitTo(again, "mon_1", { runs: [run({ id: "run_2" })] });
        expect((await again.listRuns("mon_1", { runId: null }, FIRST_PAGE)).items).toHaveLength(2);
      },
    );
  });
}
