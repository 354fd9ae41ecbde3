/**
 * When runs of a monitor are expected: cron expressions in a zone, or an interval. This is the face of the
 * folder; nothing outside imports its other files.
 */
export { describeSchedule, nextInWords } from "./describe.ts";
export { firstPassAt, isOptional, nextCertain, nextPossible, previousPossible } from "./leniency.ts";
export { localInstantText, nextRuns } from "./next-runs.ts";
export { nextOccurrence, previousOccurrence } from "./occurrences.ts";
export { readSchedule } from "./read-schedule.ts";
export { SCHEDULERS } from "./schedule-kinds.ts";
export type { CronSchedule, EverySchedule, Schedule, ScheduleInput, Scheduler } from "./schedule-kinds.ts";
export { localTime, readTimezone } from "./zone.ts";
