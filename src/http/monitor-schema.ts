/** A monitor on the wire: what comes in, what goes out, and the way between both and the domain's own forms. */
import { z } from "@hono/zod-openapi";
import { ownerOf } from "../domain/managed.ts";
import type { MonitorInput } from "../domain/monitor-input.ts";
import type { ChannelLink, MonitorSettings } from "../domain/monitor.ts";
import { MONITOR_STATUSES } from "../domain/status.ts";
import type { MonitorView } from "../engine/view-monitor.ts";
import { accelerationOut, shownAcceleration } from "./acceleration-schema.ts";
import { proofIn, proofInputOf, proofOut, shownProof } from "./check-schema.ts";
import { scheduleIn, scheduleInputOf, scheduleOut, shownSchedule } from "./schedule-schema.ts";
import { durationIn, instant, instantOrNull, instantOut, managedByOut, secondsOut } from "./schemas.ts";

const channelLinkIn = z.strictObject({
  name: z.string().describe("The channel's name."),
  after: durationIn.nullish().describe("Sent only if nobody has taken the incident on by then."),
  notify_on: z
    .array(z.enum(["late", "degraded"]))
    .optional()
    .describe("Good results that are told of as well."),
  remind_every: durationIn.nullish().describe("Told again while the incident stays open."),
});

const settingsIn = {
  name: z.string().optional().describe("For people; the slug if left out."),
  description: z.string().optional().describe("What the job is for, and what to do when it fails."),
  tags: z
    .array(z.string().min(1).max(100))
    .optional()
    .describe("What maintenance and silences may choose it by."),
  signals: z
    .enum(["both", "finish"])
    .optional()
    .describe("finish: the job only ever reports its end. Default: both."),
  grace: durationIn
    .nullish()
    .describe("How late a start may be; a quarter of the gap, at most 10m, if left out."),
  early: durationIn.nullish().describe("How early a start may be."),
  max_runtime: durationIn.nullish().describe("How long a run may take."),
  failure_threshold: z
    .number()
    .optional()
    .describe("Bad results in a row that open an incident. Default: 1."),
  recovery_threshold: z.number().optional().describe("Good results in a row that close it. Default: 1."),
  overlap: z
    .enum(["allow", "warn", "forbid", "skip"])
    .optional()
    .describe("What two runs at once mean. Default: allow."),
  manual_counts: z.boolean().optional().describe("Whether a run started by hand may be an expected one."),
  accept_late: z
    .boolean()
    .nullish()
    .describe("Whether check-ins may be delivered late; by keys, and not by the ping URL, if left out."),
  channels: z
    .array(channelLinkIn)
    .nullish()
    .describe("Who is told; the project's default channels if left out."),
  accepts: z
    .array(z.string())
    .nullish()
    .describe(
      "Contracts that its check-ins may meet, key and ping_url among them; the project's if left out.",
    ),
  ...proofIn,
  ping_uuid: z.string().optional().openapi({
    description:
      "The UUID of its ping URL, to keep one that jobs call already. Left out: as it was, or a new one.",
    example: "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278",
  }),
};

export const monitorIn = z.strictObject({ ...settingsIn, schedule: scheduleIn }).openapi("MonitorInput");
export const monitorPatch = z
  .strictObject({ ...settingsIn, schedule: scheduleIn.optional() })
  .openapi("MonitorPatch");

/** Named in the design and built by later versions. */
export const LATER_FIELDS = [
  "segments",
  "calendar",
  "steps",
  "schedule.segments",
  "schedule.calendar",
  "schedule.announced",
  "schedule.at",
  "schedule.once",
];

const incidentSummary = z.object({
  id: z.string(),
  kind: z.string(),
  phase: z.string().nullable(),
  title: z.string(),
  status: z.string(),
  opened_at: instantOut,
});

export const monitorOut = z
  .object({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    description: z.string(),
    tags: z.array(z.string()),
    schedule: scheduleOut,
    schedule_version: z.int(),
    signals: z.string(),
    grace: secondsOut.nullable(),
    early: secondsOut.nullable(),
    max_runtime: secondsOut.nullable(),
    failure_threshold: z.int(),
    recovery_threshold: z.int(),
    overlap: z.string(),
    manual_counts: z.boolean(),
    accept_late: z.boolean().nullable(),
    channels: z
      .array(
        z.object({
          name: z.string(),
          after: secondsOut,
          notify_on: z.array(z.string()),
          remind_every: secondsOut.nullable(),
        }),
      )
      .nullable(),
    accepts: z.array(z.string()).nullable().openapi({ description: "Null: what the project accepts." }),
    ...proofOut,
    status: z.enum(MONITOR_STATUSES),
    since: instantOut
      .nullable()
      .openapi({ description: "Since when the status holds; null while all is well." }),
    ping_url: z.string().nullable().openapi({ description: "For admin keys; null for others." }),
    managed_by: managedByOut,
    created_at: instantOut,
    schedule_in_words: z.string().openapi({
      description: "With the next run: at 02:00 on weekdays, Europe/Berlin; next in 3h 12m",
    }),
    next: z.object({ expected_at: instantOut, start_by: instantOut, projected: z.boolean() }).nullable(),
    last_run: z
      .object({
        id: z.string(),
        run_id: z.string().nullable(),
        state: z.string(),
        started_at: instantOut,
        finished_at: instantOut.nullable(),
      })
      .nullable(),
    last_check_in_at: instantOut.nullable(),
    last_success_at: instantOut.nullable(),
    last_verified_at: instantOut
      .nullable()
      .openapi({ description: "When the last run ended that its checks bear out." }),
    never_verified: z.boolean().openapi({
      description: "It has no check: nothing but the word of its runs says that they do their work.",
    }),
    degraded_by: z.string().nullable().openapi({
      description: "What is to be looked at about the latest run, though it ended well.",
    }),
    incident: incidentSummary.nullable(),
    pause: z
      .object({ since: instantOut, until: instantOut.nullable(), reason: z.string().nullable() })
      .nullable(),
    acceleration: accelerationOut.nullable(),
    hint: z.string().nullable(),
    warnings: z.array(z.string()).optional(),
    next_runs: z
      .array(z.string())
      .optional()
      .openapi({ description: "After saving: the next runs, by the clock of the schedule's zone." }),
  })
  .openapi("Monitor");

/** What was sent of a monitor, as the engine takes it. */
export function monitorEditOf(sent: z.output<typeof monitorPatch>): {
  input: MonitorInput;
  pingUuid?: string;
} {
  const { ping_uuid: pingUuid } = sent;
  return { input: monitorInputOf(sent), ...(pingUuid === undefined ? {} : { pingUuid }) };
}

/** Fields that were not sent are left out, so that a patch keeps what was there. */
function monitorInputOf(sent: z.output<typeof monitorPatch>): MonitorInput {
  const input: MonitorInput = {
    name: sent.name,
    description: sent.description,
    tags: sent.tags,
    schedule: sent.schedule === undefined ? undefined : scheduleInputOf(sent.schedule),
    signals: sent.signals,
    graceMs: sent.grace,
    earlyMs: sent.early,
    maxRuntimeMs: sent.max_runtime,
    failureThreshold: sent.failure_threshold,
    recoveryThreshold: sent.recovery_threshold,
    overlap: sent.overlap,
    manualCounts: sent.manual_counts,
    acceptLate: sent.accept_late,
    channels:
      sent.channels === undefined || sent.channels === null ? sent.channels : sent.channels.map(linkOf),
    accepts: sent.accepts,
    ...proofInputOf(sent),
  };
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function linkOf(link: z.output<typeof channelLinkIn>): ChannelLink {
  return {
    name: link.name,
    afterMs: link.after ?? 0,
    notifyOn: link.notify_on ?? [],
    remindEveryMs: link.remind_every ?? null,
  };
}

export function shownMonitor(
  view: MonitorView,
  more: { isAdmin: boolean; saved?: { warnings: readonly string[]; nextRuns: readonly string[] } },
): z.input<typeof monitorOut> {
  const { monitor, incident, pause, lastRun, next } = view;
  const { settings } = monitor;
  return {
    id: monitor.id,
    slug: monitor.slug,
    ...shownSettings(settings, (durationMs) => durationMs / 1_000),
    schedule_version: monitor.timings.at(-1)?.version ?? 1,
    status: view.status,
    since: instantOrNull(view.sinceAt),
    ping_url: more.isAdmin ? view.pingUrl : null,
    managed_by: ownerOf(monitor.managedBy),
    created_at: instant(monitor.createdAt),
    schedule_in_words: view.scheduleInWords,
    next:
      next === null
        ? null
        : {
            expected_at: instant(next.expectedAt),
            start_by: instant(next.startBy),
            projected: next.isProjected,
          },
    last_run:
      lastRun === null
        ? null
        : {
            id: lastRun.id,
            run_id: lastRun.runId,
            state: lastRun.state,
            started_at: instant(lastRun.startedAt),
            finished_at: instantOrNull(lastRun.finishedAt),
          },
    last_check_in_at: instantOrNull(view.lastCheckInAt),
    last_success_at: instantOrNull(view.lastSuccessAt),
    last_verified_at: instantOrNull(view.lastVerifiedAt),
    never_verified: view.isNeverVerified,
    degraded_by: view.degradedBy,
    incident:
      incident === null
        ? null
        : {
            id: incident.id,
            kind: incident.kind,
            phase: incident.phase,
            title: incident.title,
            status: incident.status,
            opened_at: instant(incident.openedAt),
          },
    pause:
      pause === null
        ? null
        : { since: instant(pause.at), until: instantOrNull(pause.untilAt), reason: pause.reason },
    acceleration: view.acceleration === null ? null : shownAcceleration(view.acceleration),
    hint: view.hint,
    ...(more.saved === undefined
      ? {}
      : { warnings: [...more.saved.warnings], next_runs: [...more.saved.nextRuns] }),
  };
}

/** What a person chose, in the API's words; `duration`: seconds, or text. */
export function shownSettings<Duration>(
  settings: MonitorSettings,
  duration: (durationMs: number) => Duration,
) {
  const orNull = (durationMs: number | null) => (durationMs === null ? null : duration(durationMs));
  return {
    name: settings.name,
    description: settings.description,
    tags: [...settings.tags],
    schedule: shownSchedule(settings.schedule, duration),
    signals: settings.signals,
    grace: orNull(settings.graceMs),
    early: orNull(settings.earlyMs),
    max_runtime: orNull(settings.maxRuntimeMs),
    failure_threshold: settings.failureThreshold,
    recovery_threshold: settings.recoveryThreshold,
    overlap: settings.overlap,
    manual_counts: settings.manualCounts,
    accept_late: settings.acceptLate,
    channels:
      settings.channels === null
        ? null
        : settings.channels.map((link) => ({
            name: link.name,
            after: duration(link.afterMs),
            notify_on: [...link.notifyOn],
            remind_every: orNull(link.remindEveryMs),
          })),
    accepts: settings.accepts === undefined ? null : [...settings.accepts],
    ...shownProof(settings, duration),
  };
}
