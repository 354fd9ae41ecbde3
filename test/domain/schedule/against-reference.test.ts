/** The fast search against the slow reading of the rule, around the clock changes of many zones and years. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isOptional,
  nextCertain,
  nextOccurrence,
  nextPossible,
  previousOccurrence,
  previousPossible,
} from "../../../src/domain/schedule/schedule.ts";
import type { CronSchedule, Scheduler } from "../../../src/domain/schedule/schedule.ts";
import { daysOfChange, minutesOf, runsIn } from "./slow-reference.ts";

const HOUR_MS = 3_600_000;

/** A `utc-platform` meets no change. */
const RULED = ["cron", "kubernetes", "systemd"] as const;

/**
 * With the years in which each zone does something; those that never do are looked at around a leap day. In the
 * 22nd, 23rd and 32nd century, in Amman 2013 and in Fiji 2020 a change meets the edge of one of our tables.
 */
const ZONES: Readonly<Record<string, readonly number[]>> = {
  "Africa/Cairo": [2010, 2014, 2024, 2222],
  "Africa/Casablanca": [2012, 2024, 2027],
  "America/Caracas": [2007, 2016],
  "America/New_York": [2006, 2024, 2026, 2196],
  "America/Santiago": [2015, 2024],
  "America/Sao_Paulo": [2018, 2019],
  "America/St_Johns": [2006, 2011, 2026],
  "Antarctica/Casey": [2009, 2010, 2020],
  "Antarctica/Troll": [2024],
  "Asia/Amman": [2013],
  "Asia/Beirut": [2023, 2026],
  "Asia/Gaza": [2011, 2026, 2040, 3112],
  "Asia/Kathmandu": [1985, 1986],
  "Asia/Kolkata": [],
  "Asia/Pyongyang": [2015, 2018],
  "Australia/Lord_Howe": [2024, 2026],
  "Australia/Sydney": [2008, 2026],
  "Europe/Berlin": [1980, 2026, 2224, 2225],
  "Europe/London": [1971, 1972, 2026],
  "Pacific/Apia": [2010, 2011, 2012],
  "Pacific/Chatham": [2026],
  "Pacific/Fiji": [2020],
  UTC: [],
};

const windows = Object.entries(ZONES).flatMap(([timezone, years]) => {
  const changes = daysOfChange(timezone, years);
  const days = changes.length > 0 ? changes : [Date.UTC(2024, 1, 29), Date.UTC(2025, 11, 31)];
  return days.map((day) => ({
    timezone,
    day,
    minutes: minutesOf(timezone, { fromAt: day - 30 * HOUR_MS, toAt: day + 54 * HOUR_MS }),
  }));
});

test("the zones looked at change their clocks forward, back, and by whole days", () => {
  const jumps = windows.flatMap(({ minutes }) =>
    minutes.slice(1).map(({ wall }, index) => (wall - minutes[index]!.wall) / 60_000 - 1),
  );
  for (const jump of [60, -60, 30, -30, 15, 120, -120, 180, -180, 24 * 60]) expect(jumps).toContain(jump);
  expect(new Set(windows.map(({ timezone }) => timezone)).size).toBeGreaterThanOrEqual(12);
});

// The random expressions below seldom meet a given change; these meet every one of them.
test.each(
  RULED.flatMap((scheduler) =>
    ["30 2 * * *", "0 0 * * *", "10 0-23 * * *", "*/30 * * * *", "15 30 1,23 * * *", "* 2 * * *"].map(
      (expression) => [scheduler, expression] as const,
    ),
  ),
)("%s runs %s as the rule says at every change looked at", (scheduler, expression) => {
  for (const { timezone, minutes } of windows) {
    const span = spanOf(minutes);
    const runs = runsIn(expression, minutes, scheduler);
    const schedule = cron(expression, { timezone, scheduler });
    expect(forwards(schedule, span)).toEqual(runs);
    expect(backwards(schedule, span)).toEqual(runs);
  }
});

test("next and previous find exactly the runs that the slow reading of the rule finds", () => {
  let seen = 0;
  fc.assert(
    fc.property(fc.constantFrom(...windows).chain(caseIn), ({ window, scheduler, expression, probes }) => {
      const runs = runsIn(expression, window.minutes, scheduler);
      seen += runs.length;
      const { firstAt, lastAt } = spanOf(window.minutes);
      const schedule = cron(expression, { timezone: window.timezone, scheduler });
      expect(forwards(schedule, { firstAt, lastAt })).toEqual(runs);
      expect(backwards(schedule, { firstAt, lastAt })).toEqual(runs);
      for (const probe of probes) {
        const at = firstAt + Math.floor(probe * (lastAt - firstAt));
        const next = nextOccurrence(schedule, at);
        const previous = previousOccurrence(schedule, at);
        expect(next !== null && next <= lastAt ? next : undefined).toBe(runs.find((run) => run > at));
        expect(previous !== null && previous >= firstAt ? previous : undefined).toBe(
          runs.findLast((run) => run < at),
        );
      }
    }),
    { seed: 20_261_101, numRuns: 2_000 },
  );
  expect(seen).toBeGreaterThan(100_000);
});

test("where no scheduler is named, possible runs are those of any scheduler, and optional those not of every one", () => {
  let optional = 0;
  fc.assert(
    fc.property(fc.constantFrom(...windows).chain(unionIn), ({ window, expressions }) => {
      // What the day fields mean together is cron's, where nobody is named: only clock changes are left to differ.
      const everyDay = expressions.map((one) => one.split(" ").slice(0, -3).concat("*", "*", "*").join(" "));
      const byScheduler = RULED.map((scheduler) =>
        everyDay.map((one) => runsIn(one, window.minutes, scheduler)),
      );
      const possible = inOrder(byScheduler.flat(2));
      const certain = everyDay.flatMap((_one, index) => {
        const [first = [], ...others] = byScheduler.map((each) => new Set(each[index]));
        return [...first].filter((at) => others.every((other) => other.has(at)));
      });
      const schedule: CronSchedule = {
        ...cron("", { timezone: window.timezone, scheduler: "cron" }),
        expressions: everyDay,
      };
      const unnamed = { ...schedule, scheduler: null };
      const span = spanOf(window.minutes);
      expect(forwards(unnamed, span, nextPossible)).toEqual(possible);
      expect(backwards(unnamed, span, previousPossible)).toEqual(possible);
      expect(possible.filter((at) => !isOptional(unnamed, at))).toEqual(inOrder(certain));
      expect(forwards(unnamed, span, nextCertain)).toEqual(inOrder(certain));
      expect(possible.some((at) => isOptional(schedule, at))).toBe(false);
      optional += possible.length - new Set(certain).size;
    }),
    { seed: 20_260_426, numRuns: 60 },
  );
  expect(optional).toBeGreaterThan(500);
});

test("several expressions are the union of their runs, each by its own rule, and none comes twice", () => {
  fc.assert(
    fc.property(fc.constantFrom(...windows).chain(unionIn), ({ window, expressions }) => {
      const each = expressions.flatMap((expression) => runsIn(expression, window.minutes));
      const runs = inOrder(each);
      const span = spanOf(window.minutes);
      const schedule = { ...cron("", { timezone: window.timezone, scheduler: "cron" }), expressions };
      expect(forwards(schedule, span)).toEqual(runs);
      expect(backwards(schedule, span)).toEqual(runs);
    }),
    { seed: 20_260_308, numRuns: 150 },
  );
});

function cron(
  expression: string,
  more: { timezone: string; scheduler: Scheduler },
): CronSchedule & { scheduler: Scheduler } {
  return { kind: "cron", expressions: [expression], ...more };
}

function spanOf(minutes: readonly { at: number }[]): Span {
  return { firstAt: minutes[1]!.at, lastAt: minutes.at(-1)!.at + 59_999 };
}

interface Span {
  firstAt: number;
  lastAt: number;
}

function forwards(schedule: CronSchedule, { firstAt, lastAt }: Span, next = nextOccurrence): number[] {
  const runs: number[] = [];
  let at = next(schedule, firstAt - 1);
  while (at !== null && at <= lastAt) {
    runs.push(at);
    at = next(schedule, at);
  }
  return runs;
}

function backwards(
  schedule: CronSchedule,
  { firstAt, lastAt }: Span,
  previous = previousOccurrence,
): number[] {
  const runs: number[] = [];
  let at = previous(schedule, lastAt + 1);
  while (at !== null && at >= firstAt) {
    runs.unshift(at);
    at = previous(schedule, at);
  }
  return runs;
}

function inOrder(runs: readonly number[]): number[] {
  return [...new Set(runs)].toSorted((left, right) => left - right);
}

type Window = (typeof windows)[number];

interface SearchCase {
  window: Window;
  scheduler: Scheduler;
  expression: string;
  probes: number[];
}

function caseIn(window: Window): fc.Arbitrary<SearchCase> {
  return fc.record({
    window: fc.constant(window),
    scheduler: fc.constantFrom(...RULED),
    expression: expressionNear(window.day),
    probes: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 10 }),
  });
}

function unionIn(window: Window): fc.Arbitrary<{ window: Window; expressions: string[] }> {
  return fc.record({
    window: fc.constant(window),
    expressions: fc.array(expressionNear(window.day), { minLength: 2, maxLength: 4 }),
  });
}

/** Expressions that like the hours in which clocks change and the days of the window. */
function expressionNear(day: number): fc.Arbitrary<string> {
  const nearbyDay = fc.integer({ min: -2, max: 3 }).map((offset) => new Date(day + offset * 24 * HOUR_MS));
  const anyHour = fc.integer({ min: 0, max: 23 });
  const hour = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(0, 1, 2, 3, 22, 23) },
    { weight: 1, arbitrary: anyHour },
  );
  const seconds = fc.oneof(
    { weight: 4, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.constantFrom("30 ", "0,59 ", "*/20 ", "1-3 ") },
  );
  const minutes = fieldOf(fc.integer({ min: 0, max: 59 }), { highest: 59, stars: 2 });
  const hours = fieldOf(hour, { highest: 23, stars: 2 });
  const days = fieldOf(
    nearbyDay.map((date) => date.getUTCDate()),
    { highest: 31, stars: 5, places: ["?", "L", "LW", "1W", "15W", "30W", "L,15", "*,LW"] },
  );
  const months = fieldOf(
    nearbyDay.map((date) => date.getUTCMonth() + 1),
    { highest: 12, stars: 9 },
  );
  const weekdays = fieldOf(fc.integer({ min: 0, max: 7 }), {
    highest: 7,
    stars: 5,
    places: ["?", "5L", "0#1", "7#5", "1#2,3L"],
  });
  return fc
    .tuple(minutes, hours, days, months, weekdays)
    .chain((fields) => seconds.map((second) => second + fields.join(" ")));
}

function fieldOf(
  value: fc.Arbitrary<number>,
  { highest, stars, places = [] }: { highest: number; stars: number; places?: string[] },
): fc.Arbitrary<string> {
  const step = fc.integer({ min: 1, max: 20 });
  const span = fc
    .tuple(value, fc.nat({ max: 12 }))
    .map(([from, length]) => `${from}-${Math.min(highest, from + length)}`);
  const item = fc.oneof(
    { weight: 4, arbitrary: value.map(String) },
    { weight: 2, arbitrary: span },
    { weight: 1, arbitrary: fc.tuple(span, step).map(([range, by]) => `${range}/${by}`) },
    { weight: 1, arbitrary: fc.tuple(value, step).map(([from, by]) => `${from}/${by}`) },
  );
  return fc.oneof(
    { weight: stars, arbitrary: fc.constant("*") },
    { weight: 2, arbitrary: step.map((by) => `*/${by}`) },
    { weight: 4, arbitrary: item },
    { weight: 3, arbitrary: fc.array(item, { minLength: 2, maxLength: 4 }).map((items) => items.join(",")) },
    ...(places.length === 0 ? [] : [{ weight: 3, arbitrary: fc.constantFrom(...places) }]),
    { weight: 1, arbitrary: value.map((number) => `*,${number}`) },
    { weight: 1, arbitrary: value.map((number) => `${number},*`) },
  );
}
