/** When a schedule would expect runs, before anybody relies on it. */
import { invalid } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import {
  describeSchedule,
  nextInWords,
  nextRuns,
  readSchedule,
  type Schedule,
  type ScheduleInput,
} from "../domain/schedule/schedule.ts";
import type { EngineParts } from "./parts.ts";

export interface SchedulePreview {
  schedule: Schedule;
  /** In words, with the time to the next run where the preview begins now. */
  description: string;
  /** Expected instants after `fromAt`; of an interval, those that follow if nothing moves them. */
  runs: readonly number[];
  warnings: readonly string[];
}

/** Throws what saving a monitor with this schedule would throw. */
export async function previewSchedule(
  { clock }: EngineParts,
  input: { schedule: ScheduleInput; fromAt: number | null; count: number },
): Promise<SchedulePreview> {
  const { count } = input;
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.previewCount) {
    throw invalid([
      { field: "count", message: `${count} is not a whole number from 1 to ${LIMITS.previewCount}` },
    ]);
  }
  const fromAt = input.fromAt ?? clock.now();
  const { schedule, warnings } = readSchedule(input.schedule, fromAt);
  const runs = nextRuns(schedule, { fromAt, count });
  const [firstAt] = runs;
  const words = [describeSchedule(schedule)];
  if (input.fromAt === null && firstAt !== undefined) words.push(nextInWords(firstAt, fromAt));
  return { schedule, description: words.join("; "), runs, warnings };
}
