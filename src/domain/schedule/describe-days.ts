/** The days of a cron expression in words: "on weekdays", "on the 1st of the month", "on 1 January". */
import type { WrittenFields } from "./cron-expression.ts";
import type { ParsedField } from "./cron-field.ts";
import { listed, ordinal, runOf, WEEKDAY_NAMES } from "./phrases.ts";

/** More than these are quicker read as they were written. */
const MOST_NAMED = 3;

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Empty where it is every day; null where no short phrase says it. */
export function daysInWords({ day, weekday, month, mustMatchBoth }: WrittenFields): string | null {
  const isEitherEvery = day.coversAll || weekday.coversAll;
  if (!isEitherEvery && mustMatchBoth) return null;
  const isEveryDay = isEitherEvery && (!mustMatchBoth || (day.coversAll && weekday.coversAll));
  const date = isEveryDay || !weekday.coversAll ? null : onOneDate(day, month);
  if (date !== null) return date;
  const phrases = isEveryDay
    ? []
    : [day, weekday]
        .filter((field) => !field.coversAll)
        .map((field) => (field.name === "day of week" ? onWeekdays(field) : onDays(field)));
  const months = month.coversAll ? "" : inMonths(month);
  if (months === null || phrases.includes(null)) return null;
  return [phrases.join(" or "), months].filter((phrase) => phrase !== "").join(" ");
}

/** "on 1 January". */
function onOneDate(day: ParsedField, month: ParsedField): string | null {
  const isOne = day.values.length === 1 && month.values.length === 1 && day.extensions.length === 0;
  return isOne ? `on ${day.values[0]} ${monthName(month.values[0] ?? 1)}` : null;
}

function onWeekdays(field: ParsedField): string | null {
  if (field.extensions.length > 0) return onPlaces(field);
  // A week of work begins on Monday.
  const days = inOrder(field.values.map((value) => (value + 6) % 7));
  if (days.join() === "0,1,2,3,4") return "on weekdays";
  if (days.join() === "5,6") return "on weekends";
  const names = days.map((day) => WEEKDAY_NAMES[(day + 1) % 7] ?? "");
  if (runOf(days) !== null) return `from ${names[0]} to ${names.at(-1)}`;
  return days.length > MOST_NAMED ? null : `on ${listed(names.map((name) => `${name}s`))}`;
}

function onDays(field: ParsedField): string | null {
  if (field.extensions.length > 0) return onPlaces(field);
  const days = inOrder(field.values);
  const run = runOf(days);
  if (run !== null) return `from the ${ordinal(run.from)} to the ${ordinal(run.to)} of the month`;
  return days.length > MOST_NAMED ? null : `on the ${listed(days.map(ordinal))} of the month`;
}

/** "on the last day of the month", "on the second Monday of the month". */
function onPlaces({ values, extensions }: ParsedField): string | null {
  if (values.length > 0 || extensions.length > MOST_NAMED) return null;
  return `on the ${listed(extensions.map(({ words }) => words))} of the month`;
}

function inMonths(field: ParsedField): string | null {
  const months = inOrder(field.values);
  const run = runOf(months);
  if (run !== null) return `from ${monthName(run.from)} to ${monthName(run.to)}`;
  return months.length > MOST_NAMED ? null : `in ${listed(months.map(monthName))}`;
}

function monthName(month: number): string {
  return MONTHS[month - 1] ?? "";
}

function inOrder(values: readonly number[]): number[] {
  return values.toSorted((one, other) => one - other);
}
