/** Folded check-ins are one record, and none of them is lost in it. */
import { expect, test } from "vitest";
import type { CheckIn } from "../../src/domain/check-in.ts";
import { createCheckInFolding } from "../../src/http/check-in-folding.ts";
import { step } from "../domain/outcome/makers.ts";
import { receipt } from "../makers.ts";
import { checkInAt, createWorld, PROJECT } from "../stories/world.ts";

test("a repeated check-in that is folded with new ones does not make them repeated too", async () => {
  const world = await createWorld("2026-03-02T01:55:00Z");
  await world.monitor("busy", { schedule: { every: 60_000 } });
  const monitorId = (await world.store.findMonitor(PROJECT, "busy"))?.id ?? "";
  const checkIn = { ...checkInAt("log", world.wall.at), body: "first", duplicateKey: "key/1" };
  await world.engine.recordCheckIn({ monitorId, checkIn });

  let gathered = (): void => {};
  const { recordCheckIn: record } = world.engine;
  const folding = createCheckInFolding({ record, after: (_delayMs, act) => ((gathered = act), () => {}) });
  const again = folding.fold(monitorId, checkIn);
  const next = folding.fold(monitorId, { ...checkIn, body: "second", duplicateKey: "key/2" });
  gathered();
  expect((await next).isDuplicate).toBe(false);
  await again;
  expect((await world.store.load(monitorId, {}))?.state.counted.checkIns).toBeGreaterThan(1);
});

test("what each of them tells of the run is told by the one that they are folded into", async () => {
  const told: CheckIn[] = [];
  let gathered = (): void => {};
  const folding = createCheckInFolding({
    record: async ({ checkIn }) => (told.push(checkIn), receipt()),
    after: (_delayMs, act) => ((gathered = act), () => {}),
  });
  const checkIn = checkInAt("step", 0);
  const parts = [
    { steps: [step({ name: "a", status: "running" })], counts: { expected: 9, processed: 1 } },
    undefined,
    { steps: [step({ name: "a" }), step({ name: "b" })], counts: { processed: 2 } },
  ];
  const folded = parts.map((outcome) =>
    folding.fold("mon_1", outcome === undefined ? checkIn : { ...checkIn, outcome }),
  );
  gathered();
  await Promise.all(folded);
  expect(told).toMatchObject([
    {
      folded: 3,
      outcome: {
        counts: { expected: 9, processed: 2 },
        steps: [
          { name: "a", status: "ok" },
          { name: "b", status: "ok" },
        ],
      },
    },
  ]);
});
