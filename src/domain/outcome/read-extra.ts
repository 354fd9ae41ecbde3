/** Fields that Rollcall does not know: kept as they came, for people and for checks of the outcome's shape. */
import { LIMITS } from "../limits.ts";
import { isSecretName } from "../redact.ts";
import type { JsonValue } from "./outcome.ts";
import { nameOf, namesShown, textOf, type Reading } from "./reading.ts";

/** Null where there are none. As many as there is room for; the others are named. */
export function readExtra(reading: Reading): Readonly<Record<string, JsonValue>> | null {
  if (reading.unknown.length === 0) return null;
  const kept = new Map<string, JsonValue>();
  const left: string[] = [];
  let room = LIMITS.extraCharacters - "[]".length;
  for (const [place, told] of reading.unknown) {
    const name = left.length < MOST_TRIED && place !== "__proto__" ? nameOf(reading, place, place) : null;
    const value = name === null ? undefined : jsonOf(reading, { name, value: told });
    const characters = JSON.stringify([name, value]).length + ",".length;
    if (name !== null && value !== undefined && characters <= room && !kept.has(name)) {
      kept.set(name, value);
      room -= characters;
    } else {
      left.push(place);
    }
  }
  const names = namesShown([...kept.keys()]);
  if (kept.size > 0) reading.notes.push(`kept under extra, because they are not known: ${names}`);
  if (left.length > 0) {
    const limit = `${LIMITS.extraCharacters} characters of what is not known are kept`;
    reading.notes.push(`cut, because ${limit}: ${namesShown(left)}`);
  }
  return kept.size === 0 ? null : Object.fromEntries(kept);
}

/** A copy that is surely JSON, bounded, and without credentials. Undefined: too much of it, or nothing JSON knows. */
function jsonOf(reading: Reading, { name, value }: { name: string; value: unknown }): JsonValue | undefined {
  let things = LIMITS.extraCharacters;
  const copied = (name: string, value: unknown, depth: number): JsonValue | undefined => {
    things -= 1;
    if (things < 0 || depth > LIMITS.extraDepth) return undefined;
    if (value === null || typeof value === "boolean") return value;
    if (isSecretName(name)) {
      reading.isRedacted = true;
      return "[removed]";
    }
    if (typeof value === "number") return Number.isFinite(value) ? value + 0 : undefined;
    if (typeof value === "string") return textOf(reading, name, value) ?? "";
    if (typeof value !== "object") return undefined;
    const entries = Object.entries(value).map(
      ([name, each]) => [name, copied(name, each, depth + 1)] as const,
    );
    if (entries.some(([, each]) => each === undefined)) return undefined;
    if (Array.isArray(value)) return entries.map(([, each]) => each ?? null);
    const named = entries.filter(([name]) => name !== "__proto__");
    return Object.fromEntries(named.map(([name, each]) => [textOf(reading, name, name) ?? "", each ?? null]));
  };
  return copied(name, value, 0);
}

/** What did not fit so often will not fit any more. */
const MOST_TRIED = 100;
