/** When a schedule would expect runs, before anybody relies on it. */
import { invalid } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import {
  nextOccurrence,
  readSchedule,
  type Schedule,
  type ScheduleInput,
} from "../domain/schedule/schedule.ts";
import type { EngineParts } from "./parts.ts";

export interface SchedulePreview {
  schedule: Schedule;
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
  return { schedule, runs: occurrences(schedule, { fromAt, count }), warnings };
}

function occurrences(schedule: Schedule, { fromAt, count }: { fromAt: number; count: number }): number[] {
  if (schedule.kind === "every") {
    return Array.from({ length: count }, (_each, index) => fromAt + (index + 1) * schedule.everyMs);
  }
  const runs: number[] = [];
  let at = nextOccurrence(schedule, fromAt);
  while (at !== null && runs.length < count) {
    runs.push(at);
    at = nextOccurrence(schedule, at);
  }
  return runs;
}
