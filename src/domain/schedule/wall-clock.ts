/**
 * Finds the matching times of a cron expression on a clock that never changes. A *wall* is what such a clock
 * shows, written as the epoch milliseconds at which UTC shows the same; zones are added in `cron-search.ts`.
 */
import { firstBit, firstOfSixty, hasBit, lastBit, lastOfSixty, NONE } from "./bits.ts";
import type { Bits } from "./bits.ts";
import { shapeOf } from "./cron-expression.ts";
import type { CronFields } from "./cron-expression.ts";
import { LIMITS } from "../limits.ts";

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const LAST_SECOND_OF_DAY = 86_399;
const LONGEST_SEARCH_MONTHS = LIMITS.longestSearchYears * 12;

/** The first matching wall at or after `wall` (a whole second); null when there is none for 50 years. */
export function firstWall(fields: CronFields, wall: number): number | null {
  const dayAt = Math.floor(wall / DAY_MS) * DAY_MS;
  const date = new Date(dayAt);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const today = date.getUTCDate();
  let days = daysOfMonth(fields, { year, month });
  if (hasBit(days, today)) {
    const time = firstTime(fields, (wall - dayAt) / SECOND_MS);
    if (time !== NONE) return dayAt + time * SECOND_MS;
  }
  let day = firstBit(days, today + 1);
  let ahead = 0;
  while (day === NONE) {
    ahead += 1;
    if (ahead > LONGEST_SEARCH_MONTHS) return null;
    days = daysOfMonth(fields, { year, month: month + ahead });
    day = firstBit(days, 1);
  }
  return Date.UTC(year, month + ahead, day) + firstTime(fields, 0) * SECOND_MS;
}

/** The last matching wall at or before `wall` (a whole second); null when there is none for 50 years. */
export function lastWall(fields: CronFields, wall: number): number | null {
  const dayAt = Math.floor(wall / DAY_MS) * DAY_MS;
  const date = new Date(dayAt);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const today = date.getUTCDate();
  let days = daysOfMonth(fields, { year, month });
  if (hasBit(days, today)) {
    const time = lastTime(fields, (wall - dayAt) / SECOND_MS);
    if (time !== NONE) return dayAt + time * SECOND_MS;
  }
  let day = lastBit(days, today - 1);
  let back = 0;
  while (day === NONE) {
    back += 1;
    if (back > LONGEST_SEARCH_MONTHS) return null;
    days = daysOfMonth(fields, { year, month: month - back });
    day = lastBit(days, 31);
  }
  return Date.UTC(year, month - back, day) + lastTime(fields, LAST_SECOND_OF_DAY) * SECOND_MS;
}

/** The days of one month that match. `month` counts from 0 and may lie beyond the year on either side. */
function daysOfMonth(fields: CronFields, when: { year: number; month: number }): Bits {
  const monthOfYear = ((when.month % 12) + 12) % 12;
  if (!hasBit(fields.months, monthOfYear + 1)) return 0;
  const firstDay = Date.UTC(when.year, when.month, 1) / DAY_MS;
  const length = Date.UTC(when.year, when.month + 1, 1) / DAY_MS - firstDay;
  // 1 January 1970 was a Thursday.
  const firstWeekday = (((firstDay + 4) % 7) + 7) % 7;
  return fields.days[shapeOf(firstWeekday, length)] ?? 0;
}

/** The first matching second of the day at or after `from`. */
function firstTime(fields: CronFields, from: number): number {
  const fromHour = Math.floor(from / 3_600);
  const fromMinute = Math.floor((from % 3_600) / 60);
  if (hasBit(fields.hours, fromHour)) {
    const second = firstOfSixty(fields.seconds, from % 60);
    const isThisMinute = second !== NONE && firstOfSixty(fields.minutes, fromMinute) === fromMinute;
    if (isThisMinute) return from - (from % 60) + second;
    const minute = firstOfSixty(fields.minutes, fromMinute + 1);
    if (minute !== NONE) return fromHour * 3_600 + minute * 60 + firstOfSixty(fields.seconds, 0);
  }
  const hour = firstBit(fields.hours, fromHour + 1);
  if (hour === NONE) return NONE;
  return hour * 3_600 + firstOfSixty(fields.minutes, 0) * 60 + firstOfSixty(fields.seconds, 0);
}

/** The last matching second of the day at or before `to`. */
function lastTime(fields: CronFields, to: number): number {
  const toHour = Math.floor(to / 3_600);
  const toMinute = Math.floor((to % 3_600) / 60);
  if (hasBit(fields.hours, toHour)) {
    const second = lastOfSixty(fields.seconds, to % 60);
    const isThisMinute = second !== NONE && lastOfSixty(fields.minutes, toMinute) === toMinute;
    if (isThisMinute) return to - (to % 60) + second;
    const minute = lastOfSixty(fields.minutes, toMinute - 1);
    if (minute !== NONE) return toHour * 3_600 + minute * 60 + lastOfSixty(fields.seconds, 59);
  }
  const hour = lastBit(fields.hours, toHour - 1);
  if (hour === NONE) return NONE;
  return hour * 3_600 + lastOfSixty(fields.minutes, 59) * 60 + lastOfSixty(fields.seconds, 59);
}
