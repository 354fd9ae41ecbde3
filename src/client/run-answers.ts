/** Runs on the wire of the management API: what they told, what their checks found, and the check-ins they are made of. */
import type { CheckInKind, Trigger } from "../domain/check-in.ts";
import type { ErrorClass } from "../domain/outcome/error-class.ts";
import type { Counts, StepKind, StepStatus } from "../domain/outcome/outcome.ts";
import type { RunPart, RunState } from "../domain/run.ts";
import type { CheckResultAnswer } from "./checks.ts";

/** ISO 8601 in UTC: `2026-03-08T07:00:00.000Z`. */
export type InstantText = string;

export interface RunSummary {
  id: string;
  run_id: string | null;
  state: RunState;
  started_at: InstantText;
  finished_at: InstantText | null;
}

export interface RunAnswer extends RunSummary {
  monitor: string;
  trigger: Trigger;
  part: RunPart;
  window: InstantText | null;
  finish_by: InstantText | null;
  /** Seconds. */
  duration: number | null;
  /** What became of it in one sentence; null where it told nothing that would make one. */
  story_line: string | null;
  /** It ended well, and its checks bear it out. */
  verified: boolean;
  /** It ended well, with something to be looked at. */
  degraded: boolean;
  outcome: OutcomeAnswer | null;
  checks: CheckResultAnswer[];
  notes: string[];
  /** Filled in for a single run only. */
  story: CheckInAnswer[];
}

/** Only what was told; what Rollcall does not know stands beside it. */
export interface OutcomeAnswer {
  exit_status: number | null;
  message: string;
  counts?: Counts;
  metrics?: Record<string, number>;
  plan?: string[];
  steps?: StepAnswer[];
  evidence?: EvidenceItemAnswer[];
  environment?: { host?: string; version?: string; commit?: string; trace?: string };
  http?: {
    host: string;
    status: number;
    count: number;
    first_at?: InstantText;
    last_at?: InstantText;
    /** The largest one seen, in seconds. */
    retry_after?: number;
    is_quota: boolean;
  }[];
  log?: string;
  unreadable?: string;
  retries?: number;
  steps_cut?: number;
  [name: string]: unknown;
}

/** A field that was not told is absent. */
export interface StepAnswer {
  id: string;
  parent_id?: string;
  seq?: number;
  name: string;
  kind: StepKind;
  status: StepStatus;
  started_at?: InstantText;
  ended_at?: InstantText;
  attempt: number;
  counts?: Counts;
  http?: { method?: string; host?: string; status?: number; retry_after?: number };
  error?: { class: ErrorClass; type?: string; message?: string };
  tokens?: number;
  cost?: number;
}

export interface EvidenceItemAnswer {
  kind: string;
  url?: string;
  id?: string;
  name?: string;
  size?: number;
  sha256?: string;
  created_at?: InstantText;
}

export interface CheckInAnswer {
  kind: CheckInKind;
  received_at: InstantText;
  /** As claimed by a check-in that was delivered late. */
  occurred_at: InstantText | null;
  run_id: string | null;
  trigger: Trigger;
  exit_status: number | null;
  duration: number | null;
  message: string;
  by: string;
  dialect: string;
  /** What the request showed of its sender; nothing of it is proven. */
  caller: { method: string; user_agent: string; address_prefix: string } | null;
  /** How many check-ins it stands for. */
  folded: number;
  notes: string[];
}
