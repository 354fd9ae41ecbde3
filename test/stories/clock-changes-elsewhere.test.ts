/** Clock changes of other kinds than New York's: by half an hour, at midnight, by a whole day, and none. */
import { test } from "vitest";
import { checkNight, type Night } from "./nights.ts";

const lordHowe = { timezone: "Australia/Lord_Howe", more: { graceMs: 300_000 } };
test.each<Night>([
  {
    what: "half an hour comes twice in Lord Howe: once is enough",
    ...lordHowe,
    cron: "45 1 * * *",
    from: "2026-04-04T00:00:00Z",
    to: "2026-04-05T00:00:00Z",
    starts: ["2026-04-04T14:45:05Z"],
    ledger: ["2026-04-04T14:45:00Z on_time", "2026-04-04T15:15:00Z excused"],
  },
  {
    what: "half an hour comes twice in Lord Howe: a job of every half hour may run both times",
    ...lordHowe,
    cron: "*/30 * * * *",
    from: "2026-04-04T14:01:00Z",
    to: "2026-04-04T15:50:00Z",
    starts: ["2026-04-04T14:30:05Z", "2026-04-04T15:00:05Z", "2026-04-04T15:30:05Z"],
    ledger: ["14:30", "15:00", "15:30"].map((time) => `2026-04-04T${time}:00Z on_time`),
  },
  {
    what: "half an hour comes twice in Lord Howe: a job of every half hour may sleep the second time",
    ...lordHowe,
    cron: "*/30 * * * *",
    from: "2026-04-04T14:01:00Z",
    to: "2026-04-04T15:50:00Z",
    starts: ["2026-04-04T14:30:05Z", "2026-04-04T15:30:05Z"],
    ledger: ["2026-04-04T14:30:00Z on_time", "2026-04-04T15:00:00Z excused", "2026-04-04T15:30:00Z on_time"],
  },
  ...[
    { starts: ["2026-10-03T15:30:05Z"], verdict: "on_time" },
    { starts: [], verdict: "excused" },
  ].map(({ starts, verdict }) => ({
    what: `half an hour is left out in Lord Howe: ${verdict}`,
    ...lordHowe,
    cron: "15 2 * * *",
    from: "2026-10-03T00:00:00Z",
    to: "2026-10-04T00:00:00Z",
    starts,
    ledger: [`2026-10-03T15:30:00Z ${verdict}`],
  })),
  ...(
    [
      ["Africa/Cairo", "2026-04-23", "2026-04-24"],
      ["Asia/Beirut", "2026-03-28", "2026-03-29"],
    ] as const
  ).flatMap(([timezone, day, nextDay]) =>
    [
      { starts: [`${day}T22:00:05Z`, `${nextDay}T21:00:05Z`], verdict: "on_time" },
      { starts: [`${nextDay}T21:00:05Z`], verdict: "excused" },
    ].map(({ starts, verdict }) => ({
      what: `midnight is left out in ${timezone}: ${verdict}`,
      timezone,
      cron: "0 0 * * *",
      from: `${day}T12:00:00Z`,
      to: `${nextDay}T22:00:00Z`,
      starts,
      ledger: [`${day}T22:00:00Z ${verdict}`, `${nextDay}T21:00:00Z on_time`],
    })),
  ),
  {
    what: "a whole day is left out in Apia: the days around it are judged, and no other",
    timezone: "Pacific/Apia",
    cron: "0 12 * * *",
    from: "2011-12-29T00:00:00Z",
    to: "2011-12-31T23:00:00Z",
    starts: ["2011-12-29T22:00:05Z", "2011-12-30T22:00:05Z"],
    ledger: ["2011-12-29T22:00:00Z on_time", "2011-12-30T22:00:00Z on_time", "2011-12-31T22:00:00Z missing"],
    incidents: ["open"],
  },
  {
    what: "a zone whose clock never changes knows no excuse",
    timezone: "Asia/Kolkata",
    cron: "30 2 * * *",
    from: "2026-03-28T12:00:00Z",
    to: "2026-03-29T12:00:00Z",
    starts: [],
    ledger: ["2026-03-28T21:00:00Z missing"],
    incidents: ["open"],
  },
])("$what", checkNight);
