/** Sizes as people write them ("10 MB", "1GiB") and as they are told back ("47 kB"). */

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** In whole bytes, from a number of them or a text with a unit; null when it is neither, or too large to count. */
export function parseSize(input: string | number): number | null {
  const [, amount = "", unit = "b"] =
    /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b)?$/.exec(String(input).trim().toLowerCase()) ?? [];
  const bytes = Math.ceil(Number(amount) * (UNITS[unit] ?? Number.NaN));
  return amount !== "" && Number.isSafeInteger(bytes) ? bytes : null;
}

/** "47 kB": three digits are enough to see whether a file is what it should be. */
export function sizeInWords(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let size = bytes;
  let unit = 0;
  while (Number(size.toPrecision(3)) >= 1_000 && unit < units.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? bytes : Number(size.toPrecision(3))} ${units[unit] ?? ""}`;
}
