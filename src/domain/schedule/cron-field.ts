/**
 * Reads one field of a cron expression. The items are checked here, so that a message can name the field, the
 * value and what is allowed, and cron-parser expands the ranges and steps; item by item, because it refuses repeats
 * (`0,7`, `41,34-50`) that every cron accepts.
 */
import { CronExpressionParser } from "cron-parser";

export type FieldName = "second" | "minute" | "hour" | "day of month" | "month" | "day of week";

export interface ParsedField {
  readonly text: string;
  /** Days of the week are 0-6 here, 7 being folded into 0. */
  readonly values: readonly number[];
  readonly startsWithStar: boolean;
  readonly coversAll: boolean;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

interface FieldRule {
  readonly key: "second" | "minute" | "hour" | "dayOfMonth" | "month" | "dayOfWeek";
  readonly position: number;
  readonly lowest: number;
  readonly highest: number;
  /** How many different values there are: 0 and 7 are one weekday. */
  readonly count: number;
  /** Names of the values from `lowest` on. */
  readonly names: readonly string[];
}

const RULES: Readonly<Record<FieldName, FieldRule>> = {
  second: { key: "second", position: 0, lowest: 0, highest: 59, count: 60, names: [] },
  minute: { key: "minute", position: 1, lowest: 0, highest: 59, count: 60, names: [] },
  hour: { key: "hour", position: 2, lowest: 0, highest: 23, count: 24, names: [] },
  "day of month": { key: "dayOfMonth", position: 3, lowest: 1, highest: 31, count: 31, names: [] },
  month: {
    key: "month",
    position: 4,
    lowest: 1,
    highest: 12,
    count: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  "day of week": {
    key: "dayOfWeek",
    position: 5,
    lowest: 0,
    highest: 7,
    count: 7,
    names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
  },
};

/** What an item came to: its values, or why it is refused. */
type Item = { values: readonly number[]; warning?: string } | { problem: string };

export function parseField(name: FieldName, text: string): ParsedField {
  const values = new Set<number>();
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const itemText of new Set(text.split(","))) {
    const item = parseItem(RULES[name], itemText);
    if ("problem" in item) problems.push(`${name}: ${item.problem}`);
    else {
      item.values.forEach((value) => values.add(value));
      if (item.warning !== undefined) warnings.push(`${name}: ${item.warning}`);
    }
  }
  return {
    text,
    values: [...values].toSorted((left, right) => left - right),
    startsWithStar: text.startsWith("*"),
    coversAll: values.size === RULES[name].count,
    problems,
    warnings,
  };
}

function parseItem(rule: FieldRule, text: string): Item {
  if (text === "") return { problem: "an item of the list is empty" };
  const shape = /^(?:\*|([a-z]+|\d+)(?:-([a-z]+|\d+))?)(?:\/(\d+))?$/i.exec(text);
  if (shape === null) return { problem: whyRefused(rule, text) };
  const [, first, last, stepText] = shape;
  const from = first === undefined ? rule.lowest : readValue(rule, first);
  const to = last === undefined ? (first === undefined ? rule.highest : from) : readValue(rule, last);
  if (from === null) return { problem: whyRefused(rule, first ?? text) };
  if (to === null) return { problem: whyRefused(rule, last ?? text) };
  if (from > to) return { problem: backwards(rule, { text, from, to }) };
  if (stepText === undefined) {
    return { values: from === to ? [weekdayFolded(rule, from)] : expand(rule, `${from}-${to}`) };
  }
  const step = Number(stepText);
  if (step === 0) return { problem: `a step of 0 in ${text} never advances; write 1 or more` };
  const isOpen = first !== undefined && last === undefined;
  const end = isOpen ? rule.highest : to;
  // Beyond the range all steps are alike, and one of 30 digits would not be written as digits any more.
  const values = expand(rule, `${from}-${end}/${Math.min(step, end - from + 1)}`);
  if (isOpen) return { values, warning: openStepWarning({ text, from, end, step }) };
  if (step > end - from) {
    return { values, warning: `the step of ${text} is longer than its range, so it matches ${from} only` };
  }
  return { values };
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

/** The item alone in its field, the others as small as can be; the parser's clock is pinned, as it is not used. */
function expand(rule: FieldRule, item: string): number[] {
  const parts = ["0", "0", "0", "1", "1", "0"].map((least, position) =>
    position === rule.position ? item : least,
  );
  const parsed = CronExpressionParser.parse(parts.join(" "), { currentDate: 0, tz: "UTC" });
  return parsed.fields[rule.key].values.map((value) => weekdayFolded(rule, Number(value)));
}

/** Sunday is 0 and 7. */
function weekdayFolded(rule: FieldRule, value: number): number {
  return rule.key === "dayOfWeek" ? value % 7 : value;
}

function whyRefused(rule: FieldRule, text: string): string {
  if (/^H(\(\d+-\d+\))?(\/\d+)?$/i.test(text)) {
    return `${text} is Jenkins' hashed value, which only Jenkins can resolve; write the value it chose`;
  }
  if (text.startsWith("?")) return `${text} is not supported yet; write * instead`;
  const isDay = rule.key === "dayOfMonth" || rule.key === "dayOfWeek";
  if (isDay && /^(L|LW|WL|L-\d+|\d+W|(\d|[a-z]{3})L|\w+#[\dL]+)$/i.test(text)) {
    return `${text} is not supported yet (L, W and # are extensions of cron); ${allowed(rule)}`;
  }
  if (/^(\d+|[a-z]+)$/i.test(text)) return `${text} is not in ${range(rule)}`;
  return `${text} is not understood; ${allowed(rule)}`;
}

function backwards(rule: FieldRule, item: { text: string; from: number; to: number }): string {
  const isIntoSunday = rule.key === "dayOfWeek" && item.to === 0;
  const tail = `${rule.lowest}-${item.to}`.replace(/^(\d+)-\1$/, "$1");
  const head = `${item.from}-${rule.highest}`.replace(/^(\d+)-\1$/, "$1");
  return `${item.text} runs backwards; write ${isIntoSunday ? `${item.from}-7` : `${head},${tail}`}`;
}

/** `5/15` is 5-59/15 in most libraries, but Debian's cron stops reading at the slash and runs it at 5 only. */
function openStepWarning(item: { text: string; from: number; end: number; step: number }): string {
  return (
    `${item.text} is read as ${item.from}-${item.end}/${item.step}; ` +
    `some cron daemons read it as ${item.from} alone, so write the range out`
  );
}

function range(rule: FieldRule): string {
  const names = rule.names.length === 0 ? "" : ` or ${rule.names[0]}-${rule.names.at(-1)}`;
  return `${rule.lowest}-${rule.highest}${names}`;
}

function allowed(rule: FieldRule): string {
  return `allowed are *, values in ${range(rule)}, ranges (a-b), steps (*/n, a-b/n) and lists of these`;
}
