/** `/v1/schedules/preview`: when a schedule would expect runs. */
import { z } from "@hono/zod-openapi";
import { call, type Call } from "./call.ts";
import { LATER_FIELDS, scheduleIn, scheduleInputOf } from "./monitor-schema.ts";
import { instant, instantIn, instantOut } from "./schemas.ts";

const DEFAULT_COUNT = 5;

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
    answer: z.object({ runs: z.array(instantOut), warnings: z.array(z.string()) }).openapi("Preview"),
    async handle({ parts, body }) {
      const { runs, warnings } = await parts.engine.previewSchedule({
        schedule: scheduleInputOf(body.schedule),
        fromAt: body.from ?? null,
        count: body.count ?? DEFAULT_COUNT,
      });
      return { runs: runs.map(instant), warnings: [...warnings] };
    },
  }),
];
