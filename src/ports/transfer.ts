/**
 * All that a store holds, as records that any other store can take in: how an instance moves to another machine,
 * another kind of store, another edition. What is sealed stays sealed: the key file moves beside the records.
 */
import type { DayCount, JournalEntry, MonitorState, Receipt } from "../domain/change.ts";
import type { BlindSpot, BlindUnknown, Plan } from "../domain/hearing.ts";
import type { Incident } from "../domain/incident.ts";
import type { WindowRow } from "../domain/ledger.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Notification } from "../domain/notification.ts";
import type { Project, ProjectState } from "../domain/project.ts";
import type { Run } from "../domain/run.ts";
import type { GuardedRoute } from "../domain/trust/guarded-route.ts";
import type { Verification } from "../domain/trust/verification.ts";
import type { Channel, Key, Rejection } from "./records.ts";

export type StoredRecord =
  | { kind: "project"; project: Project; state: ProjectState; version: number; dueAt: number | null }
  | { kind: "key"; key: Key }
  | { kind: "channel"; channel: Channel }
  | { kind: "plan"; plan: Plan }
  | StoredMonitor
  | { kind: "window"; row: WindowRow }
  | { kind: "run"; run: Run }
  | { kind: "journal"; monitorId: string; entry: JournalEntry }
  | { kind: "receipt"; monitorId: string; duplicateKey: string; receipt: Receipt; at: number }
  | { kind: "count"; monitorId: string; count: DayCount }
  | { kind: "incident"; incident: Incident }
  | StoredLane
  | { kind: "notification"; notification: Notification }
  | { kind: "rejection"; rejection: Rejection }
  | StoredProofUse
  | { kind: "guarded_route"; route: GuardedRoute }
  | { kind: "verification"; verification: Verification }
  | { kind: "blind_spot"; spot: BlindSpot }
  | { kind: "unknown"; unknown: BlindUnknown; isReported: boolean }
  | { kind: "sign_of_life"; at: number };

export interface StoredMonitor {
  kind: "monitor";
  monitor: Monitor;
  state: MonitorState;
  version: number;
  dueAt: number | null;
  /** The earliest instant asked for by `hasten` and not settled by a commit since. */
  hastenedAt: number | null;
}

/** What one channel has been told about one incident, or by one notice. Leases stay behind with who held them. */
export interface StoredLane {
  kind: "lane";
  project: string;
  channel: string;
  /** `laneSubject` of its notifications. */
  subject: string;
  incidentId: string | null;
  thread: string | null;
  hasSent: boolean;
}

/** A proof that was shown, so that it is not shown twice: as it was claimed. */
export interface StoredProofUse {
  kind: "proof_use";
  project: string;
  id: string;
  use: string;
  untilAt: number;
}

/** Every kind, in the order in which records come: what a record speaks of has come before it. */
export const RECORD_KINDS = [
  "project",
  "key",
  "channel",
  "plan",
  "monitor",
  "window",
  "run",
  "journal",
  "receipt",
  "count",
  "incident",
  "lane",
  "notification",
  "rejection",
  "proof_use",
  "guarded_route",
  "verification",
  "blind_spot",
  "unknown",
  "sign_of_life",
] as const satisfies readonly StoredRecord["kind"][];

export interface TransferStore {
  /**
   * Everything that is durable, as it stood at one instant however long the reading takes and whatever is written
   * meanwhile. Within a kind, records come in the order in which they arrived wherever a store tells that order.
   */
  exportAll(): AsyncIterable<StoredRecord>;
  /**
   * Takes in what `exportAll` of any store gave, in its order; afterwards `exportAll` gives the same again. Throws
   * `conflict` when anything is stored already. When it throws later, part of it may be there, and the store is to
   * be thrown away: who imports does so beside what is in use, and changes over when all is in.
   */
  importAll(records: AsyncIterable<StoredRecord>): Promise<void>;
}
