/** Instants as people and programs write them: ISO 8601 with an offset, or seconds or milliseconds since 1970. */

const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d\d:?\d\d)$/;
/** Seconds until the year 5138 are below this, milliseconds since March 1973 above. */
const FIRST_MILLISECONDS = 100_000_000_000;
const LATEST_AT = Date.UTC(9999, 11, 31);
const DAY_MS = 86_400_000;

/** Null when the text is none of these, or no instant of the years 1970 to 9999. A zone must be named: `Z` or `+02:00`. */
export function parseInstant(text: string): number | null {
  const trimmed = text.trim();
  if (/^\d{1,16}(\.\d+)?$/.test(trimmed)) {
    const amount = Number(trimmed);
    return within(Math.round(amount < FIRST_MILLISECONDS ? amount * 1_000 : amount));
  }
  const parts = ISO.exec(trimmed);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second = "00", fraction = "", offset = "Z"] = parts;
  const wallText = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
  const wall = Date.parse(wallText);
  // Date.parse carries 30 February and 24:00 over into the next day; an instant that does not exist is a mistake to
  // be told. What else there is none of it refuses itself.
  if (Number.isNaN(wall) || new Date(wall).getUTCDate() !== Number(day)) return null;
  return within(wall - offsetMs(offset));
}

/** ISO 8601 in UTC with `Z`; milliseconds only where there are any. */
export function instantText(at: number): string {
  if (!(Number.isInteger(at) && at >= 0 && at <= LATEST_AT)) {
    return new Date(at).toISOString().replace(".000Z", "Z");
  }
  // Three of them stand in every receipt, and `toISOString` takes several times as long.
  const dayMs = at % DAY_MS;
  const seconds = Math.floor(dayMs / 1_000);
  const [hour, minute] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const milliseconds = dayMs % 1_000;
  const fraction = milliseconds === 0 ? "" : `.${String(milliseconds).padStart(3, "0")}`;
  return `${dateText(at - dayMs)}T${two(hour)}:${two(minute)}:${two(seconds % 60)}${fraction}Z`;
}

/** The latest day that was asked for, in words: nearly every instant lies near the one before. */
let latestDate = { at: 0, text: "1970-01-01" };

function dateText(dayAt: number): string {
  if (latestDate.at !== dayAt) latestDate = { at: dayAt, text: new Date(dayAt).toISOString().slice(0, 10) };
  return latestDate.text;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

function offsetMs(offset: string): number {
  if (offset === "Z" || offset === "z") return 0;
  const sign = offset.startsWith("-") ? -1 : 1;
  const digits = offset.slice(1).replace(":", "");
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

function within(at: number): number | null {
  return at >= 0 && at <= LATEST_AT ? at : null;
}
