/** A part of a whole as people read it. */

/** `1.5 %`: one digit behind the point, and never 0 or 100 for what is neither. */
export function share(part: number, whole: number): string {
  const percent = (part / whole) * 100;
  const rounded = Math.round(percent * 10) / 10;
  if (rounded === 100 && part !== whole) return part < whole ? "99.9 %" : "100.1 %";
  return rounded === 0 && part > 0 ? "less than 0.1 %" : `${rounded} %`;
}
