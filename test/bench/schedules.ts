/**
 * How many next runs a second are found, by kind of expression, beside the search of cron-parser; and how long the
 * worst of many odd expressions takes to be read or searched for.
 */
import fc from "fast-check";
import { CronExpressionParser } from "cron-parser";
import { CLOCK_RULES } from "../../src/domain/schedule/clock-rules.ts";
import { parseExpression } from "../../src/domain/schedule/cron-expression.ts";
import { nextRun, previousRun } from "../../src/domain/schedule/cron-search.ts";
import { nextOccurrence } from "../../src/domain/schedule/occurrences.ts";
import { oddExpression } from "../domain/schedule/odd-expressions.ts";
import type { Benchmark, Figure } from "./figures.ts";

const MEASURED_MS = 400;
const FROM_AT = Date.UTC(2026, 0, 1);
/** Not a divisor of anything in a calendar, so that the searches begin all over the year. */
const STEP_MS = 7_919_000;
const STEPS = 4_000;
const WANTED = "5 µs";
const ODD_EXPRESSIONS = 10_000;
const TRIES = 3;

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
  run: async () => [
    ...KINDS.map(({ what, expression, timezone }) => {
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
    worstOfMany(),
  ],
};

/** In zones of which nothing is known yet, as for the first monitor that names one. */
function worstOfMany(): Figure {
  const zones = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo"];
  const schedulers = ["cron", "kubernetes", "systemd"] as const;
  let worst = { ms: 0, of: "" };
  const observe = (of: string, act: () => unknown): void => {
    const ms = Math.min(...Array.from({ length: TRIES }, () => msOf(act)));
    if (ms > worst.ms) worst = { ms, of };
  };
  const texts = fc.sample(oddExpression, { seed: FROM_AT, numRuns: ODD_EXPRESSIONS });
  for (const [index, text] of texts.entries()) {
    const scheduler = schedulers[index % schedulers.length] ?? "cron";
    const name = zones[Math.floor(index / schedulers.length) % zones.length] ?? "UTC";
    observe(`parse ${text}`, () => parseExpression(text, scheduler));
    const parsed = parseExpression(text, scheduler);
    if (!parsed.isValid) continue;
    for (const [direction, search] of [["next", nextRun] as const, ["previous", previousRun] as const]) {
      const find = (): unknown =>
        search(parsed.fields, { name, periods: new Map() }, CLOCK_RULES[scheduler], FROM_AT);
      observe(`${direction} ${text}, ${name}`, find);
    }
  }
  const figure = `${worst.ms.toFixed(2)} ms CPU (${worst.of})`;
  const what = `the worst of ${ODD_EXPRESSIONS} odd expressions`;
  return { what, perSecond: 1_000 / worst.ms, perCpuSecond: 1_000 / worst.ms, figure, wanted: "5 ms" };
}

/** CPU time, and the least of a few tries is asked for: the machine may do something else meanwhile. */
function msOf(act: () => unknown): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

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
