/** When cron schedules run: the corners of the calendar, unions, and the edges of a search. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextOccurrence, previousOccurrence } from "../../../src/domain/schedule/schedule.ts";
import { checkBothWays, cron, inWords } from "./cron-cases.ts";
import type { Case } from "./cron-cases.ts";

describe("days", () => {
  const cases: Case[] = [
    {
      what: "day of month and day of week are joined by OR where both are given",
      expression: "0 0 1 * 1",
      after: "2026-05-31T12:00Z",
      before: "2026-07-02T00:00Z",
      runs: [
        "2026-06-01T00:00Z",
        "2026-06-08T00:00Z",
        "2026-06-15T00:00Z",
        "2026-06-22T00:00Z",
        "2026-06-29T00:00Z",
        "2026-07-01T00:00Z",
      ],
    },
    {
      what: "a day of month that starts with * makes it AND",
      expression: "0 0 */2 * 1",
      after: "2026-05-31T12:00Z",
      before: "2026-07-02T00:00Z",
      runs: ["2026-06-01T00:00Z", "2026-06-15T00:00Z", "2026-06-29T00:00Z"],
    },
    {
      what: "a day of week that starts with * makes it AND",
      expression: "0 0 1-10 6 */3",
      after: "2026-05-31T12:00Z",
      before: "2026-07-02T00:00Z",
      runs: ["2026-06-03T00:00Z", "2026-06-06T00:00Z", "2026-06-07T00:00Z", "2026-06-10T00:00Z"],
    },
    {
      what: "a list that starts with * makes it AND, too",
      expression: "0 0 *,5 6 1",
      after: "2026-05-31T12:00Z",
      before: "2026-06-16T00:00Z",
      runs: ["2026-06-01T00:00Z", "2026-06-08T00:00Z", "2026-06-15T00:00Z"],
    },
    {
      what: "a list that only holds a * leaves it OR",
      expression: "0 0 5,* 6 1",
      after: "2026-06-01T12:00Z",
      before: "2026-06-05T00:00Z",
      runs: ["2026-06-02T00:00Z", "2026-06-03T00:00Z", "2026-06-04T00:00Z"],
    },
    {
      what: "29 February comes in leap years, and not in 2100",
      expression: "0 0 29 2 *",
      after: "2091-01-01T00:00Z",
      before: "2105-01-01T00:00Z",
      runs: ["2092-02-29T00:00Z", "2096-02-29T00:00Z", "2104-02-29T00:00Z"],
    },
    {
      what: "a 29 February that has to be a Sunday comes every 28 years",
      expression: "0 0 29 2 */7",
      after: "2004-03-01T00:00Z",
      before: "2061-01-01T00:00Z",
      runs: ["2032-02-29T00:00Z", "2060-02-29T00:00Z"],
    },
    {
      what: "day 31 skips the months that end before it",
      expression: "0 12 31 * *",
      after: "2026-01-01T00:00Z",
      before: "2027-01-01T00:00Z",
      runs: ["01", "03", "05", "07", "08", "10", "12"].map((month) => `2026-${month}-31T12:00Z`),
    },
    {
      what: "Sunday is 0 and 7",
      expression: "0 0 * * 7",
      after: "2026-06-01T00:00Z",
      before: "2026-06-15T00:00Z",
      runs: ["2026-06-07T00:00Z", "2026-06-14T00:00Z"],
    },
    {
      what: "a year ends and another begins",
      expression: "59 23 31 12 *",
      timezone: "Asia/Kolkata",
      after: "2026-01-01T00:00Z",
      before: "2028-01-01T00:00Z",
      runs: ["2026-12-31T18:29Z", "2027-12-31T18:29Z"],
    },
  ];
  test.each(cases)("$what", checkBothWays);
});

describe("days named by their place in the month", () => {
  const days2026: [string, string, string[]][] = [
    ["the last day", "L * *", ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31"]],
    ["the last workday", "LW * *", ["01-30", "02-27", "03-31", "04-30", "05-29", "06-30", "07-31", "08-31"]],
    [
      "the workday nearest to the 15th: Sunday's is Monday, Saturday's is Friday",
      "15W * *",
      ["01-15", "02-16", "03-16", "04-15", "05-15", "06-15", "07-15", "08-14"],
    ],
    [
      "the workday nearest to the first, never in the month before",
      "1W * *",
      ["01-01", "02-02", "03-02", "04-01", "05-01", "06-01", "07-01", "08-03"],
    ],
    [
      "the workday nearest to the 31st, never in the month after, and none in a shorter month",
      "31W * *",
      ["01-30", "03-31", "05-29", "07-31", "08-31"],
    ],
    ["the last Friday", "* * 5L", ["01-30", "02-27", "03-27", "04-24", "05-29", "06-26", "07-31", "08-28"]],
    ["the last Sunday", "* * 7L", ["01-25", "02-22", "03-29", "04-26", "05-31", "06-28", "07-26", "08-30"]],
    [
      "the second Monday",
      "* * 1#2",
      ["01-12", "02-09", "03-09", "04-13", "05-11", "06-08", "07-13", "08-10"],
    ],
    ["the fifth Monday, which few months have", "* * MON#5", ["03-30", "06-29", "08-31"]],
    [
      "a place in the month OR a weekday, where both are restricted",
      "L 2 5",
      ["02-06", "02-13", "02-20", "02-27", "02-28"],
    ],
    ["places and values in one list", "L,1 2,3 ?", ["02-01", "02-28", "03-01", "03-31"]],
  ];
  test.each(days2026)("%s: %s", (_what, days, dates) => {
    checkBothWays({
      what: "",
      expression: `0 0 ${days}`,
      after: "2025-12-31T12:00Z",
      before: "2026-09-01T00:00Z",
      runs: dates.map((date) => `2026-${date}T00:00Z`),
    });
  });

  test("the last day of February knows leap years", () => {
    checkBothWays({
      what: "",
      expression: "0 0 L 2 *",
      after: "2027-01-01T00:00Z",
      before: "2030-01-01T00:00Z",
      runs: ["2027-02-28T00:00Z", "2028-02-29T00:00Z", "2029-02-28T00:00Z"],
    });
  });
});

describe("several expressions", () => {
  test("run whenever one of them does, once where they meet", () => {
    checkBothWays({
      what: "",
      expression: ["0 9 * * *", "0 */3 * * *", "0 9,10 * * *"],
      after: "2026-06-01T05:00Z",
      before: "2026-06-01T13:00Z",
      runs: ["2026-06-01T06:00Z", "2026-06-01T09:00Z", "2026-06-01T10:00Z", "2026-06-01T12:00Z"],
    });
  });

  test("follow the clock each by its own rule", () => {
    checkBothWays({
      what: "",
      expression: ["30 1 * * *", "*/40 1 * * *"],
      timezone: "America/New_York",
      after: "2026-11-01T00:00Z",
      before: "2026-11-02T00:00Z",
      runs: [
        "2026-11-01T05:00Z",
        "2026-11-01T05:30Z",
        "2026-11-01T05:40Z",
        "2026-11-01T06:00Z",
        "2026-11-01T06:40Z",
      ],
    });
  });
});

describe("the edges of a search", () => {
  const everyMinute = cron("* * * * *");
  const noon = Date.parse("2026-06-01T12:00Z");

  test.each([
    { at: noon, next: noon + 60_000, previous: noon - 60_000 },
    { at: noon + 1, next: noon + 60_000, previous: noon },
    { at: noon - 1, next: noon, previous: noon - 60_000 },
    { at: noon + 0.5, next: noon + 60_000, previous: noon },
  ])(
    "next is strictly after and previous strictly before, also between two milliseconds",
    ({ at, next, previous }) => {
      expect(nextOccurrence(everyMinute, at)).toBe(next);
      expect(previousOccurrence(everyMinute, at)).toBe(previous);
    },
  );

  test("every second is every second", () => {
    expect(nextOccurrence(cron("* * * * * *"), noon)).toBe(noon + 1_000);
    expect(previousOccurrence(cron("* * * * * *"), noon)).toBe(noon - 1_000);
  });

  test("the first years of the epoch can be searched, and what lay before", () => {
    expect(inWords(previousOccurrence(cron("0 0 1 1 *"), 0)!)).toBe("1969-01-01T00:00Z");
    expect(inWords(previousOccurrence(cron("0 12 * * *", "Africa/Monrovia"), 0)!)).toBe(
      "1969-12-31T12:44:30Z",
    );
    expect(inWords(nextOccurrence(cron("0 12 * * *", "Africa/Monrovia"), 0)!)).toBe("1970-01-01T12:44:30Z");
  });

  test("a schedule that never comes is null both ways", () => {
    expect(nextOccurrence(cron("0 0 30 2 *"), noon)).toBeNull();
    expect(previousOccurrence(cron("0 0 30 2 *"), noon)).toBeNull();
    // The second Sunday of March between two and three is the very hour that New York leaves out.
    expect(nextOccurrence(cron("* 2 8-14 3 */7", "America/New_York"), noon)).toBeNull();
  });

  test("an instant that is none is a mistake of ours", () => {
    expect(() => nextOccurrence(everyMinute, Number.NaN)).toThrow("finite instant");
    expect(() => previousOccurrence(everyMinute, Number.POSITIVE_INFINITY)).toThrow("finite instant");
  });
});

// Rare days, joined by AND, are the expensive search. Its steps are counted in the search itself, which throws
// beyond its bound; so it is enough here that every search comes back, and with answers that agree.
test("no expression makes a search go beyond its bound of steps, and next and previous agree", () => {
  const day = fc.constantFrom("*", "29", "31", "30", "*/7", "*/13", "29-31", "8-14");
  const weekday = fc.constantFrom("*", "*/7", "*/6", "1", "*/5", "0,6");
  const month = fc.constantFrom("*", "2", "3", "2,11", "*/12");
  const time = fc.constantFrom("30 2", "* 2", "*/20 1", "0 0", "59 59 23", "* * 2", "0 */23");
  const zone = fc.constantFrom(
    "UTC",
    "America/New_York",
    "Asia/Gaza",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
  );
  const instant = fc.integer({ min: 0, max: Date.parse("2100-01-01T00:00Z") });
  fc.assert(
    fc.property(fc.tuple(time, day, month, weekday), zone, instant, (parts, timezone, at) => {
      const schedule = cron(parts.join(" "), timezone);
      const next = nextOccurrence(schedule, at);
      const previous = previousOccurrence(schedule, at);
      if (next !== null) {
        expect(next).toBeGreaterThan(at);
        expect(previousOccurrence(schedule, next) ?? -Infinity).toBeLessThanOrEqual(at);
      }
      if (previous !== null) {
        expect(previous).toBeLessThan(at);
        expect(nextOccurrence(schedule, previous) ?? Infinity).toBeGreaterThanOrEqual(at);
      }
    }),
    { seed: 1_970, numRuns: 1_500 },
  );
});
