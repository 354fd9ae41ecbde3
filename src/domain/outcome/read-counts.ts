/** Counts and metrics as jobs send them: numbers by name. */
import { METRICS } from "./bounds.ts";
import { COUNT_NAMES, type Counts } from "./outcome.ts";
import {
  countOf,
  fieldsOf,
  fittingOf,
  isSaid,
  keepOthers,
  nameOf,
  numberOf,
  refuse,
  type Fields,
  type Reading,
} from "./reading.ts";

/** `constructor`, `__proto__` …: names that every object has already. */
const NAMED_BY_LANGUAGE = {};

/** Null where none was told. */
export function readCounts(reading: Reading, field: string, value: unknown): Counts | null {
  const fields = fieldsOf(reading, field, value);
  if (fields === null) return null;
  keepOthers(reading, field, { fields, known: COUNT_NAMES });
  return countsIn(reading, `${field}.`, fields);
}

/** The counts among these fields, whatever else is there. */
export function countsIn(reading: Reading, before: string, fields: Fields): Counts | null {
  const told = COUNT_NAMES.flatMap((name) => {
    const count = countOf(reading, `${before}${name}`, fields[name]);
    return count === null ? [] : [[name, count] as const];
  });
  return told.length === 0 ? null : Object.fromEntries(told);
}

export function readMetrics(
  reading: Reading,
  field: string,
  value: unknown,
): Readonly<Record<string, number>> | null {
  const fields = fieldsOf(reading, field, value);
  if (fields === null) return null;
  const told = new Map<string, number>();
  for (const [sent, amount] of Object.entries(fields)) {
    if (!isSaid(amount)) continue;
    const name = nameOf(reading, `${field} (the name of one)`, sent);
    if (name === null || name in NAMED_BY_LANGUAGE) {
      refuse(reading, field, sent, "a metric is allowed any other name");
      continue;
    }
    const number = numberOf(reading, `${field}.${name}`, amount);
    if (number !== null) told.set(name, number);
  }
  const kept = fittingOf(reading, "metrics", { items: [...told], bounds: METRICS });
  return kept.length === 0 ? null : Object.fromEntries(kept);
}
