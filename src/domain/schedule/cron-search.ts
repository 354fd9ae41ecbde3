/**
 * The instants at which one cron expression runs in a zone, found forwards and backwards. This is where the rules
 * for clock changes are carried out; both directions describe one and the same set of instants:
 *
 * 1. Inside a stretch of constant offset a run is due whenever the wall clock matches.
 * 2. Where the clock went forward (by less than 3 h), a job that catches up and has a match in the skipped walls
 *    runs once, at the change. Any other job follows the new clock.
 * 3. Where the clock went back by d (less than 3 h), a job may sleep for the first d of the new stretch, having
 *    run in the first pass. Any other job runs in both passes.
 * 4. A change of 3 h or more is a correction of the clock: everyone follows the new one.
 */
import { assert } from "../assert.ts";
import { LIMITS } from "../limits.ts";
import { mayCatchUp, maySleep } from "./clock-rules.ts";
import type { ClockRule } from "./clock-rules.ts";
import type { CronFields } from "./cron-expression.ts";
import { firstWall, lastWall } from "./wall-clock.ts";
import { stretchAt } from "./zone.ts";
import type { Stretch, Zone } from "./zone.ts";

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const CORRECTION_MS = 3 * 3_600_000;
const LONGEST_SEARCH_MS = LIMITS.longestSearchYears * 366 * DAY_MS;

/** Far more than the clock changes and jumps of 50 years in any zone; reaching it is a mistake of ours. */
const MOST_STEPS = 2_000;

/** More than the widest possible difference between two offsets (-12 h to +14 h). */
const NEAR_MS = 2 * DAY_MS;

export function nextRun(fields: CronFields, zone: Zone, rule: ClockRule, afterAt: number): number | null {
  let from = Math.floor(afterAt / SECOND_MS) * SECOND_MS + SECOND_MS;
  for (let step = 0; step < MOST_STEPS; step++) {
    const stretch = stretchAt(zone, from);
    if (from === stretch.startsAt && isCaughtUp(fields, rule, stretch)) return from;
    const searchFrom = Math.min(Math.max(from, countsFrom(fields, rule, stretch)), stretch.endsAt);
    const wall = firstWall(fields, searchFrom + stretch.offsetMs);
    if (wall === null) return null;
    const at = wall - stretch.offsetMs;
    if (at - afterAt > LONGEST_SEARCH_MS) return null;
    if (at < stretch.endsAt) return at;
    // Walls repeat for a day at most, so a change further off than that shows none before `wall` again.
    const mayJump = stretch.endsAt > from + NEAR_MS;
    from = mayJump ? Math.max(stretch.endsAt, at - NEAR_MS) : stretch.endsAt;
  }
  assert(false, `a run after ${afterAt} in ${zone.name} within ${MOST_STEPS} steps`);
}

export function previousRun(
  fields: CronFields,
  zone: Zone,
  rule: ClockRule,
  beforeAt: number,
): number | null {
  let to = Math.ceil(beforeAt / SECOND_MS) * SECOND_MS - SECOND_MS;
  for (let step = 0; step < MOST_STEPS; step++) {
    const stretch = stretchAt(zone, to);
    const wall = lastWall(fields, to + stretch.offsetMs);
    if (wall === null) return null;
    const at = wall - stretch.offsetMs;
    if (at >= countsFrom(fields, rule, stretch)) return at;
    if (isCaughtUp(fields, rule, stretch)) return stretch.startsAt;
    if (beforeAt - at > LONGEST_SEARCH_MS) return null;
    const mayJump = stretch.startsAt < to - NEAR_MS;
    const endOfBefore = stretch.startsAt - SECOND_MS;
    to = mayJump ? Math.min(endOfBefore, at + NEAR_MS) : endOfBefore;
  }
  assert(false, `a run before ${beforeAt} in ${zone.name} within ${MOST_STEPS} steps`);
}

/** The walls that this change skipped (clock forward) or shows a second time (clock back), end exclusive. */
export function wallsOfChange(stretch: Stretch): { fromWall: number; toWall: number } {
  const newWall = stretch.startsAt + stretch.offsetMs;
  const oldWall = newWall - stretch.shiftMs;
  return { fromWall: Math.min(newWall, oldWall), toWall: Math.max(newWall, oldWall) };
}

export function isGap(stretch: Stretch): boolean {
  return stretch.shiftMs > 0 && stretch.shiftMs < CORRECTION_MS;
}

export function isOverlap(stretch: Stretch): boolean {
  return stretch.shiftMs < 0 && stretch.shiftMs > -CORRECTION_MS;
}

/** Where the clock went back: until then it shows what it has shown before. */
export function secondPassEndsAt(stretch: Stretch): number {
  return stretch.startsAt - stretch.shiftMs;
}

/** Whether the change that begins this stretch swallowed a run that is made up for at the change. */
function isCaughtUp(fields: CronFields, rule: ClockRule, stretch: Stretch): boolean {
  if (!isGap(stretch) || !mayCatchUp(rule, fields)) return false;
  const { fromWall, toWall } = wallsOfChange(stretch);
  const wall = firstWall(fields, fromWall);
  return wall !== null && wall < toWall;
}

/** From here on the stretch counts: later than its start where the job sleeps through the second pass. */
function countsFrom(fields: CronFields, rule: ClockRule, stretch: Stretch): number {
  return isOverlap(stretch) && maySleep(rule, fields) ? secondPassEndsAt(stretch) : stretch.startsAt;
}
