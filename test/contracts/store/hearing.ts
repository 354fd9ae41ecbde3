/** Contract of every store: signs of life, blind spots, and the monitors they left unknown. */
import { describe, expect, test } from "vitest";
import { blindSpot, blindUnknown, project, projectChange, START } from "../../makers.ts";
import { addMonitors, commitTo, type StoreTrial } from "./trial.ts";

export function hearingContract({ fresh }: StoreTrial): void {
  describe("remembers its own hearing:", () => {
    test("the last sign of life is the one stored last", async () => {
      const store = await fresh();
      expect(await store.lastSignOfLifeAt()).toBeNull();
      await store.signOfLife(START + 5);
      expect(await store.lastSignOfLifeAt()).toBe(START + 5);
      await store.signOfLife(START);
      expect(await store.lastSignOfLifeAt()).toBe(START);
    });

    test("a blind spot is added with the sign of life at its end, once, and never takes one back", async () => {
      const store = await fresh();
      const spot = blindSpot({ id: "blind_1", fromAt: START, toAt: START + 60 });
      await store.addBlindSpot(spot);
      expect(await store.lastSignOfLifeAt()).toBe(START + 60);
      await store.signOfLife(START + 70);
      await store.addBlindSpot({ ...spot, toAt: START + 90 });
      expect(await store.lastSignOfLifeAt()).toBe(START + 70);
      await store.addBlindSpot(blindSpot({ id: "blind_0", fromAt: START - 60, toAt: START - 30 }));
      expect(await store.lastSignOfLifeAt()).toBe(START + 70);
      expect((await store.listBlindSpots(START - 30)).map(({ id }) => id)).toEqual(["blind_0", "blind_1"]);
      expect(await store.listBlindSpots(START + 60)).toEqual([spot]);
      expect(await store.listBlindSpots(START + 61)).toEqual([]);
    });

    test("what a spot left unknown widens, and counts as unreported again", async () => {
      const store = await fresh();
      await addMonitors(store, "mon_2", "mon_1");
      await store.createProject(project());
      const unknown = (monitorId: string, at: number, more = {}) =>
        blindUnknown({ monitorId, fromAt: at, toAt: at, ...more });
      await commitTo(store, "mon_2", { unknowns: [unknown("mon_2", START + 5)] });
      await commitTo(store, "mon_1", {
        unknowns: [unknown("mon_1", START), unknown("mon_1", START, { blindSpotId: "blind_2" })],
      });
      const before = await store.loadProject("default");
      if (before === null) throw new Error("the project was just made");
      const reported = [{ blindSpotId: "blind_1", monitorIds: ["mon_1", "mon_2"] }];
      await store.commitProject(projectChange(before, { reported }));
      const wanted = { blindSpotId: "blind_1", project: "default" };
      expect(await store.blindUnknowns({ ...wanted, onlyUnreported: true })).toEqual([]);

      const later = [
        unknown("mon_2", START + 9, { nextExpectedAt: START + 99 }),
        unknown("mon_2", START + 1, { count: 2, nextExpectedAt: START + 99 }),
      ];
      await commitTo(store, "mon_2", { unknowns: later });
      const widened = blindUnknown({
        monitorId: "mon_2",
        fromAt: START + 1,
        toAt: START + 9,
        count: 4,
        nextExpectedAt: START + 99,
      });
      expect(await store.blindUnknowns({ ...wanted, onlyUnreported: true })).toEqual([widened]);
      const all = await store.blindUnknowns({ ...wanted, onlyUnreported: false });
      expect(all).toEqual([unknown("mon_1", START), widened]);
      expect(await store.blindUnknowns({ ...wanted, project: "other", onlyUnreported: false })).toEqual([]);
    });
  });
}
