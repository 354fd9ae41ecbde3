/** `/v1/monitors/{slug}/accelerate`: a faster schedule for a while, to see a fix work. */
import { z } from "@hono/zod-openapi";
import { LIMITS } from "../domain/limits.ts";
import { localInstantText, nextRuns } from "../domain/schedule/schedule.ts";
import { call, type Call } from "./call.ts";
import { LATER_FIELDS, monitorOut, shownMonitor } from "./monitor-schema.ts";
import { scheduleIn, scheduleInputOf } from "./schedule-schema.ts";
import { durationIn } from "./schemas.ts";

export const accelerationCalls: readonly Call[] = [
  call({
    method: "post",
    path: "/v1/monitors/{slug}/accelerate",
    access: "admin",
    about:
      "Expects runs by a faster schedule until the first verified run (without checks: the first good one), or until it expires. The original is kept and comes back exactly once. Changes no real scheduler: `advice` says what to do there.",
    body: z.strictObject({
      schedule: scheduleIn.openapi({ description: "What is left out is as it is of the original." }),
      expires_in: durationIn.nullish().openapi({ description: "Default: 1h. At most 24h." }),
      revert_on: z.literal("first_verified").optional(),
    }),
    later: LATER_FIELDS,
    answer: monitorOut,
    async handle({ parts, project, path, body, by }) {
      const slug = path("slug");
      const schedule = scheduleInputOf(body.schedule);
      const asked = { project, slug, schedule, expiresInMs: body.expires_in ?? null, by };
      const { warnings } = await parts.engine.accelerateMonitor(asked);
      const view = await parts.engine.viewMonitor({ project, slug });
      const faster = view.acceleration?.acceleration.schedule ?? view.monitor.settings.schedule;
      const runs = nextRuns(faster, { fromAt: parts.clock.now(), count: LIMITS.runsShown });
      const saved = { warnings, nextRuns: runs.map((at) => localInstantText(faster, at)) };
      return shownMonitor(view, { isAdmin: true, saved });
    },
  }),

  call({
    method: "delete",
    path: "/v1/monitors/{slug}/accelerate",
    access: "admin",
    about: "Takes it back before its time. Of a monitor that is not accelerated nothing changes.",
    answer: monitorOut,
    async handle({ parts, project, path, by }) {
      const slug = path("slug");
      await parts.engine.decelerateMonitor({ project, slug, by });
      return shownMonitor(await parts.engine.viewMonitor({ project, slug }), { isAdmin: true });
    },
  }),
];
