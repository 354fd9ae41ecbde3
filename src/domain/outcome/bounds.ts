/** How much of an outcome is kept: it rides in its monitor's state, so each part of it has its share of characters. */
import { LIMITS } from "../limits.ts";

export interface Bounds {
  items: number;
  /** Of the JSON. */
  characters: number;
}

export const METRICS: Bounds = { items: LIMITS.metricsPerRun, characters: LIMITS.metricsCharacters };
export const PLAN: Bounds = { items: LIMITS.plannedSteps, characters: LIMITS.planCharacters };
export const EVIDENCE: Bounds = { items: LIMITS.evidencePerRun, characters: LIMITS.evidenceCharacters };
export const TALLIES: Bounds = { items: LIMITS.httpTallies, characters: LIMITS.httpCharacters };
/** Any number of fields that fit. */
export const EXTRA: Bounds = { items: LIMITS.extraCharacters, characters: LIMITS.extraCharacters };

/** A text in JSON is at most so many times as long, and something stands around it. */
const MESSAGE_CHARACTERS = 6 * LIMITS.messageKeptCharacters + 100;

export function jsonLength(value: unknown): number {
  return JSON.stringify(value).length;
}

/**
 * The worthiest that there is room for, of equals the first: so what was cut is cut again when all of it is told again.
 * The order stays.
 */
export function fitting<Item>(
  items: readonly Item[],
  bounds: Bounds,
  worth: (item: Item) => number = () => 0,
): { kept: readonly Item[]; cut: readonly Item[] } {
  if (items.length <= bounds.items && jsonLength(items) <= bounds.characters) return { kept: items, cut: [] };
  const ranked = items
    .map((item, at) => ({ item, at, worth: worth(item) }))
    .sort((one, other) => other.worth - one.worth || one.at - other.at);
  const places = new Set<number>();
  let room = bounds.characters - "[]".length;
  for (const { item, at } of ranked) {
    const characters = jsonLength(item) + ",".length;
    if (places.size >= bounds.items || characters > room) continue;
    places.add(at);
    room -= characters;
  }
  return {
    kept: items.filter((_, at) => places.has(at)),
    cut: items.filter((_, at) => !places.has(at)),
  };
}

/** Entries of an object, by the same rule. */
export function fittingEntries<Value>(
  values: Readonly<Record<string, Value>>,
  bounds: Bounds,
): Readonly<Record<string, Value>> {
  const entries = Object.entries(values);
  const { kept } = fitting(entries, bounds);
  return kept.length === entries.length ? values : Object.fromEntries(kept);
}

/** What the rest of an outcome leaves to its steps. */
export function stepsBounds(rest: object): Bounds {
  return {
    items: LIMITS.stepsPerRun,
    characters: LIMITS.outcomeCharacters - MESSAGE_CHARACTERS - jsonLength(rest),
  };
}

/** A copy: a piece of a text holds all of it in memory, for as long as a store keeps it at hand. */
export function separate(piece: string): string {
  return JSON.parse(JSON.stringify(piece)) as string;
}

/** The end of a log that fits. */
export function logTail(log: string): string {
  let room = LIMITS.logCharacters;
  for (let at = log.length - 1; at >= 0; at -= 1) {
    room -= charactersInJson(log.charCodeAt(at));
    if (room < 0) return separate(log.slice(at + 1));
  }
  return log;
}

function charactersInJson(code: number): number {
  const isControl = code < 32 && code !== NEW_LINE && code !== TAB;
  // Half a character may stand alone, and is then written as its number.
  if (isControl || (code >= 0xd800 && code <= 0xdfff)) return 6;
  return code === NEW_LINE || code === TAB || code === QUOTE || code === BACKSLASH ? 2 : 1;
}

const TAB = 9;
const NEW_LINE = 10;
const QUOTE = 34;
const BACKSLASH = 92;
