/** What a person is told: opened when results are bad, closed by evidence, a person or deletion, and marked which. */

export const MONITOR_INCIDENT_KINDS = ["missing", "incomplete", "failed", "unverified", "overlap"] as const;
export type MonitorIncidentKind = (typeof MONITOR_INCIDENT_KINDS)[number];
export type IncidentKind = MonitorIncidentKind | "delivery" | "blind";

/** Where the run died. */
export type Phase = "not_dispatched" | "not_arrived" | "rejected_at_boundary" | "in_run" | "unverified";

export type IncidentStatus = "open" | "acknowledged" | "resolved";
export type ResolvedBy = "evidence" | "person" | "deletion";

export type IncidentSubject =
  | { type: "monitor"; monitorId: string; slug: string }
  | { type: "channel"; channel: string }
  | { type: "service" };

export type IncidentChange = "opened" | "changed" | "reminder" | "acknowledged" | "resolved" | "follow_up";

export interface TimelineEntry {
  at: number;
  what: IncidentChange | "comment" | "recovering" | "note";
  text: string;
  /** Who, where a person or a key did it. */
  by: string | null;
}

/** Evidence for the reader: what was expected, what came instead, how we know, what we do not, what to look at. */
export interface Evidence {
  expected: string;
  came: string;
  known: readonly string[];
  unknown: readonly string[];
  next: string;
}

export interface Incident {
  id: string;
  project: string;
  subject: IncidentSubject;
  kind: IncidentKind;
  phase: Phase | null;
  title: string;
  evidence: Evidence;
  status: IncidentStatus;
  /** The instant from which the result was bad by rule (its deadline or its finish). */
  openedAt: number;
  /** When Rollcall judged it. */
  detectedAt: number;
  resolvedAt: number | null;
  resolvedBy: ResolvedBy | null;
  /** expectedAt of the first bad window; null where no window is concerned. */
  firstWindowAt: number | null;
  /** expectedAt of the window of the latest bad result. */
  latestWindowAt: number | null;
  /** Windows without a good run since then, the first included. */
  windowsLost: number;
  lastGoodAt: number | null;
  lastVerifiedAt: number | null;
  owner: string | null;
  /** Near rejections counted into the title. */
  rejections: number;
  timeline: readonly TimelineEntry[];
  /** Entries dropped from the middle of the timeline when it was full. */
  timelineCut: number;
}
