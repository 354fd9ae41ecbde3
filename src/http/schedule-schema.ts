/** A schedule on the wire, as it comes in and as it goes out. */
import { z } from "@hono/zod-openapi";
import type { Schedule, ScheduleInput } from "../domain/schedule/schedule.ts";
import { durationIn, secondsOut } from "./schemas.ts";

export const scheduleIn = z
  .strictObject({
    cron: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe("A cron expression, or several of which any is met."),
    every: durationIn.optional().describe("An interval, in place of cron."),
    from: z
      .string()
      .optional()
      .describe("With every: counted from the start of the last run, or its finish."),
    timezone: z.string().optional().describe("An IANA time zone, like Europe/Berlin; UTC if left out."),
    scheduler: z.string().nullish().describe("Who fires the job: decides what a change of clocks does."),
  })
  .openapi("Schedule");

export const scheduleOut = z.object({
  cron: z.union([z.string(), z.array(z.string())]).optional(),
  every: secondsOut.optional(),
  from: z.string().optional(),
  timezone: z.string().optional(),
  scheduler: z.string().nullable().optional(),
});

export function scheduleInputOf(schedule: z.output<typeof scheduleIn>): ScheduleInput {
  const { cron, every, from, timezone, scheduler } = schedule;
  return {
    ...(cron === undefined ? {} : { cron }),
    ...(every === undefined ? {} : { every }),
    ...(from === undefined ? {} : { from }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(scheduler === undefined || scheduler === null ? {} : { scheduler }),
  };
}

export function shownSchedule<Duration>(schedule: Schedule, duration: (durationMs: number) => Duration) {
  if (schedule.kind === "every") return { every: duration(schedule.everyMs), from: schedule.from };
  const { expressions, timezone, scheduler } = schedule;
  const [only] = expressions;
  const cron = expressions.length === 1 && only !== undefined ? only : [...expressions];
  return { cron, timezone, scheduler };
}
