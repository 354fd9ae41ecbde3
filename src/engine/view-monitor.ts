/** A monitor as it is shown: its settings, its status in one word, and what a person asks next. */
import type { MonitorState } from "../domain/change.ts";
import type { Incident } from "../domain/incident.ts";
import type { Pause } from "../domain/hearing.ts";
import type { Monitor } from "../domain/monitor.ts";
import { describeSchedule, nextInWords } from "../domain/schedule/schedule.ts";
import { hintFor, monitorStatus, nextUnstarted, type MonitorStatus } from "../domain/status.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import { findMonitor, type NamedMonitor } from "./find-monitor.ts";
import type { EngineParts } from "./parts.ts";

export interface MonitorView {
  monitor: Monitor;
  status: MonitorStatus;
  /** Since when the status holds; null where no single instant says so (`up`). */
  sinceAt: number | null;
  /** In clear: for those who may change the monitor. */
  pingUrl: string;
  /** The schedule in words, and when the next run is expected. */
  description: string;
  next: { expectedAt: number; startBy: number; isProjected: boolean } | null;
  lastRun: MonitorState["lastRun"];
  lastCheckInAt: number | null;
  lastSuccessAt: number | null;
  lastVerifiedAt: number | null;
  incident: Incident | null;
  pause: Pause | null;
  /** Advice for whoever set it up. */
  hint: string | null;
}

export async function viewMonitor(parts: EngineParts, named: NamedMonitor): Promise<MonitorView> {
  return viewOf(parts, await findMonitor(parts, named));
}

export async function listMonitors(
  parts: EngineParts,
  input: { project: string; page: PageRequest },
): Promise<Page<MonitorView>> {
  const page = await parts.store.listMonitors(input.project, input.page);
  return { items: page.items.map((each) => viewOf(parts, each)), nextCursor: page.nextCursor };
}

function viewOf(
  parts: EngineParts,
  { monitor, state }: { monitor: Monitor; state: MonitorState },
): MonitorView {
  const nowAt = parts.clock.now();
  const status = monitorStatus(monitor, state, nowAt);
  const next = nextUnstarted(monitor, state);
  const words = describeSchedule(monitor.settings.schedule);
  return {
    monitor,
    status,
    sinceAt: sinceOf(monitor, state, { status, nextAt: next?.expectedAt ?? null }),
    pingUrl: `${parts.publicUrl}/ping/${parts.vault.open(monitor.pingSealed)}`,
    description: next === null ? words : `${words}; ${nextInWords(next.expectedAt, nowAt)}`,
    next: next === null ? null : { ...next, isProjected: monitor.settings.schedule.kind === "every" },
    lastRun: state.lastRun,
    lastCheckInAt: state.lastCheckInAt,
    lastSuccessAt: state.lastGoodAt,
    lastVerifiedAt: state.lastVerifiedAt,
    incident: state.incident,
    pause: state.pause,
    hint: hintFor(monitor, state),
  };
}

function sinceOf(
  monitor: Monitor,
  state: MonitorState,
  told: { status: MonitorStatus; nextAt: number | null },
): number | null {
  switch (told.status) {
    case "paused":
      return state.pause?.at ?? null;
    case "down":
      return state.incident?.openedAt ?? null;
    case "running":
      return Math.min(...state.openRuns.map((run) => run.startedAt));
    case "late":
      return told.nextAt;
    case "never_seen":
      return monitor.createdAt;
    case "unknown":
      return state.latest?.expectedAt ?? null;
    case "up":
      return null;
  }
}
