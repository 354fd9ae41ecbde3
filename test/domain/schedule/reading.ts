/** What the tests of reading schedules share: the refusal of an input, in words. */
import { expect } from "vitest";
import { RollcallError } from "../../../src/domain/errors.ts";
import { readSchedule } from "../../../src/domain/schedule/schedule.ts";
import type { ScheduleInput } from "../../../src/domain/schedule/schedule.ts";

export const NOW_AT = Date.parse("2026-02-01T00:00Z");

export function refusal(input: ScheduleInput): RollcallError {
  try {
    readSchedule(input, NOW_AT);
  } catch (error) {
    if (error instanceof RollcallError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(input)} was accepted`);
}

export function problemsOf(input: ScheduleInput): string[] {
  const error = refusal(input);
  expect(error.code).toBe("invalid_request");
  return error.problems.map(({ field, message }) => `${field}: ${message}`);
}

export function warningsOf(input: ScheduleInput): string[] {
  return readSchedule(input, NOW_AT).warnings;
}
