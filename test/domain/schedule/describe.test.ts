/** Schedules in words: what a short phrase says truly is said, and the rest stays the expression it is. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  describeSchedule,
  localInstantText,
  nextInWords,
  nextRuns,
  readSchedule,
} from "../../../src/domain/schedule/schedule.ts";
import type { ScheduleInput } from "../../../src/domain/schedule/schedule.ts";
import { NOW_AT } from "./reading.ts";

function words(input: ScheduleInput): string {
  return describeSchedule(readSchedule(input, NOW_AT).schedule);
}

describe("a cron schedule in words", () => {
  test.each([
    ["0 2 * * 1-5", "at 02:00 on weekdays"],
    ["0 2 * * *", "at 02:00 every day"],
    ["@daily", "at 00:00 every day"],
    ["@hourly", "every hour"],
    ["@weekly", "at 00:00 on Sundays"],
    ["@monthly", "at 00:00 on the 1st of the month"],
    ["@yearly", "at 00:00 on 1 January"],
    ["* * * * *", "every minute"],
    ["*/5 * * * *", "every 5 minutes"],
    ["0,15,30,45 * * * *", "every 15 minutes"],
    ["*/5 9-17 * * MON-FRI", "every 5 minutes from 09:00 to 17:55 on weekdays"],
    ["* 3 * * *", "every minute from 03:00 to 03:59"],
    ["0 9-17 * * 1-5", "every hour from 09:00 to 17:00 on weekdays"],
    ["10 * * * *", "every hour at minute 10"],
    ["0 */6 * * *", "at 00:00, 06:00, 12:00 and 18:00 every day"],
    ["0 */2 * * *", "every 2 hours"],
    ["15 */2 * * *", "every 2 hours at minute 15"],
    ["30 2,14 * * *", "at 02:30 and 14:30 every day"],
    ["30 30 2 * * *", "at 02:30:30 every day"],
    ["* * * * * *", "every second"],
    ["*/20 * * * * *", "every 20 seconds"],
    ["0 2 * * 6,0", "at 02:00 on weekends"],
    ["0 2 * * 1,3,7", "at 02:00 on Mondays, Wednesdays and Sundays"],
    ["0 2 * * MON-THU", "at 02:00 from Monday to Thursday"],
    ["0 2 * * FRI-SUN", "at 02:00 from Friday to Sunday"],
    ["0 2 1,15 * *", "at 02:00 on the 1st and 15th of the month"],
    ["0 2 1-7 * *", "at 02:00 from the 1st to the 7th of the month"],
    ["0 2 22 3 *", "at 02:00 on 22 March"],
    ["0 2 1 1,4,7 *", "at 02:00 on the 1st of the month in January, April and July"],
    ["0 2 * 6-8 *", "at 02:00 from June to August"],
    ["0 2 L * *", "at 02:00 on the last day of the month"],
    ["0 2 LW * *", "at 02:00 on the last weekday of the month"],
    ["0 2 15W * *", "at 02:00 on the weekday nearest the 15th of the month"],
    ["0 2 * * 5L", "at 02:00 on the last Friday of the month"],
    ["0 2 ? * MON#1,MON#3", "at 02:00 on the first Monday and third Monday of the month"],
    ["0 2 13 * 5", "at 02:00 on the 13th of the month or on Fridays"],
    ["0 2 1-31 * 1", "at 02:00 every day"],
  ])("%s: %s", (cron, expected) => {
    expect(words({ cron, timezone: "Europe/Berlin" })).toBe(`${expected}, Europe/Berlin`);
  });

  test.each([
    "*/7 * * * *",
    "1,17,33 2,9 * * *",
    "0 1,5,6,9,23 * * *",
    "0 2 */2 * 1",
    "0 2 2,9,16,23 * *",
    "0 2 1,L * *",
    "5,35 * 2 * * *",
    "15 * * * * *",
    "0 2 * 1,3,5,9 *",
  ])("%s stays as it is", (cron) => {
    expect(words({ cron })).toBe(`"${cron}", UTC`);
  });

  test("what the day fields mean together is said as the scheduler takes it", () => {
    const cron = "0 2 */30 * 1";
    expect(words({ cron, scheduler: "cron" })).toBe('"0 2 */30 * 1", UTC');
    expect(words({ cron, scheduler: "kubernetes" })).toBe(
      "at 02:00 on the 1st and 31st of the month or on Mondays, UTC",
    );
  });

  test("a few expressions are joined; many, or one that has no phrase, stay as they are", () => {
    expect(words({ cron: ["0 2 * * *", "0 14 * * 1-5"] })).toBe(
      "at 02:00 every day and at 14:00 on weekdays, UTC",
    );
    expect(words({ cron: ["0 2 * * *", "*/7 * * * *"] })).toBe('"0 2 * * *", "*/7 * * * *", UTC');
    const four = ["0 1 * * *", "0 2 * * *", "0 3 * * *", "0 4 * * *"];
    expect(words({ cron: four })).toBe(`${four.map((one) => `"${one}"`).join(", ")}, UTC`);
  });

  test("no schedule that is accepted is without a description of bounded length", () => {
    const field = fc.constantFrom("*", "0", "5", "*/2", "1-5", "1,3", "2-6/2", "5-2");
    const cron = fc.array(field, { minLength: 5, maxLength: 6 }).map((fields) => fields.join(" "));
    fc.assert(
      fc.property(cron, fc.constantFrom("cron", "kubernetes", undefined), (text, scheduler) => {
        fc.pre(isAccepted({ cron: text, scheduler }));
        const described = words({ cron: text, scheduler });
        expect(described).toMatch(/^(at|every|").*, UTC$/);
        expect(described.length).toBeLessThan(150);
        expect(described).not.toMatch(/undefined|NaN|null| {2}/);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  function isAccepted(input: ScheduleInput): boolean {
    try {
      readSchedule(input, NOW_AT);
      return true;
    } catch {
      return false;
    }
  }
});

test.each([
  [{ every: 300_000 }, "every 5 minutes"],
  [{ every: 60_000 }, "every minute"],
  [{ every: 5_400_000 }, "every 90 minutes"],
  [{ every: 86_400_000 }, "every day"],
  [{ every: 1_500 }, "every 1500 milliseconds"],
  [{ every: 90_000, from: "finish" }, "every 90 seconds after the last finish"],
])("an interval in words: %j", (input, expected) => {
  expect(words(input)).toBe(expected);
});

test("the next run is told from now, or since when it is waited for", () => {
  expect(nextInWords(NOW_AT + 11_520_000, NOW_AT)).toBe("next in 3h 12m");
  expect(nextInWords(NOW_AT - 300_000, NOW_AT)).toBe("expected 5m ago");
});

test.each([
  [
    "America/New_York",
    ["2026-03-07T02:30:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"],
  ],
  ["Asia/Kathmandu", ["2026-03-08T02:30:00+05:45", "2026-03-09T02:30:00+05:45", "2026-03-10T02:30:00+05:45"]],
  ["UTC", ["2026-03-08T02:30:00Z", "2026-03-09T02:30:00Z", "2026-03-10T02:30:00Z"]],
])("the next runs are shown by the clock of %s", (timezone, shown) => {
  const { schedule } = readSchedule({ cron: "30 2 * * *", timezone }, NOW_AT);
  const fromAt = Date.parse("2026-03-07T06:00:00Z");
  const runs = nextRuns(schedule, { fromAt, count: 3 });
  expect(runs.map((at) => localInstantText(schedule, at))).toEqual(shown);
});

test("where there is no run none is shown, and an interval goes on from the instant asked about", () => {
  const never = { kind: "cron" as const, expressions: ["0 0 30 2 *"], timezone: "UTC", scheduler: null };
  expect(nextRuns(never, { fromAt: NOW_AT, count: 5 })).toEqual([]);
  const interval = { kind: "every" as const, everyMs: 60_000, from: "start" as const };
  expect(nextRuns(interval, { fromAt: 0, count: 2 })).toEqual([60_000, 120_000]);
});
