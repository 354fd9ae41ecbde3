/**
 * Monitors as they are for whoever decides, kept in memory: with the changes that were accepted and are not durable
 * yet, and without reading and parsing again what the last decision has just made. Bounded; what is left out is read
 * from the database. One process has the database for itself, so nothing else changes what is kept here.
 */
import type { Change, MonitorState, Receipt, Snapshot } from "../../domain/change.ts";
import type { WindowRow } from "../../domain/ledger.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { Monitor } from "../../domain/monitor.ts";
import type { Wanted } from "../../ports/store.ts";
import type { WrittenChange } from "./changes.ts";
import { createRowsNear, type RowsNear } from "./rows-near.ts";
import { createRunsNamed, type RunsNamed } from "./runs-named.ts";
import { fromText, keyText, type Statements } from "./statements.ts";

export type Committed = "committed" | "stale";

/** A change that is on its way to the disk. */
export interface Accepted {
  change: Pick<Change, "rows" | "runs" | "receipt">;
  /** Rejects when it was lost. */
  outcome: Promise<Committed>;
}

export interface KeptMonitor {
  monitor: Monitor;
  state: MonitorState;
  version: number;
  /** Oldest first. */
  accepted: Accepted[];
  rows: RowsNear;
  runs: RunsNamed;
  /** How long the two documents are as text: what the bound counts. */
  characters: { monitor: number; state: number };
}

export interface KeptSnapshots {
  /** Null for a monitor that is not there. */
  find(monitorId: string): KeptMonitor | null;
  snapshotOf(kept: KeptMonitor, wanted: Wanted): Snapshot;
  /** The version that the next change makes: never that of one which was lost. */
  versionAfter(kept: KeptMonitor): number;
  /** From now on the monitor is as this change makes it, unless it is lost. */
  accept(kept: KeptMonitor, given: { change: Change; version: number; outcome: Promise<Committed> }): void;
  /** Its documents are as long as they are written down here. */
  measure(kept: KeptMonitor, written: Pick<WrittenChange, "state" | "monitor">): void;
  /** Whether all that a snapshot showed is durable, as soon as that is known. */
  confirm(snapshot: Snapshot): Promise<Committed>;
  /** Something of it was removed from the database: what is not on its way there is read anew. */
  refresh(monitorId: string): void;
}

interface Documents {
  monitor: string;
  state: string;
  version: number;
}

export function keptSnapshots(statements: Statements): KeptSnapshots {
  const documents = statements.prepare<Documents>(`
    SELECT m.doc AS monitor, s.doc AS state, s.version FROM monitors m JOIN states s ON s.monitor = m.id
    WHERE m.id = ?`);
  const receipts = statements.prepare<{ doc: string }>(`
    SELECT doc FROM receipts WHERE monitor = ? AND duplicate_key = ?`);
  const rowsNear = createRowsNear(statements);
  const runsNamed = createRunsNamed(statements);
  // The least recently used first.
  const known = new Map<string, KeptMonitor>();
  let characters = 0;
  /** What snapshots handed out rest on, where that was not durable. */
  const restingOn = new WeakMap<Snapshot, Accepted>();
  /** The latest version that was lost: whoever decided on it must be stale, whatever came after it. */
  const lost = new Map<string, number>();

  const forget = (monitorId: string): void => {
    characters -= lengthOf(known.get(monitorId));
    known.delete(monitorId);
  };
  const keep = (id: string, kept: KeptMonitor): void => {
    forget(id);
    known.set(id, kept);
    characters += lengthOf(kept);
    for (const [oldId, old] of known) {
      if (characters <= LIMITS.snapshotCharacters) return;
      // What is not durable is nowhere else; the writer bounds how much that can be.
      if (old.accepted.length === 0 && oldId !== id) forget(oldId);
    }
  };
  const read = (id: string): KeptMonitor | null => {
    const found = documents.get(id);
    if (found === undefined) return null;
    return {
      monitor: fromText(found.monitor),
      state: fromText(found.state),
      version: found.version,
      accepted: [],
      rows: rowsNear(id),
      runs: runsNamed(id),
      characters: { monitor: found.monitor.length, state: found.state.length },
    };
  };
  const earlierReceipt = (kept: KeptMonitor, key: string): Receipt | null => {
    const waiting = kept.accepted.findLast(({ change }) => change.receipt?.duplicateKey === key);
    if (waiting !== undefined) return waiting.change.receipt?.receipt ?? null;
    const found = receipts.get(kept.monitor.id, keyText(key));
    return found === undefined ? null : fromText<Receipt>(found.doc);
  };

  return {
    find(id) {
      const kept = known.get(id) ?? read(id);
      if (kept !== null) keep(id, kept);
      return kept;
    },

    snapshotOf(kept, wanted) {
      const { monitor, state, version, accepted } = kept;
      const waiting = accepted.map(({ change }) => change);
      const run = wanted.runId == null ? null : kept.runs.latest(wanted.runId, waiting);
      const found = new Map<number, WindowRow>();
      for (const at of wanted.windowsAt ?? [])
        for (const row of kept.rows.around(at, waiting)) found.set(row.expectedAt, row);
      for (const at of [run?.windowAt, state.anonymous?.windowAt]) {
        const row = typeof at === "number" ? kept.rows.covering(at, waiting) : null;
        if (row !== null) found.set(row.expectedAt, row);
      }
      const snapshot: Snapshot = {
        monitor,
        state,
        version,
        run,
        rows: [...found.values()].sort((one, other) => one.expectedAt - other.expectedAt),
        earlierReceipt: wanted.duplicateKey == null ? null : earlierReceipt(kept, wanted.duplicateKey),
      };
      const last = accepted.at(-1);
      if (last !== undefined) restingOn.set(snapshot, last);
      return snapshot;
    },

    versionAfter: ({ monitor, version }) => Math.max(version, lost.get(monitor.id) ?? 0) + 1,

    accept(kept, { change, version, outcome }) {
      const { id } = change.monitor;
      const accepted: Accepted = { change, outcome };
      kept.accepted.push(accepted);
      kept.monitor = change.monitor;
      kept.state = change.state;
      kept.version = version;
      for (const row of change.rows) kept.rows.put(row);
      for (const run of change.runs) kept.runs.put(run);
      const end = (committed: Committed): void => {
        kept.accepted.splice(kept.accepted.indexOf(accepted), 1);
        const lostVersion = lost.get(id) ?? 0;
        if (committed === "committed") {
          if (lostVersion < version) lost.delete(id);
          // What was lost behind it may have had the monitor read anew before this was durable.
          const now = known.get(id);
          if (now !== undefined && now !== kept && now.version < version) forget(id);
          return;
        }
        lost.set(id, Math.max(lostVersion, version));
        // What was built on it is lost with it, and is told so by the database.
        if (known.get(id) === kept) forget(id);
      };
      outcome.then(end, () => end("stale"));
    },

    measure(kept, { state, monitor }) {
      const before = lengthOf(kept);
      kept.characters.state = state.length;
      kept.characters.monitor = monitor?.text.length ?? kept.characters.monitor;
      if (known.get(kept.monitor.id) === kept) characters += lengthOf(kept) - before;
    },

    async confirm(snapshot) {
      try {
        return (await restingOn.get(snapshot)?.outcome) ?? "committed";
      } catch {
        // Lost: whoever committed it hears why, and whoever built on it decides again.
        return "stale";
      }
    },

    refresh(monitorId) {
      const kept = known.get(monitorId);
      if (kept === undefined) return;
      if (kept.accepted.length === 0) return forget(monitorId);
      kept.rows = rowsNear(monitorId);
      kept.runs = runsNamed(monitorId);
    },
  };
}

function lengthOf(kept: KeptMonitor | undefined): number {
  return kept === undefined ? 0 : kept.characters.monitor + kept.characters.state;
}
