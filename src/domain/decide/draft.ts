/**
 * The change while it is being made: one decision's own copy of the state, and what it will write. It never
 * leaves `decide`, so that from outside deciding stays pure.
 */
import type { Change, Context, DayCount, MonitorEvent, MonitorState, Receipt, Snapshot } from "../change.ts";
import type { CheckResult, CheckSubject } from "../checks/check.ts";
import type { BlindUnknown } from "../hearing.ts";
import type { Incident } from "../incident.ts";
import type { WindowRow } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Monitor, Timing } from "../monitor.ts";
import type { Notification } from "../notification.ts";
import type { Run } from "../run.ts";
import { assert } from "../assert.ts";

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export interface Draft {
  readonly snapshot: Snapshot;
  readonly context: Context;
  monitor: Monitor;
  state: Mutable<MonitorState>;
  /** To be written, by expectedAt; what `rowAt` finds first. */
  readonly rows: Map<number, WindowRow>;
  readonly runs: Map<string, Run>;
  readonly incidents: Map<string, Incident>;
  readonly notifications: Notification[];
  readonly unknowns: BlindUnknown[];
  readonly counts: DayCount[];
  /** Said in the receipt. */
  readonly notes: string[];
  /** What the schema and the expressions found, where they were asked already. */
  readonly expert: readonly CheckResult[] | null;
  /** What they would have to look at; null: nothing, or they have. */
  subject: CheckSubject | null;
  /** Runs whose proof is to be asked for outside, once this is committed. */
  readonly proofsToAsk: Run[];
  /** Windows judged so far in this decision, against the limit of one tick. */
  judged: number;
  /** More was due than one decision may judge. */
  isUnfinished: boolean;
}

export function draftOf(snapshot: Snapshot, event: MonitorEvent, context: Context): Draft {
  return {
    snapshot,
    context,
    monitor: snapshot.monitor,
    state: { ...snapshot.state },
    rows: new Map(),
    runs: new Map(),
    incidents: new Map(),
    notifications: [],
    unknowns: [],
    counts: [],
    notes: [],
    expert: (event.type === "check_in" ? event.expert : null) ?? null,
    subject: null,
    proofsToAsk: [],
    judged: 0,
    isUnfinished: false,
  };
}

/** Everything that follows, as one value to commit. */
export function changeOf(
  draft: Draft,
  more: { event: MonitorEvent; receipt: Receipt | null; dueAt: number | null },
): Change {
  const { context, snapshot } = draft;
  const key = more.event.type === "check_in" ? more.event.checkIn.duplicateKey : null;
  return {
    baseVersion: snapshot.version,
    monitor: draft.monitor,
    state: draft.state,
    rows: [...draft.rows.values()],
    runs: [...draft.runs.values()],
    incidents: [...draft.incidents.values()],
    notifications: draft.notifications,
    unknowns: draft.unknowns,
    receipt:
      more.receipt === null || key === null
        ? null
        : { duplicateKey: key, receipt: more.receipt, at: context.judgedAt },
    counts: draft.counts,
    journal: { version: snapshot.version + 1, at: context.judgedAt, event: more.event, context },
    dueAt: more.dueAt,
  };
}

/** Until when absence may be judged, of what lies before `untilAt`. */
export function settledUntil({ context }: Draft, untilAt: number): number {
  return Math.min(untilAt, context.settledAt ?? untilAt);
}

/** The timing now in force. */
export function currentTiming(monitor: Monitor): Timing {
  const timing = monitor.timings[monitor.timings.length - 1];
  assert(timing !== undefined, "a monitor to have a timing");
  return timing;
}

/** The timing a window was opened under. */
export function timingOf(monitor: Monitor, version: number): Timing {
  return monitor.timings.find((timing) => timing.version === version) ?? currentTiming(monitor);
}

/** Writes a run, and keeps the state's open runs and anonymous run in step with it. */
export function putRun(draft: Draft, run: Run): void {
  draft.runs.set(run.id, run);
  const others = draft.state.openRuns.filter((open) => open.id !== run.id);
  draft.state.openRuns = run.state === "started" ? [...others, run] : others;
  const { anonymous, awaiting } = draft.state;
  if (awaiting?.some((one) => one.id === run.id) === true)
    draft.state.awaiting = awaiting.map((one) => (one.id === run.id ? run : one));
  // A late-delivered older run must not stand before the one that is going on.
  if (
    run.runId === null &&
    (anonymous === null || anonymous.id === run.id || anonymous.startedAt <= run.startedAt)
  ) {
    draft.state.anonymous = run;
  }
  if (draft.state.lastRun === null || draft.state.lastRun.id <= run.id) {
    draft.state.lastRun = {
      id: run.id,
      runId: run.runId,
      state: run.state,
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
    };
  }
}

export function withNote(run: Run, note: string): Run {
  if (run.notes.includes(note) || run.notes.length >= LIMITS.runNotes) return run;
  return { ...run, notes: [...run.notes, note] };
}

/** Counts a window or run into its day. */
export function count(draft: Draft, of: { what: DayCount["what"]; at: number; delta: number }): void {
  draft.counts.push({ day: Math.floor(of.at / 86_400_000), what: of.what, delta: of.delta });
}
