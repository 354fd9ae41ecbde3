/**
 * Monitors as this process last saw or made them, so that a decision need not read what the one before it has written.
 * Others may have written since: whatever rests on this is committed by version and stamp. Bounded by the length of the
 * documents; what is left out is read again.
 */
import type { Change, MonitorState, Receipt, Snapshot } from "../../../domain/change.ts";
import type { WindowRow } from "../../../domain/ledger.ts";
import { LIMITS } from "../../../domain/limits.ts";
import type { Monitor } from "../../../domain/monitor.ts";
import type { Run } from "../../../domain/run.ts";
import type { Wanted } from "../../../ports/store.ts";
import { by } from "../../order.ts";
import { type RowsKept, rowsKept } from "../../rows-kept.ts";
import { asked, type Asked } from "./asked.ts";

export interface KeptMonitor {
  monitor: Monitor;
  state: MonitorState;
  version: number;
  /** Of the commit that made it so: a server that lost its latest commits gives a version twice, but no stamp. */
  stamp: string;
  /** What upkeep has removed of its history: another text each time. */
  swept: string;
  rows: RowsKept;
  runs: Asked<Run>;
  receipts: Asked<Receipt>;
  /** How long the two documents are as text: what the bound counts. */
  characters: { monitor: number; state: number };
  /** So often it is asked for before it is believed to be written by this process alone; absent: it is. */
  askedFirst?: number;
}

export interface KeptMonitors {
  get(monitorId: string): KeptMonitor | undefined;
  keep(kept: KeptMonitor): void;
  forget(monitorId: string): void;
}

export function keptMonitors(): KeptMonitors {
  // The least recently used first.
  const known = new Map<string, KeptMonitor>();
  // As they were counted: documents change while they are kept.
  const counted = new Map<string, number>();
  let characters = 0;

  const forget = (monitorId: string): void => {
    characters -= counted.get(monitorId) ?? 0;
    counted.delete(monitorId);
    known.delete(monitorId);
  };
  return {
    get: (monitorId) => known.get(monitorId),
    keep(kept) {
      const { id } = kept.monitor;
      forget(id);
      known.set(id, kept);
      counted.set(id, kept.characters.monitor + kept.characters.state);
      characters += counted.get(id) ?? 0;
      for (const [oldId, old] of known) {
        if (characters <= LIMITS.snapshotCharacters) return;
        // What was assumed has still to be committed, and only here is known what it was.
        if (oldId !== id && !restsOnAssumptions(old)) forget(oldId);
      }
    },
    forget,
  };
}

export function restsOnAssumptions({ runs, receipts }: KeptMonitor): boolean {
  return [...runs.names(), ...receipts.names()].some(({ isAssumed }) => isAssumed);
}

/** A monitor that has just been added: all that there is of it is known. */
export function keptAsAdded(
  change: Change,
  { stamp, characters }: Pick<KeptMonitor, "stamp" | "characters">,
): KeptMonitor {
  const { monitor, state } = change;
  const rows = rowsKept([]);
  for (const row of change.rows) rows.put(row);
  return { monitor, state, version: 1, stamp, swept: "", rows, runs: asked(), receipts: asked(), characters };
}

/** The change was written on top of what is kept, and what was assumed was so. */
export function putChange(
  kept: KeptMonitor,
  change: Change,
  { stamp, characters }: Pick<KeptMonitor, "stamp" | "characters">,
): void {
  kept.monitor = change.monitor;
  kept.state = change.state;
  kept.version = change.baseVersion + 1;
  kept.stamp = stamp;
  kept.characters = characters;
  for (const row of change.rows) kept.rows.put(row);
  kept.runs.confirm();
  kept.receipts.confirm();
  for (const run of change.runs) putRun(kept.runs, run);
  if (change.receipt !== null) kept.receipts.learn(change.receipt.duplicateKey, change.receipt.receipt);
}

function putRun(runs: Asked<Run>, run: Run): void {
  const latest = run.runId === null ? undefined : runs.get(run.runId);
  if (run.runId === null || latest === undefined) return;
  const { found } = latest;
  if (found === null || run.id === found.id || run.attempt > found.attempt) runs.learn(run.runId, run);
  // Which of the two arrived later only the store knows.
  else if (run.attempt === found.attempt) runs.forget(run.runId);
}

/** For a decision that takes what is remembered: what nobody knows of is taken for what is not there. */
export function assume({ runs, receipts }: KeptMonitor, { runId, duplicateKey }: Wanted): void {
  if (runId != null && runs.get(runId) === undefined) runs.assume(runId);
  if (duplicateKey != null && receipts.get(duplicateKey) === undefined) receipts.assume(duplicateKey);
}

/** Rows that were read around an instant, and are not all kept. */
export type RowsRead = ReadonlyMap<number, readonly WindowRow[]>;

/** Instants around which rows are wanted, and whether those are known. */
export function instantsWanted(
  kept: KeptMonitor | undefined,
  wanted: Wanted,
  read: RowsRead,
): { at: number; isKnown: boolean }[] {
  const isKnown = (at: number): boolean => read.has(at) || (kept?.rows.around(at) ?? null) !== null;
  const around = (wanted.windowsAt ?? []).map((at) => ({ at, isKnown: isKnown(at) }));
  const covered = kept === undefined ? [] : windowsNamed(kept, wanted);
  return [
    ...around,
    ...covered.map((at) => ({ at, isKnown: isKnown(at) || kept?.rows.covering(at) !== null })),
  ];
}

/** The windows of the run named and of the anonymous run. */
function windowsNamed({ state, runs }: KeptMonitor, { runId }: Wanted): number[] {
  const run = runId == null ? null : runs.get(runId)?.found;
  return [run?.windowAt, state.anonymous?.windowAt].filter((at) => typeof at === "number");
}

/** Null where something that is wanted is not known, or, unless `mayBeOld`, only assumed. */
export function snapshotOf(kept: KeptMonitor, wanted: Wanted, read: RowsRead): Snapshot | null {
  const { monitor, state, version } = kept;
  const run = answered(kept.runs, wanted.runId, wanted);
  const earlierReceipt = answered(kept.receipts, wanted.duplicateKey, wanted);
  if (run === undefined || earlierReceipt === undefined) return null;
  const found = new Map<number, WindowRow>();
  const around = (at: number) => kept.rows.around(at) ?? read.get(at) ?? null;
  const covering = (at: number) =>
    kept.rows.covering(at) ?? around(at)?.filter((row) => row.expectedAt <= at && row.toAt >= at) ?? null;
  for (const rows of [...(wanted.windowsAt ?? []).map(around), ...windowsNamed(kept, wanted).map(covering)]) {
    if (rows === null) return null;
    for (const row of rows) found.set(row.expectedAt, row);
  }
  const rows = [...found.values()].sort(by((row) => row.expectedAt));
  return { monitor, state, version, run, rows, earlierReceipt };
}

function answered<Found>(
  known: Asked<Found>,
  name: string | null | undefined,
  { mayBeOld }: Wanted,
): Found | null | undefined {
  if (name == null) return null;
  const answer = known.get(name);
  return answer === undefined || (answer.isAssumed && mayBeOld !== true) ? undefined : answer.found;
}
