/**
 * The rule for schedules a second time, slowly and plainly: it walks the minutes of a few days, asks Intl for
 * the local time of each, and writes down when cron runs. The fast search is held against it.
 */
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

/** When cron runs in these minutes. The first is only looked back at, so it never holds a run. */
export function runsIn(expression: string, minutes: readonly Minute[]): number[] {
  const cron = readCron(expression);
  const runs = new Set<number>();
  let sleepsUntil = -Infinity;
  for (let index = 1; index < minutes.length; index++) {
    const { at, wall, shown } = minutes[index]!;
    const expectedWall = minutes[index - 1]!.wall + MINUTE_MS;
    const jumpMs = wall - expectedWall;
    if (cron.isFixed && jumpMs > 0 && jumpMs < 180 * MINUTE_MS) {
      for (let skipped = expectedWall; skipped < wall; skipped += MINUTE_MS) {
        if (matches(cron, shownBy(skipped))) runs.add(at);
      }
    }
    if (cron.isFixed && jumpMs < 0 && jumpMs > -180 * MINUTE_MS) sleepsUntil = at - jumpMs;
    if (at < sleepsUntil || !matches(cron, shown)) continue;
    for (const second of cron.seconds) runs.add(at + second * 1_000);
  }
  return [...runs].toSorted((left, right) => left - right);
}

interface PlainCron {
  seconds: Set<number>;
  minutes: Set<number>;
  hours: Set<number>;
  days: Set<number>;
  months: Set<number>;
  weekdays: Set<number>;
  needsBothDays: boolean;
  isFixed: boolean;
}

function readCron(expression: string): PlainCron {
  const given = expression.split(" ");
  const [second, minute, hour, day, month, weekday] = given.length === 5 ? ["0", ...given] : given;
  return {
    seconds: readList(second!, 0, 59),
    minutes: readList(minute!, 0, 59),
    hours: readList(hour!, 0, 23),
    days: readList(day!, 1, 31),
    months: readList(month!, 1, 12),
    weekdays: new Set([...readList(weekday!, 0, 7)].map((number) => (number === 7 ? 0 : number))),
    needsBothDays: day!.startsWith("*") || weekday!.startsWith("*"),
    isFixed: !minute!.startsWith("*") && !hour!.startsWith("*"),
  };
}

function readList(field: string, lowest: number, highest: number): Set<number> {
  const values = new Set<number>();
  for (const item of field.split(",")) {
    const [range, step = "1"] = item.split("/");
    const [from, to] = range === "*" ? [lowest, highest] : range!.split("-").map(Number);
    const last = to ?? (item.includes("/") ? highest : from!);
    for (let value = from!; value <= last; value += Number(step)) values.add(value);
  }
  return values;
}

function matches(cron: PlainCron, shown: Shown): boolean {
  if (!cron.minutes.has(shown.minute) || !cron.hours.has(shown.hour) || !cron.months.has(shown.month))
    return false;
  const isDay = cron.days.has(shown.day);
  const isWeekday = cron.weekdays.has(shown.weekday);
  return cron.needsBothDays ? isDay && isWeekday : isDay || isWeekday;
}

function shownBy(wall: number): Shown {
  const date = new Date(wall);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
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
