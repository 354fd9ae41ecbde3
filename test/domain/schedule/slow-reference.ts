/**
 * The rule for schedules a second time, slowly and plainly: it walks the minutes of a few days, asks Intl for
 * the local time of each, and writes down when each scheduler runs. The fast search is held against it.
 */
import type { Scheduler } from "../../../src/domain/schedule/schedule.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** One minute of a zone. A wall is written as the epoch milliseconds at which UTC shows the same. */
interface Minute {
  at: number;
  wall: number;
  shown: Shown;
}

/** What the clock and the calendar on the wall show. */
interface Shown {
  minute: number;
  hour: number;
  day: number;
  month: number;
  weekday: number;
  /** Of the month. */
  lastDay: number;
}

/** Every minute from `fromAt` (a whole minute) to `toAt`. */
export function minutesOf(timezone: string, { fromAt, toAt }: { fromAt: number; toAt: number }): Minute[] {
  const wallAt = wallClock(timezone);
  const minutes: Minute[] = [];
  for (let at = fromAt; at < toAt; at += MINUTE_MS) {
    const wall = wallAt(at);
    minutes.push({ at, wall, shown: shownBy(wall) });
  }
  return minutes;
}

/** The days of these years (midnight UTC) on which the zone's offset is no longer that of the day before. */
export function daysOfChange(timezone: string, years: readonly number[]): number[] {
  const wallAt = wallClock(timezone);
  const days: number[] = [];
  for (const year of years) {
    for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += DAY_MS) {
      if (wallAt(day + DAY_MS) - wallAt(day) !== DAY_MS) days.push(day);
    }
  }
  return days;
}

/** When the job runs in these minutes. The first is only looked back at, so it never holds a run. */
export function runsIn(
  expression: string,
  minutes: readonly Minute[],
  scheduler: Scheduler = "cron",
): number[] {
  const cron = readCron(expression, scheduler);
  const catchesUp = scheduler === "cron" && cron.isFixed;
  const sleeps = scheduler === "systemd" || (scheduler === "cron" && cron.isFixed);
  const runs = new Set<number>();
  let sleepsUntil = -Infinity;
  for (let index = 1; index < minutes.length; index++) {
    const { at, wall, shown } = minutes[index]!;
    const expectedWall = minutes[index - 1]!.wall + MINUTE_MS;
    const jumpMs = wall - expectedWall;
    if (catchesUp && jumpMs > 0 && jumpMs < 180 * MINUTE_MS) {
      for (let skipped = expectedWall; skipped < wall; skipped += MINUTE_MS) {
        if (matches(cron, shownBy(skipped))) runs.add(at);
      }
    }
    if (sleeps && jumpMs < 0 && jumpMs > -180 * MINUTE_MS) sleepsUntil = at - jumpMs;
    if (at < sleepsUntil || !matches(cron, shown)) continue;
    for (const second of cron.seconds) runs.add(at + second * 1_000);
  }
  return [...runs].toSorted((left, right) => left - right);
}

interface PlainCron {
  seconds: Set<number>;
  minutes: Set<number>;
  hours: Set<number>;
  days: string;
  months: Set<number>;
  weekdays: string;
  needsBothDays: boolean;
  isFixed: boolean;
}

function readCron(expression: string, scheduler: Scheduler): PlainCron {
  const given = expression.split(" ");
  const [second, minute, hour, day, month, weekday] = given.length === 5 ? ["0", ...given] : given;
  const isStar = (field: string): boolean =>
    scheduler === "kubernetes"
      ? field.split(",").some((item) => ["*", "?", "*/1"].includes(item))
      : field.startsWith("*") || field.startsWith("?");
  return {
    seconds: readList(second!, 0, 59),
    minutes: readList(minute!, 0, 59),
    hours: readList(hour!, 0, 23),
    days: day!,
    months: readList(month!, 1, 12),
    weekdays: weekday!,
    needsBothDays: isStar(day!) || isStar(weekday!),
    isFixed: !minute!.startsWith("*") && !hour!.startsWith("*"),
  };
}

function readList(field: string, lowest: number, highest: number): Set<number> {
  const values = new Set<number>();
  for (const item of field.split(",")) {
    const [range, step = "1"] = item.split("/");
    const [from, to] = range === "*" || range === "?" ? [lowest, highest] : range!.split("-").map(Number);
    const last = to ?? (item.includes("/") ? highest : from!);
    for (let value = from!; value <= last; value += Number(step)) values.add(value);
  }
  return values;
}

function matches(cron: PlainCron, shown: Shown): boolean {
  if (!cron.minutes.has(shown.minute) || !cron.hours.has(shown.hour) || !cron.months.has(shown.month))
    return false;
  const isDay = cron.days.split(",").some((item) => isDayOfMonth(item, shown));
  const isWeekday = cron.weekdays.split(",").some((item) => isDayOfWeek(item, shown));
  return cron.needsBothDays ? isDay && isWeekday : isDay || isWeekday;
}

function isDayOfMonth(item: string, shown: Shown): boolean {
  if (item === "L") return shown.day === shown.lastDay;
  if (!item.endsWith("W")) return readList(item, 1, 31).has(shown.day);
  const wanted = item === "LW" ? shown.lastDay : Number(item.slice(0, -1));
  if (wanted > shown.lastDay) return false;
  // Of all workdays of the month, the nearest; there are never two as near.
  let nearest = -Infinity;
  for (let day = 1; day <= shown.lastDay; day++) {
    const weekday = (shown.weekday + day - shown.day + 70) % 7;
    if (weekday === 0 || weekday === 6) continue;
    if (Math.abs(day - wanted) < Math.abs(nearest - wanted)) nearest = day;
  }
  return shown.day === nearest;
}

function isDayOfWeek(item: string, shown: Shown): boolean {
  const isOn = (list: string): boolean =>
    [...readList(list, 0, 7)].some((number) => number % 7 === shown.weekday);
  if (item.endsWith("L")) return isOn(item.slice(0, -1)) && shown.day + 7 > shown.lastDay;
  const [weekday, nth] = item.split("#");
  return isOn(weekday!) && (nth === undefined || Math.ceil(shown.day / 7) === Number(nth));
}

function shownBy(wall: number): Shown {
  const date = new Date(wall);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
    lastDay: new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  };
}

function wallClock(timezone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  return (at) => {
    const [month, day, year, hour, minute] = format.format(at).match(/\d+/g)!.map(Number);
    return Date.UTC(year!, month! - 1, day, hour, minute);
  };
}
