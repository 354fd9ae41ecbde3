/**
 * Turns the text of one cron expression into the fields that the search walks, or into sentences that say what
 * is wrong with it and what is allowed. It also tells where other cron daemons would read the text differently.
 */
import { bitsOf, sixtyBitsOf } from "./bits.ts";
import type { Bits, SixtyBits } from "./bits.ts";
import { parseField } from "./cron-field.ts";
import type { ParsedField } from "./cron-field.ts";
import { LIMITS } from "../limits.ts";

export interface CronFields {
  readonly seconds: SixtyBits;
  readonly minutes: SixtyBits;
  readonly hours: Bits;
  /** 1-12. */
  readonly months: Bits;
  /** By the weekday (0 = Sunday) on which a month begins: the days of that month (1-31) on which it runs. */
  readonly daysByFirstWeekday: readonly Bits[];
  /** Minute and hour are both given, so a clock change neither swallows nor doubles the run. */
  readonly isFixed: boolean;
}

export type ParsedExpression =
  | {
      readonly isValid: true;
      readonly text: string;
      readonly fields: CronFields;
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

/** The text comes back trimmed and single-spaced, nicknames in lower case: the form that is stored. */
export function parseExpression(input: string): ParsedExpression {
  const text = input.trim().replace(/\s+/g, " ");
  if (text === "") return refused(`it is empty; write five fields such as "30 2 * * *", or "@daily"`);
  if (text.length > LIMITS.expressionCharacters) {
    return refused(`it has ${text.length} characters; at most ${LIMITS.expressionCharacters} are allowed`);
  }
  if (text.startsWith("@")) return parseNickname(text.toLowerCase());
  const parts = text.split(" ");
  if (parts.length !== 5 && parts.length !== 6) {
    return refused(
      `it has ${parts.length} ${parts.length === 1 ? "field" : "fields"}; write five (minute, hour, day of month, month, ` +
        `day of week), or six with seconds in front, without user or command`,
    );
  }
  return parseParts(text, parts.length === 5 ? ["0", ...parts] : parts);
}

function parseNickname(text: string): ParsedExpression {
  const meaning = NICKNAMES[text];
  if (meaning !== undefined) return parseParts(text, ["0", ...meaning.split(" ")]);
  if (text === "@reboot") {
    return refused(
      "@reboot has no time of its own, so nobody can say when a run is missing; give a schedule",
    );
  }
  if (text.startsWith("@every")) return refused('@every is not cron; give the interval as "every" instead');
  return refused(`${text} is not known; allowed are ${Object.keys(NICKNAMES).join(", ")}`);
}

function parseParts(text: string, parts: readonly string[]): ParsedExpression {
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
  const fields: CronFields = {
    seconds: sixtyBitsOf(parsed.second.values),
    minutes: sixtyBitsOf(parsed.minute.values),
    hours: bitsOf(parsed.hour.values),
    months: bitsOf(parsed.month.values),
    daysByFirstWeekday: daysByFirstWeekday(parsed.day, parsed.weekday),
    isFixed: !parsed.minute.startsWithStar && !parsed.hour.startsWithStar,
  };
  const warnings = [
    ...Object.values(parsed).flatMap((field) => field.warnings),
    ...dayRuleWarnings(parsed.day, parsed.weekday),
  ];
  return { isValid: true, text, fields, warnings };
}

/** Vixie's day rule: either field matches if both are restricted; both must if one starts with `*`. */
function daysByFirstWeekday(day: ParsedField, weekday: ParsedField): readonly Bits[] {
  const mustBoth = day.startsWithStar || weekday.startsWithStar;
  const monthDays = bitsOf(day.values);
  const weekdays = new Set(weekday.values);
  return Array.from({ length: 7 }, (_, firstWeekday) => {
    const days = Array.from({ length: 31 }, (_day, index) => index + 1);
    const onWeekday = bitsOf(days.filter((number) => weekdays.has((firstWeekday + number - 1) % 7)));
    return mustBoth ? monthDays & onWeekday : monthDays | onWeekday;
  });
}

// `0 0 */2 * 1` runs on Mondays with an odd date here, and on odd dates and on Mondays under Kubernetes.
function dayRuleWarnings(day: ParsedField, weekday: ParsedField): string[] {
  const isEvery = (field: ParsedField): boolean => field.startsWithStar && field.coversAll;
  const isStepped = (field: ParsedField): boolean => field.startsWithStar && !field.coversAll;
  if (isEvery(day) || isEvery(weekday) || !(isStepped(day) || isStepped(weekday))) return [];
  return [
    `day of month ${day.text} and day of week ${weekday.text}: cron runs only on days that match both, ` +
      `because one of the fields starts with *; other schedulers run on days that match either`,
  ];
}

function refused(problem: string): ParsedExpression {
  return { isValid: false, problems: [problem] };
}
