/** How far apart the runs of a schedule are, for graces that platforms ask for. */
import { LIMITS } from "../../domain/limits.ts";
import { parseDuration } from "../../domain/duration.ts";
import { nextOccurrence, readSchedule } from "../../domain/schedule/schedule.ts";
import type { ScheduleJson } from "../../client/client.ts";

/** Enough to see a week of a schedule that differs by the day. */
const LOOKED_AT = 50;
/** Gaps do not depend on when one looks, so a fixed instant does: the year 2026 in UTC. */
const FROM_AT = Date.UTC(2026, 0, 1);

/** The shortest gap between two runs, in ms; null when the schedule cannot be read, which is told elsewhere. */
export function shortestGapMs({ cron, every }: ScheduleJson): number | null {
  if (every !== undefined) return parseDuration(every);
  try {
    const { schedule } = readSchedule({ cron: cron ?? [] }, FROM_AT);
    if (schedule.kind === "every") return schedule.everyMs;
    let shortestMs: number = LIMITS.longestEveryMs;
    let at = nextOccurrence(schedule, FROM_AT);
    for (let count = 0; count < LOOKED_AT && at !== null; count += 1) {
      const nextAt = nextOccurrence(schedule, at);
      if (nextAt !== null) shortestMs = Math.min(shortestMs, nextAt - at);
      at = nextAt;
    }
    return shortestMs;
  } catch {
    // Refused with its reason when the proposal is checked.
    return null;
  }
}

/** The grace a monitor has that names none. */
export function defaultGraceMs(gapMs: number): number {
  return Math.min(LIMITS.longestDefaultGraceMs, Math.max(LIMITS.shortestDefaultGraceMs, gapMs / 4));
}
