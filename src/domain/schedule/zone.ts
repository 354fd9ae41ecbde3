/**
 * Time zones as tables: stretches of constant offset, read from Intl once for each zone and period and kept. The
 * schedule search would be a hundred times slower if it asked Intl for every instant.
 */
import { assert } from "../assert.ts";
import { boundedCache, cached } from "./bounded-cache.ts";

const SECOND_MS = 1_000;
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/**
 * Equal lengths make finding a table a division. Some six weeks: a search that meets the same clock change in each of
 * 50 years reads 50 or 100 tables, and must not take long.
 */
const PERIOD_MS = (365 * DAY_MS) / 8;

/** Each table looks this far back before its period, so that a change just before it is still known as one. */
const LOOK_BACK_MS = DAY_MS;

/** Shorter than any stretch in the zone data since 1970 (the shortest are a few hours under a week). */
const SAMPLE_MS = 6 * DAY_MS;

/** There are some 600 zone names; a table is small, a formatter of Intl is not. */
const ZONES_KEPT = 600;
const PERIODS_KEPT = 1_000;
const FORMATTERS_KEPT = 20;

/** Year 9999: beyond it dates have no agreed written form. */
const LAST_AT = 253_402_300_799_000;

export interface Stretch {
  /** The change it begins with; or just where the table begins (then `shiftMs` is 0). */
  readonly startsAt: number;
  /** The next change, or where the table ends: the stretch found at `endsAt` tells which. */
  readonly endsAt: number;
  /** Local time minus UTC. */
  readonly offsetMs: number;
  /** How far the clock jumped at `startsAt`: positive forward, negative back. */
  readonly shiftMs: number;
}

export interface Zone {
  readonly name: string;
  readonly periods: Map<number, readonly Stretch[]>;
}

interface LocalTime {
  readonly year: number;
  /** 1-12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Local time minus UTC. */
  readonly offsetMs: number;
}

const zones = boundedCache<Zone>(ZONES_KEPT);
const formatters = boundedCache<Intl.DateTimeFormat>(FORMATTERS_KEPT);

/** The stretch that holds this instant. */
export function stretchAt(zone: Zone, at: number): Stretch {
  const period = Math.floor(at / PERIOD_MS);
  const stretches = zone.periods.get(period) ?? keepPeriod(zone, period);
  for (const stretch of stretches) {
    if (at < stretch.endsAt) return stretch;
  }
  assert(false, `a stretch of ${zone.name} at ${at}`);
}

/** What the clock on the wall shows at this instant. */
export function localTime(at: number, timezone: string): LocalTime {
  const { offsetMs } = stretchAt(zoneNamed(timezone), at);
  const wall = new Date(at + offsetMs);
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds(),
    offsetMs,
  };
}

/** The tables of a zone whose name `readTimezone` has accepted. */
export function zoneNamed(timezone: string): Zone {
  return cached(zones, timezone, (name) => ({ name, periods: new Map() }));
}

/**
 * The IANA name in its proper case, or null if the zone is unknown. Aliases stay as they were given. Offsets such
 * as `+02:00`, which Intl takes, are no zones: they know no clock changes.
 */
export function readTimezone(text: string): string | null {
  if (!/^[a-z]/i.test(text)) return null;
  try {
    const known = new Intl.DateTimeFormat("en-US", { timeZone: text }).resolvedOptions().timeZone;
    return known.toLowerCase() === text.toLowerCase() ? known : text;
  } catch {
    // A RangeError is how Intl says that it does not know the zone; there is no other way to ask.
    return null;
  }
}

function keepPeriod(zone: Zone, period: number): readonly Stretch[] {
  const stretches = readPeriod(zone.name, period);
  if (zone.periods.size >= PERIODS_KEPT) zone.periods.clear();
  zone.periods.set(period, stretches);
  return stretches;
}

/** Samples the offset every few days and narrows each difference down to the second of the change. */
function readPeriod(timezone: string, period: number): readonly Stretch[] {
  const beginsAt = period * PERIOD_MS;
  const endsAt = beginsAt + PERIOD_MS;
  assert(Math.abs(beginsAt) < LAST_AT, `an instant before the year 9999, not ${beginsAt}`);
  const format = cached(formatters, timezone, offsetFormatter);
  const stretches: Stretch[] = [];
  let at = beginsAt - LOOK_BACK_MS;
  let current = { startsAt: beginsAt, offsetMs: offsetAt(format, at), shiftMs: 0 };
  while (at < endsAt) {
    const sampleAt = Math.min(at + SAMPLE_MS, endsAt);
    if (offsetAt(format, sampleAt) === current.offsetMs) {
      at = sampleAt;
      continue;
    }
    at = firstChange(format, { from: at, to: sampleAt, offsetMs: current.offsetMs });
    const offsetMs = offsetAt(format, at);
    stretches.push({ ...current, endsAt: at });
    current = { startsAt: at, offsetMs, shiftMs: offsetMs - current.offsetMs };
  }
  stretches.push({ ...current, endsAt });
  return stretches.filter((stretch) => stretch.endsAt > beginsAt);
}

/** The first second in (from, to] whose offset is another one. Most changes fall on a quarter of an hour. */
function firstChange(format: Intl.DateTimeFormat, span: Span): number {
  const quarterAt = firstOnGrid(format, span, QUARTER_MS);
  const from = Math.max(span.from, quarterAt - QUARTER_MS);
  const isOnQuarter = offsetAt(format, quarterAt - SECOND_MS) === span.offsetMs;
  return isOnQuarter ? quarterAt : firstOnGrid(format, { ...span, from, to: quarterAt }, SECOND_MS);
}

interface Span {
  from: number;
  to: number;
  /** What it is at `from`, and no longer at `to`. */
  offsetMs: number;
}

/** The first multiple of `gridMs` (or `to`) with another offset. */
function firstOnGrid(format: Intl.DateTimeFormat, { from, to, offsetMs }: Span, gridMs: number): number {
  let before = Math.floor(from / gridMs);
  let after = Math.ceil(to / gridMs);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(format, middle * gridMs) === offsetMs) before = middle;
    else after = middle;
  }
  return Math.min(after * gridMs, to);
}

function offsetFormatter(timezone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hour: "numeric",
    timeZoneName: "longOffset",
  });
}

/** Intl writes "7 PM GMT-05:00", "12 AM GMT", and for old local mean times "11 PM GMT-00:44:30". */
function offsetAt(format: Intl.DateTimeFormat, at: number): number {
  const match = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(format.format(at));
  assert(match !== null, "Intl to name the offset of an instant");
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
  const size = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * SECOND_MS;
  return sign === "-" ? -size : size;
}
