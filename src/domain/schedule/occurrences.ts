/** When a cron schedule runs: the next and the previous occurrence of the union of its expressions. */
import { assert } from "../assert.ts";
import { boundedCache, cached } from "./bounded-cache.ts";
import { CLOCK_RULES } from "./clock-rules.ts";
import type { ClockRule } from "./clock-rules.ts";
import { parseExpression } from "./cron-expression.ts";
import type { CronFields } from "./cron-expression.ts";
import { nextRun, previousRun } from "./cron-search.ts";
import type { CronSchedule } from "./schedule-kinds.ts";
import { zoneNamed } from "./zone.ts";

/** Parsing an expression takes many times as long as finding its next run. */
const EXPRESSIONS_KEPT = 10_000;
const parsedExpressions = boundedCache<CronFields>(EXPRESSIONS_KEPT);
/** The same text may mean other days there. */
const parsedForKubernetes = boundedCache<CronFields>(EXPRESSIONS_KEPT);

/** The first occurrence strictly after `afterAt`; null when there is none within 50 years. */
export function nextOccurrence(schedule: CronSchedule, afterAt: number): number | null {
  return nextByRule(schedule, CLOCK_RULES[schedule.scheduler ?? "cron"], afterAt);
}

/** The last occurrence strictly before `beforeAt`; null when there is none within 50 years. */
export function previousOccurrence(schedule: CronSchedule, beforeAt: number): number | null {
  return previousByRule(schedule, CLOCK_RULES[schedule.scheduler ?? "cron"], beforeAt);
}

export function nextByRule(schedule: CronSchedule, rule: ClockRule, afterAt: number): number | null {
  assert(Number.isFinite(afterAt), "a finite instant to search from");
  const zone = zoneNamed(schedule.timezone);
  let first: number | null = null;
  for (const expression of schedule.expressions) {
    const at = nextRun(fieldsOf(schedule, expression), zone, rule, afterAt);
    if (at !== null && (first === null || at < first)) first = at;
  }
  return first;
}

export function previousByRule(schedule: CronSchedule, rule: ClockRule, beforeAt: number): number | null {
  assert(Number.isFinite(beforeAt), "a finite instant to search from");
  const zone = zoneNamed(schedule.timezone);
  let last: number | null = null;
  for (const expression of schedule.expressions) {
    const at = previousRun(fieldsOf(schedule, expression), zone, rule, beforeAt);
    if (at !== null && (last === null || at > last)) last = at;
  }
  return last;
}

function fieldsOf({ scheduler }: CronSchedule, expression: string): CronFields {
  return scheduler === "kubernetes"
    ? cached(parsedForKubernetes, expression, parseForKubernetes)
    : cached(parsedExpressions, expression, parseForOthers);
}

function parseForKubernetes(text: string): CronFields {
  return parseStored(text, "kubernetes");
}

function parseForOthers(text: string): CronFields {
  return parseStored(text, null);
}

/** Stored expressions were accepted once, by `readSchedule`. */
function parseStored(text: string, scheduler: "kubernetes" | null): CronFields {
  const parsed = parseExpression(text, scheduler);
  assert(parsed.isValid, `a stored cron expression that parses, not "${text}"`);
  return parsed.fields;
}
