/** What becomes of the schedules people send: accepted as plain data, warned of, or refused with a sentence. */
import { describe, expect, test } from "vitest";
import { readSchedule } from "../../../src/domain/schedule/schedule.ts";
import type { ScheduleInput } from "../../../src/domain/schedule/schedule.ts";
import { NOW_AT, problemsOf, refusal, warningsOf } from "./reading.ts";

describe("a schedule that is accepted", () => {
  test.each<{ what: string; input: ScheduleInput; schedule: unknown }>([
    {
      what: "one expression: in UTC, by an unnamed scheduler",
      input: { cron: "30 2 * * *" },
      schedule: { kind: "cron", expressions: ["30 2 * * *"], timezone: "UTC", scheduler: null },
    },
    {
      what: "several: single-spaced, lower-case nicknames, each once",
      input: {
        cron: ["  0   9 * *\tMON-FRI ", "@Midnight", "@midnight"],
        timezone: "europe/berlin",
        scheduler: "cron",
      },
      schedule: {
        kind: "cron",
        expressions: ["0 9 * * MON-FRI", "@midnight"],
        timezone: "Europe/Berlin",
        scheduler: "cron",
      },
    },
    {
      what: "a platform that knows no zones is UTC by any of its names",
      input: { cron: "0 9 * * *", timezone: "Etc/UTC", scheduler: "utc-platform" },
      schedule: { kind: "cron", expressions: ["0 9 * * *"], timezone: "UTC", scheduler: "utc-platform" },
    },
    {
      what: "an interval, from the start unless said otherwise",
      input: { every: 90_000 },
      schedule: { kind: "every", everyMs: 90_000, from: "start" },
    },
    {
      what: "an interval from the finish",
      input: { every: 1_000, from: "finish" },
      schedule: { kind: "every", everyMs: 1_000, from: "finish" },
    },
    {
      what: "the longest interval",
      input: { every: 400 * 86_400_000 },
      schedule: { kind: "every", everyMs: 400 * 86_400_000, from: "start" },
    },
  ])("$what", ({ input, schedule }) => {
    expect(readSchedule(input, NOW_AT)).toEqual({ schedule, warnings: [] });
  });

  test.each(["Asia/Kolkata", "Asia/Calcutta", "US/Pacific", "EST5EDT", "Etc/GMT+5"])(
    "keeps the alias %s",
    (timezone) => {
      expect(readSchedule({ cron: "@hourly", timezone }, NOW_AT).schedule).toMatchObject({ timezone });
    },
  );

  test("leaves out what an interval has no use for, and says so", () => {
    expect(warningsOf({ every: 60_000, timezone: "Europe/Berlin", scheduler: "cron" })).toEqual([
      "timezone is ignored: an interval has none",
      "scheduler is ignored: it matters for cron only",
    ]);
  });

  test("may have 20 expressions of 200 characters", () => {
    const minutes = Array.from({ length: 60 }, (_, minute) => minute).join(",");
    const long = `${minutes},0,1,2,3,4,5,6,7,8,9 0 * * *`.padEnd(199, "1");
    expect(long).toHaveLength(199);
    const cron = Array.from({ length: 20 }, (_, hour) => `${minutes},0,1,2,3,4 ${hour} * * *`);
    expect(readSchedule({ cron }, NOW_AT).schedule).toMatchObject({ expressions: cron });
  });
});

describe("a schedule that is refused", () => {
  test.each<{ what: string; input: ScheduleInput; problems: string[] }>([
    {
      what: "neither kind",
      input: {},
      problems: ["schedule: neither cron and every given; give one of them"],
    },
    {
      what: "both kinds",
      input: { cron: "@daily", every: 60_000 },
      problems: ["schedule: both cron and every given; give one of them"],
    },
    {
      what: "no expression",
      input: { cron: [] },
      problems: ["schedule.cron: it holds no expression; give at least one"],
    },
    {
      what: "too many expressions",
      input: { cron: Array.from({ length: 21 }, (_, minute) => `${minute} * * * *`) },
      problems: ["schedule.cron: 21 expressions; a monitor has at most 20"],
    },
    {
      what: "too short an interval",
      input: { every: 999 },
      problems: ["schedule.every: 999ms is not in the allowed range, from 1s to 400d"],
    },
    {
      what: "too long an interval",
      input: { every: 400 * 86_400_000 + 1 },
      problems: ["schedule.every: 400d is not in the allowed range, from 1s to 400d"],
    },
    {
      what: "a negative interval",
      input: { every: -5 },
      problems: ["schedule.every: -5 ms is not in the allowed range, from 1s to 400d"],
    },
    {
      what: "an interval that is no number",
      input: { every: Number.NaN },
      problems: ["schedule.every: NaN ms is not in the allowed range, from 1s to 400d"],
    },
    {
      what: "an interval from nowhere",
      input: { every: 60_000, from: "end" },
      problems: ['schedule.from: "end" is not one of start, finish'],
    },
    {
      what: "from beside cron",
      input: { cron: "@daily", from: "finish" },
      problems: ["schedule.from: it belongs to every, not to cron; leave it out"],
    },
    {
      what: "an unknown zone",
      input: { cron: "@daily", timezone: "Europe/Atlantis" },
      problems: [
        'schedule.timezone: "Europe/Atlantis" is not a known IANA time zone; examples are Europe/Berlin and UTC',
      ],
    },
    {
      what: "an empty zone",
      input: { cron: "@daily", timezone: "" },
      problems: ['schedule.timezone: "" is not a known IANA time zone; examples are Europe/Berlin and UTC'],
    },
    ...["+02:00", "-0500", "UTC+2", "GMT-3"].map((timezone) => ({
      what: `the offset ${timezone}`,
      input: { cron: "@daily", timezone },
      problems: [
        `schedule.timezone: "${timezone}" is an offset, which knows no clock changes; ` +
          "name an IANA zone such as Europe/Berlin or UTC",
      ],
    })),
    {
      what: "a zone for a platform that has none",
      input: { cron: "@daily", timezone: "Europe/Berlin", scheduler: "utc-platform" },
      problems: [
        "schedule.timezone: a utc-platform runs in UTC always; leave Europe/Berlin out, " +
          "or say scheduler cron if the platform knows zones",
      ],
    },
    {
      what: "an unknown scheduler",
      input: { cron: "@daily", scheduler: "nomad" },
      problems: ['schedule.scheduler: "nomad" is not one of cron, kubernetes, systemd, utc-platform'],
    },
    {
      what: "several things at once",
      input: { cron: "60 * * * *", timezone: "Mars", scheduler: "nomad", from: "start" },
      problems: [
        'schedule.scheduler: "nomad" is not one of cron, kubernetes, systemd, utc-platform',
        'schedule.timezone: "Mars" is not a known IANA time zone; examples are Europe/Berlin and UTC',
        "schedule.from: it belongs to every, not to cron; leave it out",
        "schedule.cron[0]: minute: 60 is not in 0-59",
      ],
    },
  ])("$what", ({ input, problems }) => {
    expect(problemsOf(input)).toEqual(problems);
  });

  test.each(["kubernetes", "systemd"])("scheduler %s is still to come, and says so", (scheduler) => {
    const error = refusal({ cron: "@daily", scheduler });
    expect(error.code).toBe("not_yet_supported");
    expect(error.problems).toEqual([
      {
        field: "schedule.scheduler",
        message:
          `the clock-change rules of ${scheduler} are not supported yet; ` +
          "use cron or utc-platform, or leave it out",
      },
    ]);
  });
});

describe("a schedule that may surprise is warned of", () => {
  const newYork = "America/New_York";
  test.each<{ what: string; cron: string; timezone?: string; warnings: string[] }>([
    {
      what: "a step in the day of month beside a day of week",
      cron: "0 0 */2 * 1",
      warnings: [
        '"0 0 */2 * 1": day of month */2 and day of week 1: cron runs only on days that match both, ' +
          "because one of the fields starts with *; other schedulers run on days that match either",
      ],
    },
    {
      what: "a step in the day of week beside a day of month",
      cron: "0 0 1-7 * */2",
      warnings: [
        '"0 0 1-7 * */2": day of month 1-7 and day of week */2: cron runs only on days that match both, ' +
          "because one of the fields starts with *; other schedulers run on days that match either",
      ],
    },
    { what: "no step, no warning", cron: "0 0 1 * 1", warnings: [] },
    { what: "a step alone", cron: "0 0 */2 * *", warnings: [] },
    { what: "a step of one, which is *", cron: "0 0 */1 * 1", warnings: [] },
    {
      what: "a step without a range",
      cron: "5/15 * * * *",
      warnings: [
        '"5/15 * * * *": minute: 5/15 is read as 5-59/15; some cron daemons read it as 5 alone, so write the range out',
      ],
    },
    {
      what: "a step beyond its range",
      cron: "*/90 * * * *",
      warnings: ['"*/90 * * * *": minute: the step of */90 is longer than its range, so it matches 0 only'],
    },
    {
      what: "a time that the next change leaves out",
      cron: "30 2 * * *",
      timezone: newYork,
      warnings: [
        '"30 2 * * *": 02:30 does not exist on 2026-03-08 in America/New_York, where the clock goes from 02:00 to ' +
          "03:00; cron makes up for it with one run at 03:00",
      ],
    },
    {
      what: "a time that the next change shows twice",
      cron: "15 30 1 * * *",
      timezone: newYork,
      warnings: [
        '"15 30 1 * * *": 01:30:15 comes twice on 2026-11-01 in America/New_York, where the clock goes back from ' +
          "02:00 to 01:00; cron runs it the first time only",
      ],
    },
    {
      what: "a job with times in both",
      cron: "10 0-3 * * *",
      timezone: "Europe/Berlin",
      warnings: [
        '"10 0-3 * * *": 02:10 does not exist on 2026-03-29 in Europe/Berlin, where the clock goes from 02:00 to ' +
          "03:00; cron makes up for it with one run at 03:00",
        '"10 0-3 * * *": 02:10 comes twice on 2026-10-25 in Europe/Berlin, where the clock goes back from 03:00 to ' +
          "02:00; cron runs it the first time only",
      ],
    },
    { what: "not a time beside the change", cron: "0 3 * * *", timezone: newYork, warnings: [] },
    { what: "not another day", cron: "30 2 * * MON", timezone: newYork, warnings: [] },
    { what: "not a wildcard job", cron: "*/30 2 * * *", timezone: newYork, warnings: [] },
    { what: "nothing in a zone without changes", cron: "30 2 * * *", timezone: "Asia/Kolkata", warnings: [] },
  ])("$what", ({ cron, timezone, warnings }) => {
    expect(warningsOf({ cron, timezone })).toEqual(warnings);
  });
});
