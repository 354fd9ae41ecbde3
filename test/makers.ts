/** Small makers of domain values: a whole one by default, and a test says only what matters. */
import { DEFAULT_PROOF } from "../src/domain/checks/check.ts";
import { newState } from "../src/domain/decide/configure.ts";
import { currentTiming } from "../src/domain/decide/draft.ts";
import type { Change, JournalEntry, MonitorState, Receipt } from "../src/domain/change.ts";
import type { BlindSpot, BlindUnknown, Plan } from "../src/domain/hearing.ts";
import type { Incident } from "../src/domain/incident.ts";
import type { Verdict, WindowRow } from "../src/domain/ledger.ts";
import type { Monitor, MonitorSettings } from "../src/domain/monitor.ts";
import type { Notification } from "../src/domain/notification.ts";
import type { Project, ProjectChange, ProjectSnapshot } from "../src/domain/project.ts";
import type { Run } from "../src/domain/run.ts";
import type { BoundaryReceipt } from "../src/domain/trust/guarded-route.ts";
import type { Verification } from "../src/domain/trust/verification.ts";
import type { Channel, Key, RejectionSighting } from "../src/ports/records.ts";
import type { GuardNote } from "../src/ports/boundary-store.ts";
import { incident } from "./makers-message.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An instant to count from: 2026-03-02 00:00 UTC. */
export const START = Date.UTC(2026, 2, 2);

export function settings(given: Partial<MonitorSettings> = {}): MonitorSettings {
  return {
    name: "Nightly backup",
    description: "",
    tags: [],
    schedule: { kind: "every", everyMs: HOUR, from: "start" },
    signals: "both",
    graceMs: null,
    earlyMs: null,
    maxRuntimeMs: null,
    failureThreshold: 1,
    recoveryThreshold: 1,
    overlap: "allow",
    manualCounts: false,
    acceptLate: null,
    channels: null,
    ...DEFAULT_PROOF,
    ...given,
  };
}

/** Its slug and ping URL follow from its id, so that two monitors differ in all that must be unique. */
export function monitor(given: Partial<Monitor> = {}): Monitor {
  const id = given.id ?? "mon_1";
  const { schedule, signals, graceMs, earlyMs, maxRuntimeMs } = given.settings ?? settings();
  return {
    id,
    project: "default",
    slug: id.replace("_", "-"),
    createdAt: START,
    deletedAt: null,
    pingSealed: `sealed-${id}`,
    pingHash: `hash-${id}`,
    settings: settings(),
    timings: [
      { version: 1, schedule, signals, graceMs, earlyMs, maxRuntimeMs, afterAt: START, untilAt: null },
    ],
    ...given,
  };
}

export function state(given: Partial<MonitorState> = {}): MonitorState {
  return { ...newState(currentTiming(monitor()), START), ...given };
}

/** A change that writes nothing but monitor and state, unless more is given. */
export function change(given: Partial<Change> = {}): Change {
  return {
    baseVersion: 0,
    monitor: monitor(),
    state: state(),
    rows: [],
    runs: [],
    incidents: [],
    notifications: [],
    unknowns: [],
    receipt: null,
    counts: [],
    journal: null,
    dueAt: null,
    ...given,
  };
}

/** A ledger row: one window at `expectedAt`, or a range up to `toAt`. */
export function windowRow(
  given: Partial<WindowRow> & { expectedAt: number; verdict?: Verdict | null },
): WindowRow {
  const { verdict = "missing", ...row } = given;
  return {
    opensAt: row.expectedAt - MINUTE,
    startBy: row.expectedAt + MINUTE,
    gapMs: HOUR,
    graceMs: MINUTE,
    version: 1,
    isOptional: false,
    monitorId: "mon_1",
    toAt: row.expectedAt,
    count: 1,
    start: "none",
    runId: null,
    startedAt: null,
    finishedAt: null,
    finishBy: null,
    judgements: [
      {
        verdict,
        reason: { code: "no_start", values: { graceMs: MINUTE } },
        judgedAt: row.expectedAt + MINUTE,
        cause: null,
      },
    ],
    extraRuns: [],
    extraCount: 0,
    recoveredBy: null,
    timing: null,
    ...row,
  };
}

export function run(given: Partial<Run> = {}): Run {
  return {
    id: "run_1",
    monitorId: "mon_1",
    runId: null,
    attempt: 1,
    trigger: "schedule",
    part: "window",
    windowAt: null,
    state: "reported",
    startedAt: START,
    isStartHeard: true,
    finishBy: null,
    finishedAt: START + MINUTE,
    heardFromAt: START,
    heardToAt: START + MINUTE,
    heard: { start: START, success: START + MINUTE },
    outcome: { exitStatus: 0, message: "" },
    isOverlapping: false,
    isDeliveredLate: false,
    notes: [],
    ...given,
  };
}

/** An incident of a monitor, resolved a minute later where `status` says so. */
export function monitorIncident(given: Partial<Incident> & { id: string; monitorId?: string }): Incident {
  const { monitorId = "mon_1", ...rest } = given;
  const openedAt = rest.openedAt ?? START;
  const isResolved = rest.status === "resolved";
  return incident({
    subject: { type: "monitor", monitorId, slug: monitorId.replace("_", "-") },
    openedAt,
    detectedAt: openedAt,
    firstWindowAt: null,
    latestWindowAt: null,
    lastGoodAt: null,
    resolvedAt: isResolved ? openedAt + MINUTE : null,
    resolvedBy: isResolved ? "evidence" : null,
    ...rest,
  });
}

export function notification(given: Partial<Notification> & { id: string }): Notification {
  const createdAt = given.createdAt ?? START;
  return {
    project: "default",
    channel: "ops",
    incidentId: "inc_1",
    monitorId: "mon_1",
    change: "opened",
    title: "nightly-backup: nothing arrived",
    at: createdAt,
    ordinal: 0,
    result: null,
    createdAt,
    notBeforeAt: createdAt,
    isOnlyIfOpen: false,
    status: "pending",
    attempts: [],
    sentAt: null,
    isDigested: false,
    ...given,
  };
}

export function receipt(given: Partial<Receipt> = {}): Receipt {
  return {
    monitor: "mon-1",
    kind: "success",
    run: "run_1",
    runId: null,
    trigger: "schedule",
    window: null,
    isDuplicate: false,
    receivedAt: START,
    occurredAt: null,
    nextExpectedAt: null,
    nextStartBy: null,
    notes: [],
    ...given,
  };
}

/** What a decision of the clock leaves in the journal. */
export function journalEntry(given: { version: number; at: number } & Partial<JournalEntry>): JournalEntry {
  const context = {
    judgedAt: given.at,
    blindSpots: [],
    plans: [],
    rejections: [],
    defaultChannels: [],
  };
  return { event: { type: "clock" }, context, ...given };
}

export function project(given: Partial<Project> = {}): Project {
  return {
    name: "default",
    title: "Default",
    createdAt: START,
    operatorChannels: [],
    defaultChannels: [],
    ...given,
  };
}

/** A change of the project as it was loaded. */
export function projectChange(before: ProjectSnapshot, given: Partial<ProjectChange> = {}): ProjectChange {
  return {
    baseVersion: before.version,
    project: before.project,
    state: before.state,
    incidents: [],
    notifications: [],
    reported: [],
    dueAt: null,
    ...given,
  };
}

export function key(given: Partial<Key> & { id: string }): Key {
  return {
    project: "default",
    kind: "ping",
    label: "crontabs",
    hash: `hash-${given.id}`,
    sealed: `sealed-${given.id}`,
    monitors: null,
    createdAt: START,
    expiresAt: null,
    revokedAt: null,
    replacedBy: null,
    ...given,
  };
}

export function channel(given: Partial<Channel> = {}): Channel {
  return {
    project: "default",
    name: "ops",
    kind: "webhook",
    settings: { url: "https://example.org/hook" },
    createdAt: START,
    updatedAt: START,
    ...given,
  };
}

export function plan(given: Partial<Plan> & { id: string }): Plan {
  return {
    project: "default",
    kind: "maintenance",
    monitors: null,
    tags: ["db"],
    fromAt: START,
    untilAt: START + HOUR,
    reason: "upgrade",
    createdAt: START,
    ...given,
  };
}

export function sighting(given: Partial<RejectionSighting> = {}): RejectionSighting {
  return {
    project: "default",
    monitorId: "mon_1",
    slug: "mon-1",
    reason: "wrong_secret",
    addressPrefix: "192.0.2.0/24",
    headerNames: ["user-agent"],
    expected: "a ping key of this project",
    seen: "a key that does not exist",
    at: START,
    ...given,
  };
}

/** A call that the guard of a route let in. */
export function boundaryReceipt(given: Partial<BoundaryReceipt> = {}): BoundaryReceipt {
  return {
    route: "GET /api/cron",
    monitor: "mon-1",
    isProbe: false,
    at: START,
    isOk: true,
    reason: null,
    principal: "scheduler",
    contract: "vercel",
    expected: "",
    seen: "",
    headerNames: ["authorization"],
    addressPrefix: "192.0.2.0/24",
    scheduledForAt: null,
    configHash: "hash-1",
    ...given,
  };
}

/** What one batch told of one route: nothing but that it is there, unless more is given. */
export function guardNote(given: Partial<GuardNote> = {}): GuardNote {
  return {
    route: "GET /api/cron",
    monitor: "mon-1",
    isProbe: false,
    configHash: "hash-1",
    at: START,
    calls: [],
    listening: null,
    ...given,
  };
}

export function verification(given: Partial<Verification> & { id: string }): Verification {
  return {
    project: "default",
    url: "https://example.org/.well-known/rollcall/probe",
    monitor: "mon-1",
    contract: "vercel",
    manualContract: null,
    at: START,
    finishedAt: START + SECOND,
    by: "key 1",
    colour: "red",
    cases: [],
    findings: ["It lets in whoever shows no proof."],
    notes: [],
    configHash: "hash-1",
    awaitedUntilAt: null,
    ...given,
  };
}

export function blindSpot(given: Partial<BlindSpot> & { id: string }): BlindSpot {
  return { fromAt: START, toAt: START + MINUTE, cause: "stopped", ...given };
}

export function blindUnknown(given: Partial<BlindUnknown> = {}): BlindUnknown {
  const monitorId = given.monitorId ?? "mon_1";
  return {
    blindSpotId: "blind_1",
    monitorId,
    slug: monitorId.replace("_", "-"),
    project: "default",
    fromAt: START,
    toAt: START,
    count: 1,
    nextExpectedAt: null,
    ...given,
  };
}
