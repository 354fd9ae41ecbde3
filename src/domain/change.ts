/**
 * The values that pass between store and `decide`: a snapshot goes in with an event and its context, a
 * change comes out. A change is written together or not at all, if the monitor's version is still `baseVersion`.
 */
import type { Acceleration } from "./acceleration.ts";
import type { CheckResult, Learned } from "./checks/check.ts";
import type { CheckIn, Trigger } from "./check-in.ts";
import type { BlindSpot, BlindUnknown, Pause, Plan, RejectionMark } from "./hearing.ts";
import type { Incident } from "./incident.ts";
import type { StartFact, Verdict, WindowRow } from "./ledger.ts";
import type { Monitor, MonitorSettings, Ping } from "./monitor.ts";
import type { Notification } from "./notification.ts";
import type { Run } from "./run.ts";
import type { Schedule } from "./schedule/schedule.ts";
import type { Deploy, GuardSight } from "./trust/guarded-route.ts";

/** What the streaks were before one of the latest results, so that a revision of it can replace it. */
export interface RecentResult {
  /** `window:<expectedAt>`, `run:<id>` or `overlap:<id>`: the thing whose result it was. */
  of: string;
  before: StreakCounts;
  lastGoodAtBefore: number | null;
}

export interface StreakCounts {
  bad: number;
  /** Of those, the windows themselves: failed extra runs are bad results, but no further windows. */
  badWindows: number;
  good: number;
  /** expectedAt of the first window of the bad streak; and of the latest of it, or of the open incident. */
  badSinceAt: number | null;
  badLatestAt: number | null;
  /** expectedAt of the latest window that has had a good or bad result. */
  resultLatestAt: number | null;
}

export interface Streaks extends StreakCounts {
  /** Oldest first and bounded: what is taken back uncovers the result before it as the latest one. */
  recent: readonly RecentResult[];
}

export interface BeforeVerified {
  run: string;
  lastVerifiedAt: number | null;
  lastEvidence: Readonly<Record<string, string>>;
}

/** `every`: the one window that exists now; null while nothing is expected (`from: finish`, a run open). */
export interface NextEvery {
  expectedAt: number | null;
  /** The timing version that window belongs to. */
  version: number;
  /** The window before: judged windows of `every` cannot be re-derived. */
  previousAt: number | null;
  /** `from: finish`: the latest end of a run that was heard of; what is delivered late must not anchor behind it. */
  heardEndAt: number | null;
  /** When a pause ended: nothing is expected from before that, whatever is delivered late. */
  resumedAt: number | null;
}

/** Bounded in size; stored as one document beside the monitor. */
export interface MonitorState {
  /** Windows with `expectedAt <= cursorAt` have a judged start (or began before this monitor did). */
  cursorAt: number;
  every: NextEvery | null;
  /** Windows with a start and no final verdict, and those with a start beyond an unjudged one; oldest first. */
  windows: readonly WindowRow[];
  /** The latest window that has been judged, whatever its verdict; a single window. */
  latest: WindowRow | null;
  /** The last written row without check-ins: what the next like it folds into. */
  tail: WindowRow | null;
  openRuns: readonly Run[];
  /** Runs that have finished and await a proof from outside; bounded. Absent: none. */
  awaiting?: readonly Run[];
  /** The last good values of what runs tell, for the baseline. Absent: nothing yet. */
  learned?: Learned;
  /** What evidence was at the last good run, for checks that want it changed. */
  lastEvidence?: Readonly<Record<string, string>>;
  /** What the latest verified run replaced: it is not compared with itself, and may yet be lowered. Absent: none was. */
  beforeVerified?: BeforeVerified;
  /** The latest anonymous run, open or ended. */
  anonymous: Run | null;
  incident: Incident | null;
  streaks: Streaks;
  pause: Pause | null;
  /** Lone finishes in a row on a `both` monitor: three raise a hint. */
  loneFinishes: number;
  /** The latest run was begun by traces of which only a share is sent. Absent: it was not. */
  isSampled?: boolean;
  lastCheckInAt: number | null;
  lastGoodAt: number | null;
  lastVerifiedAt: number | null;
  lastRun: {
    id: string;
    runId: string | null;
    state: string;
    startedAt: number;
    finishedAt: number | null;
  } | null;
  /** When the next reminder is due, by channel. */
  reminders: Readonly<Record<string, { dueAt: number; ordinal: number }>>;
  /** Notices muted by a pause, maintenance or silence: told once at its end if the incident is still open. */
  isNoticeHeld: boolean;
  /** A faster schedule for a while, or the last one and what came of it. Absent: there was none. */
  acceleration?: Acceleration;
  /** Closed while sending was muted, though its opening had been told: its end is told when the mute is over. */
  heldEnd: Incident | null;
  /** Whether the open incident has been told to anyone. */
  isOpeningTold: boolean;
  /** Numbers for ids: runs, incidents and notifications made so far. And the check-ins accepted. */
  counted: { runs: number; incidents: number; notifications: number; checkIns: number };
}

export interface Snapshot {
  monitor: Monitor;
  state: MonitorState;
  version: number;
  /** The latest attempt of the run named, if asked for and known. */
  run: Run | null;
  /**
   * Ledger rows, by expectedAt and none twice: those around the instants asked for, and the rows that hold the
   * windows of the run named and of the anonymous run.
   */
  rows: readonly WindowRow[];
  /** The receipt given to an earlier check-in with the same duplicate key. */
  earlierReceipt: Receipt | null;
}

/** Everything `decide` may know besides the snapshot and the event. Kept in the journal with the event. */
export interface Context {
  /** Engine time of this decision. */
  judgedAt: number;
  /**
   * What was received before this is decided, so that absence may be judged up to here. Absent: that holds of all that
   * was received before this decision.
   */
  settledAt?: number;
  /** Overlapping anything that can still be judged, oldest first. */
  blindSpots: readonly BlindSpot[];
  /** Maintenance and silences that concern this monitor. */
  plans: readonly Plan[];
  /** Rejections of this monitor's check-ins since the oldest unjudged window opened. */
  rejections: readonly RejectionMark[];
  /** The project's default channels, for monitors that name none. */
  defaultChannels: readonly string[];
  /** What guards on the user's own routes know, where a window is about to be missing. Absent: there are none. */
  guard?: GuardSight;
  /** The latest deploy before this decision, where a window is about to be missing or a check-in was refused. */
  deploy?: Deploy;
}

/** New settings of a monitor, by a person or by the configuration that it is written in. */
export interface Edit {
  settings: MonitorSettings;
  by: string;
  /** A new ping URL; absent: as it was. */
  ping?: Ping;
  /** The configuration that says so; absent: edited by hand. */
  configuration?: string;
}

export interface ProbeAnswer {
  url: string;
  isOk: boolean;
  /** `answered 404`, `could not be reached (timeout)`. */
  said: string;
}

export type MonitorEvent =
  /** `expert`: what the schema and the expressions found in the run that this check-in ends. */
  | { type: "check_in"; checkIn: CheckIn; expert?: readonly CheckResult[] }
  /** Proofs from outside were asked for: what each address answered. */
  | { type: "probed"; run: string; windowAt: number | null; answers: readonly ProbeAnswer[] }
  | { type: "clock" }
  | ({ type: "configured" } & Edit)
  /** It is in its configuration no longer. */
  | { type: "gone"; configuration: string; by: string }
  | { type: "deleted"; by: string }
  | { type: "paused"; untilAt: number | null; reason: string | null; by: string }
  | { type: "resumed"; by: string }
  | { type: "acknowledged"; by: string; note: string | null }
  | { type: "resolved"; by: string; note: string | null }
  | { type: "commented"; by: string; text: string }
  | { type: "rejected"; rejection: RejectionMark }
  /** A guard tells, perhaps late, that a call was let in. */
  | { type: "called" }
  | { type: "accelerated"; schedule: Schedule; expiresInMs: number; by: string }
  /** A person takes the faster schedule back. */
  | { type: "decelerated"; by: string };

/** The truthful answer to a check-in. */
export interface Receipt {
  monitor: string;
  kind: CheckIn["kind"];
  /** Rollcall's id, and the job's as shown; null for `log` without a run. */
  run: string | null;
  runId: string | null;
  trigger: Trigger;
  window: {
    expectedAt: number;
    startBy: number;
    start: StartFact;
    verdict: Verdict | null;
    /** `window`: the run took it; `extra`: it had a start already. */
    as: "window" | "extra";
  } | null;
  isDuplicate: boolean;
  receivedAt: number;
  occurredAt: number | null;
  nextExpectedAt: number | null;
  nextStartBy: number | null;
  /** What was cut, ignored or doubtful, and why. */
  notes: readonly string[];
}

/** A day's count of something, by the window's expectedAt (UTC day) or the run's start. */
export interface DayCount {
  /** Days since 1970-01-01 UTC. */
  day: number;
  what: Verdict | "extra" | "rejected" | "revised";
  delta: number;
}

export interface JournalEntry {
  /** Position: the version this change made. */
  version: number;
  at: number;
  event: MonitorEvent;
  context: Context;
}

export interface Change {
  baseVersion: number;
  monitor: Monitor;
  state: MonitorState;
  /** Rows put by (monitor, expectedAt), replacing what stood there. */
  rows: readonly WindowRow[];
  runs: readonly Run[];
  incidents: readonly Incident[];
  notifications: readonly Notification[];
  unknowns: readonly BlindUnknown[];
  receipt: { duplicateKey: string; receipt: Receipt; at: number } | null;
  counts: readonly DayCount[];
  journal: JournalEntry | null;
  /** The next instant at which this monitor must be looked at; null when nothing is to come. */
  dueAt: number | null;
}
