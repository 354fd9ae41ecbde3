/** Cron expressions as people write them: what means the same, and what is refused with which sentence. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RollcallError } from "../../../src/domain/errors.ts";
import { nextOccurrence, readSchedule } from "../../../src/domain/schedule/schedule.ts";
import { NOW_AT, problemsOf } from "./reading.ts";

describe("the same times written in other ways", () => {
  test.each([
    ["@yearly", "0 0 1 1 *"],
    ["@annually", "0 0 1 1 *"],
    ["@monthly", "0 0 1 * *"],
    ["@weekly", "0 0 * * 0"],
    ["@daily", "0 0 * * *"],
    ["@midnight", "0 0 * * *"],
    ["@hourly", "0 * * * *"],
    ["0 30 2 * * *", "30 2 * * *"],
    ["0 0 * * 0,7", "0 0 * * SUN"],
    ["41,34-50 * * * *", "34-50 * * * *"],
    ["*,5 * * * *", "* * * * *"],
    ["0 0 * jan,Mar-MAY mon", "0 0 * 1,3-5 1"],
    ["0 0 * * 5-7", "0 0 * * FRI,SAT,SUN"],
    ["05 007 * * *", "5 7 * * *"],
    ["10-40/15 * * * *", "10,25,40 * * * *"],
    ["0 0 * * 1-7/2", "0 0 * * 1,3,5,7"],
    ["0 0 * * */7", "0 0 * * 0"],
    ["*/60 * * * *", "0 * * * *"],
    [`7-9/${"9".repeat(150)} * * * *`, "7 * * * *"],
    ["0 0 * * 7/9", "0 0 * * 0"],
    ["0 22-2 * * *", "0 22,23,0,1,2 * * *"],
    ["0 22-2/2 * * *", "0 22,0,2 * * *"],
    ["59-0 * * * *", "59,0 * * * *"],
    ["0 0 28-3 * *", "0 0 28-31,1-3 * *"],
    ["0 0 * NOV-feb *", "0 0 * 11,12,1,2 *"],
    ["0 0 * * FRI-SUN", "0 0 * * 5-7"],
    ["0 0 * * SAT-MON", "0 0 * * 6,0,1"],
    ["0 0 * * 7-2", "0 0 * * 0-2"],
    ["0 0 ? * 1", "0 0 * * 1"],
    ["0 0 5 * ?", "0 0 5 * *"],
    ["0 0 l * *", "0 0 L * *"],
    ["0 0 lw * *", "0 0 LW * *"],
    ["0 0 15w * *", "0 0 15W * *"],
    ["0 0 * * fril", "0 0 * * 5L"],
    ["0 0 * * Mon#2", "0 0 * * 1#2"],
    ["0 0 * * 7#1", "0 0 * * 0#1"],
    ["0 0 * * 1#1,1#2,1#3,1#4,1#5", "0 0 * * 1"],
  ])("%s is %s", (written, meant) => {
    expect(firstRuns(written)).toEqual(firstRuns(meant));
  });

  function firstRuns(cron: string): number[] {
    const { schedule } = readSchedule({ cron, timezone: "America/New_York" }, NOW_AT);
    if (schedule.kind !== "cron") throw new Error("not a cron schedule");
    const runs: number[] = [];
    for (let at = NOW_AT; runs.length < 150; at = runs.at(-1)!) runs.push(nextOccurrence(schedule, at)!);
    return runs;
  }
});

describe("a cron expression that is refused says which field, which value and what is allowed", () => {
  const allowedMinutes = "allowed are *, values in 0-59, ranges (a-b), steps (*/n, a-b/n) and lists of these";
  const allowedDays = allowedMinutes.replace("0-59", "1-31").replace(" and", ", ?, L, LW, 15W and");
  const allowedWeekdays = allowedMinutes
    .replace("0-59", "0-7 or SUN-SAT")
    .replace(" and", ", ?, 5L, 1#2 and");
  const calendar = "it is an OnCalendar expression of systemd; write it as cron: ";
  test.each<[string, ...string[]]>([
    ["", 'it is empty; write five fields such as "30 2 * * *", or "@daily"'],
    ["   ", 'it is empty; write five fields such as "30 2 * * *", or "@daily"'],
    ["60 * * * *", "minute: 60 is not in 0-59"],
    ["0 24 * * *", "hour: 24 is not in 0-23"],
    ["0 0 0 * *", "day of month: 0 is not in 1-31"],
    ["0 0 32 * *", "day of month: 32 is not in 1-31"],
    ["0 0 1 13 *", "month: 13 is not in 1-12 or JAN-DEC"],
    ["0 0 * * 8", "day of week: 8 is not in 0-7 or SUN-SAT"],
    ["61 0 0 * * *", "second: 61 is not in 0-59"],
    ["0-99 * * * *", "minute: 99 is not in 0-59"],
    ["99999999999999999999 * * * *", "minute: 99999999999999999999 is not in 0-59"],
    [
      "60 24 * * 9",
      "minute: 60 is not in 0-59",
      "hour: 24 is not in 0-23",
      "day of week: 9 is not in 0-7 or SUN-SAT",
    ],
    ["0 0 * * MONDAY", "day of week: MONDAY is not in 0-7 or SUN-SAT"],
    ["0 0 * * MON-FRIDAY", "day of week: FRIDAY is not in 0-7 or SUN-SAT"],
    ["0 0 * JANX *", "month: JANX is not in 1-12 or JAN-DEC"],
    ["0 0 * MON *", "month: MON is not in 1-12 or JAN-DEC"],
    ["MON 0 * * *", "minute: MON is not in 0-59"],
    ["5- * * * *", `minute: 5- is not understood; ${allowedMinutes}`],
    ["-5 * * * *", `minute: -5 is not understood; ${allowedMinutes}`],
    ["1-2-3 * * * *", `minute: 1-2-3 is not understood; ${allowedMinutes}`],
    ["*-5 * * * *", `minute: *-5 is not understood; ${allowedMinutes}`],
    ["** * * * *", `minute: ** is not understood; ${allowedMinutes}`],
    ["1.5 * * * *", `minute: 1.5 is not understood; ${allowedMinutes}`],
    ["*/ * * * *", `minute: */ is not understood; ${allowedMinutes}`],
    ["*/5/5 * * * *", `minute: */5/5 is not understood; ${allowedMinutes}`],
    ["*/-5 * * * *", `minute: */-5 is not understood; ${allowedMinutes}`],
    ["*/0 * * * *", "minute: a step of 0 in */0 never advances; write 1 or more"],
    ["1,,2 * * * *", "minute: an item of the list is empty"],
    [", * * * *", "minute: an item of the list is empty"],
    [
      "H * * * *",
      "minute: H is Jenkins' hashed value, which only Jenkins can resolve; write the value it chose",
    ],
    [
      "H(0-29)/10 * * * *",
      "minute: H(0-29)/10 is Jenkins' hashed value, which only Jenkins can resolve; write the value it chose",
    ],
    ["? * * * *", "minute: ? stands for a day of month or day of week; write * here"],
    ["0 0 ?/2 * *", `day of month: ?/2 is not understood; ${allowedDays}`],
    ["0 0 L-3 * *", "day of month: L-3 is not supported; name the day itself, or use L or LW"],
    ["0 0 32W * *", "day of month: 32 is not in 1-31"],
    ["0 0 5L * *", `day of month: 5L is not understood; ${allowedDays}`],
    ["0 0 * * 8L", "day of week: 8 is not in 0-7 or SUN-SAT"],
    ["0 0 * * DAYL", "day of week: DAY is not in 0-7 or SUN-SAT"],
    ["0 0 * * 15W", `day of week: 15W is not understood; ${allowedWeekdays}`],
    ["0 0 * * 1#6", "day of week: 1#6: a weekday comes at most five times a month; write 1#1 to 1#5"],
    ["0 0 * * 1#0", "day of week: 1#0: a weekday comes at most five times a month; write 1#1 to 1#5"],
    [
      "0 0 * * L",
      "day of week: L alone names no weekday; write 5L for the last Friday, or 6 for every Saturday",
    ],
    ["0 0 * L *", "month: L is not in 1-12 or JAN-DEC"],
    ["Mon..Fri *-*-* 02:00:00", `${calendar}"0 2 * * 1-5" is Mon..Fri *-*-* 02:00:00`],
    ["*-*-01 04:00", `${calendar}"0 2 * * 1-5" is Mon..Fri *-*-* 02:00:00`],
    ["*:0/15", `${calendar}"0 2 * * 1-5" is Mon..Fri *-*-* 02:00:00`],
    ["daily", `${calendar}"@daily"`],
    ["Weekly", `${calendar}"0 0 * * 1"`],
    ["@reboot", "@reboot has no time of its own, so nobody can say when a run is missing; give a schedule"],
    ["@every 5m", '@every is not cron; give the interval as "every" instead'],
    [
      "@fortnightly",
      "@fortnightly is not known; allowed are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
    ],
    ["0 0 30 2 *", '"0 0 30 2 *" has no run in the next 50 years; give days and times that come'],
    [
      "0 0 31 4,6,9,11 *",
      '"0 0 31 4,6,9,11 *" has no run in the next 50 years; give days and times that come',
    ],
  ])("%j", (expression, ...messages) => {
    expect(problemsOf({ cron: expression })).toEqual(
      messages.map((message) => `schedule.cron[0]: ${message}`),
    );
  });

  test.each([
    ["*", "1 field"],
    ["constructor", "1 field"],
    ["* * * *", "4 fields"],
    ["0 0 * * * * 2026", "7 fields"],
    ["0 5 * * * root /usr/bin/backup", "7 fields"],
  ])("%j has %s, and five or six are wanted", (expression, fields) => {
    expect(problemsOf({ cron: expression })).toEqual([
      `schedule.cron[0]: it has ${fields}; write five (minute, hour, day of month, month, day of week), ` +
        "or six with seconds in front, without user or command",
    ]);
  });

  test("over 200 characters are refused unread", () => {
    expect(problemsOf({ cron: `${"1,".repeat(97)}1 * * * *` })).toEqual([
      "schedule.cron[0]: it has 203 characters; at most 200 are allowed",
    ]);
  });

  test("every bad expression is named by its place", () => {
    expect(problemsOf({ cron: ["@daily", "60 * * * *", "0 0 * * *", "x"] })).toEqual([
      "schedule.cron[1]: minute: 60 is not in 0-59",
      "schedule.cron[3]: it has 1 field; write five (minute, hour, day of month, month, day of week), " +
        "or six with seconds in front, without user or command",
    ]);
  });
});

test("whatever is sent, it is a schedule with a run to come or a refusal with a sentence", () => {
  const likely = fc.constantFrom("0", "1", "7", "12", "*", "*/7", "1-5");
  const fragment = fc.constantFrom("0", "31", "60", "*", "/", "-", ",", "MON", "JAN", "L", "?");
  const odd = fc.array(fragment, { minLength: 1, maxLength: 3 }).map((fragments) => fragments.join(""));
  const field = fc.oneof({ weight: 4, arbitrary: likely }, { weight: 1, arbitrary: odd });
  const nearly = fc.array(field, { minLength: 4, maxLength: 7 }).map((fields) => fields.join(" "));
  const text = fc.oneof({ weight: 4, arbitrary: nearly }, { weight: 1, arbitrary: fc.string() });
  let accepted = 0;
  fc.assert(
    fc.property(text, (cron) => {
      try {
        const { schedule } = readSchedule({ cron }, NOW_AT);
        accepted += 1;
        expect(schedule.kind === "cron" && nextOccurrence(schedule, NOW_AT)).toBeGreaterThan(NOW_AT);
      } catch (error) {
        if (!(error instanceof RollcallError)) throw error;
        expect(error.problems.length).toBeGreaterThan(0);
      }
    }),
    { seed: 5, numRuns: 3_000 },
  );
  expect(accepted).toBeGreaterThan(200);
});
