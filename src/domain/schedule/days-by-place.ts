/**
 * Days that a cron field names by their place in the month (`L`, `LW`, `15W`, `5L`, `1#2`): extensions that some
 * schedulers know. Which day that is follows from the month's length and from the weekday it begins on.
 */

/** All that a month can differ in. */
export interface MonthShape {
  /** 0 = Sunday. */
  readonly firstWeekday: number;
  readonly length: number;
}

/** The day (1-31) meant in such a month; null where it has none. */
export type DayByPlace = (month: MonthShape) => number | null;

export const lastDay: DayByPlace = ({ length }) => length;

/** The last day from Monday to Friday. */
export const lastWorkday: DayByPlace = (month) => nearestWorkday(month.length)(month);

/** The day from Monday to Friday nearest to this one without leaving the month; none in a month too short for it. */
export function nearestWorkday(day: number): DayByPlace {
  return (month) => {
    if (day > month.length) return null;
    const weekday = weekdayOf(month, day);
    if (weekday === SATURDAY) return day === 1 ? day + 2 : day - 1;
    if (weekday === SUNDAY) return day === month.length ? day - 2 : day + 1;
    return day;
  };
}

/** `5L`: the last Friday. */
export function lastOfWeekday(weekday: number): DayByPlace {
  return (month) => month.length - ((weekdayOf(month, month.length) - weekday + 7) % 7);
}

/** `1#2`: the second Monday; a fifth one is not in every month. */
export function nthOfWeekday(weekday: number, nth: number): DayByPlace {
  return (month) => {
    const day = 1 + ((weekday - month.firstWeekday + 7) % 7) + (nth - 1) * 7;
    return day <= month.length ? day : null;
  };
}

const SUNDAY = 0;
const SATURDAY = 6;

export function weekdayOf({ firstWeekday }: MonthShape, day: number): number {
  return (firstWeekday + day - 1) % 7;
}
