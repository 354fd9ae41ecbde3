/**
 * Calendar events of systemd as cron expressions, where there is one that means exactly the same:
 * `Mon..Fri *-*-* 09:00:00 Europe/Berlin` is `0 9 * * 1-5` in that zone. What has none is refused with the reason.
 * https://www.freedesktop.org/software/systemd/man/latest/systemd.time.html#Calendar%20Events
 */

export type CalendarEvent = { cron: string; timezone: string | null } | { why: string };

const SHORTHANDS: Readonly<Record<string, string>> = {
  minutely: "*-*-* *:*:00",
  hourly: "*-*-* *:00:00",
  daily: "*-*-* 00:00:00",
  weekly: "Mon *-*-* 00:00:00",
  monthly: "*-*-01 00:00:00",
  quarterly: "*-01,04,07,10-01 00:00:00",
  semiannually: "*-01,07-01 00:00:00",
  "semi-annually": "*-01,07-01 00:00:00",
  yearly: "*-01-01 00:00:00",
  annually: "*-01-01 00:00:00",
  anually: "*-01-01 00:00:00",
};

const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const LONG_WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
/** The first seven days of a month hold each weekday once, and so do the next seven. */
const NTH_WEEK = new Map([
  ["1..7", 1],
  ["8..14", 2],
  ["15..21", 3],
  ["22..28", 4],
]);

const HAS_WEEKDAY = /^[a-z]+(?:[.,-]+[a-z]+)*,?$/i;
const DATE = /^(?:([\d*,./]+)-)?([\d*,./]+)([-~])([\d*,./]+)$/;
const TIME = /^([\d*,./]+):([\d*,./]+)(?::([\d*,./]+))?$/;

class NotCron extends Error {}

export function cronOfCalendar(text: string): CalendarEvent {
  try {
    return translate(text.trim());
  } catch (error) {
    if (error instanceof NotCron) return { why: error.message };
    throw error;
  }
}

function translate(text: string): CalendarEvent {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const timezone = zoneAt(words);
  if (timezone !== null) words.pop();
  const shorthand = words.length === 1 ? SHORTHANDS[(words[0] ?? "").toLowerCase()] : undefined;
  const rest = shorthand === undefined ? words : shorthand.split(" ");
  const weekday = rest.length > 0 && HAS_WEEKDAY.test(rest[0] ?? "") ? weekdayField(rest.shift() ?? "") : "*";
  const date = DATE.exec(rest[0] ?? "");
  if (date !== null) rest.shift();
  const time = TIME.exec(rest[0] ?? "");
  if (time !== null) rest.shift();
  if (rest.length > 0 || (weekday === "*" && date === null && time === null)) {
    throw new NotCron(`"${text}" is not a calendar event of systemd`);
  }
  const [, year = "*", month = "*", separator = "-", day = "*"] = date ?? [];
  if (!/^\*$/.test(year)) throw new NotCron(`it names the year ${year}, which cron has no field for`);
  const [, hour = "0", minute = "0", second = "0"] = time ?? [];
  const days = dayFields({ day, weekday, isFromEnd: separator === "~" });
  const fields = [
    field(minute, { from: 0, to: 59, name: "minute" }),
    field(hour, { from: 0, to: 23, name: "hour" }),
    days.day,
    field(month, { from: 1, to: 12, name: "month" }),
    days.weekday,
  ];
  const seconds = field(second, { from: 0, to: 59, name: "second" });
  return { cron: (seconds === "0" ? fields : [seconds, ...fields]).join(" "), timezone };
}

/** The last word, where it is a zone. */
function zoneAt(words: readonly string[]): string | null {
  const last = words.at(-1) ?? "";
  if (words.length < 2 || !/^[A-Z]/i.test(last)) return null;
  return /^utc$/i.test(last) ? "UTC" : last;
}

function weekdayField(text: string): string {
  const items = text
    .toLowerCase()
    .replace(/,$/, "")
    .split(",")
    .map((item) => {
      const [first = "", last = first] = item.split(/\.\.|-/);
      return weekdayRange(weekdayNumber(first), weekdayNumber(last));
    });
  return items.includes("*") ? "*" : items.join(",");
}

/** Weeks of systemd begin on Monday and end on Sunday, which is 0 here; it takes no range over their end. */
function weekdayRange(from: number, to: number): string {
  if (from === to) return String(from);
  const last = to === 0 ? 7 : to;
  if (from === 0 || from > last) throw new NotCron("its weekdays run backwards, which systemd does not take");
  if (to !== 0) return `${from}-${to}`;
  return from === 1 ? "*" : from === 6 ? "6,0" : `${from}-6,0`;
}

function weekdayNumber(name: string): number {
  const short = WEEKDAYS.indexOf(name);
  const number = short >= 0 ? short : LONG_WEEKDAYS.indexOf(name);
  if (number < 0) throw new NotCron(`"${name}" is not a weekday`);
  return number;
}

/** Days of the month and of the week must both match in systemd; in cron either does, once both are given. */
function dayFields({ day, weekday, isFromEnd }: { day: string; weekday: string; isFromEnd: boolean }): {
  day: string;
  weekday: string;
} {
  if (isFromEnd) {
    if (weekday !== "*" || Number(day) !== 1) {
      throw new NotCron("it counts days from the end of the month; only the last day itself has a cron form");
    }
    return { day: "L", weekday: "*" };
  }
  const days = field(day, { from: 1, to: 31, name: "day" });
  if (weekday === "*" || days === "*") return { day: days, weekday };
  const week = NTH_WEEK.get(day.replaceAll(/\b0(\d)/g, "$1"));
  if (week !== undefined && /^\d$/.test(weekday)) return { day: "*", weekday: `${weekday}#${week}` };
  throw new NotCron("a day of the month and a weekday must both match in systemd, and either may in cron");
}

interface Range {
  from: number;
  to: number;
  name: string;
}

/** One component: a list of values, ranges and repetitions (`0/15`: from 0 on, every 15). */
function field(text: string, range: Range): string {
  const items = text.split(",").map((item) => fieldItem(item, range));
  return items.includes("*") ? "*" : items.join(",");
}

function fieldItem(item: string, range: Range): string {
  const shape = /^(\*|\d+)(?:\.\.(\d+))?(?:\/(\d+))?$/.exec(item);
  if (shape === null) {
    const isFiner = /^\d+\.\d+$/.test(item);
    throw new NotCron(
      isFiner ? `the ${range.name} ${item} is finer than cron` : `"${item}" is not a ${range.name}`,
    );
  }
  const [, first = "*", last, step] = shape;
  if (first === "*") {
    if (last === undefined && step === undefined) return "*";
    throw new NotCron(
      `"${item}" is not a ${range.name}: systemd takes * alone, and ${range.from}/n for every nth`,
    );
  }
  const from = valueIn(first, range);
  const to = last === undefined ? (step === undefined ? from : range.to) : valueIn(last, range);
  if (to < from) throw new NotCron(`the ${range.name}s ${item} run backwards, which systemd does not take`);
  if (step === undefined) return from === to ? String(from) : `${from}-${to}`;
  return stepped({ from, to, step: Number(step) }, range);
}

function stepped({ from, to, step }: { from: number; to: number; step: number }, range: Range): string {
  if (step === 0 || from + step > to) {
    throw new NotCron(
      `a step of ${step} from the ${range.name} ${from} on leads nowhere, which systemd does not take`,
    );
  }
  const isWhole = from === range.from && to === range.to;
  if (isWhole) return step === 1 ? "*" : `*/${step}`;
  return step === 1 ? `${from}-${to}` : `${from}-${to}/${step}`;
}

function valueIn(text: string, { from, to, name }: Range): number {
  const value = Number(text);
  if (value < from || value > to) throw new NotCron(`the ${name} ${text} is not in ${from}-${to}`);
  return value;
}
