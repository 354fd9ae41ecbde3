/** What the memory store holds: maps of values that nobody changes, since all are copied in and out and frozen. */
import type { DayCount, JournalEntry, MonitorState, Receipt } from "../../domain/change.ts";
import type { BlindSpot, BlindUnknown, Plan } from "../../domain/hearing.ts";
import type { Incident } from "../../domain/incident.ts";
import type { WindowRow } from "../../domain/ledger.ts";
import type { Monitor } from "../../domain/monitor.ts";
import type { Notification } from "../../domain/notification.ts";
import type { Project, ProjectState } from "../../domain/project.ts";
import type { Run } from "../../domain/run.ts";
import type { GuardedRoute } from "../../domain/trust/guarded-route.ts";
import type { Verification } from "../../domain/trust/verification.ts";
import type { Channel, Key, Rejection } from "../../ports/records.ts";

export interface KeptMonitor {
  monitor: Monitor;
  state: MonitorState;
  version: number;
  dueAt: number | null;
  /** The earliest instant asked for by `hasten` and not settled by a commit since. */
  hastenedAt: number | null;
  /** By expectedAt. */
  windows: WindowRow[];
  /** By Rollcall's id, in order of arrival. */
  runs: Map<string, KeptRun>;
  journal: JournalEntry[];
  /** By duplicate key. */
  receipts: Map<string, { receipt: Receipt; at: number }>;
  /** By day and what. */
  counts: Map<string, DayCount>;
}

export interface KeptRun {
  run: Run;
  /** Its place in the order of arrival. */
  ordinal: number;
}

export interface KeptProject {
  project: Project;
  state: ProjectState;
  version: number;
  dueAt: number | null;
}

export interface KeptProof {
  project: string;
  id: string;
  use: string;
  untilAt: number;
}

export interface KeptRejection {
  number: number;
  rejection: Rejection;
}

/** What goes to one channel about one incident, in order; or one notice without incident. */
export interface Lane {
  number: number;
  project: string;
  channel: string;
  /** `laneSubject` of its notifications. */
  subject: string;
  incidentId: string | null;
  thread: string | null;
  hasSent: boolean;
  leasedUntil: number;
  /** Ids of what is still to be sent, in order. */
  pending: string[];
}

export interface Tables {
  monitors: Map<string, KeptMonitor>;
  /** Which monitor has this ping URL, by its hash; and which this run, by Rollcall's id. */
  pingOwners: Map<string, string>;
  runOwners: Map<string, string>;
  incidents: Map<string, Incident>;
  projects: Map<string, KeptProject>;
  keys: Map<string, Key>;
  /** What belongs to a project is keyed by it and a name, id, fold or route: see `keyOf`. */
  channels: Map<string, Channel>;
  plans: Map<string, Plan>;
  rejections: Map<string, KeptRejection>;
  proofUses: Map<string, KeptProof>;
  guardedRoutes: Map<string, GuardedRoute>;
  verifications: Map<string, Verification>;
  notifications: Map<string, Notification>;
  /** By project, channel and subject. */
  lanes: Map<string, Lane>;
  blindSpots: Map<string, BlindSpot>;
  /** By blind spot and monitor. */
  unknowns: Map<string, { unknown: BlindUnknown; isReported: boolean }>;
  lastSignOfLifeAt: number | null;
  /** Numbers given so far. */
  given: { runs: number; rejections: number; lanes: number };
}

export function emptyTables(): Tables {
  return {
    monitors: new Map(),
    pingOwners: new Map(),
    runOwners: new Map(),
    incidents: new Map(),
    projects: new Map(),
    keys: new Map(),
    channels: new Map(),
    plans: new Map(),
    rejections: new Map(),
    proofUses: new Map(),
    guardedRoutes: new Map(),
    verifications: new Map(),
    notifications: new Map(),
    lanes: new Map(),
    blindSpots: new Map(),
    unknowns: new Map(),
    lastSignOfLifeAt: null,
    given: { runs: 0, rejections: 0, lanes: 0 },
  };
}

/** The value as a store on disk would give it back: plain data. Whoever changes it is stopped. */
export function copy<Value>(value: Value): Value {
  return frozen(JSON.parse(JSON.stringify(value)) as Value);
}

/** What was given, to be kept. Whoever changes it afterwards, as if it were his still, is stopped too. */
export function given<Value>(value: Value): Value {
  return copy(frozen(value));
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

export function keyOf(...parts: readonly (string | number | null)[]): string {
  return JSON.stringify(parts);
}
