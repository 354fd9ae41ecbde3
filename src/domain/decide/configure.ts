/** Configuration: a monitor is created, edited (with a new schedule version where that matters) or deleted. */
import type { Change, Context, Edit, MonitorEvent, MonitorState, Snapshot, Streaks } from "../change.ts";
import type { Monitor, MonitorSettings, Ping, Timing } from "../monitor.ts";
import { ownerOf } from "../managed.ts";
import { timingPart } from "../monitor-settings.ts";
import { firstExpectedAfter, windowAtOrBefore, windowOf } from "../timeline.ts";
import { LIMITS } from "../limits.ts";
import { changeOf, currentTiming, draftOf, timingOf, type Draft } from "./draft.ts";
import { dueAfter } from "./due.ts";
import { beginInterval, firstEvery, openEveryWindow } from "./every.ts";
import { resolveIncident } from "./incidents.ts";

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
export function applySettings(draft: Draft, settings: MonitorSettings): void {
  const before = currentTiming(draft.monitor);
  const part = timingPart(settings);
  const { version, afterAt: _afterAt, untilAt: _untilAt, ...partBefore } = before;
  draft.monitor = { ...draft.monitor, settings };
  if (isSameSettings(part, partBefore)) return;
  const editedAt = draft.context.judgedAt;
  const kept = keptTimings(draft, editedAt);
  const keptEvery = openEveryWindow(draft);
  const isEveryKept = keptEvery !== null && keptEvery.opensAt <= editedAt;
  // By version: the interval may be an older one, kept by an earlier edit.
  if (isEveryKept) kept.push(closed(timingOf(draft.monitor, keptEvery.version), editedAt));
  kept.sort((one, two) => one.version - two.version);
  const lastKeptAt = Math.max(
    0,
    ...kept.map((timing) => (timing.schedule.kind === "cron" ? (timing.untilAt ?? 0) : 0)),
    isEveryKept ? keptEvery.expectedAt : 0,
  );
  const next: Timing = {
    ...part,
    version: version + 1,
    afterAt: Math.max(editedAt, lastKeptAt),
    untilAt: null,
  };
  draft.monitor = { ...draft.monitor, timings: [...kept, next] };
  // The kept window still holds the place of an interval's one window; the new interval follows it.
  if (!isEveryKept) {
    if (next.schedule.kind === "every") beginInterval(draft, next.afterAt);
    else draft.state.every = null;
  }
  moveCursorBack(draft, next.afterAt);
}

/** The new schedule's windows may lie before one that an early start has taken: that one is ahead of the cursor then. */
function moveCursorBack(draft: Draft, afterAt: number): void {
  if (draft.state.cursorAt <= afterAt) return;
  draft.state.cursorAt = afterAt;
  const { latest, windows } = draft.state;
  if (latest === null || latest.expectedAt <= afterAt) return;
  if (windows.some((row) => row.expectedAt === latest.expectedAt)) return;
  draft.state.windows = [...windows, latest];
}

/** The cron timings that still have windows: each ends with its last window opened by the edit. */
function keptTimings(draft: Draft, editedAt: number): Timing[] {
  const kept: Timing[] = [];
  for (const timing of draft.monitor.timings) {
    if (timing.schedule.kind !== "cron") continue;
    const lastAt = lastOpenedAt(timing, editedAt);
    if (lastAt !== null) kept.push(closed(timing, lastAt));
  }
  // Earlier versions are needed while a late start may still belong to one of their windows.
  return kept.slice(-LIMITS.timingsKept);
}

function closed(timing: Timing, untilAt: number): Timing {
  return { ...timing, untilAt: timing.untilAt === null ? untilAt : Math.min(untilAt, timing.untilAt) };
}

/** expectedAt of the last window of this timing with `opensAt <= editedAt`; null when it has none. */
function lastOpenedAt(timing: Timing, editedAt: number): number | null {
  let lastAt = windowAtOrBefore([timing], editedAt)?.expectedAt ?? null;
  let nextAt = firstExpectedAfter(timing, editedAt);
  for (let count = 0; nextAt !== null && count < LIMITS.windowsInGrace; count += 1) {
    if (windowOf(timing, nextAt).opensAt > editedAt) break;
    lastAt = nextAt;
    nextAt = firstExpectedAfter(timing, nextAt);
  }
  return lastAt;
}

/**
 * Drops timings that no start can belong to any more: a later version has a window that lies further back than a
 * check-in may claim to have happened.
 */
export function dropOldTimings(draft: Draft): void {
  const { timings } = draft.monitor;
  if (timings.length === 1) return;
  const claimableAt = Math.min(draft.state.cursorAt, draft.context.judgedAt - LIMITS.lateDeliveryMs);
  const oldest = timings.findIndex((_timing, index) => {
    const later = timings.slice(index + 1);
    return later.length === 0 || windowAtOrBefore(later, claimableAt) === null;
  });
  const isNeeded = (timing: Timing, index: number): boolean =>
    index >= oldest || draft.state.every?.version === timing.version;
  if (oldest > 0) draft.monitor = { ...draft.monitor, timings: timings.filter(isNeeded) };
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
