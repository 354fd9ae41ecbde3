/**
 * Makes a schedule from what a person sent, or refuses it with sentences that name the field, the value and what
 * is allowed. Whatever would never run, or not as it looks, is told here and not found out at night.
 */
import { durationInWords } from "../duration.ts";
import { invalid } from "../errors.ts";
import type { FieldProblem } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { CLOCK_RULES } from "./clock-rules.ts";
import { clockChangeWarnings } from "./clock-change-warnings.ts";
import { parseExpression } from "./cron-expression.ts";
import { nextRun } from "./cron-search.ts";
import { SCHEDULERS } from "./schedule-kinds.ts";
import type { CronSchedule, EverySchedule, Schedule, ScheduleInput, Scheduler } from "./schedule-kinds.ts";
import { readTimezone, zoneNamed } from "./zone.ts";

interface Reading {
  readonly nowAt: number;
  readonly problems: FieldProblem[];
  readonly warnings: string[];
}

const UTC_NAMES = ["utc", "etc/utc", "gmt", "etc/gmt", "zulu", "etc/zulu", "universal", "etc/universal"];

/** Throws `invalid_request` with every problem found. */
export function readSchedule(
  input: ScheduleInput,
  nowAt: number,
): { schedule: Schedule; warnings: string[] } {
  const reading: Reading = { nowAt, problems: [], warnings: [] };
  const scheduler = readScheduler(reading, input.scheduler);
  const timezone = readZone(reading, input.timezone, scheduler);
  if ((input.cron === undefined) === (input.every === undefined)) {
    reading.problems.push({
      field: "schedule",
      message: `${input.cron === undefined ? "neither" : "both"} cron and every given; give one of them`,
    });
    throw invalid(reading.problems);
  }
  const schedule =
    input.cron === undefined
      ? readEvery(reading, input)
      : readCron(reading, { cron: input.cron, from: input.from, timezone, scheduler });
  if (reading.problems.length > 0) throw invalid(reading.problems);
  return { schedule, warnings: reading.warnings };
}

function readScheduler(reading: Reading, text: string | undefined): Scheduler | null {
  if (text === undefined) return null;
  const field = "schedule.scheduler";
  const scheduler = SCHEDULERS.find((known) => known === text);
  if (scheduler !== undefined) return scheduler;
  reading.problems.push({ field, message: `"${excerpt(text)}" is not one of ${SCHEDULERS.join(", ")}` });
  return null;
}

function readZone(reading: Reading, text: string | undefined, scheduler: Scheduler | null): string {
  if (text === undefined) return "UTC";
  const field = "schedule.timezone";
  const timezone = readTimezone(text);
  if (timezone === null) {
    const message = /^(UTC|GMT)?[+-]\d/i.test(text)
      ? `"${excerpt(text)}" is an offset, which knows no clock changes; name an IANA zone such as Europe/Berlin or UTC`
      : `"${excerpt(text)}" is not a known IANA time zone; examples are Europe/Berlin and UTC`;
    reading.problems.push({ field, message });
    return "UTC";
  }
  if (scheduler !== "utc-platform") return timezone;
  if (!UTC_NAMES.includes(timezone.toLowerCase())) {
    const message = `a utc-platform runs in UTC always; leave ${timezone} out, or say scheduler cron if the platform knows zones`;
    reading.problems.push({ field, message });
  }
  return "UTC";
}

function readEvery(reading: Reading, input: ScheduleInput): EverySchedule {
  const everyMs = input.every ?? 0;
  if (!Number.isInteger(everyMs) || everyMs < LIMITS.shortestGapMs || everyMs > LIMITS.longestEveryMs) {
    const between = `from ${durationInWords(LIMITS.shortestGapMs)} to ${durationInWords(LIMITS.longestEveryMs)}`;
    const value = Number.isFinite(everyMs) && everyMs >= 0 ? durationInWords(everyMs) : `${everyMs} ms`;
    reading.problems.push({
      field: "schedule.every",
      message: `${value} is not in the allowed range, ${between}`,
    });
  }
  const from = input.from ?? "start";
  if (from !== "start" && from !== "finish") {
    reading.problems.push({
      field: "schedule.from",
      message: `"${excerpt(from)}" is not one of start, finish`,
    });
  }
  if (input.timezone !== undefined) reading.warnings.push("timezone is ignored: an interval has none");
  if (input.scheduler !== undefined) reading.warnings.push("scheduler is ignored: it matters for cron only");
  return { kind: "every", everyMs, from: from === "finish" ? "finish" : "start" };
}

function readCron(
  reading: Reading,
  input: { cron: string | readonly string[]; from?: string; timezone: string; scheduler: Scheduler | null },
): CronSchedule {
  const texts = typeof input.cron === "string" ? [input.cron] : input.cron;
  if (texts.length === 0) {
    reading.problems.push({ field: "schedule.cron", message: "it holds no expression; give at least one" });
  }
  if (texts.length > LIMITS.expressionsPerMonitor) {
    const message = `${texts.length} expressions; a monitor has at most ${LIMITS.expressionsPerMonitor}`;
    reading.problems.push({ field: "schedule.cron", message });
  }
  if (input.from !== undefined) {
    reading.problems.push({
      field: "schedule.from",
      message: "it belongs to every, not to cron; leave it out",
    });
  }
  const expressions = new Set<string>();
  const { timezone, scheduler } = input;
  texts.slice(0, LIMITS.expressionsPerMonitor).forEach((text, index) => {
    const field = `schedule.cron[${index}]`;
    const expression = readExpression(reading, { field, text, timezone, scheduler });
    if (expression !== null) expressions.add(expression);
  });
  return {
    kind: "cron",
    expressions: [...expressions],
    timezone,
    scheduler,
  };
}

function readExpression(
  reading: Reading,
  input: { field: string; text: string; timezone: string; scheduler: Scheduler | null },
): string | null {
  const { field, scheduler } = input;
  const parsed = parseExpression(input.text, scheduler);
  if (!parsed.isValid) {
    reading.problems.push(...parsed.problems.map((message) => ({ field, message })));
    return null;
  }
  const zone = zoneNamed(input.timezone);
  if (nextRun(parsed.fields, zone, CLOCK_RULES[scheduler ?? "cron"], reading.nowAt) === null) {
    const message = `"${parsed.text}" has no run in the next ${LIMITS.longestSearchYears} years; give days and times that come`;
    reading.problems.push({ field, message });
    return null;
  }
  const warnings = [
    ...parsed.warnings,
    ...clockChangeWarnings(parsed.fields, { zone, scheduler, nowAt: reading.nowAt }),
  ];
  reading.warnings.push(...warnings.map((warning) => `"${parsed.text}": ${warning}`));
  return parsed.text;
}

/** Enough of a value to recognise it by. */
function excerpt(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
