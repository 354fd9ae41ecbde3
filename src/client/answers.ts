/**
 * What goes over the wire of the management API, named as it is there: snake_case, instants as ISO 8601 text in
 * UTC, durations in seconds (and, going in, also as `"10m"`).
 */
import type { CheckInKind, Trigger } from "../domain/check-in.ts";
import type { FieldProblem } from "../domain/errors.ts";
import type {
  Evidence,
  IncidentKind,
  IncidentStatus,
  IncidentSubject,
  Phase,
  ResolvedBy,
  TimelineEntry,
} from "../domain/incident.ts";
import type { StartFact, Verdict } from "../domain/ledger.ts";
import type { Overlap, ResultNotice, Signals } from "../domain/monitor.ts";
import type { MonitorStatus } from "../domain/status.ts";
import type { AccelerationAnswer, RejectionAnswer } from "./boundary-answers.ts";
import type { ChecksGiven } from "./checks.ts";
import type { CheckInAnswer, InstantText, RunAnswer, RunSummary } from "./run-answers.ts";

export type * from "./project-answers.ts";
export type * from "./run-answers.ts";

/** `"90s"`, `"1h30m"`, or a number of seconds. */
export type DurationGiven = string | number;

export interface Page<Item> {
  items: Item[];
  /** Hand it in as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface PageQuery {
  limit?: number;
  cursor?: string;
}

export interface ScheduleJson {
  cron?: string | string[];
  every?: DurationGiven;
  from?: "start" | "finish";
  timezone?: string;
  scheduler?: string;
}

export interface ChannelLinkJson {
  name: string;
  after?: DurationGiven;
  notify_on?: ResultNotice[];
  remind_every?: DurationGiven | null;
}

/** What `PUT` takes; every field of it may be left out in a `PATCH`. */
export interface MonitorGiven extends ChecksGiven {
  name?: string;
  description?: string;
  tags?: string[];
  schedule: ScheduleJson;
  signals?: Signals;
  grace?: DurationGiven | null;
  early?: DurationGiven | null;
  max_runtime?: DurationGiven | null;
  failure_threshold?: number;
  recovery_threshold?: number;
  overlap?: Overlap;
  manual_counts?: boolean;
  accept_late?: boolean | null;
  channels?: ChannelLinkJson[] | null;
  /** Contracts that its check-ins may meet, `key` and `ping_url` among them; the project's if null or left out. */
  accepts?: string[] | null;
  max_idle?: DurationGiven | null;
  verify_by?: DurationGiven;
  /** The UUID of its ping URL, in lower case; given back as part of `ping_url` only. */
  ping_uuid?: string;
}

export type { MonitorStatus } from "../domain/status.ts";

/** Durations given back are seconds. */
export interface MonitorAnswer extends Required<Omit<MonitorGiven, "ping_uuid">> {
  id: string;
  slug: string;
  schedule_version: number;
  status: MonitorStatus;
  /** Since when it holds; null while all is well. */
  since: InstantText | null;
  /** For admin keys; null for others. */
  ping_url: string | null;
  /** The configuration it is written in: edits elsewhere are refused. */
  managed_by: string | null;
  created_at: InstantText;
  /** And when the next run is expected. */
  schedule_in_words: string;
  /** `projected`: expected by an interval that the next start may move. */
  next: { expected_at: InstantText; start_by: InstantText; projected: boolean } | null;
  last_run: RunSummary | null;
  last_check_in_at: InstantText | null;
  last_success_at: InstantText | null;
  last_verified_at: InstantText | null;
  /** It has no check: nothing but the word of its runs says that they do their work. */
  never_verified: boolean;
  /** What is to be looked at about the latest run, though it ended well. */
  degraded_by: string | null;
  incident: IncidentSummary | null;
  pause: { since: InstantText; until: InstantText | null; reason: string | null } | null;
  acceleration: AccelerationAnswer | null;
  /** After saving. */
  warnings?: string[];
  /** After saving: the next runs, by the clock of the schedule's zone. */
  next_runs?: string[];
}

export interface IncidentSummary {
  id: string;
  kind: IncidentKind;
  phase: Phase | null;
  title: string;
  status: IncidentStatus;
  opened_at: InstantText;
}

export interface IncidentAnswer extends IncidentSummary {
  subject: IncidentSubject["type"];
  monitor: string | null;
  channel: string | null;
  detected_at: InstantText;
  resolved_at: InstantText | null;
  resolved_by: ResolvedBy | null;
  first_window: InstantText | null;
  latest_window: InstantText | null;
  windows_lost: number;
  last_success_at: InstantText | null;
  last_verified_at: InstantText | null;
  owner: string | null;
  rejections: number;
  evidence: Evidence;
  timeline: { at: InstantText; what: TimelineEntry["what"]; text: string; by: string | null }[];
  /** Entries left out of its middle. */
  timeline_cut: number;
}

export interface JudgementAnswer {
  /** Null: a run had started and went on. */
  verdict: Verdict | null;
  reason: string;
  reason_code: string;
  judged_at: InstantText;
  cause: string | null;
}

export interface WindowAnswer {
  monitor: string;
  start: StartFact;
  expected_at: InstantText;
  opens_at: InstantText;
  start_by: InstantText;
  finish_by: InstantText | null;
  /** Null while it is open or to come. */
  verdict: Verdict | null;
  reason: string | null;
  /** Rollcall's id of the run that took it, and the job's own. */
  run: string | null;
  run_id: string | null;
  started_at: InstantText | null;
  finished_at: InstantText | null;
  judged_at: InstantText | null;
  schedule_version: number;
  projected: boolean;
  judgements: JudgementAnswer[];
  extra_runs: number;
  recovered_by: string | null;
}

/** Why one window was judged as it was, and what was considered. */
export interface ExplainAnswer {
  monitor: string;
  /** Null when there is none at or before the instant. */
  window: WindowAnswer | null;
  /** The run that took the window, without its check-ins. */
  run: RunAnswer | null;
  judgements: JudgementAnswer[];
  check_ins: CheckInAnswer[];
  rejections: RejectionAnswer[];
  blind_spots: SpotAnswer[];
  pauses: {
    kind: "pause" | "maintenance";
    id: string;
    from: InstantText;
    until: InstantText | null;
    reason: string | null;
  }[];
}

export interface SpotAnswer {
  id: string;
  from: InstantText;
  to: InstantText;
  cause: string;
}

export interface BlindSpotAnswer extends SpotAnswer {
  /** The windows left unknown for it. */
  windows: {
    monitor: string;
    from: InstantText;
    to: InstantText;
    count: number;
    next_expected_at: InstantText | null;
  }[];
}

export interface NotificationAnswer {
  id: string;
  channel: string;
  incident: string | null;
  change: string;
  title: string;
  at: InstantText;
  status: string;
  created_at: InstantText;
  not_before_at: InstantText;
  sent_at: InstantText | null;
  digested: boolean;
  attempts: { at: InstantText; sent: boolean; code: string; detail: string }[];
}

/** What is left out stays as it is. */
/** A maintenance or a silence; `monitors` and `tags` both null mean all monitors. */
export interface PlanGiven {
  monitors?: string[] | null;
  tags?: string[] | null;
  from: InstantText;
  until: InstantText;
  reason: string;
}

export interface PlanAnswer extends Required<PlanGiven> {
  id: string;
  created_at: InstantText;
}

export interface ChannelAnswer {
  name: string;
  kind: string;
  /** Secrets read `set`, or null. */
  settings: Record<string, unknown>;
  /** Seconds without a delivery after which it is tried; null: never. */
  self_test_every: number | null;
  created_at: InstantText;
  updated_at: InstantText;
  managed_by: string | null;
}

export interface ChannelTestAnswer {
  sent: boolean;
  code: string;
  detail: string;
}

/** What applying a configuration would do, or has done. */
export interface ConfigurationPlanAnswer {
  configuration: string;
  /** Hand it in as `expect` to apply this plan and no other. */
  fingerprint: string;
  steps: ConfigurationStep[];
  unchanged: number;
  /** What left the file earlier and is still there. */
  kept: { what: "channel" | "monitor"; name: string }[];
  warnings: FieldProblem[];
}

export interface ConfigurationStep {
  what: "project" | "contract" | "channel" | "monitor";
  name: string;
  /**
   * `adopt`: it was made by hand; `return`: it had left the file; `leave`: it is in the file no longer, so a monitor is
   * paused and a channel kept.
   */
  act: "add" | "change" | "adopt" | "return" | "leave" | "remove";
  /** Of what is added: what differs from the defaults. */
  changes: { field: string; from: unknown; to: unknown }[];
}

/** How many windows came out how (of the good ones, how many their checks bear out); `unaccounted` ones have no row in the ledger, and there should be none. */
export type CountsAnswer = Record<
  | Verdict
  | "verified"
  | "reported_only"
  | "expected"
  | "open"
  | "unaccounted"
  | "extra"
  | "rejected"
  | "revised",
  number
>;

export interface ReportAnswer extends Page<
  CountsAnswer & { monitor: string; unaccounted_at: InstantText[]; by_day: boolean }
> {
  from: InstantText;
  to: InstantText;
  total: CountsAnswer;
}

export interface PreviewAnswer {
  /** The schedule in words. */
  description: string;
  runs: InstantText[];
  /** The same by the clock of the zone: `2026-03-08T03:00:00-04:00`. */
  local_runs: string[];
  warnings: string[];
}

/** The truthful answer to a check-in. */
export interface ReceiptAnswer {
  monitor: string;
  kind: CheckInKind;
  /** Rollcall's id of the run; null for a `log` that belongs to none. */
  run: string | null;
  /** The job's own id, with `#2` and so on where it was used before. */
  run_id: string | null;
  trigger: Trigger;
  /** The window it was matched to. */
  window: {
    expected_at: InstantText;
    start_by: InstantText;
    start: StartFact;
    verdict: Verdict | null;
    as: "window" | "extra";
  } | null;
  duplicate: boolean;
  received_at: InstantText;
  occurred_at: InstantText | null;
  next: { expected_at: InstantText; start_by: InstantText | null } | null;
  /** What was cut, ignored or doubtful, and why. */
  notes: string[];
}
