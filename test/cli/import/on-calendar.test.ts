/** systemd's calendar events as cron: a table, the refusals, and the two programs beside each other. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cronOfCalendar } from "../../../src/cli/import/on-calendar.ts";
import { nextOccurrence, readSchedule } from "../../../src/domain/schedule/schedule.ts";
import { requirement } from "../../requirements.ts";

const analyze = requirement("systemd-analyze");

describe("what cron can say exactly", () => {
  test.each([
    ["minutely", "* * * * *"],
    ["hourly", "0 * * * *"],
    ["daily", "0 0 * * *"],
    ["weekly", "0 0 * * 1"],
    ["monthly", "0 0 1 * *"],
    ["quarterly", "0 0 1 1,4,7,10 *"],
    ["semiannually", "0 0 1 1,7 *"],
    ["yearly", "0 0 1 1 *"],
    ["*-*-* 6:00", "0 6 * * *"],
    ["*-*-* 6,18:00", "0 6,18 * * *"],
    ["Sun *-*-* 03:10:00", "10 3 * * 0"],
    ["Mon..Fri 09:30", "30 9 * * 1-5"],
    ["Mon-Fri 09:30", "30 9 * * 1-5"],
    ["Sat,Sun 10:00", "0 10 * * 6,0"],
    ["Sat..Sun 10:00", "0 10 * * 6,0"],
    ["Thu..Sun 10:00", "0 10 * * 4-6,0"],
    ["Mon..Sun 10:00", "0 10 * * *"],
    ["monday,Wednesday 10:00", "0 10 * * 1,3"],
    ["Wed", "0 0 * * 3"],
    ["*:0/15", "*/15 * * * *"],
    ["*:5/20", "5-59/20 * * * *"],
    ["9..17:00", "0 9-17 * * *"],
    ["9..17/2:00:00", "0 9-17/2 * * *"],
    ["*-*-01,15 00:00", "0 0 1,15 * *"],
    ["*-1..6-1/2 4:00", "0 4 */2 1-6 *"],
    ["12-24 18:00", "0 18 24 12 *"],
    ["*:*:0/30", "*/30 * * * * *"],
    ["*-*-* 00:00:20", "20 0 0 * * *"],
    ["*-*~01 23:00", "0 23 L * *"],
    ["Mon *-*-1..7 05:00", "0 5 * * 1#1"],
    ["Tue *-*-08..14 05:00", "0 5 * * 2#2"],
  ])("%s is %s", (event, cron) => {
    expect(cronOfCalendar(event)).toEqual({ cron, timezone: null });
  });

  test("keeps a zone of its own", () => {
    expect(cronOfCalendar("daily UTC")).toEqual({ cron: "0 0 * * *", timezone: "UTC" });
    expect(cronOfCalendar("Mon *-*-* 02:00 Europe/Berlin")).toEqual({
      cron: "0 2 * * 1",
      timezone: "Europe/Berlin",
    });
  });
});

test.each([
  ["2027-*-* 00:00", /year 2027/],
  ["Mon *-*-13 00:00", /both match/],
  ["*-*~03 00:00", /from the end of the month/],
  ["Fri *-*~01 00:00", /from the end of the month/],
  ["*:*:0.5", /second 0\.5 is finer than cron/],
  ["25:00", /hour 25 is not in 0-23/],
  ["Mo 10:00", /"mo" is not a weekday/],
  ["17..9:00", /run backwards/],
  ["Fri..Mon 10:00", /run backwards/],
  ["*:5/60", /leads nowhere/],
  ["*:0/0", /leads nowhere/],
  ["*:*/15", /takes \* alone/],
  ["10:00 11:00", /not a calendar event/],
  ["@1395716396", /not a calendar event/],
  ["", /not a calendar event/],
])("%s is refused with the reason", (event, why) => {
  expect(cronOfCalendar(event)).toEqual({ why: expect.stringMatching(why) });
});

const value = (from: number, to: number) =>
  fc.oneof(
    fc.constant("*"),
    fc.integer({ min: from, max: to }).map(String),
    fc
      .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: from, max: to }))
      .map(([a, b]) => `${Math.min(a, b)}..${Math.max(a, b)}`),
    fc
      .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: 1, max: to }))
      .map(([a, b]) => `${a}/${b}`),
    fc.array(fc.integer({ min: from, max: to }), { minLength: 2, maxLength: 4 }).map((all) => all.join(",")),
  );
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const weekday = fc.oneof(
  fc.constant(""),
  fc.subarray(DAYS, { minLength: 1 }).map((days) => `${days.join(",")} `),
  fc.tuple(fc.constantFrom(...DAYS), fc.constantFrom(...DAYS)).map(([from, to]) => `${from}..${to} `),
);
const event = fc
  .tuple(weekday, value(1, 12), value(1, 28), value(0, 23), value(0, 59))
  .map(
    ([days, month, day, hour, minute]) => `${days}*-${month}-${days === "" ? day : "*"} ${hour}:${minute}`,
  );
const FROM_AT = Date.UTC(2026, 1, 27, 22, 58);

test("whatever is translated is a schedule that Rollcall takes", () => {
  fc.assert(
    fc.property(event, (text) => {
      const translated = cronOfCalendar(text);
      if ("why" in translated) expect(translated.why).toMatch(/backwards|leads nowhere/);
      else readSchedule({ cron: translated.cron }, FROM_AT);
    }),
  );
});

// Only systemd can say what it makes of them.
test.skipIf(analyze === null)(
  "systemd itself names the same instants, and refuses what is refused here",
  () => {
    fc.assert(
      fc.property(event, (text) => {
        const translated = cronOfCalendar(text);
        if ("why" in translated) {
          expect(instantsOfSystemd(text), text).toBeNull();
          return;
        }
        const { schedule } = readSchedule({ cron: translated.cron }, FROM_AT);
        if (schedule.kind !== "cron") throw new Error("A calendar event is no interval.");
        const ours: string[] = [];
        for (
          let at: number | null = FROM_AT;
          ours.length < 4;
          ours.push(new Date(at).toISOString().slice(0, 16))
        ) {
          at = nextOccurrence(schedule, at);
          if (at === null) break;
        }
        expect(ours, text).toEqual(instantsOfSystemd(text));
      }),
      // systemd itself passes over 00:00 of some repetitions (`Fri,Sat *:0/21`); among these there is none.
      { numRuns: 60, seed: 1 },
    );
  },
);

/** Null where it cannot read the event either. */
function instantsOfSystemd(text: string): string[] | null {
  const words = ["calendar", "--base-time=2026-02-27 22:58:00 UTC", "--iterations=4", text];
  const { status, stdout, stderr } = spawnSync(analyze?.path ?? "", words, {
    encoding: "utf8",
    env: { ...process.env, TZ: "UTC" },
  });
  const found = [...stdout.matchAll(/(\d{4}-\d\d-\d\d) (\d\d:\d\d):\d\d UTC$/gm)].map(
    ([, day, time]) => `${day}T${time}`,
  );
  if (status !== 0) return null;
  if (found.length === 0) throw new Error(`systemd-analyze says nothing of ${text}: ${stderr}${stdout}`);
  return found;
}
