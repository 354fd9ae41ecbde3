/** Small turns of phrase that descriptions of schedules are made of. */

/** "one", "one and two", "one, two and three". */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** The ends of three or more values in order without a hole; null for others. */
export function runOf(values: readonly number[]): { from: number; to: number } | null {
  const [from = 0] = values;
  const to = values.at(-1) ?? from;
  return values.length >= 3 && to - from === values.length - 1 ? { from, to } : null;
}

/** "1st", "22nd", "13th". */
export function ordinal(number: number): string {
  const isTeen = number % 100 >= 11 && number % 100 <= 13;
  const ending = isTeen ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${ending}`;
}

/** By their number in cron, 0 = Sunday. */
export const WEEKDAY_NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
