/** What the tests of cron schedules share: a case of expected runs, held against the search in both directions. */
import { expect } from "vitest";
import { nextOccurrence, previousOccurrence } from "../../../src/domain/schedule/schedule.ts";
import type { CronSchedule, Scheduler } from "../../../src/domain/schedule/schedule.ts";

export function cron(
  expression: string | string[],
  timezone = "UTC",
  scheduler: CronSchedule["scheduler"] = null,
): CronSchedule {
  return { kind: "cron", expressions: [expression].flat(), timezone, scheduler };
}

function nextRuns(schedule: CronSchedule, { after, count }: { after: string; count: number }): string[] {
  const runs: string[] = [];
  let at = nextOccurrence(schedule, Date.parse(after));
  while (at !== null && runs.length < count) {
    runs.push(inWords(at));
    at = nextOccurrence(schedule, at);
  }
  return runs;
}

function previousRuns(
  schedule: CronSchedule,
  { before, count }: { before: string; count: number },
): string[] {
  const runs: string[] = [];
  let at = previousOccurrence(schedule, Date.parse(before));
  while (at !== null && runs.length < count) {
    runs.unshift(inWords(at));
    at = previousOccurrence(schedule, at);
  }
  return runs;
}

/** `2026-03-08T07:00Z`, with seconds only where there are any. */
export function inWords(at: number): string {
  return new Date(at).toISOString().replace(/(:00)?\.000Z$/, "Z");
}

export interface Case {
  what: string;
  expression: string | string[];
  timezone?: string;
  scheduler?: Scheduler;
  /** The search begins strictly after `after`; all runs up to `before`, exclusive, are listed. */
  after: string;
  before: string;
  runs: string[];
}

export function checkBothWays({ expression, timezone, scheduler, after, before, runs }: Case): void {
  const schedule = cron(expression, timezone, scheduler);
  const upTo = nextRuns(schedule, { after, count: runs.length + 1 }).filter((run) => run < before);
  expect(upTo).toEqual(runs);
  const backTo = previousRuns(schedule, { before, count: runs.length + 1 }).filter((run) => run > after);
  expect(backTo).toEqual(runs);
}
