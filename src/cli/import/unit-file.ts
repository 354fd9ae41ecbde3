/**
 * Unit files and times of systemd: sections with keys that may repeat, and spans like `1h 30min`.
 * https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html and systemd.time.html
 */

export interface UnitValue {
  value: string;
  line: number;
}

/** By section and key. An empty value takes back those above it, as systemd has it. */
export interface UnitFile {
  values: (section: string, key: string) => readonly UnitValue[];
  /** Lines that are neither a section nor a key with a value. */
  unreadable: readonly UnitValue[];
}

export function readUnit(text: string): UnitFile {
  const found = new Map<string, UnitValue[]>();
  const unreadable: UnitValue[] = [];
  let section = "";
  for (const { value: line, line: number } of joinedLines(text)) {
    if (line === "" || /^[#;]/.test(line)) continue;
    const heading = /^\[(.+)\]$/.exec(line);
    if (heading !== null) {
      section = heading[1] ?? "";
      continue;
    }
    const equals = line.indexOf("=");
    if (equals <= 0 || section === "") {
      unreadable.push({ value: line, line: number });
      continue;
    }
    const name = `${section}\n${line.slice(0, equals).trim()}`;
    const value = line.slice(equals + 1).trim();
    if (value === "") found.delete(name);
    else found.set(name, [...(found.get(name) ?? []), { value, line: number }]);
  }
  return { values: (of, key) => found.get(`${of}\n${key}`) ?? [], unreadable };
}

/** Lines that end in a backslash go on in the next one; comments between them are passed over. */
function joinedLines(text: string): UnitValue[] {
  const joined: UnitValue[] = [];
  let open: UnitValue | null = null;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const trimmed = raw.trim();
    if (open !== null && /^[#;]/.test(trimmed)) continue;
    const isContinued = trimmed.endsWith("\\") && !/^[#;]/.test(trimmed);
    const part = isContinued ? trimmed.slice(0, -1).trimEnd() : trimmed;
    const line: UnitValue =
      open === null
        ? { value: part, line: index + 1 }
        : { value: `${open.value} ${part}`.trim(), line: open.line };
    open = isContinued ? line : null;
    if (!isContinued) joined.push(line);
  }
  if (open !== null) joined.push(open);
  return joined;
}

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const SPAN_UNITS: readonly (readonly [readonly string[], number])[] = [
  [["usec", "us", "µs", "μs"], 0.001],
  [["msec", "ms"], 1],
  [["seconds", "second", "sec", "s", ""], SECOND_MS],
  [["minutes", "minute", "min", "m"], 60 * SECOND_MS],
  [["hours", "hour", "hr", "h"], 3_600 * SECOND_MS],
  [["days", "day", "d"], DAY_MS],
  [["weeks", "week", "w"], 7 * DAY_MS],
  [["months", "month", "M"], 30.44 * DAY_MS],
  [["years", "year", "y"], 365.25 * DAY_MS],
];
const SPAN_PART = /(\d+(?:\.\d+)?)\s*([a-zµμ]*)\s*/giy;

/** A span such as `15min`, `1h 30min` or a number of seconds, in ms; null when it is none. */
export function parseSpan(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  let totalMs = 0;
  for (SPAN_PART.lastIndex = 0; SPAN_PART.lastIndex < trimmed.length;) {
    const [, amount, unit = ""] = SPAN_PART.exec(trimmed) ?? [];
    // A month is M and a minute m, so case counts for these.
    const size = SPAN_UNITS.find(([names]) => names.includes(unit))?.[1];
    if (amount === undefined || size === undefined) return null;
    totalMs += Number(amount) * size;
  }
  return Math.round(totalMs);
}
