/** Configuration: a monitor is created, edited (with a new schedule version where that matters) or deleted. */
import { isOn } from "../acceleration.ts";
import type { Change, Context, Edit, MonitorEvent, MonitorState, Snapshot, Streaks } from "../change.ts";
import type { Monitor, MonitorSettings, Ping, Timing } from "../monitor.ts";
import { ownerOf } from "../managed.ts";
import { timingPart } from "../monitor-settings.ts";
import { endByEdit } from "./accelerate.ts";
import { changeOf, draftOf, type Draft } from "./draft.ts";
import { dueAfter } from "./due.ts";
import { firstEvery } from "./every.ts";
import { resolveIncident } from "./incidents.ts";
import { putTiming } from "./timings.ts";

/** The change that adds a monitor: its first window is the first occurrence after creation. */
export function createMonitor(
  given: Pick<Monitor, "id" | "project" | "slug" | keyof Ping> & Omit<Edit, "ping">,
  context: Context,
): Change {
  const createdAt = context.judgedAt;
  const { settings, by, configuration, ...identity } = given;
  const managedBy = configuration === undefined ? null : { configuration, goneAt: null, pauseBefore: null };
  const timing: Timing = { ...timingPart(settings), version: 1, afterAt: createdAt, untilAt: null };
  const monitor: Monitor = {
    ...identity,
    createdAt,
    deletedAt: null,
    settings,
    timings: [timing],
    managedBy,
  };
  const state = newState(timing, createdAt);
  const snapshot = { monitor, state, version: 0, run: null, rows: [], earlierReceipt: null };
  const written = configuration === undefined ? {} : { configuration };
  const event: MonitorEvent = { type: "configured", settings, by, ...written };
  const draft = draftOf(snapshot, event, context);
  return changeOf(draft, {
    event,
    receipt: null,
    dueAt: dueAfter(draft),
  });
}

const NO_RESULTS: Streaks = {
  bad: 0,
  badWindows: 0,
  good: 0,
  badSinceAt: null,
  badLatestAt: null,
  resultLatestAt: null,
  recent: [],
};

/** The state of a monitor of which nothing has been heard yet. */
export function newState(timing: Timing, createdAt: number): MonitorState {
  return {
    cursorAt: createdAt,
    every: firstEvery(timing, createdAt),
    windows: [],
    latest: null,
    tail: null,
    openRuns: [],
    anonymous: null,
    incident: null,
    streaks: NO_RESULTS,
    pause: null,
    loneFinishes: 0,
    lastCheckInAt: null,
    lastGoodAt: null,
    lastVerifiedAt: null,
    lastRun: null,
    reminders: {},
    isNoticeHeld: false,
    heldEnd: null,
    isOpeningTold: false,
    counted: { runs: 0, incidents: 0, notifications: 0, checkIns: 0 },
  };
}

/** An edit that changes nothing is no change. */
export function isSameConfiguration(edit: Edit, monitor: Monitor): boolean {
  if (ownerOf(monitor.managedBy) !== (edit.configuration ?? null)) return false;
  const isSamePing = edit.ping === undefined || edit.ping.pingHash === monitor.pingHash;
  return isSamePing && isSameSettings(edit.settings, monitor.settings);
}

/** Whatever the order of their keys. */
export function isSameSettings(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** Applies new settings. Windows that have opened keep the schedule version under which they did. */
export function applySettings(draft: Draft, settings: MonitorSettings, by: string): void {
  const before = timingPart(draft.monitor.settings);
  draft.monitor = { ...draft.monitor, settings };
  const part = timingPart(settings);
  if (isSameSettings(part, before)) return;
  const at = draft.context.judgedAt;
  putTiming(draft, part, { at, keeps: isOn(draft.state.acceleration) ? "expected" : "opened" });
  endByEdit(draft, by);
}

/** Closes the incident and leaves a tombstone. */
export function applyDeletion(draft: Draft, by: string): void {
  draft.monitor = { ...draft.monitor, deletedAt: draft.context.judgedAt };
  if (draft.state.incident !== null) {
    resolveIncident(draft, {
      by: "deletion",
      who: by,
      text: `The monitor was deleted; ${draft.state.incident.title}`,
    });
  }
}

/** The change by which a deleted monitor gives its ping URL up for another one; nobody need look at it again. */
export function withPing({ monitor, state, version }: Snapshot, ping: Ping): Change {
  return {
    baseVersion: version,
    monitor: { ...monitor, ...ping },
    state,
    rows: [],
    runs: [],
    incidents: [],
    notifications: [],
    unknowns: [],
    receipt: null,
    counts: [],
    journal: null,
    dueAt: null,
  };
}

/** The same value with its keys in order, so that two writings of one configuration compare equal. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(
    entries.sort(([one], [two]) => (one < two ? -1 : 1)).map(([key, one]) => [key, sorted(one)]),
  );
}
