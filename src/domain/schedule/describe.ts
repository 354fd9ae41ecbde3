/**
 * A schedule in words: "at 02:00 on weekdays, Europe/Berlin". What no short phrase says truly is left as the
 * expression it is.
 */
import { assert } from "../assert.ts";
import { durationInWords } from "../duration.ts";
import { parseExpression } from "./cron-expression.ts";
import type { WrittenFields } from "./cron-expression.ts";
import { daysInWords } from "./describe-days.ts";
import { listed } from "./phrases.ts";
import type { CronSchedule, EverySchedule, Schedule } from "./schedule-kinds.ts";

/** More times of day than these are quicker read as they were written. */
const MOST_TIMES = 4;
const MOST_EXPRESSIONS = 3;

export function describeSchedule(schedule: Schedule): string {
  return schedule.kind === "every" ? intervalInWords(schedule) : cronInWords(schedule);
}

/** "next in 3h 12m"; of a run that is waited for, since when. */
export function nextInWords(expectedAt: number, nowAt: number): string {
  return expectedAt >= nowAt
    ? `next in ${durationInWords(expectedAt - nowAt)}`
    : `expected ${durationInWords(nowAt - expectedAt)} ago`;
}

function intervalInWords({ everyMs, from }: EverySchedule): string {
  const [unit, sizeMs] = UNITS.find(([, wholeMs]) => everyMs % wholeMs === 0) ?? MILLISECOND;
  const every = everyNth(everyMs / sizeMs, unit);
  return from === "finish" ? `${every} after the last finish` : every;
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;
const MILLISECOND = ["millisecond", 1] as const;

function everyNth(count: number, unit: string): string {
  return count === 1 ? `every ${unit}` : `every ${count} ${unit}s`;
}

function cronInWords({ expressions, scheduler, timezone }: CronSchedule): string {
  const phrases = expressions.map((expression) => {
    const parsed = parseExpression(expression, scheduler);
    assert(parsed.isValid, `a stored cron expression that parses, not "${expression}"`);
    return expressionInWords(parsed.written);
  });
  const isShort = expressions.length <= MOST_EXPRESSIONS && phrases.every((phrase) => phrase !== null);
  const words = isShort ? phrases.join(" and ") : expressions.map((one) => `"${one}"`).join(", ");
  return `${words}, ${timezone}`;
}

function expressionInWords(written: WrittenFields): string | null {
  const times = timesInWords(written);
  const days = daysInWords(written);
  if (times === null || days === null) return null;
  if (days !== "") return `${times} ${days}`;
  return times.startsWith("at ") ? `${times} every day` : times;
}

function timesInWords(written: WrittenFields): string | null {
  const [seconds, minutes, hours] = [written.second, written.minute, written.hour].map(({ values }) =>
    values.toSorted((one, other) => one - other),
  );
  assert(seconds !== undefined && minutes !== undefined && hours !== undefined, "three fields");
  if (seconds.length > 1) {
    const isAllDay = minutes.length === 60 && hours.length === 24;
    const step = isAllDay ? evenStep(seconds, 60) : null;
    return step === null ? null : everyNth(step, "second");
  }
  const times = { second: seconds[0] ?? 0, minutes, hours };
  return fewTimes(times) ?? (times.second === 0 ? manyTimes(times) : null);
}

interface Times {
  second: number;
  minutes: readonly number[];
  hours: readonly number[];
}

/** "at 02:00", "at 02:00 and 14:00". */
function fewTimes({ second, minutes, hours }: Times): string | null {
  if (minutes.length * hours.length > MOST_TIMES) return null;
  const shown = hours.flatMap((hour) =>
    minutes.map((minute) => clock(hour, minute) + (second === 0 ? "" : `:${twoDigits(second)}`)),
  );
  return `at ${listed(shown)}`;
}

function manyTimes({ minutes, hours }: Times): string | null {
  const [first = 0, ...others] = minutes;
  const [from = 0] = hours;
  const to = hours.at(-1) ?? from;
  const isRun = to - from === hours.length - 1;
  if (others.length > 0) {
    const step = evenStep(minutes, 60);
    if (step === null) return null;
    if (hours.length === 24) return everyNth(step, "minute");
    return isRun
      ? `${everyNth(step, "minute")} from ${clock(from, first)} to ${clock(to, minutes.at(-1) ?? 0)}`
      : null;
  }
  const step = evenStep(hours, 24);
  if (step !== null) return everyNth(step, "hour") + (first === 0 ? "" : ` at minute ${first}`);
  return isRun ? `every hour from ${clock(from, first)} to ${clock(to, first)}` : null;
}

/** The step of values that go round evenly from 0; null for others. */
function evenStep(values: readonly number[], around: number): number | null {
  const step = around / values.length;
  return values.every((value, index) => value === index * step) ? step : null;
}

function clock(hour: number, minute: number): string {
  return `${twoDigits(hour)}:${twoDigits(minute)}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
