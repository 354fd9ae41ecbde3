/** `/v1/schedules/preview`: when a schedule would expect runs. */
import { z } from "@hono/zod-openapi";
import { LIMITS } from "../domain/limits.ts";
import { localInstantText } from "../domain/schedule/schedule.ts";
import { call, type Call } from "./call.ts";
import { LATER_FIELDS } from "./monitor-schema.ts";
import { scheduleIn, scheduleInputOf } from "./schedule-schema.ts";
import { instant, instantIn, instantOut } from "./schemas.ts";

export const scheduleCalls: readonly Call[] = [
  call({
    method: "post",
    path: "/v1/schedules/preview",
    access: "read",
    about:
      "The next runs that a schedule would expect, and warnings about it. Refuses what saving would refuse.",
    body: z.strictObject({
      schedule: scheduleIn,
      from: instantIn.nullish(),
      count: z.number().optional(),
    }),
    later: LATER_FIELDS,
    answer: z
      .object({
        description: z.string(),
        runs: z.array(instantOut),
        local_runs: z.array(z.string()).openapi({ description: "The same by the clock of the zone." }),
        warnings: z.array(z.string()),
      })
      .openapi("Preview"),
    async handle({ parts, body }) {
      const { schedule, description, runs, warnings } = await parts.engine.previewSchedule({
        schedule: scheduleInputOf(body.schedule),
        fromAt: body.from ?? null,
        count: body.count ?? LIMITS.runsShown,
      });
      return {
        description,
        runs: runs.map(instant),
        local_runs: runs.map((at) => localInstantText(schedule, at)),
        warnings: [...warnings],
      };
    },
  }),
];
