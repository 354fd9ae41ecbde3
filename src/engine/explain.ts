/** Why a window was judged as it was: every judgement with its reason, and all the evidence that was considered. */
import type { MonitorState } from "../domain/change.ts";
import type { CheckIn } from "../domain/check-in.ts";
import type { BlindSpot, Pause, Plan } from "../domain/hearing.ts";
import { currentJudgement, emptyRow, type WindowRow } from "../domain/ledger.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Monitor } from "../domain/monitor.ts";
import { nextEveryWindow } from "../domain/status.ts";
import { windowAtOrBefore } from "../domain/timeline.ts";
import type { Rejection } from "../ports/records.ts";
import { findMonitor, loadDurable, type NamedMonitor } from "./find-monitor.ts";
import { checkInsBetween, checkInsOf, pauseNamed } from "./journal.ts";
import { allRejections } from "./list-rejections.ts";
import type { EngineParts } from "./parts.ts";
import { plansFor } from "./plans.ts";
import { windowsOfRow, withRuns, type WindowView } from "./window-view.ts";

export interface Explanation {
  monitor: Monitor;
  /** Null when no window lies at or before the instant. */
  window: WindowView | null;
  checkIns: readonly CheckIn[];
  rejections: readonly Rejection[];
  blindSpots: readonly BlindSpot[];
  /** Maintenance that met the window, and the pause that excused it or goes on. */
  plans: readonly Plan[];
  pause: Pause | null;
}

/** Of the latest window at or before `at`; of the latest that has opened or was judged, if null. */
export async function explain(
  parts: EngineParts,
  input: NamedMonitor & { at: number | null },
): Promise<Explanation> {
  const { monitor, state } = await findMonitor(parts, input);
  const row = await rowAtOrBefore(parts, {
    monitor,
    state,
    at: input.at ?? latestAt(state, parts.clock.now()),
  });
  if (row === null) {
    return {
      monitor,
      window: null,
      checkIns: [],
      rejections: [],
      blindSpots: [],
      plans: [],
      pause: state.pause,
    };
  }
  const [window] = await withRuns(parts, [row], () => false);
  const fromAt = row.opensAt;
  const toAt = Math.max(row.startBy, row.finishBy ?? 0, row.finishedAt ?? 0, row.expectedAt + row.gapMs) + 1;
  const [checkIns, rejections, blindSpots, plans] = await Promise.all([
    checkInsFor(parts, { row, fromAt, toAt }),
    allRejections(parts, monitor.project),
    parts.store.listBlindSpots(row.expectedAt - LIMITS.blindMarginMs),
    plansFor(parts, { monitor, fromAt: row.expectedAt }),
  ]);
  return {
    monitor,
    window: window ?? null,
    checkIns,
    rejections: rejections.filter(
      (each) => each.monitorId === monitor.id && each.firstAt < toAt && each.lastAt >= fromAt,
    ),
    blindSpots: blindSpots.filter((each) => each.fromAt < toAt),
    plans: plans.filter((plan) => plan.kind === "maintenance" && plan.fromAt <= row.startBy),
    pause: await pauseFor(parts, row, state.pause),
  };
}

async function pauseFor(parts: EngineParts, row: WindowRow, current: Pause | null): Promise<Pause | null> {
  if (current !== null && current.at <= row.startBy) return current;
  const cause = currentJudgement(row)?.cause ?? null;
  return cause === null ? null : pauseNamed(parts, { monitorId: row.monitorId, id: cause });
}

/** A run that started early belongs to a window that is still to come. */
function latestAt(state: MonitorState, nowAt: number): number {
  return Math.max(nowAt, state.latest?.expectedAt ?? 0, ...state.windows.map((row) => row.expectedAt));
}

/** The judged or started window from the ledger, unless a later one is already waited for. */
async function rowAtOrBefore(
  parts: EngineParts,
  asked: { monitor: Monitor; state: MonitorState; at: number },
): Promise<WindowRow | null> {
  const { monitor, state, at } = asked;
  const snapshot = await loadDurable(parts, monitor.id, { windowsAt: [at] });
  const stored = (snapshot?.rows ?? [])
    .flatMap((row) => windowsOfRow(row, { fromAt: row.expectedAt, toAt: at + 1 }))
    .reduce<WindowRow | null>(
      (latest, row) => (latest === null || row.expectedAt > latest.expectedAt ? row : latest),
      null,
    );
  const open = nextEveryWindow(monitor, state) ?? windowAtOrBefore(monitor.timings, at);
  const isOpen =
    open !== null &&
    open.expectedAt <= at &&
    open.expectedAt > Math.max(state.cursorAt, stored?.expectedAt ?? 0);
  return isOpen ? emptyRow(monitor.id, open) : stored;
}

/** Those that came around the window's time, and those of its run, which may have been delivered days later. */
async function checkInsFor(
  parts: EngineParts,
  asked: { row: WindowRow; fromAt: number; toAt: number },
): Promise<CheckIn[]> {
  const { row } = asked;
  const around = await checkInsBetween(parts, { ...asked, monitorId: row.monitorId });
  const run = row.runId === null ? null : await parts.store.getRun(row.runId);
  if (run === null || run.heardToAt < asked.toAt) return around;
  const later = (await checkInsOf(parts, run)).filter((checkIn) => checkIn.receivedAt >= asked.toAt);
  return [...around, ...later];
}
