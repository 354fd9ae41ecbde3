/** A monitor as clients of Healthchecks know it: a check, with the fields of each version of their API. */
import type { MonitorView } from "../../engine/view-monitor.ts";
import type { Version } from "./call.ts";

export interface Showing {
  version: Version;
  /** Read keys see a `unique_key` in place of whatever holds the UUID. */
  isAdmin: boolean;
  publicUrl: string;
  /** The ids of the channels that this monitor tells. */
  channelIdsOf: (view: MonitorView) => readonly string[];
}

export function shownCheck(view: MonitorView, showing: Showing): Record<string, unknown> {
  const { settings, slug } = view.monitor;
  return {
    name: settings.name,
    slug,
    tags: settings.tags.join(" "),
    desc: settings.description,
    grace: Math.ceil(graceMsOf(view) / 1_000),
    n_pings: view.checkIns,
    ...statusOf(view, showing.version),
    last_ping: dateOrNull(view.lastCheckInAt),
    next_ping: view.pause === null ? dateOrNull(view.next?.expectedAt ?? null) : null,
    ...NOT_ACTED_ON,
    ...addressesOf(view, showing),
    ...scheduleOf(view),
  };
}

/**
 * Fields that Rollcall does not act on: what another value would do is refused when it is sent. A paused monitor waits
 * for a person always.
 */
const NOT_ACTED_ON = {
  manual_resume: true,
  methods: "",
  subject: "",
  subject_fail: "",
  start_kw: "",
  success_kw: "",
  failure_kw: "",
  filter_subject: false,
  filter_body: false,
};

export function uuidOf(view: MonitorView): string {
  return view.pingUrl.slice(view.pingUrl.lastIndexOf("/") + 1);
}

/** ISO 8601 with an offset, to the second: some clients cannot read a `Z`. */
export function dateText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}+00:00`;
}

function dateOrNull(at: number | null): string | null {
  return at === null ? null : dateText(at);
}

/** As set, else as it follows from the schedule: how long after the expected instant a run may come. */
function graceMsOf({ monitor, next }: MonitorView): number {
  return monitor.settings.graceMs ?? (next === null ? 0 : next.startBy - next.expectedAt);
}

/** Of version 1, a run that is going on is a status of its own; later it is a field beside the status. */
function statusOf(view: MonitorView, version: Version): { status: string; started?: boolean } {
  const isStarted = view.status === "running" || view.lastRun?.state === "started";
  if (version > 1) return { status: settledStatus(view), started: isStarted };
  return { status: view.status === "running" ? "started" : settledStatus(view) };
}

function settledStatus({ status, lastSuccessAt }: MonitorView): string {
  switch (status) {
    case "never_seen":
      return "new";
    case "running":
      return lastSuccessAt === null ? "new" : "up";
    // Neither is known to be well, and nobody has been told yet.
    case "late":
    case "unknown":
      return "grace";
    default:
      return status;
  }
}

function addressesOf(view: MonitorView, showing: Showing): Record<string, string> {
  if (!showing.isAdmin) return { unique_key: view.monitor.pingHash };
  const uuid = uuidOf(view);
  const url = `${showing.publicUrl}/api/v${showing.version}/checks/${uuid}`;
  return {
    uuid,
    ping_url: view.pingUrl,
    // Clients take its last part for the id of the check.
    update_url: url,
    pause_url: `${url}/pause`,
    resume_url: `${url}/resume`,
    channels: showing.channelIdsOf(view).toSorted().join(","),
  };
}

function scheduleOf({ monitor }: MonitorView): Record<string, string | number> {
  const { schedule } = monitor.settings;
  if (schedule.kind === "every") return { timeout: Math.ceil(schedule.everyMs / 1_000) };
  return { schedule: schedule.expressions.join("\n"), tz: schedule.timezone };
}
