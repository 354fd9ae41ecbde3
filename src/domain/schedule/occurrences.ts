/** When a cron schedule runs: the next and the previous occurrence of the union of its expressions. */
import { assert } from "../assert.ts";
import { boundedCache, cached } from "./bounded-cache.ts";
import { parseExpression } from "./cron-expression.ts";
import type { CronFields } from "./cron-expression.ts";
import { nextRun, previousRun } from "./cron-search.ts";
import type { CronSchedule } from "./schedule-kinds.ts";
import { zoneNamed } from "./zone.ts";

/** Parsing an expression takes a hundred times as long as finding its next run. */
const EXPRESSIONS_KEPT = 10_000;
const parsedExpressions = boundedCache<CronFields>(EXPRESSIONS_KEPT);

/** The first occurrence strictly after `afterAt`; null when there is none within 50 years. */
export function nextOccurrence(schedule: CronSchedule, afterAt: number): number | null {
  assert(Number.isFinite(afterAt), "a finite instant to search from");
  const zone = zoneNamed(schedule.timezone);
  let first: number | null = null;
  for (const expression of schedule.expressions) {
    const at = nextRun(cached(parsedExpressions, expression, parseStored), zone, afterAt);
    if (at !== null && (first === null || at < first)) first = at;
  }
  return first;
}

/** The last occurrence strictly before `beforeAt`; null when there is none within 50 years. */
export function previousOccurrence(schedule: CronSchedule, beforeAt: number): number | null {
  assert(Number.isFinite(beforeAt), "a finite instant to search from");
  const zone = zoneNamed(schedule.timezone);
  let last: number | null = null;
  for (const expression of schedule.expressions) {
    const at = previousRun(cached(parsedExpressions, expression, parseStored), zone, beforeAt);
    if (at !== null && (last === null || at > last)) last = at;
  }
  return last;
}

/** Stored expressions were accepted once, by `readSchedule`. */
function parseStored(text: string): CronFields {
  const parsed = parseExpression(text);
  assert(parsed.isValid, `a stored cron expression that parses, not "${text}"`);
  return parsed.fields;
}
