/** One signal received from a job, after its dialect was understood and its sender proven. */

import type { OutcomePart } from "./outcome/outcome.ts";

export const CHECK_IN_KINDS = ["start", "step", "progress", "log", "success", "fail"] as const;
export type CheckInKind = (typeof CHECK_IN_KINDS)[number];
export type Trigger = "schedule" | "manual";

/** What a request shows of its sender, for a person to recognise it by; nothing of it is proven. */
export interface Caller {
  method: string;
  /** Cut, without what looks like credentials; empty when none was sent. */
  userAgent: string;
  /** The /24 or /64. */
  addressPrefix: string;
}

export interface CheckIn {
  kind: CheckInKind;
  /** When the whole request had been read: the instant that verdicts depend on. */
  receivedAt: number;
  /** The job's own run id, without Rollcall's `#2`; null for the anonymous run. */
  runId: string | null;
  trigger: Trigger;
  /** The window the platform says it fired for. */
  scheduledForAt: number | null;
  /** The instant claimed by a late-delivered check-in; already checked against the limits by the engine. */
  occurredAt: number | null;
  /** The sender's own time stamp: only tells duplicates apart. */
  sentAt: number | null;
  /** How long the job says it ran: dates the start of a lone finish. */
  durationMs: number | null;
  exitStatus: number | null;
  body: string;
  /** What it says of the run's outcome beside status and body; absent when it says nothing. */
  outcome?: OutcomePart;
  /** Who proved it and how: `ping key k_12`, `ping URL`, `contract github: workflow octo/jobs/…`. */
  principal: string;
  /** Late delivery is accepted by default from keys and contracts only. */
  via: "key" | "ping_url" | "contract";
  dialect: string;
  /** From `Idempotency-Key`, else from run id, kind and `sentAt`; null: only nearness in time tells. */
  duplicateKey: string | null;
  /** What was cut or ignored on the way in; repeated in the receipt. */
  notes: readonly string[];
  /** Told by traces of which only a share is sent: that another run is not told of says nothing about it. */
  isSampled?: boolean;
  /** Above the per-minute limit: how many of the same kind and run this one stands for. */
  folded: number;
  /** Absent where no request brought it. */
  caller?: Caller;
}

/** The instant at which the check-in says it happened, for matching. */
export function happenedAt(checkIn: CheckIn): number {
  return checkIn.occurredAt ?? checkIn.receivedAt;
}

export function isFinish(kind: CheckInKind): boolean {
  return kind === "success" || kind === "fail";
}
