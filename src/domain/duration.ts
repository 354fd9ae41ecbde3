/** Durations as people write them ("90s", "1h30m") and as they are told back ("1h 30m"). */

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Reads `"90s"`, `"10m"`, `"1h30m"`, `"1d"`, `"500ms"` or a number (or text of one) of seconds, in ms.
 * Null when it is none of these or negative.
 */
export function parseDuration(input: string | number): number | null {
  if (typeof input === "number")
    return Number.isFinite(input) && input >= 0 ? Math.round(input * 1_000) : null;
  const text = input.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w)\s*)+$/.test(text)) return null;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
    totalMs += Number(amount) * (UNITS[unit ?? "s"] ?? 0);
  }
  return Number.isFinite(totalMs) ? Math.round(totalMs) : null;
}

/** Exactly, as a file would have it: "1h30m", "90s" as "1m30s", "1.5s" as "1s500ms". */
export function durationText(durationMs: number): string {
  const parts: string[] = [];
  let rest = Math.round(durationMs);
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = UNITS[unit] ?? 1;
    const amount = Math.floor(rest / size);
    if (amount > 0) parts.push(`${amount}${unit}`);
    rest -= amount * size;
  }
  return parts.length === 0 ? "0s" : parts.join("");
}

/** The two largest units that are not zero: "1h 30m", "10m", "45s", "120ms". */
export function durationInWords(durationMs: number): string {
  if (Math.round(durationMs) < 1_000) return `${Math.round(durationMs)}ms`;
  const parts: string[] = [];
  let rest = Math.round(durationMs / 1_000) * 1_000;
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNITS[unit] ?? 1;
    const amount = Math.floor(rest / size);
    if (amount > 0) parts.push(`${amount}${unit}`);
    rest -= amount * size;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}
