/** The limits of check-ins a minute, at their edges. */
import { expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { createCheckInRate } from "../../src/http/check-in-rate.ts";
import { START } from "../makers.ts";

function counted(times: number) {
  const clock = { at: START, now: () => clock.at };
  const rate = createCheckInRate(clock);
  let last = rate.note("mon_1");
  for (let count = 1; count < times; count += 1) last = rate.note("mon_1");
  return { clock, rate, last };
}

test("the 600th is stored singly, the 601st folded, the 6000th folded, the 6001st refused", () => {
  expect(counted(LIMITS.checkInsPerMinute).last).toEqual({ what: "single" });
  expect(counted(LIMITS.checkInsPerMinute + 1).last).toEqual({ what: "folded" });
  expect(counted(LIMITS.checkInsPerMinuteRefused).last).toEqual({ what: "folded" });
  expect(counted(LIMITS.checkInsPerMinuteRefused + 1).last).toEqual({
    what: "refused",
    retryAfterSeconds: 60,
  });
});

test("a minute later there is room again, and a second before there is not", () => {
  const { clock, rate } = counted(LIMITS.checkInsPerMinute);
  clock.at += 59_000;
  expect(rate.note("mon_1")).toEqual({ what: "folded" });
  clock.at += 1_000;
  expect(rate.note("mon_1")).toEqual({ what: "single" });
});

test("one monitor's flood is nothing to another, and a clock that steps back forgets nothing", () => {
  const { clock, rate } = counted(LIMITS.checkInsPerMinute);
  expect(rate.note("mon_2")).toEqual({ what: "single" });
  clock.at -= 3_600_000;
  expect(rate.note("mon_1")).toEqual({ what: "folded" });
});
