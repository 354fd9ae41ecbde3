/**
 * No expression holds the thread up: what a search does is counted, for timings would decide nothing on a busy
 * machine. `npm run bench` prints the milliseconds.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { CERTAIN, CLOCK_RULES, POSSIBLE } from "../../../src/domain/schedule/clock-rules.ts";
import { parseExpression } from "../../../src/domain/schedule/cron-expression.ts";
import type { CronFields } from "../../../src/domain/schedule/cron-expression.ts";
import { nextRun, previousRun } from "../../../src/domain/schedule/cron-search.ts";
import type { Zone } from "../../../src/domain/schedule/zone.ts";
import { oddExpression } from "./odd-expressions.ts";

const ZONES = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Africa/Cairo",
  "Asia/Beirut",
  "Africa/Casablanca",
  "Asia/Gaza",
  "Pacific/Apia",
];
const RULES = [...Object.values(CLOCK_RULES), POSSIBLE, CERTAIN];

/** Some 20 ns, 50 ns and 25 µs each: together less than 5 ms, of which tables read for the first time are the most. */
const MOST = { months: 2_000, lookups: 300, tables: 110 };

interface Work {
  months: number;
  lookups: number;
  tables: number;
}

test("no search for any of 10 000 expressions does more than a bounded amount of work, and none fails", () => {
  const worst: Work = { months: 0, lookups: 0, tables: 0 };
  let accepted = 0;
  let refused = 0;
  const givenTo = fc.record({
    text: oddExpression,
    timezone: fc.constantFrom(...ZONES),
    scheduler: fc.constantFrom("cron" as const, "kubernetes" as const, "systemd" as const, null),
    rule: fc.constantFrom(...RULES),
    at: fc.integer({ min: 0, max: Date.parse("2100-01-01T00:00Z") }),
  });
  fc.assert(
    fc.property(givenTo, ({ text, timezone, scheduler, rule, at }) => {
      const parsed = parseExpression(text, scheduler);
      if (!parsed.isValid) {
        refused += 1;
        expect(parsed.problems.length).toBeGreaterThan(0);
        return;
      }
      accepted += 1;
      for (const search of [nextRun, previousRun]) {
        const work: Work = { months: 0, lookups: 0, tables: 0 };
        search(countingFields(parsed.fields, work), countingZone(timezone, work), rule, at);
        for (const kind of ["months", "lookups", "tables"] as const) {
          worst[kind] = Math.max(worst[kind], work[kind]);
          expect(work[kind], `${kind} of ${text} in ${timezone}`).toBeLessThanOrEqual(MOST[kind]);
        }
      }
    }),
    { seed: 10_000, numRuns: 10_000 },
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(1_000);
  // The fuzz has met the long searches: those over 50 years, and those whose time a change swallows every year.
  expect(worst.months).toBeGreaterThan(500);
  expect(worst.tables).toBeGreaterThan(40);
});

/** Every month looked at reads `months` once. */
function countingFields(fields: CronFields, work: Work): CronFields {
  return {
    ...fields,
    get months() {
      work.months += 1;
      return fields.months;
    },
  };
}

/** A zone of which nothing is known yet, as for the first monitor that names it. */
function countingZone(name: string, work: Work): Zone {
  const periods: Zone["periods"] = new Map();
  const { get, set } = periods;
  periods.get = (period) => {
    work.lookups += 1;
    return get.call(periods, period);
  };
  periods.set = (period, stretches) => {
    work.tables += 1;
    return set.call(periods, period, stretches);
  };
  return { name, periods };
}
