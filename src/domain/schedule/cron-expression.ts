/**
 * Turns the text of one cron expression into the fields that the search walks, or into sentences that say what
 * is wrong with it and what is allowed. It also tells where other cron daemons would read the text differently.
 */
import { bitsOf, sixtyBitsOf } from "./bits.ts";
import type { Bits, SixtyBits } from "./bits.ts";
import { parseField } from "./cron-field.ts";
import type { ParsedField } from "./cron-field.ts";
import { weekdayOf } from "./days-by-place.ts";
import type { MonthShape } from "./days-by-place.ts";
import type { Scheduler } from "./schedule-kinds.ts";
import { LIMITS } from "../limits.ts";

export interface CronFields {
  readonly seconds: SixtyBits;
  readonly minutes: SixtyBits;
  readonly hours: Bits;
  /** 1-12. */
  readonly months: Bits;
  /** For every shape of month (`shapeOf`): the days (1-31) on which it runs. */
  readonly days: readonly Bits[];
  /** Minute and hour both name times: clock changes concern such a job in another way than one with a star. */
  readonly isFixed: boolean;
}

/** The same as it was written, for whoever puts it into words. */
export interface WrittenFields {
  readonly second: ParsedField;
  readonly minute: ParsedField;
  readonly hour: ParsedField;
  readonly day: ParsedField;
  readonly month: ParsedField;
  readonly weekday: ParsedField;
  /** Both day fields must match, not either. */
  readonly mustMatchBoth: boolean;
}

export type ParsedExpression =
  | {
      readonly isValid: true;
      readonly text: string;
      readonly fields: CronFields;
      readonly written: WrittenFields;
      readonly warnings: string[];
    }
  | { readonly isValid: false; readonly problems: string[] };

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** What systemd calls such times in OnCalendar, as cron. Its week begins on Monday. */
const CALENDAR_WORDS: ReadonlyMap<string, string> = new Map([
  ["minutely", "* * * * *"],
  ["hourly", "@hourly"],
  ["daily", "@daily"],
  ["weekly", "0 0 * * 1"],
  ["monthly", "@monthly"],
  ["quarterly", "0 0 1 1,4,7,10 *"],
  ["semiannually", "0 0 1 1,7 *"],
  ["yearly", "@yearly"],
  ["annually", "@yearly"],
]);

/** The place in `CronFields.days` of months that begin on this weekday (0 = Sunday) and have this length. */
export function shapeOf(firstWeekday: number, length: number): number {
  return firstWeekday * 4 + length - 28;
}

/**
 * The text comes back trimmed and single-spaced, nicknames in lower case: the form that is stored. The scheduler
 * (null: nobody said which) decides what its day fields mean together.
 */
export function parseExpression(input: string, scheduler: Scheduler | null): ParsedExpression {
  const text = input.trim().replace(/\s+/g, " ");
  if (text === "") return refused(`it is empty; write five fields such as "30 2 * * *", or "@daily"`);
  if (text.length > LIMITS.expressionCharacters) {
    return refused(`it has ${text.length} characters; at most ${LIMITS.expressionCharacters} are allowed`);
  }
  if (text.startsWith("@")) return parseNickname(text.toLowerCase(), scheduler);
  const asCron = calendarAsCron(text);
  if (asCron !== null)
    return refused(`it is an OnCalendar expression of systemd; write it as cron: ${asCron}`);
  const parts = text.split(" ");
  if (parts.length !== 5 && parts.length !== 6) {
    return refused(
      `it has ${parts.length} ${parts.length === 1 ? "field" : "fields"}; write five (minute, hour, day of month, month, ` +
        `day of week), or six with seconds in front, without user or command`,
    );
  }
  return parseParts(text, parts.length === 5 ? ["0", ...parts] : parts, scheduler);
}

/** `Mon..Fri *-*-* 02:00:00`, `*:0/15`, `daily`: what to write instead; null for what is not OnCalendar. */
function calendarAsCron(text: string): string | null {
  const meaning = CALENDAR_WORDS.get(text.toLowerCase());
  if (meaning !== undefined) return `"${meaning}"`;
  const isCalendar = /:|\.\.|(^| )(\*|\d{4})-[\d*,/]+-/.test(text);
  return isCalendar ? '"0 2 * * 1-5" is Mon..Fri *-*-* 02:00:00' : null;
}

function parseNickname(text: string, scheduler: Scheduler | null): ParsedExpression {
  const meaning = NICKNAMES[text];
  if (meaning !== undefined) return parseParts(text, ["0", ...meaning.split(" ")], scheduler);
  if (text === "@reboot") {
    return refused(
      "@reboot has no time of its own, so nobody can say when a run is missing; give a schedule",
    );
  }
  if (text.startsWith("@every")) return refused('@every is not cron; give the interval as "every" instead');
  return refused(`${text} is not known; allowed are ${Object.keys(NICKNAMES).join(", ")}`);
}

function parseParts(text: string, parts: readonly string[], scheduler: Scheduler | null): ParsedExpression {
  const [second = "", minute = "", hour = "", day = "", month = "", weekday = ""] = parts;
  const parsed = {
    second: parseField("second", second),
    minute: parseField("minute", minute),
    hour: parseField("hour", hour),
    day: parseField("day of month", day),
    month: parseField("month", month),
    weekday: parseField("day of week", weekday),
  };
  const problems = Object.values(parsed).flatMap((field) => field.problems);
  if (problems.length > 0) return { isValid: false, problems };
  const mustMatchBoth = isUnrestricted(parsed.day, scheduler) || isUnrestricted(parsed.weekday, scheduler);
  const written = { ...parsed, mustMatchBoth };
  const fields: CronFields = {
    seconds: sixtyBitsOf(parsed.second.values),
    minutes: sixtyBitsOf(parsed.minute.values),
    hours: bitsOf(parsed.hour.values),
    months: bitsOf(parsed.month.values),
    days: daysByShape(written),
    isFixed: !parsed.minute.startsWithStar && !parsed.hour.startsWithStar,
  };
  const warnings = [
    ...Object.values(parsed).flatMap((field) => field.warnings),
    ...dayRuleWarnings(parsed.day, parsed.weekday, scheduler),
    ...extensionWarnings([parsed.day, parsed.weekday], scheduler),
  ];
  return { isValid: true, text, fields, written, warnings };
}

/**
 * Either day field matches if both are restricted, else both must. Vixie's cron takes a field for unrestricted that
 * starts with a star, even if it is stepped; Kubernetes one that has a bare star in it.
 */
function isUnrestricted(field: ParsedField, scheduler: Scheduler | null): boolean {
  return scheduler === "kubernetes" ? field.hasBareStar : field.startsWithStar;
}

function daysByShape({ day, weekday, mustMatchBoth }: WrittenFields): readonly Bits[] {
  const days: Bits[] = [];
  for (let firstWeekday = 0; firstWeekday < 7; firstWeekday += 1) {
    for (let length = 28; length <= 31; length += 1) {
      const month = { firstWeekday, length };
      const monthDays = bitsOf(day.values) | daysByPlace(day, month);
      const weekdays = daysOnWeekdays(weekday, month) | daysByPlace(weekday, month);
      const matching = mustMatchBoth ? monthDays & weekdays : monthDays | weekdays;
      days[shapeOf(firstWeekday, length)] = matching & (-1 >>> (31 - length));
    }
  }
  return days;
}

function daysByPlace(field: ParsedField, month: MonthShape): Bits {
  return bitsOf(field.extensions.flatMap((extension) => extension.day(month) ?? []));
}

function daysOnWeekdays(field: ParsedField, month: MonthShape): Bits {
  const isOn = (day: number): boolean => field.values.includes(weekdayOf(month, day));
  return bitsOf(Array.from({ length: month.length }, (_, index) => index + 1).filter(isOn));
}

// `0 0 */2 * 1` runs on Mondays with an odd date under cron, and on odd dates and on Mondays under Kubernetes.
function dayRuleWarnings(day: ParsedField, weekday: ParsedField, scheduler: Scheduler | null): string[] {
  const isEvery = (field: ParsedField): boolean => field.startsWithStar && field.coversAll;
  const isStepped = (field: ParsedField): boolean => field.startsWithStar && !field.coversAll;
  if (isEvery(day) || isEvery(weekday) || !(isStepped(day) || isStepped(weekday))) return [];
  const both = `day of month ${day.text} and day of week ${weekday.text}`;
  return [
    scheduler === "kubernetes"
      ? `${both}: kubernetes runs on days that match either, because neither of the fields is a bare *; ` +
        "cron runs only on days that match both"
      : `${both}: cron runs only on days that match both, because one of the fields starts with *; ` +
        "other schedulers run on days that match either",
  ];
}

function extensionWarnings(fields: readonly ParsedField[], scheduler: Scheduler | null): string[] {
  if (scheduler === "systemd" || scheduler === "utc-platform") return [];
  return fields.flatMap(({ name, extensions }) =>
    extensions.map(({ text, readByCronAs }) => {
      const known = `${name}: ${text} is an extension that not every scheduler knows`;
      if (scheduler === "kubernetes") return `${known}; kubernetes refuses it`;
      if (readByCronAs === null) return `${known}; Debian's cron refuses it`;
      return `${known}; Debian's cron stops reading behind the ${readByCronAs} and runs it every ${readByCronAs}`;
    }),
  );
}

function refused(problem: string): ParsedExpression {
  return { isValid: false, problems: [problem] };
}
