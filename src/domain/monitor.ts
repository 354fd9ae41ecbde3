/**
 * The thing watched: one job with its schedule and settings. A monitor's timing is versioned, because a
 * window keeps the timing under which it was opened.
 */
import type { ProofSettings } from "./checks/check.ts";
import type { ManagedMonitor } from "./managed.ts";
import type { Schedule } from "./schedule/schedule.ts";

export type Signals = "both" | "finish";
export type Overlap = "allow" | "warn" | "forbid" | "skip";
export type ResultNotice = "late" | "degraded";

/** How one channel is told about one monitor. */
export interface ChannelLink {
  name: string;
  /** Send only if the incident is still open and unacknowledged this long after it opened. */
  afterMs: number;
  /** Good results that are told of as well. */
  notifyOn: readonly ResultNotice[];
  remindEveryMs: number | null;
}

/** What a person (or `create=1`) chose. A null duration means the default that follows from the gap. */
export interface MonitorSettings extends ProofSettings {
  name: string;
  /** For whoever is called in the night: what the job is for, and what to do. */
  description: string;
  tags: readonly string[];
  schedule: Schedule;
  signals: Signals;
  graceMs: number | null;
  earlyMs: number | null;
  maxRuntimeMs: number | null;
  failureThreshold: number;
  recoveryThreshold: number;
  overlap: Overlap;
  manualCounts: boolean;
  /** Null: late delivery is accepted from keys and not from the bare ping URL. */
  acceptLate: boolean | null;
  /** Null: the project's default channels. */
  channels: readonly ChannelLink[] | null;
  /** Contracts that its check-ins may meet; absent: what the project accepts. */
  accepts?: readonly string[];
}

/** The part of the settings that decides windows. A new version begins only when this part changes. */
export interface Timing {
  version: number;
  schedule: Schedule;
  signals: Signals;
  graceMs: number | null;
  earlyMs: number | null;
  maxRuntimeMs: number | null;
  /** Its windows have `expectedAt > afterAt` … */
  afterAt: number;
  /** … and, once a later version has taken over, `expectedAt <= untilAt`. */
  untilAt: number | null;
}

/** The bare ping URL's UUID: sealed for showing, hashed for finding. Never in clear. */
export interface Ping {
  pingSealed: string;
  pingHash: string;
}

export interface Monitor extends Ping {
  id: string;
  project: string;
  slug: string;
  createdAt: number;
  /** A tombstone: check-ins get 410 and a rejection until retention removes it. */
  deletedAt: number | null;
  settings: MonitorSettings;
  /** Oldest first; the last one is current. Earlier ones stay while they still have unjudged windows. */
  timings: readonly Timing[];
  /** The configuration file it is written in; absent or null: made by hand. */
  managedBy?: ManagedMonitor | null;
}
