/** A monitor's status in one word: the first that holds. Nothing is `up` without evidence. */
import type { MonitorState } from "./change.ts";
import { currentVerdict, type Window } from "./ledger.ts";
import type { Monitor } from "./monitor.ts";
import { windowAfter, windowOf } from "./timeline.ts";

export const MONITOR_STATUSES = ["paused", "down", "running", "late", "never_seen", "unknown", "up"] as const;
export type MonitorStatus = (typeof MONITOR_STATUSES)[number];

export function monitorStatus(monitor: Monitor, state: MonitorState, nowAt: number): MonitorStatus {
  if (state.pause !== null) return "paused";
  if (state.incident !== null) return "down";
  if (state.openRuns.length > 0) return "running";
  const open = nextUnstarted(monitor, state);
  if (open !== null && !open.isOptional && open.expectedAt < nowAt) return "late";
  if (state.lastCheckInAt === null) return "never_seen";
  if (state.latest !== null && currentVerdict(state.latest) === "unknown") return "unknown";
  return "up";
}

/** The first window that has neither a start nor a judgement: the one that is waited for. */
export function nextUnstarted(monitor: Monitor, state: MonitorState): Window | null {
  return unstartedOfEach(monitor, state).reduce<Window | null>(
    (first, window) => (first === null || window.expectedAt < first.expectedAt ? window : first),
    null,
  );
}

/** Of every timing, the first such window: after an edit or an acceleration one expected later may be due before. */
export function unstartedOfEach(monitor: Monitor, state: MonitorState): Window[] {
  const isSettled = ({ expectedAt }: Window): boolean =>
    state.windows.some((row) => row.expectedAt === expectedAt);
  const windows = monitor.timings.flatMap((timing) => {
    let window = windowAfter([timing], state.cursorAt);
    while (window !== null && isSettled(window)) window = windowAfter([timing], window.expectedAt);
    return window ?? [];
  });
  const every = nextEveryWindow(monitor, state);
  return every === null ? windows : [...windows, every];
}

/** The one window that an interval schedule expects now; null for cron, and while nothing is expected. */
export function nextEveryWindow(monitor: Monitor, state: MonitorState): Window | null {
  const every = state.every;
  if (every === null || every.expectedAt === null) return null;
  const timing = monitor.timings.find((one) => one.version === every.version);
  return timing === undefined ? null : windowOf(timing, every.expectedAt);
}

/** Whether an interval expects this window: then the next start may move it, or come long before it. */
export function isOfInterval(monitor: Monitor, { version }: Pick<Window, "version">): boolean {
  const { schedule } = monitor.timings.find((one) => one.version === version) ?? monitor.settings;
  return schedule.kind === "every";
}

/** Advice for the person who set the monitor up, in the receipt and wherever it is shown; null: none. */
export function hintFor(
  monitor: Monitor,
  state: Pick<MonitorState, "loneFinishes" | "isSampled">,
): string | null {
  if (state.isSampled === true) {
    return "its runs are told of by sampled traces only, so a run that never came cannot be told from one that was not sampled: check in by other means too (rollcall exec), or send all traces";
  }
  if (monitor.settings.signals !== "both" || state.loneFinishes < 3) return null;
  return 'only finishes arrive for this monitor: send a start too, or set "signals": "finish" so that grace covers the run';
}
