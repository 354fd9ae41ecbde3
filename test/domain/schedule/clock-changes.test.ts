/** What cron does where the clock goes forward or back: the facts that the rule names, one by one. */
import { describe, test } from "vitest";
import { checkBothWays } from "./cron-cases.ts";
import type { Case } from "./cron-cases.ts";

describe("where the clock goes forward", () => {
  const cases: Case[] = [
    {
      what: "a fixed job whose time is skipped runs once, at the change",
      expression: "30 2 * * *",
      timezone: "America/New_York",
      after: "2026-03-07T07:30Z",
      before: "2026-03-10T00:00Z",
      runs: ["2026-03-08T07:00Z", "2026-03-09T06:30Z"],
    },
    {
      what: "a fixed job with several skipped times runs once for all of them",
      expression: "0,20,40 2 * * *",
      timezone: "America/New_York",
      after: "2026-03-08T00:00Z",
      before: "2026-03-09T06:10Z",
      runs: ["2026-03-08T07:00Z", "2026-03-09T06:00Z"],
    },
    {
      what: "a fixed job due at the change anyway runs there once",
      expression: "0 2,3 * * *",
      timezone: "America/New_York",
      after: "2026-03-08T00:00Z",
      before: "2026-03-09T00:00Z",
      runs: ["2026-03-08T07:00Z"],
    },
    {
      what: "seconds in front do not make another job of it",
      expression: "15 30 2 * * *",
      timezone: "America/New_York",
      after: "2026-03-08T00:00Z",
      before: "2026-03-09T12:00Z",
      runs: ["2026-03-08T07:00Z", "2026-03-09T06:30:15Z"],
    },
    {
      what: "a wildcard job whose hour is skipped does not run that day",
      expression: "* 2 * * *",
      timezone: "America/New_York",
      after: "2026-03-08T00:00Z",
      before: "2026-03-09T06:02Z",
      runs: ["2026-03-09T06:00Z", "2026-03-09T06:01Z"],
    },
    {
      what: "a step in the hour makes it a wildcard job, too",
      expression: "30 */2 * * *",
      timezone: "America/New_York",
      after: "2026-03-08T05:00Z",
      before: "2026-03-08T11:00Z",
      runs: ["2026-03-08T05:30Z", "2026-03-08T08:30Z", "2026-03-08T10:30Z"],
    },
    {
      what: "a gap at midnight moves a midnight job of Cairo to 01:00",
      expression: "0 0 * * *",
      timezone: "Africa/Cairo",
      after: "2026-04-22T22:00Z",
      before: "2026-04-25T00:00Z",
      runs: ["2026-04-23T22:00Z", "2026-04-24T21:00Z"],
    },
    {
      what: "a gap at midnight moves a midnight job of Beirut to 01:00, on the day that was meant",
      expression: "0 0 29 * *",
      timezone: "Asia/Beirut",
      after: "2026-03-27T00:00Z",
      before: "2026-04-10T00:00Z",
      runs: ["2026-03-28T22:00Z"],
    },
    {
      what: "half an hour is a gap like any other",
      expression: "15 2 * * *",
      timezone: "Australia/Lord_Howe",
      after: "2026-10-03T00:00Z",
      before: "2026-10-04T23:00Z",
      runs: ["2026-10-03T15:30Z", "2026-10-04T15:15Z"],
    },
    {
      what: "a whole day left out is a correction of the clock: nothing is caught up",
      expression: "0 12 * * *",
      timezone: "Pacific/Apia",
      after: "2011-12-28T23:00Z",
      before: "2012-01-01T00:00Z",
      runs: ["2011-12-29T22:00Z", "2011-12-30T22:00Z", "2011-12-31T22:00Z"],
    },
    {
      what: "a run half a year from such a correction is found across it, both ways",
      expression: "0 12 1 6 *",
      timezone: "Pacific/Apia",
      after: "2010-07-01T00:00Z",
      before: "2012-12-01T00:00Z",
      runs: ["2011-06-01T23:00Z", "2012-05-31T23:00Z"],
    },
    {
      what: "a day that never was has no run",
      expression: "0 12 30 12 *",
      timezone: "Pacific/Apia",
      after: "2010-12-31T00:00Z",
      before: "2013-01-01T00:00Z",
      runs: ["2012-12-29T22:00Z"],
    },
  ];
  test.each(cases)("$what", checkBothWays);
});

describe("where the clock goes back", () => {
  const cases: Case[] = [
    {
      what: "a fixed job runs in the first pass only",
      expression: "30 1 * * *",
      timezone: "America/New_York",
      after: "2026-10-31T12:00Z",
      before: "2026-11-03T00:00Z",
      runs: ["2026-11-01T05:30Z", "2026-11-02T06:30Z"],
    },
    {
      what: "a wildcard job runs in both passes",
      expression: "*/15 1 * * *",
      timezone: "America/New_York",
      after: "2026-11-01T00:00Z",
      before: "2026-11-02T00:00Z",
      runs: [
        "2026-11-01T05:00Z",
        "2026-11-01T05:15Z",
        "2026-11-01T05:30Z",
        "2026-11-01T05:45Z",
        "2026-11-01T06:00Z",
        "2026-11-01T06:15Z",
        "2026-11-01T06:30Z",
        "2026-11-01T06:45Z",
      ],
    },
    {
      what: "the hour that begins as the second pass ends is the fixed job's as usual",
      expression: "0 1,2 * * *",
      timezone: "America/New_York",
      after: "2026-11-01T00:00Z",
      before: "2026-11-02T00:00Z",
      runs: ["2026-11-01T05:00Z", "2026-11-01T07:00Z"],
    },
    {
      what: "hours follow each other without a break in Lord Howe, which goes back by half an hour",
      expression: "0 * * * *",
      timezone: "Australia/Lord_Howe",
      after: "2024-04-06T14:00Z",
      before: "2024-04-06T18:00Z",
      runs: ["2024-04-06T15:30Z", "2024-04-06T16:30Z", "2024-04-06T17:30Z"],
    },
    {
      what: "a job of 23:30 runs once where midnight sends the clock back to 23:00",
      expression: "30 23 * * *",
      timezone: "Asia/Beirut",
      after: "2026-10-24T00:00Z",
      before: "2026-10-27T00:00Z",
      runs: ["2026-10-24T20:30Z", "2026-10-25T21:30Z", "2026-10-26T21:30Z"],
    },
    {
      what: "a job of midnight waits for the midnight that lasts",
      expression: "0 0 * * *",
      timezone: "Asia/Beirut",
      after: "2026-10-23T22:00Z",
      before: "2026-10-27T00:00Z",
      runs: ["2026-10-24T22:00Z", "2026-10-25T22:00Z", "2026-10-26T22:00Z"],
    },
  ];
  test.each(cases)("$what", checkBothWays);
});

const NEW_YORK_GAP = {
  timezone: "America/New_York",
  after: "2026-03-08T06:20Z",
  before: "2026-03-08T08:00Z",
};
const NEW_YORK_OVERLAP = {
  timezone: "America/New_York",
  after: "2026-11-01T04:50Z",
  before: "2026-11-01T07:10Z",
};

/** The table of the rule: for each scheduler, what a change of the clock does to which job. */
describe("the schedulers differ at clock changes only as their table says", () => {
  const fixedInGap = { ...NEW_YORK_GAP, expression: "30 2 * * *" };
  const fixedInOverlap = { ...NEW_YORK_OVERLAP, expression: "30 1 * * *" };
  const wildcardInOverlap = { ...NEW_YORK_OVERLAP, expression: "*/30 1 * * *" };
  const firstPass = ["2026-11-01T05:00Z", "2026-11-01T05:30Z"];
  const secondPass = ["2026-11-01T06:00Z", "2026-11-01T06:30Z"];
  const cases: Case[] = [
    {
      what: "cron makes up at the change for a fixed job in a gap",
      ...fixedInGap,
      scheduler: "cron",
      runs: ["2026-03-08T07:00Z"],
    },
    { what: "kubernetes skips a fixed job in a gap", ...fixedInGap, scheduler: "kubernetes", runs: [] },
    { what: "systemd skips a fixed job in a gap", ...fixedInGap, scheduler: "systemd", runs: [] },
    ...(["cron", "systemd"] as const).map((scheduler) => ({
      what: `${scheduler} runs a fixed job in the first pass only`,
      ...fixedInOverlap,
      scheduler,
      runs: ["2026-11-01T05:30Z"],
    })),
    {
      what: "kubernetes runs a fixed job in both passes",
      ...fixedInOverlap,
      scheduler: "kubernetes",
      runs: ["2026-11-01T05:30Z", "2026-11-01T06:30Z"],
    },
    ...(["cron", "kubernetes"] as const).map((scheduler) => ({
      what: `${scheduler} runs a wildcard job in both passes`,
      ...wildcardInOverlap,
      scheduler,
      runs: [...firstPass, ...secondPass],
    })),
    {
      what: "systemd runs a wildcard job in the first pass only",
      ...wildcardInOverlap,
      scheduler: "systemd",
      runs: firstPass,
    },
    ...(["cron", "kubernetes", "systemd"] as const).map((scheduler) => ({
      what: `${scheduler} does not run a wildcard job whose hour is left out`,
      ...NEW_YORK_GAP,
      expression: "* 2 * * *",
      scheduler,
      runs: [],
    })),
    ...(["kubernetes", "systemd"] as const).map((scheduler) => ({
      what: `${scheduler} runs at the change what the new clock shows there`,
      ...NEW_YORK_GAP,
      expression: "0 2,3 * * *",
      scheduler,
      runs: ["2026-03-08T07:00Z"],
    })),
  ];
  test.each(cases)("$what", checkBothWays);
});

describe("the schedulers differ in what two day fields mean together", () => {
  const mondaysAndOddDates = {
    expression: "0 0 */2 * 1",
    after: "2026-06-01T12:00Z",
    before: "2026-06-09T12:00Z",
  };
  const cases: Case[] = [
    ...(["cron", "systemd", "utc-platform"] as const).map((scheduler) => ({
      what: `${scheduler} takes a stepped day for unrestricted: both must match`,
      ...mondaysAndOddDates,
      scheduler,
      runs: [],
    })),
    {
      what: "kubernetes takes a stepped day for restricted: either may match",
      ...mondaysAndOddDates,
      scheduler: "kubernetes",
      runs: ["03", "05", "07", "08", "09"].map((day) => `2026-06-${day}T00:00Z`),
    },
    ...(["*", "?", "*/1", "3,*"] as const).map((day) => ({
      what: `kubernetes takes ${day} for unrestricted: both must match`,
      ...mondaysAndOddDates,
      expression: `0 0 ${day} * 1`,
      scheduler: "kubernetes" as const,
      runs: ["2026-06-08T00:00Z"],
    })),
  ];
  test.each(cases)("$what", checkBothWays);
});
