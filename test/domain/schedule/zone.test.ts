/** Local time as our tables tell it, against Intl itself and against clock changes that are on record. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localTime } from "../../../src/domain/schedule/schedule.ts";
import { readTimezone, stretchAt, zoneNamed } from "../../../src/domain/schedule/zone.ts";

function inWords(at: number, timezone: string): string {
  const { year, month, day, hour, minute, second } = localTime(at, timezone);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

describe("local time", () => {
  test.each([
    ["2026-03-08T06:59:59Z", "America/New_York", "2026-03-08 01:59:59", -5],
    ["2026-03-08T07:00:00Z", "America/New_York", "2026-03-08 03:00:00", -4],
    ["2026-11-01T06:00:00Z", "America/New_York", "2026-11-01 01:00:00", -5],
    ["2011-12-30T09:59:59Z", "Pacific/Apia", "2011-12-29 23:59:59", -10],
    ["2011-12-30T10:00:00Z", "Pacific/Apia", "2011-12-31 00:00:00", 14],
    ["2024-04-06T15:00:00Z", "Australia/Lord_Howe", "2024-04-07 01:30:00", 10.5],
    ["2026-06-01T00:00:00Z", "Asia/Kathmandu", "2026-06-01 05:45:00", 5.75],
    ["1985-12-31T18:30:00Z", "Asia/Kathmandu", "1986-01-01 00:15:00", 5.75],
    ["2026-12-31T23:59:59Z", "UTC", "2026-12-31 23:59:59", 0],
    ["1970-01-01T00:00:00Z", "Africa/Monrovia", "1969-12-31 23:15:30", -44.5 / 60],
  ])("%s in %s is %s", (instant, timezone, words, offsetHours) => {
    expect(inWords(Date.parse(instant), timezone)).toBe(words);
    expect(localTime(Date.parse(instant), timezone).offsetMs).toBe(offsetHours * 3_600_000);
  });

  test("is what Intl says, at any instant of any zone", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    const until = Date.parse("2090-01-01T00:00Z");
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.array(fc.integer({ min: 0, max: until }), { minLength: 5 }),
        (zone, instants) => {
          const format = new Intl.DateTimeFormat("sv-SE", {
            timeZone: zone,
            dateStyle: "short",
            timeStyle: "medium",
          });
          for (const at of instants) expect(inWords(at, zone)).toBe(format.format(at));
        },
      ),
      { seed: 418, numRuns: 200 },
    );
  });
});

describe("the stretches of a zone", () => {
  test("follow each other without a hole, each with the step of the clock that began it", () => {
    const zone = zoneNamed("Africa/Casablanca");
    const until = Date.parse("2025-01-01T00:00Z");
    const shifts: number[] = [];
    for (let stretch = stretchAt(zone, Date.parse("2020-01-01T00:00Z")); stretch.endsAt < until;) {
      const before = stretchAt(zone, stretch.endsAt - 1);
      expect(before.endsAt).toBe(stretch.endsAt);
      const after = stretchAt(zone, stretch.endsAt);
      expect(after.offsetMs - before.offsetMs).toBe(after.shiftMs);
      if (after.shiftMs !== 0) shifts.push(after.shiftMs / 3_600_000);
      stretch = after;
    }
    // Morocco goes back for Ramadan and forward again after it, once a year, then.
    expect(shifts).toEqual(Array.from({ length: 5 }, () => [-1, 1]).flat());
  });

  test("beyond the year 9999 there are none", () => {
    expect(() => stretchAt(zoneNamed("UTC"), 8.64e15)).toThrow("before the year 9999");
  });
});

describe("the name of a zone", () => {
  test.each([
    ["Europe/Berlin", "Europe/Berlin"],
    ["europe/BERLIN", "Europe/Berlin"],
    ["utc", "UTC"],
    ["Etc/GMT+2", "Etc/GMT+2"],
    ["Asia/Kolkata", "Asia/Kolkata"],
    ["US/Eastern", "US/Eastern"],
    ["Europe/Nowhere", null],
    ["+02:00", null],
    ["-05", null],
    ["", null],
    ["Europe/Berlin ", null],
    ["x".repeat(10_000), null],
  ])("%j is read as %j", (text, name) => {
    expect(readTimezone(text)).toBe(name);
  });
});
