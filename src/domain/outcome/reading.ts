/**
 * How a field of an outcome is read, whatever it is: its value is found, or its place, what came and what is allowed
 * are named. Texts lose what looks like credentials before anything else is done with them.
 */
import type { FieldProblem } from "../errors.ts";
import { parseInstant } from "../instant.ts";
import { LIMITS } from "../limits.ts";
import { redact } from "../redact.ts";
import { fitting, separate, type Bounds } from "./bounds.ts";

/** What is found out while an outcome is read. */
export interface Reading {
  problems: FieldProblem[];
  /** Also those that are not named any more. */
  wrong: number;
  /** Where something was too long. */
  cut: string[];
  /** Fields that nobody asked for, by their place. */
  unknown: [place: string, value: unknown][];
  isRedacted: boolean;
  notes: string[];
}

export type Fields = Readonly<Record<string, unknown>>;

const NAMES_SHOWN = 5;
const NUMBER = /^[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,4})?$/i;
/** Most texts are: nothing in them is to be replaced. */
const PLAIN = /^[ -~]*$/;
/** What a terminal would have made a colour. */
const COLOUR = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]{0,20}[A-Za-z]`, "g");

export function newReading(): Reading {
  return { problems: [], wrong: 0, cut: [], unknown: [], isRedacted: false, notes: [] };
}

/** `allowed` follows "is "abc"; ": a whole number from 0 is allowed. */
export function refuse(reading: Reading, field: string, value: unknown, allowed: string): null {
  reading.wrong += 1;
  if (reading.problems.length < LIMITS.problemsTold) {
    reading.problems.push({ field, message: `is ${shown(value)}; ${allowed}` });
  }
  return null;
}

/** Null, and the empty text of a form's empty field, say nothing. */
export function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** On one line, and at most so long; the front of it is kept. */
export function nameOf(
  reading: Reading,
  field: string,
  value: unknown,
  characters: number = LIMITS.outcomeNameCharacters,
): string | null {
  const text = textOf(reading, field, value);
  if (text === null) return null;
  const line = (PLAIN.test(text) ? text : text.replaceAll(/\p{Cc}+/gu, " ")).trim();
  if (line.length <= characters) return line === "" ? null : line;
  reading.cut.push(field);
  return separate(wellFormed(line.slice(0, characters)));
}

/** As it came, of any length, without credentials and whatever is no text. */
export function textOf(reading: Reading, field: string, value: unknown): string | null {
  if (!isSaid(value)) return null;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") return refuse(reading, field, value, "text is allowed");
  const plain = PLAIN.test(value) ? value : printable(value);
  const kept = redact(plain);
  if (kept !== plain) reading.isRedacted = true;
  return kept;
}

/** Forms hold numbers as text, so that is a number anywhere. */
export function numberOf(
  reading: Reading,
  field: string,
  value: unknown,
  range: { from?: number; to?: number; isWhole?: boolean } = {},
): number | null {
  if (!isSaid(value)) return null;
  const { from = -Number.MAX_VALUE, to = Number.MAX_VALUE, isWhole = false } = range;
  const isNumeric = typeof value === "string" && NUMBER.test(value.trim());
  const number = isNumeric ? Number(value) : value;
  const isRight =
    typeof number === "number" &&
    number >= from &&
    number <= to &&
    (!isWhole || Number.isSafeInteger(number));
  // -0 is a zero that JSON does not know.
  return isRight ? number + 0 : refuse(reading, field, value, allowedNumber(range));
}

export function countOf(reading: Reading, field: string, value: unknown): number | null {
  return numberOf(reading, field, value, { from: 0, isWhole: true });
}

export function instantOf(reading: Reading, field: string, value: unknown): number | null {
  if (!isSaid(value)) return null;
  const isOne = typeof value === "string" || typeof value === "number";
  // In a query a plus sign stands for a space: `2026-03-08T02:00:00+01:00` arrives with one in its place.
  const at = isOne ? parseInstant(String(value).replace(/ (\d\d:?\d\d)$/, "+$1")) : null;
  const allowed = "an instant like 2026-03-08T07:00:00Z, or seconds or milliseconds since 1970, is allowed";
  return at ?? refuse(reading, field, value, allowed);
}

/** Fields by name; as JSON text too, because a form holds nothing else. */
export function fieldsOf(reading: Reading, field: string, value: unknown): Fields | null {
  if (!isSaid(value)) return null;
  const parsed = parsedText(value);
  return isFields(parsed)
    ? parsed
    : refuse(reading, field, value, "an object, or JSON text of one, is allowed");
}

/** A list, or JSON text of one; what is said alone is a list of one. */
export function listOf(reading: Reading, field: string, value: unknown): readonly unknown[] {
  if (!isSaid(value)) return [];
  const parsed = parsedText(value);
  if (Array.isArray(parsed)) return parsed;
  if (!isLikeJson(parsed)) return [parsed];
  refuse(reading, field, value, "a list, or JSON text of one, is allowed");
  return [];
}

/** Text that begins as an object or a list does. */
export function isLikeJson(value: unknown): boolean {
  return typeof value === "string" && /^\s*[[{]/.test(value);
}

/** What there is room for; the rest is told. `what`: "items of evidence". */
export function fittingOf<Item>(
  reading: Reading,
  what: string,
  { items, bounds }: { items: readonly Item[]; bounds: Bounds },
): readonly Item[] {
  const { kept, cut } = fitting(items, bounds);
  if (cut.length > 0) reading.notes.push(cutNote(what, { cut: cut.length, bounds }));
  return kept;
}

export function cutNote(what: string, { cut, bounds }: { cut: number; bounds: Bounds }): string {
  return `${what} were cut by ${cut}: a run keeps ${bounds.items}, of at most ${bounds.characters} characters together`;
}

/** Whatever else is there is kept aside, named by its place. */
export function keepOthers(
  reading: Reading,
  place: string,
  { fields, known }: { fields: Fields; known: readonly string[] },
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (!known.includes(name)) reading.unknown.push([place === "" ? name : `${place}.${name}`, value]);
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `"rows", "level" and 3 more`: names as they came, without credentials. */
export function namesShown(names: readonly string[]): string {
  const first = names.slice(0, NAMES_SHOWN).map((name) => JSON.stringify(brief(name)));
  const more = names.length - first.length;
  return `${first.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function printable(text: string): string {
  return wellFormed(text.replaceAll(COLOUR, "").replaceAll(/[^\P{Cc}\t\n]/gu, " "));
}

/** Half a character, as cutting leaves it, is no text: stores may refuse it, and JSON writes it six times as long. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, "\ufffd");
}

function parsedText(value: unknown): unknown {
  if (typeof value !== "string" || !isLikeJson(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    // Text that begins like JSON; whoever asked for an object or a list says that it is none.
    return value;
  }
}

function allowedNumber({
  from,
  to,
  isWhole = false,
}: {
  from?: number;
  to?: number;
  isWhole?: boolean;
}): string {
  const what = isWhole ? "a whole number" : "a finite number";
  const least = from === undefined ? "" : ` from ${from}`;
  return `${what}${least}${to === undefined ? "" : ` to ${to}`} is allowed`;
}

function shown(value: unknown): string {
  if (value === undefined || value === "") return "missing";
  if (typeof value === "string") return JSON.stringify(brief(value));
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : `of the type ${typeof value}`;
}

function brief(text: string): string {
  const kept = redact(text.slice(0, 1_000));
  return kept.length <= 60 ? kept : `${wellFormed(kept.slice(0, 60))}…`;
}
