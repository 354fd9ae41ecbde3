/** A monitor as it is shown: its settings, its status in one word, and what a person asks next. */
import { accelerationAdvice, type Acceleration } from "../domain/acceleration.ts";
import type { MonitorState } from "../domain/change.ts";
import { hasChecks } from "../domain/checks/evaluate.ts";
import { RollcallError } from "../domain/errors.ts";
import type { Incident } from "../domain/incident.ts";
import type { Pause } from "../domain/hearing.ts";
import { currentJudgement } from "../domain/ledger.ts";
import type { Monitor } from "../domain/monitor.ts";
import { reasonSentence } from "../domain/reason.ts";
import { describeSchedule, nextInWords } from "../domain/schedule/schedule.ts";
import { hintFor, isOfInterval, monitorStatus, nextUnstarted, type MonitorStatus } from "../domain/status.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import { findMonitor, monitorOfProject, type NamedMonitor } from "./find-monitor.ts";
import type { EngineParts } from "./parts.ts";

export interface MonitorView {
  monitor: Monitor;
  status: MonitorStatus;
  /** Since when the status holds; null where no single instant says so (`up`). */
  sinceAt: number | null;
  /** In clear: for those who may change the monitor. */
  pingUrl: string;
  /** And when the next run is expected. */
  scheduleInWords: string;
  next: { expectedAt: number; startBy: number; isProjected: boolean } | null;
  /** How many were accepted, repeated ones not counted. */
  checkIns: number;
  lastRun: MonitorState["lastRun"];
  lastCheckInAt: number | null;
  lastSuccessAt: number | null;
  lastVerifiedAt: number | null;
  /** It has no check: that its runs do their work is their own word. */
  isNeverVerified: boolean;
  /** What is to be looked at about the latest run, though it ended well; null: nothing. */
  degradedBy: string | null;
  incident: Incident | null;
  pause: Pause | null;
  /** The faster schedule that is on, or the last one, and what is left for a person to do about it; null: there was none. */
  acceleration: { acceleration: Acceleration; advice: string | null } | null;
  /** Advice for whoever set it up. */
  hint: string | null;
}

export async function viewMonitor(parts: EngineParts, named: NamedMonitor): Promise<MonitorView> {
  return viewOf(parts, await findMonitor(parts, named));
}

/**
 * By the hash of its ping URL's UUID. Throws `not_found`, and `forbidden` for a monitor of another project: who knows
 * the UUID is told that the key is the wrong one.
 */
export async function viewMonitorByPing(
  parts: EngineParts,
  input: { project: string; pingHash: string },
): Promise<MonitorView> {
  const ref = await parts.store.findMonitorByPing(input.pingHash);
  if (ref === null || ref.deletedAt !== null) {
    throw new RollcallError("not_found", "There is no monitor with this ping URL.");
  }
  const found = await monitorOfProject(parts, { project: input.project, monitorId: ref.id });
  if (found === null) throw new RollcallError("forbidden", "This monitor belongs to another project.");
  return viewOf(parts, found);
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
  const { acceleration } = state;
  const words = describeSchedule(monitor.settings.schedule);
  return {
    monitor,
    status,
    sinceAt: sinceOf(monitor, state, { status, nextAt: next?.expectedAt ?? null }),
    pingUrl: `${parts.publicUrl}/ping/${parts.vault.open(monitor.pingSealed)}`,
    scheduleInWords: next === null ? words : `${words}; ${nextInWords(next.expectedAt, nowAt)}`,
    next: next === null ? null : { ...next, isProjected: isOfInterval(monitor, next) },
    checkIns: state.counted.checkIns,
    lastRun: state.lastRun,
    lastCheckInAt: state.lastCheckInAt,
    lastSuccessAt: state.lastGoodAt,
    lastVerifiedAt: state.lastVerifiedAt,
    isNeverVerified: !hasChecks(monitor.settings),
    degradedBy: degradedBy(state),
    incident: state.incident,
    pause: state.pause,
    acceleration:
      acceleration === undefined
        ? null
        : { acceleration, advice: accelerationAdvice(acceleration, monitor.settings) },
    hint: hintFor(monitor, state),
  };
}

function degradedBy({ latest, incident }: MonitorState): string | null {
  const reason = latest === null || incident !== null ? null : (currentJudgement(latest)?.reason ?? null);
  if (reason?.code !== "finished_degraded") return null;
  const { detail } = reason.values;
  return typeof detail === "string" ? detail : reasonSentence(reason);
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
