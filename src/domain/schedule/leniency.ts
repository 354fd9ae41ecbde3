/**
 * Where nobody said which scheduler fires a job, alerting is more lenient than expecting: at a clock change, a run
 * that only some of cron, Kubernetes and systemd would make may come, and need not. Such a run is *optional*.
 */
import { CERTAIN, CLOCK_RULES, POSSIBLE } from "./clock-rules.ts";
import type { ClockRule } from "./clock-rules.ts";
import { isGap, isOverlap, secondPassEndsAt } from "./cron-search.ts";
import { nextByRule, previousByRule } from "./occurrences.ts";
import type { CronSchedule } from "./schedule-kinds.ts";
import { stretchAt, zoneNamed } from "./zone.ts";

/** The first run strictly after `afterAt`, optional ones included; null when there is none within 50 years. */
export function nextPossible(schedule: CronSchedule, afterAt: number): number | null {
  return nextByRule(schedule, possibleBy(schedule), afterAt);
}

/** The last run strictly before `beforeAt`, optional ones included; null when there is none within 50 years. */
export function previousPossible(schedule: CronSchedule, beforeAt: number): number | null {
  return previousByRule(schedule, possibleBy(schedule), beforeAt);
}

/** The first run strictly after `afterAt` that is not optional; null when there is none within 50 years. */
export function nextCertain(schedule: CronSchedule, afterAt: number): number | null {
  const at = nextPossible(schedule, afterAt);
  return at !== null && isOptional(schedule, at) ? nextByRule(schedule, CERTAIN, afterAt) : at;
}

/** Whether this possible run is one that only some schedulers would make. */
export function isOptional(schedule: CronSchedule, at: number): boolean {
  if (schedule.scheduler !== null || schedule.timezone === "UTC") return false;
  if (firstPassAt(schedule, at) !== null) return true;
  const stretch = stretchAt(zoneNamed(schedule.timezone), at);
  return isGap(stretch) && at === stretch.startsAt && nextByRule(schedule, CERTAIN, at - 1) !== at;
}

/** An instant in the second pass, after the clock went back: when the clock showed the same the first time. */
export function firstPassAt(schedule: CronSchedule, at: number): number | null {
  const stretch = stretchAt(zoneNamed(schedule.timezone), at);
  return isOverlap(stretch) && at < secondPassEndsAt(stretch) ? at + stretch.shiftMs : null;
}

function possibleBy({ scheduler }: CronSchedule): ClockRule {
  return scheduler === null ? POSSIBLE : CLOCK_RULES[scheduler];
}
