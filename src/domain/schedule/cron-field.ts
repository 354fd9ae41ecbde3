/**
 * Reads one field of a cron expression into its values, item by item, so that a message can name the field, the
 * value and what is allowed. What the day fields may hold beyond values is read in `days-by-place.ts`.
 */
import { lastDay, lastOfWeekday, lastWorkday, nearestWorkday, nthOfWeekday } from "./days-by-place.ts";
import type { DayByPlace } from "./days-by-place.ts";
import { ordinal, WEEKDAY_NAMES } from "./phrases.ts";

export type FieldName = "second" | "minute" | "hour" | "day of month" | "month" | "day of week";

export interface ParsedField {
  readonly name: FieldName;
  readonly text: string;
  /** Days of the week are 0-6 here, 7 being folded into 0. */
  readonly values: readonly number[];
  readonly extensions: readonly Extension[];
  /** What Vixie's cron looks at: a text that begins with `*`, such as a bare star and a stepped one. */
  readonly startsWithStar: boolean;
  /** What Kubernetes looks at: an item that is a bare star or question mark, anywhere in the list. */
  readonly hasBareStar: boolean;
  readonly coversAll: boolean;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** `L`, `LW`, `15W`, `5L`, `1#2`: known to some schedulers only. */
export interface Extension {
  readonly text: string;
  readonly day: DayByPlace;
  /** "last day", "second Monday". */
  readonly words: string;
  /** Debian's cron stops reading behind a value and runs at that; null where there is none: it refuses the line. */
  readonly readByCronAs: string | null;
}

interface FieldRule {
  readonly lowest: number;
  readonly highest: number;
  /** How many different values there are: 0 and 7 are one weekday. */
  readonly count: number;
  /** Names of the values from `lowest` on. */
  readonly names: readonly string[];
  /** How the extensions allowed here are named in a message. */
  readonly extensions: string;
}

const RULES: Readonly<Record<FieldName, FieldRule>> = {
  second: { lowest: 0, highest: 59, count: 60, names: [], extensions: "" },
  minute: { lowest: 0, highest: 59, count: 60, names: [], extensions: "" },
  hour: { lowest: 0, highest: 23, count: 24, names: [], extensions: "" },
  "day of month": { lowest: 1, highest: 31, count: 31, names: [], extensions: ", ?, L, LW, 15W" },
  month: {
    lowest: 1,
    highest: 12,
    count: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    extensions: "",
  },
  "day of week": {
    lowest: 0,
    highest: 7,
    count: 7,
    names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    extensions: ", ?, 5L, 1#2",
  },
};

const NTH = ["first", "second", "third", "fourth", "fifth"];

/** What an item came to: its values or its place in the month, or why it is refused. */
type Item =
  | { values: readonly number[]; isBareStar?: boolean; warning?: string }
  | { extension: Extension }
  | { problem: string };

export function parseField(name: FieldName, text: string): ParsedField {
  const values = new Set<number>();
  const extensions: Extension[] = [];
  const problems: string[] = [];
  const warnings: string[] = [];
  let hasBareStar = false;
  for (const itemText of new Set(text.split(","))) {
    const item = parseItem(name, itemText);
    if ("problem" in item) problems.push(`${name}: ${item.problem}`);
    else if ("extension" in item) extensions.push(item.extension);
    else {
      item.values.forEach((value) => values.add(value));
      hasBareStar ||= item.isBareStar === true;
      if (item.warning !== undefined) warnings.push(`${name}: ${item.warning}`);
    }
  }
  return {
    name,
    text,
    values: [...values],
    extensions,
    startsWithStar: /^[*?]/.test(text),
    hasBareStar,
    coversAll: values.size === RULES[name].count,
    problems,
    warnings,
  };
}

function parseItem(name: FieldName, text: string): Item {
  const rule = RULES[name];
  if (text === "") return { problem: "an item of the list is empty" };
  if (text === "?" && rule.extensions !== "") return { values: everyValue(rule), isBareStar: true };
  const extension = parseExtension(name, text);
  if (extension !== null) return extension;
  const shape = /^(?:\*|([a-z]+|\d+)(?:-([a-z]+|\d+))?)(?:\/(\d+))?$/i.exec(text);
  if (shape === null) return { problem: whyRefused(rule, text) };
  const [, first, last, stepText] = shape;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (first === undefined) return stepped(rule, { text, from: rule.lowest, to: rule.highest, step });
  const from = readValue(rule, first);
  const to = last === undefined ? from : readValue(rule, last);
  if (from === null) return { problem: whyRefused(rule, first) };
  if (to === null) return { problem: whyRefused(rule, last ?? text) };
  const isOpen = last === undefined && stepText !== undefined;
  if (!isOpen) return stepped(rule, { text, from, to, step });
  const item = stepped(rule, { text, from, to: rule.highest, step });
  return "problem" in item
    ? item
    : { ...item, warning: openStepWarning({ text, from, to: rule.highest, step }) };
}

interface Range {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

function stepped(
  rule: FieldRule,
  { text, from, to, step }: Range,
): Extract<Item, { values: unknown } | { problem: string }> {
  if (step === 0) return { problem: `a step of 0 in ${text} never advances; write 1 or more` };
  const isBackwards = from > to;
  const end = isBackwards ? to + rule.count : to;
  const values: number[] = [];
  for (let value = from; value <= end; value += step) values.push(folded(rule, value));
  if (isBackwards) return { values, warning: backwardsWarning(rule, { text, from, to, step }) };
  if (step > 1 && step > end - from) {
    return { values, warning: `the step of ${text} is longer than its range, so it matches ${from} only` };
  }
  return { values, isBareStar: text.startsWith("*") && step === 1 };
}

/** Null where the text has not the shape of an extension. */
function parseExtension(name: FieldName, text: string): Item | null {
  if (name === "day of month") return parseDayOfMonth(text.toUpperCase());
  return name === "day of week" ? parseDayOfWeek(text.toUpperCase()) : null;
}

function parseDayOfMonth(text: string): Item | null {
  if (text === "L") return { extension: { text, day: lastDay, words: "last day", readByCronAs: null } };
  if (text === "LW")
    return { extension: { text, day: lastWorkday, words: "last weekday", readByCronAs: null } };
  if (/^L-\d+$/.test(text))
    return { problem: `${text} is not supported; name the day itself, or use L or LW` };
  const [, dayText] = /^(\d+)W$/.exec(text) ?? [];
  if (dayText === undefined) return null;
  const rule = RULES["day of month"];
  const day = readValue(rule, dayText);
  if (day === null) return { problem: whyRefused(rule, dayText) };
  const words = `weekday nearest the ${ordinal(day)}`;
  return { extension: { text, day: nearestWorkday(day), words, readByCronAs: dayText } };
}

function parseDayOfWeek(text: string): Item | null {
  const rule = RULES["day of week"];
  if (text === "L")
    return { problem: "L alone names no weekday; write 5L for the last Friday, or 6 for every Saturday" };
  const [, weekdayText, nthText] = /^(\d+|[A-Z]{3})(?:L|#(\d+))$/.exec(text) ?? [];
  if (weekdayText === undefined) return null;
  const weekday = readValue(rule, weekdayText);
  if (weekday === null) return { problem: whyRefused(rule, weekdayText) };
  if (nthText === undefined) {
    const readByCronAs = /^\d/.test(text) ? weekdayText : null;
    const words = `last ${WEEKDAY_NAMES[weekday % 7]}`;
    return { extension: { text, day: lastOfWeekday(weekday % 7), words, readByCronAs } };
  }
  const nth = Number(nthText);
  if (nth < 1 || nth > 5) {
    return {
      problem: `${text}: a weekday comes at most five times a month; write ${weekdayText}#1 to ${weekdayText}#5`,
    };
  }
  const words = `${NTH[nth - 1]} ${WEEKDAY_NAMES[weekday % 7]}`;
  return { extension: { text, day: nthOfWeekday(weekday % 7, nth), words, readByCronAs: weekdayText } };
}

/** A number or a whole name; null when it is neither or out of range. `mondays` is not Monday. */
function readValue(rule: FieldRule, text: string): number | null {
  if (/^\d+$/.test(text)) {
    const value = Number(text);
    return value >= rule.lowest && value <= rule.highest ? value : null;
  }
  const index = rule.names.indexOf(text.toUpperCase());
  return index === -1 ? null : rule.lowest + index;
}

function everyValue(rule: FieldRule): number[] {
  return Array.from({ length: rule.count }, (_, index) => rule.lowest + index);
}

/** Beyond the highest value a range goes on at the lowest, and Sunday is 0 and 7. */
function folded(rule: FieldRule, value: number): number {
  return rule.lowest + ((value - rule.lowest) % rule.count);
}

function whyRefused(rule: FieldRule, text: string): string {
  if (/^H(\(\d+-\d+\))?(\/\d+)?$/i.test(text)) {
    return `${text} is Jenkins' hashed value, which only Jenkins can resolve; write the value it chose`;
  }
  if (text === "?") return "? stands for a day of month or day of week; write * here";
  if (/^(\d+|[a-z]+)$/i.test(text)) return `${text} is not in ${valuesOf(rule)}`;
  return (
    `${text} is not understood; allowed are *, values in ${valuesOf(rule)}, ranges (a-b), ` +
    `steps (*/n, a-b/n)${rule.extensions} and lists of these`
  );
}

function backwardsWarning(rule: FieldRule, { text, from, to, step }: Range): string {
  const every = step === 1 ? "" : `, every ${step} from ${from} on`;
  return (
    `${text} runs backwards and is read as ${forwards(rule, { from, to })}${every}; ` +
    "many schedulers refuse it, so write it that way"
  );
}

/** `22-2` is 22-23,0-2. Sunday ends a week as 7 and begins one as 0. */
function forwards(rule: FieldRule, { from, to }: { from: number; to: number }): string {
  const span = (first: number, last: number): string => (first === last ? `${first}` : `${first}-${last}`);
  const isWeekday = rule.highest - rule.lowest === rule.count;
  if (isWeekday && to === rule.lowest) return span(from, rule.highest);
  if (isWeekday && from === rule.highest) return span(rule.lowest, to);
  return `${span(from, rule.lowest + rule.count - 1)},${span(rule.lowest, to)}`;
}

/** `5/15` is 5-59/15 in most libraries, but Debian's cron stops reading at the slash and runs it at 5 only. */
function openStepWarning({ text, from, to, step }: Range): string {
  return (
    `${text} is read as ${from}-${to}/${step}; ` +
    `some cron daemons read it as ${from} alone, so write the range out`
  );
}

function valuesOf(rule: FieldRule): string {
  const names = rule.names.length === 0 ? "" : ` or ${rule.names[0]}-${rule.names.at(-1)}`;
  return `${rule.lowest}-${rule.highest}${names}`;
}
