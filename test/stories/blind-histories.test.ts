/** DESIGN "blindness" over random histories with standstills and restarts: whatever happens, nobody is woken for it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { BEGIN, history, passTo, perform, SLUG } from "./histories.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { createWorld, iso } from "./world.ts";

/** Before which act Rollcall stands still, for how many seconds, and whether it is a new process that wakes. */
const standstill = fc.record({
  before: fc.nat(39),
  seconds: fc.constantFrom(3, 14, 16, 60, 900, 5_000),
  isRestart: fc.boolean(),
});

test("no window that meets a blind spot is ever missing, no run open during one incomplete for want of a finish", async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.array(standstill, { minLength: 1, maxLength: 6 }),
      async (told, standstills) => {
        const world = await createWorld(new Date(BEGIN).toISOString());
        await world.monitor(SLUG, told.monitor);
        for (const [index, [seconds, act]] of told.acts.entries()) {
          await passTo(world, world.wall.at + seconds * 1_000, 5_000);
          for (const still of standstills.filter(({ before }) => before === index)) {
            world.wall.at += still.seconds * 1_000;
            if (still.isRestart) await world.restart();
          }
          await perform(world, act, told.monitor);
        }
        await passTo(world, world.wall.at + 7_200_000, 5_000);
        const spots = await world.store.listBlindSpots(0);
        for (const row of await world.rows(SLUG)) {
          for (const { verdict, reason, judgedAt } of row.judgements) {
            if (reason.code !== "no_finish" && reason.code !== "no_start") continue;
            const isStart = reason.code === "no_start";
            const from = isStart ? row.expectedAt - LIMITS.blindMarginMs : (row.startedAt ?? 0) + 1;
            const to = isStart ? row.startBy : (row.finishBy ?? 0);
            // A spot begins with the last sign stored; what was judged up to five seconds after that was heard.
            const met = spots.filter(
              (spot) => spot.toAt <= judgedAt && spot.fromAt <= to && spot.toAt >= from,
            );
            expect(met, `${iso(row.expectedAt)} ${verdict} ${reason.code}`).toEqual([]);
          }
        }
        await expectWholeLedger(world, SLUG);
      },
    ),
    { numRuns: 60 },
  );
});
