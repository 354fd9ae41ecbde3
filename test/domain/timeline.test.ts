/** The windows of a timing: their bounds by default and by choice, over versions, forwards and backwards. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Window } from "../../src/domain/ledger.ts";
import type { Timing } from "../../src/domain/monitor.ts";
import { readSchedule, type ScheduleInput } from "../../src/domain/schedule/schedule.ts";
import {
  finishByOf,
  sameWithinMs,
  windowAfter,
  windowAtOrBefore,
  windowOf,
  windowsBetween,
} from "../../src/domain/timeline.ts";
import { DAY, HOUR, MINUTE, SECOND, START } from "../makers.ts";

function timing(schedule: ScheduleInput, more: Partial<Timing> = {}): Timing {
  return {
    version: 1,
    schedule: readSchedule(schedule, START).schedule,
    signals: "both",
    graceMs: null,
    earlyMs: null,
    maxRuntimeMs: null,
    afterAt: 0,
    untilAt: null,
    ...more,
  };
}

function firstOf(schedule: ScheduleInput, more: Partial<Timing> = {}): Window {
  const window = windowAfter([timing(schedule, more)], START);
  if (window === null) throw new Error("no window");
  return window;
}

describe("defaults", () => {
  test.each([
    ["* * * * * *", 5 * SECOND],
    ["*/20 * * * * *", 5 * SECOND],
    ["* * * * *", 15 * SECOND],
    ["*/10 * * * *", 150 * SECOND],
    ["0 */2 * * *", 10 * MINUTE],
    ["0 2 * * *", 10 * MINUTE],
  ])("the grace of %s is a quarter of the gap, at least 5 s and at most 10 min", (cron, graceMs) => {
    const window = firstOf({ cron });
    expect(window.graceMs).toBe(graceMs);
    expect(window.startBy).toBe(window.expectedAt + graceMs);
  });

  test.each([
    ["the grace, where half the gap is longer", "0 2 * * *", 3 * MINUTE, 3 * MINUTE],
    ["half the gap, where the grace is longer", "*/10 * * * *", 8 * MINUTE, 5 * MINUTE],
  ])("early is %s", (_what, cron, graceMs, earlyMs) => {
    const window = firstOf({ cron }, { graceMs });
    expect(window.opensAt).toBe(window.expectedAt - earlyMs);
  });

  test("early looks at the gap before the window, grace and runtime at the gap after it", () => {
    const uneven = { cron: ["0 2 * * *", "20 2 * * *"] };
    const later = windowAfter([timing(uneven, { graceMs: HOUR })], START + 2 * HOUR);
    expect(later).toMatchObject({ gapMs: DAY - 20 * MINUTE, opensAt: START + 2 * HOUR + 10 * MINUTE });
  });

  test.each([
    ["*/10 * * * *", HOUR],
    ["0 */3 * * *", 3 * HOUR + 10 * MINUTE],
    ["0 2 * * *", 24 * HOUR],
    ["0 2 * * 1", 24 * HOUR],
  ])("a run of %s may take the gap and the grace, at least an hour and at most a day", (cron, runtimeMs) => {
    const own = timing({ cron });
    expect(finishByOf(own, firstOf({ cron }), START) - START).toBe(runtimeMs);
  });

  test("an interval's bounds follow from the interval on both sides", () => {
    const window = windowOf(timing({ every: 20 * MINUTE }), START);
    expect(window).toMatchObject({
      gapMs: 20 * MINUTE,
      graceMs: 5 * MINUTE,
      opensAt: START - 5 * MINUTE,
      startBy: START + 5 * MINUTE,
    });
  });

  test("near means a minute, or half a shorter gap", () => {
    expect([2 * MINUTE + 1, 2 * MINUTE, MINUTE, SECOND].map(sameWithinMs)).toEqual([
      MINUTE,
      MINUTE,
      30 * SECOND,
      500,
    ]);
  });
});

describe("where only finishes come", () => {
  test("the finish has grace and max runtime, and nothing is early", () => {
    const window = firstOf({ cron: "0 2 * * *" }, { signals: "finish", maxRuntimeMs: HOUR });
    expect(window.opensAt).toBe(window.expectedAt);
    expect(window.startBy).toBe(window.expectedAt + 10 * MINUTE + HOUR);
  });

  test("an unset runtime counts as nothing", () => {
    const window = firstOf({ cron: "0 2 * * *" }, { signals: "finish" });
    expect(window.startBy).toBe(window.expectedAt + 10 * MINUTE);
  });

  test("an early that is set is kept", () => {
    const window = firstOf({ cron: "0 2 * * *" }, { signals: "finish", earlyMs: MINUTE });
    expect(window.opensAt).toBe(window.expectedAt - MINUTE);
  });
});

describe("over versions", () => {
  const changedAt = START + 2 * HOUR + 30 * MINUTE;
  const versions = [
    timing({ cron: "0 * * * *" }, { untilAt: changedAt }),
    timing({ cron: "15 * * * *" }, { version: 2, afterAt: changedAt }),
  ];

  test("windows are the union, each with the version it was opened under", () => {
    const windows = windowsBetween(versions, { fromAt: START, toAt: START + 5 * HOUR }, 10);
    expect(windows.map((window) => [(window.expectedAt - START) / MINUTE, window.version])).toEqual([
      [0, 1],
      [60, 1],
      [120, 1],
      [195, 2],
      [255, 2],
    ]);
  });

  test("looking back crosses from the new version into the old one", () => {
    expect(windowAtOrBefore(versions, START + 3 * HOUR)).toMatchObject({
      expectedAt: START + 2 * HOUR,
      version: 1,
    });
    expect(windowAtOrBefore(versions, START + 4 * HOUR)).toMatchObject({ version: 2 });
  });

  test("a window at the bound belongs to the old version, the one behind it to the new one", () => {
    const at = START + 2 * HOUR;
    const both = [
      timing({ cron: "0 * * * *" }, { untilAt: at }),
      timing({ cron: "0 * * * *" }, { version: 2, afterAt: at }),
    ];
    const windows = windowsBetween(both, { fromAt: at, toAt: at + HOUR + 1 }, 10);
    expect(windows.map((window) => window.version)).toEqual([1, 2]);
  });

  test("an interval has no timeline of its own", () => {
    expect(windowAfter([timing({ every: HOUR })], START)).toBeNull();
    expect(windowAtOrBefore([timing({ every: HOUR })], START)).toBeNull();
  });
});

test("no more windows are given than asked for, and none outside", () => {
  const between = { fromAt: START, toAt: START + HOUR };
  const minutely = [timing({ cron: "* * * * *" })];
  expect(windowsBetween(minutely, between, 1_000)).toHaveLength(60);
  expect(windowsBetween(minutely, between, 7)).toHaveLength(7);
  expect(windowsBetween(minutely, { fromAt: START, toAt: START }, 7)).toEqual([]);
});

const timings = fc
  .record({
    first: fc.constantFrom("* * * * *", "*/7 * * * *", "0 2 * * *", "30 1,2 * * 0", "*/15 * * * * *"),
    second: fc.constantFrom("*/10 * * * *", "5 */3 * * *", "0 0 1 * 1"),
    zone: fc.constantFrom("UTC", "America/New_York", "Australia/Lord_Howe"),
    changedAt: fc.nat({ max: 20 * DAY }).map((offset) => START + offset),
    graceMs: fc.option(fc.nat({ max: 3 * HOUR })),
    earlyMs: fc.option(fc.nat({ max: HOUR })),
    signals: fc.constantFrom("both" as const, "finish" as const),
  })
  .map(({ first, second, zone, changedAt, ...more }) => [
    timing({ cron: first, timezone: zone }, { ...more, untilAt: changedAt }),
    timing({ cron: second, timezone: zone }, { ...more, version: 2, afterAt: changedAt }),
  ]);
const instants = fc.nat({ max: 20 * DAY }).map((offset) => START + offset);

test("whatever the timings: next and previous agree, and bounds lie around the expected instant", () => {
  fc.assert(
    fc.property(timings, instants, (given, at) => {
      const next = windowAfter(given, at);
      const previous = windowAtOrBefore(given, at);
      if (next !== null) {
        expect(next.expectedAt).toBeGreaterThan(at);
        expect(windowAtOrBefore(given, next.expectedAt)).toEqual(next);
        expect(windowAtOrBefore(given, next.expectedAt - 1)).toEqual(previous);
        expect(next.opensAt).toBeLessThanOrEqual(next.expectedAt);
        expect(next.startBy).toBeGreaterThanOrEqual(next.expectedAt);
        const own = given.find((one) => one.version === next.version);
        expect(windowOf(own ?? given[0]!, next.expectedAt)).toEqual(next);
      }
      if (previous === null) return;
      expect(previous.expectedAt).toBeLessThanOrEqual(at);
      expect(windowAfter(given, previous.expectedAt - 1)).toEqual(previous);
      expect(windowAfter(given, previous.expectedAt)).toEqual(next);
    }),
    { numRuns: 500 },
  );
});

test("whatever the timings: a period holds each window once, in order, and equals its two halves", () => {
  fc.assert(
    fc.property(timings, instants, fc.nat({ max: 6 * HOUR }), (given, fromAt, widthMs) => {
      const toAt = fromAt + widthMs;
      const middleAt = fromAt + Math.floor(widthMs / 3);
      const whole = windowsBetween(given, { fromAt, toAt }, 10_000);
      const halves = [
        ...windowsBetween(given, { fromAt, toAt: middleAt }, 10_000),
        ...windowsBetween(given, { fromAt: middleAt, toAt }, 10_000),
      ];
      expect(halves).toEqual(whole);
      for (const [index, window] of whole.entries()) {
        expect(window.expectedAt).toBeGreaterThan(whole[index - 1]?.expectedAt ?? fromAt - 1);
      }
    }),
    { numRuns: 200 },
  );
});

test("whatever was asked of a timing before, it answers as one that was never asked", () => {
  const near = fc.nat({ max: 2 * HOUR }).map((offset) => START + offset);
  const questions = fc.array(fc.record({ isForward: fc.boolean(), at: near }), {
    minLength: 2,
    maxLength: 12,
  });
  fc.assert(
    fc.property(timings, questions, ([given], asked) => {
      const ask = (of: Timing, { isForward, at }: (typeof asked)[number]): Window | null =>
        isForward ? windowAfter([of], at) : windowAtOrBefore([of], at);
      const answers = asked.map((question) => ask(given!, question));
      expect(answers).toEqual(asked.map((question) => ask({ ...given! }, question)));
    }),
    { numRuns: 500 },
  );
});
