/** What becomes of the schedules people send: accepted as plain data, warned of, or refused with a sentence. */
import { describe, expect, test } from "vitest";
import { readSchedule } from "../../../src/domain/schedule/schedule.ts";
import type { ScheduleInput } from "../../../src/domain/schedule/schedule.ts";
import { NOW_AT, problemsOf, warningsOf } from "./reading.ts";

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
});

describe("a schedule that may surprise is warned of", () => {
  const newYork = "America/New_York";
  test.each<{ what: string; cron: string; timezone?: string; scheduler?: string; warnings: string[] }>([
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
          "03:00; cron makes up for it with one run at 03:00, kubernetes and systemd skip it; " +
          "as scheduler is not set, either will do",
      ],
    },
    {
      what: "a time that the next change shows twice",
      cron: "15 30 1 * * *",
      timezone: newYork,
      warnings: [
        '"15 30 1 * * *": 01:30:15 comes twice on 2026-11-01 in America/New_York, where the clock goes back from ' +
          "02:00 to 01:00; cron and systemd run it the first time only, kubernetes both times; " +
          "as scheduler is not set, either will do",
      ],
    },
    {
      what: "a job with times in both",
      cron: "10 0-3 * * *",
      timezone: "Europe/Berlin",
      warnings: [
        '"10 0-3 * * *": 02:10 does not exist on 2026-03-29 in Europe/Berlin, where the clock goes from 02:00 to ' +
          "03:00; cron makes up for it with one run at 03:00, kubernetes and systemd skip it; " +
          "as scheduler is not set, either will do",
        '"10 0-3 * * *": 02:10 comes twice on 2026-10-25 in Europe/Berlin, where the clock goes back from 03:00 to ' +
          "02:00; cron and systemd run it the first time only, kubernetes both times; " +
          "as scheduler is not set, either will do",
      ],
    },
    { what: "not a time beside the change", cron: "0 3 * * *", timezone: newYork, warnings: [] },
    { what: "not another day", cron: "30 2 * * MON", timezone: newYork, warnings: [] },
    { what: "not a wildcard job", cron: "*/30 2 * * *", timezone: newYork, warnings: [] },
    { what: "nothing in a zone without changes", cron: "30 2 * * *", timezone: "Asia/Kolkata", warnings: [] },
    {
      what: "a step in the day of month beside a day of week, which kubernetes joins the other way",
      cron: "0 0 */2 * 1",
      scheduler: "kubernetes",
      warnings: [
        '"0 0 */2 * 1": day of month */2 and day of week 1: kubernetes runs on days that match either, ' +
          "because neither of the fields is a bare *; cron runs only on days that match both",
      ],
    },
    ...["cron", undefined].map((scheduler) => ({
      what: `what Debian's cron misreads or refuses, where scheduler is ${scheduler ?? "not set"}`,
      cron: "0 0 L,15W,lw * 1#2,MON#3,5L,friL",
      ...(scheduler === undefined ? {} : { scheduler }),
      warnings: [
        ["day of month: L", "refuses it"],
        ["day of month: 15W", "stops reading behind the 15 and runs it every 15"],
        ["day of month: LW", "refuses it"],
        ["day of week: 1#2", "stops reading behind the 1 and runs it every 1"],
        ["day of week: MON#3", "stops reading behind the MON and runs it every MON"],
        ["day of week: 5L", "stops reading behind the 5 and runs it every 5"],
        ["day of week: FRIL", "refuses it"],
      ].map(
        ([what, then]) =>
          `"0 0 L,15W,lw * 1#2,MON#3,5L,friL": ${what} is an extension that not every scheduler knows; ` +
          `Debian's cron ${then}`,
      ),
    })),
    {
      what: "an extension that kubernetes does not know",
      cron: "0 0 L * *",
      scheduler: "kubernetes",
      warnings: [
        '"0 0 L * *": day of month: L is an extension that not every scheduler knows; kubernetes refuses it',
      ],
    },
    {
      what: "not of extensions that a platform knows",
      cron: "0 0 ? * 1#2",
      scheduler: "utc-platform",
      warnings: [],
    },
    ...[
      ["0 22-2 * * *", "hour: 22-2 runs backwards and is read as 22-23,0-2"],
      ["59-0 * * * *", "minute: 59-0 runs backwards and is read as 59,0"],
      ["0 0 28-3 * *", "day of month: 28-3 runs backwards and is read as 28-31,1-3"],
      ["0 0 * NOV-feb *", "month: NOV-feb runs backwards and is read as 11-12,1-2"],
      ["0 0 * * FRI-SUN", "day of week: FRI-SUN runs backwards and is read as 5-7"],
      ["0 0 * * SAT-MON", "day of week: SAT-MON runs backwards and is read as 6,0-1"],
      ["0 0 * * 7-2", "day of week: 7-2 runs backwards and is read as 0-2"],
      ["0 22-2/2 * * *", "hour: 22-2/2 runs backwards and is read as 22-23,0-2, every 2 from 22 on"],
    ].map(([cron = "", read]) => ({
      what: `a range that runs backwards, ${cron}`,
      cron,
      warnings: [`"${cron}": ${read}; many schedulers refuse it, so write it that way`],
    })),
    ...(
      [
        ["cron", "cron makes up for it with one run at 03:00", "cron runs it the first time only"],
        ["kubernetes", "kubernetes skips it", "kubernetes runs it both times"],
        ["systemd", "systemd skips it", "systemd runs it the first time only"],
      ] as const
    ).map(([scheduler, inGap, inOverlap]) => ({
      what: `the clock changes of Berlin, as ${scheduler} takes them`,
      cron: "30 2 * * *",
      timezone: "Europe/Berlin",
      scheduler,
      warnings: [
        '"30 2 * * *": 02:30 does not exist on 2026-03-29 in Europe/Berlin, where the clock goes from 02:00 to ' +
          `03:00; ${inGap}`,
        '"30 2 * * *": 02:30 comes twice on 2026-10-25 in Europe/Berlin, where the clock goes back from 03:00 to ' +
          `02:00; ${inOverlap}`,
      ],
    })),
  ])("$what", ({ cron, timezone, scheduler, warnings }) => {
    expect(warningsOf({ cron, timezone, scheduler })).toEqual(warnings);
  });
});
