/** A monitor on the wire: what comes in, what goes out, and the way between both and the domain's own forms. */
import { z } from "@hono/zod-openapi";
import type { MonitorInput } from "../domain/monitor-input.ts";
import type { ChannelLink } from "../domain/monitor.ts";
import type { Schedule, ScheduleInput } from "../domain/schedule/schedule.ts";
import { MONITOR_STATUSES } from "../domain/status.ts";
import type { MonitorView } from "../engine/view-monitor.ts";
import { durationIn, instant, instantOrNull, instantOut, secondsOrNull, secondsOut } from "./schemas.ts";

export const scheduleIn = z
  .strictObject({
    cron: z.union([z.string(), z.array(z.string())]).optional(),
    every: durationIn.optional(),
    from: z.string().optional(),
    timezone: z.string().optional(),
    scheduler: z.string().nullish(),
  })
  .openapi("Schedule");

const channelLinkIn = z.strictObject({
  name: z.string(),
  after: durationIn.nullish(),
  notify_on: z.array(z.enum(["late", "degraded"])).optional(),
  remind_every: durationIn.nullish(),
});

const settingsIn = {
  name: z.string().optional(),
  tags: z.array(z.string().min(1).max(100)).optional(),
  signals: z.enum(["both", "finish"]).optional(),
  grace: durationIn.nullish(),
  early: durationIn.nullish(),
  max_runtime: durationIn.nullish(),
  failure_threshold: z.number().optional(),
  recovery_threshold: z.number().optional(),
  overlap: z.enum(["allow", "warn", "forbid", "skip"]).optional(),
  manual_counts: z.boolean().optional(),
  accept_late: z.boolean().nullish(),
  channels: z.array(channelLinkIn).nullish(),
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
  "checks",
  "max_idle",
  "segments",
  "calendar",
  "trust",
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
    tags: z.array(z.string()),
    schedule: z.object({
      cron: z.union([z.string(), z.array(z.string())]).optional(),
      every: secondsOut.optional(),
      from: z.string().optional(),
      timezone: z.string().optional(),
      scheduler: z.string().nullable().optional(),
    }),
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
    status: z.enum(MONITOR_STATUSES),
    since: instantOut
      .nullable()
      .openapi({ description: "Since when the status holds; null while all is well." }),
    ping_url: z.string().nullable().openapi({ description: "For admin keys; null for others." }),
    created_at: instantOut,
    description: z.string().openapi({
      description: "The schedule in words: at 02:00 on weekdays, Europe/Berlin; next in 3h 12m",
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
    last_verified_at: instantOut.nullable(),
    incident: incidentSummary.nullable(),
    pause: z
      .object({ since: instantOut, until: instantOut.nullable(), reason: z.string().nullable() })
      .nullable(),
    hint: z.string().nullable(),
    warnings: z.array(z.string()).optional(),
    next_runs: z
      .array(z.string())
      .optional()
      .openapi({ description: "After saving: the next runs, by the clock of the schedule's zone." }),
  })
  .openapi("Monitor");

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
    name: settings.name,
    tags: [...settings.tags],
    schedule: shownSchedule(settings.schedule),
    schedule_version: monitor.timings.at(-1)?.version ?? 1,
    signals: settings.signals,
    grace: secondsOrNull(settings.graceMs),
    early: secondsOrNull(settings.earlyMs),
    max_runtime: secondsOrNull(settings.maxRuntimeMs),
    failure_threshold: settings.failureThreshold,
    recovery_threshold: settings.recoveryThreshold,
    overlap: settings.overlap,
    manual_counts: settings.manualCounts,
    accept_late: settings.acceptLate,
    channels: settings.channels === null ? null : settings.channels.map(shownLink),
    status: view.status,
    since: instantOrNull(view.sinceAt),
    ping_url: more.isAdmin ? view.pingUrl : null,
    created_at: instant(monitor.createdAt),
    description: view.description,
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
    hint: view.hint,
    ...(more.saved === undefined
      ? {}
      : { warnings: [...more.saved.warnings], next_runs: [...more.saved.nextRuns] }),
  };
}

function shownSchedule(schedule: Schedule): z.input<typeof monitorOut>["schedule"] {
  if (schedule.kind === "every") return { every: schedule.everyMs / 1_000, from: schedule.from };
  const { expressions, timezone, scheduler } = schedule;
  const [only] = expressions;
  const cron = expressions.length === 1 && only !== undefined ? only : [...expressions];
  return { cron, timezone, scheduler };
}

function shownLink(link: ChannelLink) {
  return {
    name: link.name,
    after: link.afterMs / 1_000,
    notify_on: [...link.notifyOn],
    remind_every: secondsOrNull(link.remindEveryMs),
  };
}
