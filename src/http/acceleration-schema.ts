/** An acceleration on the wire: the faster schedule, what ends or ended it, and what is left to do. */
import { z } from "@hono/zod-openapi";
import type { MonitorView } from "../engine/view-monitor.ts";
import { scheduleOut, shownSchedule } from "./schedule-schema.ts";
import { instant, instantOrNull, instantOut } from "./schemas.ts";

export const accelerationOut = z
  .object({
    schedule: scheduleOut,
    began_at: instantOut,
    until: instantOut.openapi({ description: "When it ends, if no run ends it before." }),
    by: z.string(),
    reverted_at: instantOut
      .nullable()
      .openapi({ description: "Since when the original schedule is in force again; null while it is on." }),
    reverted_by: z.enum(["first_verified", "expiry", "edit", "person"]).nullable(),
    advice: z.string().nullable().openapi({
      description: "What a person has to do to the real scheduler, which Rollcall does not change.",
    }),
    cadence: z.object({
      said: z.enum(["reverted", "still_accelerated"]).nullable().openapi({
        description: "What the starts since then say of the real scheduler; null: nothing yet.",
      }),
      started_at: z.array(instantOut).openapi({
        description: "The latest starts in a row that still came in the faster rhythm.",
      }),
    }),
    timeline: z.array(z.object({ at: instantOut, text: z.string(), by: z.string().nullable() })),
  })
  .openapi("Acceleration");

export function shownAcceleration({
  acceleration,
  advice,
}: NonNullable<MonitorView["acceleration"]>): z.input<typeof accelerationOut> {
  const { schedule, beganAt, untilAt, by, revertedAt, revertedBy, cadence, timeline } = acceleration;
  return {
    schedule: shownSchedule(schedule, (durationMs) => durationMs / 1_000),
    began_at: instant(beganAt),
    until: instant(untilAt),
    by,
    reverted_at: instantOrNull(revertedAt),
    reverted_by: revertedBy,
    advice,
    cadence: { said: cadence.said, started_at: cadence.startedAts.map(instant) },
    timeline: timeline.map((entry) => ({ at: instant(entry.at), text: entry.text, by: entry.by })),
  };
}
