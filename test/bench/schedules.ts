/** How many next runs a second are found, by kind of expression, beside the search of the parser's own library. */
import { CronExpressionParser } from "cron-parser";
import { nextOccurrence } from "../../src/domain/schedule/occurrences.ts";
import type { Benchmark } from "./figures.ts";

const MEASURED_MS = 400;
const FROM_AT = Date.UTC(2026, 0, 1);
/** Not a divisor of anything in a calendar, so that the searches begin all over the year. */
const STEP_MS = 7_919_000;
const STEPS = 4_000;
const WANTED = "5 µs";

const KINDS = [
  { what: "every minute, UTC", expression: "* * * * *", timezone: "UTC" },
  { what: "every 5 minutes, Berlin", expression: "*/5 * * * *", timezone: "Europe/Berlin" },
  { what: "daily at 02:30, Berlin", expression: "30 2 * * *", timezone: "Europe/Berlin" },
  { what: "weekdays at 09:00, New York", expression: "0 9 * * 1-5", timezone: "America/New_York" },
  { what: "first of the month, Sydney", expression: "0 0 1 * *", timezone: "Australia/Sydney" },
  { what: "29 February, UTC", expression: "0 0 29 2 *", timezone: "UTC" },
  { what: "every 3 seconds, Berlin", expression: "*/3 * * * * *", timezone: "Europe/Berlin" },
];

export const schedules: Benchmark = {
  name: "schedules",
  about: "next runs a second, beside the search of cron-parser",
  run: async () =>
    KINDS.map(({ what, expression, timezone }) => {
      const schedule = { kind: "cron" as const, expressions: [expression], timezone, scheduler: null };
      const perSecond = rateOf((afterAt) => nextOccurrence(schedule, afterAt));
      // Parsed once here too: what is compared is the search.
      const parsed = CronExpressionParser.parse(expression, { tz: timezone, currentDate: new Date(FROM_AT) });
      const theirs = rateOf((afterAt) => {
        parsed.reset(new Date(afterAt));
        return parsed.next().getTime();
      });
      const eachUs = (1_000_000 / perSecond).toFixed(1);
      const figure = `${eachUs} µs, ${Math.round(perSecond / theirs)} times cron-parser's ${Math.round(theirs)}`;
      return { what, perSecond, perCpuSecond: perSecond, figure, wanted: WANTED };
    }),
};

function rateOf(find: (afterAt: number) => number | null): number {
  const run = (ms: number): number => {
    const startedAt = performance.now();
    let count = 0;
    while (performance.now() - startedAt < ms) {
      for (let index = 0; index < 50; index += 1, count += 1) find(FROM_AT + (count % STEPS) * STEP_MS);
    }
    return count / ((performance.now() - startedAt) / 1_000);
  };
  run(MEASURED_MS / 2);
  return run(MEASURED_MS);
}
