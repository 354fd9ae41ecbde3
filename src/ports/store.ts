/**
 * What Rollcall must remember. Every implementation passes one contract suite and agrees with the memory
 * store on random histories. Nothing is acknowledged before it is durable: a promise that resolves means
 * the write survives `kill -9`. Any method may throw `RollcallError("unavailable")` when the store cannot
 * be reached or written (full disk); then nothing of that call was kept and the store goes on serving.
 * Values are never changed, neither by the store nor by those who gave or got them: a store may keep and hand out
 * the very objects. The memory store freezes them, so that a test shows who does. A change that contradicts
 * what is stored (an id that belongs to another monitor or project, an outbox id used twice) is a mistake of
 * ours: it throws and nothing of it is kept. Of a monitor or project that is unknown, lists are empty.
 */
import type { Change, DayCount, JournalEntry, Snapshot, MonitorState } from "../domain/change.ts";
import type { BlindSpot, BlindUnknown, Plan } from "../domain/hearing.ts";
import type { Incident, IncidentStatus } from "../domain/incident.ts";
import type { WindowRow } from "../domain/ledger.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Attempt, Notification } from "../domain/notification.ts";
import type { Project, ProjectChange, ProjectSnapshot } from "../domain/project.ts";
import type { Run } from "../domain/run.ts";
import type { BoundaryStore } from "./boundary-store.ts";
import type { Channel, Key } from "./records.ts";
import type { TransferStore } from "./transfer.ts";

export interface Page<Item> {
  items: readonly Item[];
  /** Opaque; give it back as `cursor` to go on. Null on the last page. */
  nextCursor: string | null;
}

/**
 * Pages hold what stood there when they were read: what is there throughout is on exactly one page, whatever is
 * added, changed or removed meanwhile. A cursor that was not made by the same list is an `invalid_request`.
 */
export interface PageRequest {
  cursor: string | null;
  /** At least 1; the caller has bounded it. */
  limit: number;
}

export interface MonitorRef {
  id: string;
  project: string;
  slug: string;
  deletedAt: number | null;
  /** Contracts that its check-ins may meet; null: what the project accepts. */
  accepts: readonly string[] | null;
}

export interface MonitorSummary {
  monitor: Monitor;
  state: MonitorState;
  version: number;
}

export interface Wanted {
  /** The job's run id whose latest attempt is wanted; null or absent: none. */
  runId?: string | null;
  /**
   * Instants around which ledger rows are wanted: for each, the two latest rows with `expectedAt` at or before it
   * (the later covers it, or is the latest before it) and the first after it.
   */
  windowsAt?: readonly number[];
  /** The key whose receipt is wanted; kept for `LIMITS.receiptKeptMs` at least. */
  duplicateKey?: string | null;
  /**
   * What this process remembers will do, though another may have written since: for whoever then has `commit` or
   * `confirm` say whether it still stood; what was "stale" is remembered no longer. Absent: as it stands in the store.
   */
  mayBeOld?: boolean;
}

/** A part of the store whose monitors can be looked at beside those of the others; named by `partitions`. */
export type Partition = string;

export interface MonitorStore {
  /** All parts: between them they hold everything. One where a store is in one piece. */
  partitions(): Promise<readonly Partition[]>;
  /**
   * Adds a monitor with all of the change. `baseVersion` is 0; afterwards its version is 1. "stale" when a
   * living monitor of the project has this slug, or any has this id: eight parallel creations make one
   * monitor, and twice is harmless. The slug of a tombstone is free.
   */
  createMonitor(change: Change): Promise<"committed" | "stale">;
  /**
   * The monitor with its state and the rows wanted, or null when it is unknown. Tombstones are loaded too.
   * `rows`, by expectedAt and each once: those around `windowsAt`, the one that covers the window of the run
   * named, and the one that covers the window of the state's anonymous run. What was accepted is there, also while
   * it is not durable yet: whoever answers from it, and commits nothing himself, has it confirmed.
   */
  load(monitorId: string, wanted: Wanted): Promise<Snapshot | null>;
  /**
   * Writes all of the change if the version is still `baseVersion` (then it is one more, or beyond all that were
   * accepted and lost), else nothing and "stale"; an unknown monitor is "stale". Ledger rows of one monitor never
   * overlap. Unknowns of the same spot and monitor are widened, their counts added, and they count as unreported
   * again. Day counts are added.
   *
   * `onAccepted` is called at most once, as soon as `load` gives the monitor with this change, so that the next one
   * may be decided while this one becomes durable. A store in this process accepts within the call, in the order of
   * the calls; one over a network, which learns it no sooner, when it is durable. What was accepted may still be
   * lost: then this promise rejects (or is "stale" where it was built on a lost one), and all that was built on it
   * is "stale", however late it comes.
   */
  commit(change: Change, onAccepted?: () => void): Promise<"committed" | "stale">;
  /**
   * "committed" as soon as everything that a snapshot from `load` shows is durable; "stale" when some of it was lost.
   */
  confirm(snapshot: Snapshot): Promise<"committed" | "stale">;
  /** By slug: the living monitor, else the latest tombstone of that slug, else null. */
  findMonitor(project: string, slug: string): Promise<MonitorRef | null>;
  findMonitorByPing(pingHash: string): Promise<MonitorRef | null>;
  /** Ids with `dueAt <= nowAt`, the longest due first, then by id; with a partition, only of that one. */
  dueMonitors(
    nowAt: number,
    limit: number,
    partition?: Partition,
  ): Promise<readonly { id: string; dueAt: number }[]>;
  /** Living monitors ordered by slug. */
  listMonitors(project: string, page: PageRequest): Promise<Page<MonitorSummary>>;
  /**
   * Asks that the monitor be looked at by then at the latest: lowers its due instant and leaves its version.
   * A commit whose journal entry is dated before `dueAt` was decided without knowing of the wish and keeps it;
   * any other commit settles it. Nothing happens to tombstones and unknown ids. Twice is harmless.
   */
  hasten(monitorId: string, dueAt: number): Promise<void>;
}

export interface LedgerStore {
  /**
   * Rows that stand for a window in `[fromAt, toAt)`, by expectedAt. Range rows are returned whole: one that
   * began before `fromAt` is there too, and a page never repeats windows of the page before it.
   */
  listWindows(
    monitorId: string,
    between: { fromAt: number; toAt: number },
    page: PageRequest,
  ): Promise<Page<WindowRow>>;
  /** The latest arrived first (arrived: first committed); with `runId`, only attempts of that id. */
  listRuns(monitorId: string, wanted: { runId: string | null }, page: PageRequest): Promise<Page<Run>>;
  getRun(id: string): Promise<Run | null>;
  /** What was decided and on what grounds, by `at`, then version, `fromAt <= at < toAt`. */
  listJournal(
    monitorId: string,
    between: { fromAt: number; toAt: number },
    page: PageRequest,
  ): Promise<Page<JournalEntry>>;
  /** Sums for one monitor by day, then by `what` in text order, `fromDay <= day < toDay`; sums of 0 are left out. */
  dayCounts(monitorId: string, days: { fromDay: number; toDay: number }): Promise<readonly DayCount[]>;
  /** Newest first by openedAt, then by id, the greater first. */
  listIncidents(
    project: string,
    wanted: { status: IncidentStatus | null; monitorId: string | null },
    page: PageRequest,
  ): Promise<Page<Incident>>;
  getIncident(id: string): Promise<Incident | null>;
}

export interface ProjectStore {
  /** Adds the project with an empty state and version 1. False when its name was there already: nothing happens then. */
  createProject(project: Project): Promise<boolean>;
  /** By name. */
  listProjects(): Promise<readonly Project[]>;
  loadProject(name: string): Promise<ProjectSnapshot | null>;
  /**
   * Like `commit`, for what a project is told about Rollcall itself. `reported` marks unknowns as named in a
   * follow-up; those that are not there are passed over.
   */
  commitProject(change: ProjectChange): Promise<"committed" | "stale">;
  /**
   * Names with `dueAt <= nowAt`, the longest due first, then by name; with a partition, only of projects that are kept
   * in that one.
   */
  dueProjects(nowAt: number, partition?: Partition): Promise<readonly string[]>;

  /** Adds or replaces by id; one that was revoked stays so. So do `putChannel` by project and name, and `putPlan` by project and id. */
  putKey(key: Key): Promise<void>;
  getKey(id: string): Promise<Key | null>;
  /** By createdAt, then id. */
  listKeys(project: string): Promise<readonly Key[]>;
  putChannel(channel: Channel): Promise<void>;
  getChannel(project: string, name: string): Promise<Channel | null>;
  /** By name. */
  listChannels(project: string): Promise<readonly Channel[]>;
  /**
   * False when it was not there. Pending notifications to it are dropped, and threads forgotten: a later
   * channel of this name starts anew.
   */
  deleteChannel(project: string, name: string): Promise<boolean>;
  putPlan(plan: Plan): Promise<void>;
  /** All plans with `untilAt > endAfterAt`, by fromAt, then id. */
  listPlans(project: string, endAfterAt: number): Promise<readonly Plan[]>;
  /** False when it was not there. */
  deletePlan(project: string, id: string): Promise<boolean>;
}

/** Everything still to be said about one incident on one channel (or one notice about a result). */
export interface NotificationBatch {
  project: string;
  channel: string;
  incidentId: string | null;
  monitorId: string | null;
  /** Pending and due, by id: from the earliest pending one up to the first that is not due. At least one. */
  notifications: readonly Notification[];
  /** What the channel asked to remember of this incident: a Slack thread, an email's Message-ID. */
  thread: string | null;
  /** Whether anything about this incident has been sent on this channel. */
  hasSent: boolean;
  /** A claim before this one was never settled: who made it died or could not write, and may have sent it. */
  isLeftUnsettled: boolean;
  /** Until when it is leased to who claimed it, and by which its lease is known: the next one's ends later. */
  leasedUntilAt: number;
}

/** Whose notifications are settled, and by which claim. */
export type SettledBatch = Pick<NotificationBatch, "project" | "channel" | "incidentId" | "leasedUntilAt">;

export interface ChannelRef {
  project: string;
  channel: string;
}

/** What came of one claimed notification. `pending` means: again, not before `notBeforeAt`. */
export interface SettledNotification {
  id: string;
  status: Notification["status"];
  /** Null where nothing was tried. The latest `LIMITS.attemptsKept` are kept; that of a sent one dates it. */
  attempt: Attempt | null;
  notBeforeAt: number;
  isDigested: boolean;
}

export interface OutboxStore {
  /**
   * Batches with a due notification, leased to the caller until `nowAt + leaseMs`: nobody else gets them
   * meanwhile. A batch never overtakes an earlier pending notification of the same (incident, channel): if the
   * earliest is not due yet, the batch is not returned. At most `limit` batches, those claimable longest first.
   * A notification without an incident is a batch of its own. The lease covers what is added meanwhile.
   * Channels named in `busy` (as `<project>/<channel>`) are passed over: one that hangs must not fill the limit. With
   * `only`, batches of that channel alone.
   */
  claimNotifications(claim: {
    nowAt: number;
    leaseMs: number;
    limit: number;
    busy?: readonly string[];
    only?: ChannelRef;
  }): Promise<readonly NotificationBatch[]>;
  /**
   * Channels of which `claimNotifications` has something to give, by project and name; with a partition, only what is
   * kept in that one. Of a crowd perhaps not all, as long as those left out are among the next that are asked for once
   * these have been claimed.
   */
  waitingChannels(nowAt: number, partition?: Partition): Promise<readonly ChannelRef[]>;
  /**
   * Records what came of claimed notifications, ends their lease unless it is another's by now, and keeps `thread` (when
   * not null). What was sent stays sent, whoever settles later; what was dropped or given up meanwhile can only become
   * sent. Ids that are not there, or not of this batch, are passed over.
   */
  settleNotifications(
    batch: SettledBatch,
    settled: readonly SettledNotification[],
    thread: string | null,
  ): Promise<void>;
  /** Adds a notification outside a commit (tests of a channel, sent or still to be). With an id that is there, nothing happens. */
  addNotification(notification: Notification): Promise<void>;
  /**
   * The earliest instant at which `claimNotifications` has something to give: the `notBeforeAt` of the earliest
   * pending notification of an (incident, channel), and not before the end of its lease. At most `nowAt`: there
   * is something now. Null when nothing is pending.
   */
  nextNotificationAt(nowAt: number): Promise<number | null>;
  /** How many `opened` notifications were sent on this channel with `sentAt >= sinceAt`, digests not counted. */
  countOpenedSent(project: string, channel: string, sinceAt: number): Promise<number>;
  /** When a message was last sent on this channel, digests included; null when none that is kept was. */
  lastSentAt(project: string, channel: string): Promise<number | null>;
  /** By createdAt, then id. */
  listNotifications(
    project: string,
    wanted: { incidentId: string | null },
    page: PageRequest,
  ): Promise<Page<Notification>>;
}

export interface HearingStore {
  /** The latest of all processes that hear. */
  lastSignOfLifeAt(): Promise<number | null>;
  /** Replaces the last one of this process, earlier or later: the engine's clock is the judge. */
  signOfLife(at: number): Promise<void>;
  /**
   * Adds the spot, and makes its end the last sign of life of this process unless that is later already. Nothing happens when a
   * spot with this id is there.
   */
  addBlindSpot(spot: BlindSpot): Promise<void>;
  /** Those with `toAt >= sinceAt`, by fromAt, then id. */
  listBlindSpots(sinceAt: number): Promise<readonly BlindSpot[]>;
  /** Monitors left unknown by the spot, by slug, then id; with `onlyUnreported`, those no follow-up has named. */
  blindUnknowns(wanted: {
    blindSpotId: string;
    project: string;
    onlyUnreported: boolean;
  }): Promise<readonly BlindUnknown[]>;
}

export interface Upkeep {
  /**
   * Removes what is past its retention, at most `LIMITS.sweepRows` records of at most `LIMITS.sweepMonitors`
   * monitors; how many it removed. Calls go round all monitors, so it is asked regularly. Removed are:
   * - after `historyMs`, or before the first of the latest `runsPerMonitor` runs: ledger rows (by `toAt`), runs (by
   *   their last instant) and journal entries; not open runs, and neither rows nor runs of windows that the
   *   state still names (open ones, the latest judged one, the open incident's first and latest);
   * - receipts after `receiptKeptMs`, day counts after `countersMs`;
   * - after `historyMs`: closed incidents with their notifications, notices without incident that are not pending,
   *   rejections, ended plans, guarded routes that told nothing since, verifications (by `at`), blind spots with their
   *   unknowns, and tombstones with everything of theirs;
   * - proofs shown whose `untilAt` has passed.
   * Open incidents and their notifications stay.
   */
  sweep(nowAt: number): Promise<number>;
  /** Throws when the store cannot be written. Cheap: it is asked by readiness probes. */
  ping(): Promise<void>;
  /** Ends what is under way and closes. Twice is harmless. */
  close(): Promise<void>;
}

export type Store = MonitorStore &
  LedgerStore &
  ProjectStore &
  BoundaryStore &
  OutboxStore &
  HearingStore &
  TransferStore &
  Upkeep;

/** Where a store is to be found. */
export interface StorePlace {
  /** The data folder; made when it is not there. */
  folder: string;
  /**
   * Calls the function once, when everything that is ready to run now has run. A store may gather what is
   * committed until then and make it durable together.
   */
  afterTurn: (act: () => void) => void;
  /** Called at most once: the store will refuse every write from now on, and what runs on it should end. */
  onBroken?: (error: Error) => void;
}

/** A way of remembering, as `stores/all.ts` lists it. */
export interface StoreKind {
  name: string;
  /** What was written is there after closing (or `kill -9`) and opening again. */
  isPersistent: boolean;
  /** Throws one sentence that says what to do when the place is in use, damaged or written by a newer Rollcall. */
  open(place: StorePlace): Promise<Store>;
}
