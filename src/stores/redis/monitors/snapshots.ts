/**
 * Snapshots for whoever decides: from what is remembered, as far as it is known to stand, and else from the store. In the
 * common case a decision reads nothing: what it rests on is said to be so by its commit.
 */
import { assert } from "../../../domain/assert.ts";
import type { MonitorState, Receipt, Snapshot } from "../../../domain/change.ts";
import { RollcallError } from "../../../domain/errors.ts";
import { LIMITS } from "../../../domain/limits.ts";
import type { WindowRow } from "../../../domain/ledger.ts";
import type { Monitor } from "../../../domain/monitor.ts";
import type { Run } from "../../../domain/run.ts";
import type { Wanted } from "../../../ports/store.ts";
import { rowsKept } from "../../rows-kept.ts";
import { type Argument, listed } from "../connection/arguments.ts";
import { asked, type Asked } from "./asked.ts";
import {
  assume,
  instantsWanted,
  type KeptMonitor,
  type KeptMonitors,
  restsOnAssumptions,
  snapshotOf,
} from "./kept-monitors.ts";
import argumentsLua from "../lua/arguments.lua";
import loadLua from "../lua/load.lua";
import monitorsLua from "../lua/monitors.lua";
import type { RedisParts } from "../parts.ts";
import type { Place } from "../places.ts";
import { scriptOf } from "../connection/scripts.ts";
import { nameText } from "./written-change.ts";

const LOAD = scriptOf("load", argumentsLua, monitorsLua, loadLua);

export interface Snapshots {
  load(monitorId: string, wanted: Wanted): Promise<Snapshot | null>;
  /** Whether what a snapshot shows stands, where it was not read for it. */
  confirm(snapshot: Snapshot): Promise<"committed" | "stale">;
  /** What was remembered of the monitor when this was asked for is no longer so. */
  learn(monitorId: string, reply: Loaded | null, questions: Questions): void;
}

/** The reply of `loaded` in `lua/monitors.lua`. */
export type Loaded = readonly [
  version: string,
  stamp: string,
  swept: string,
  documents: readonly [monitor: string, state: string, rows: readonly string[]] | null,
  around: readonly (readonly string[] | null)[],
  runs: readonly (string | null)[],
  receipts: readonly (string | null)[],
];

/** What is asked of the store with a monitor; of what is known only where anything else has changed. */
export interface Questions {
  around: readonly { at: number; isKnown: boolean }[];
  runs: readonly { name: string; isKnown: boolean }[];
  receipts: readonly { name: string; isKnown: boolean }[];
}

/** For `take_wanted`. */
export function questionTexts({ around, runs, receipts }: Questions): Argument[] {
  const named = ({ name, isKnown }: { name: string; isKnown: boolean }) => [nameText(name), known(isKnown)];
  return [
    ...listed(around, ({ at, isKnown }) => [at, known(isKnown)]),
    ...listed(runs, named),
    ...listed(receipts, named),
  ];
}

/** What a decision on what is kept may rest on; null where nothing is kept. */
export function questionsOf(kept: KeptMonitor | null): Questions {
  if (kept === null) return { around: [], runs: [], receipts: [] };
  const named = (of: Asked<unknown>) =>
    of.names().map(({ name, isAssumed }) => ({ name, isKnown: !isAssumed }));
  return { around: [], runs: named(kept.runs), receipts: named(kept.receipts) };
}

export function snapshotsIn({ connection, places }: RedisParts, known: KeptMonitors): Snapshots {
  const ask = async (place: Place, monitorId: string, kept: Stamped | undefined, questions: Questions) => {
    const given = [monitorId, kept?.stamp ?? null, kept?.swept ?? null, ...questionTexts(questions)];
    return (await connection.run(LOAD, place, ...given)) as Loaded | null;
  };
  /** What snapshots rest on that were handed out without asking. */
  const unconfirmed = new WeakMap<Snapshot, Unconfirmed>();

  const learn: Snapshots["learn"] = (monitorId, reply, questions) => {
    const before = known.get(monitorId);
    if (reply === null) return known.forget(monitorId);
    const [, stamp, swept, documents] = reply;
    const kept = documents === null ? before : keptFrom(reply, before);
    if (kept !== undefined && before !== undefined) kept.askedFirst = askedFirst(before, documents !== null);
    // Something else was learnt of it meanwhile.
    if (kept === undefined || kept.stamp !== stamp || kept.swept !== swept) return;
    for (const [index, { at }] of questions.around.entries()) {
      const rows = reply[4][index];
      if (rows != null) kept.rows.learn(at, rows.map(parsed<WindowRow>));
    }
    learnNames(kept.runs, questions.runs, { isAll: documents !== null, found: reply[5] });
    learnNames(kept.receipts, questions.receipts, { isAll: documents !== null, found: reply[6] });
    known.keep(kept);
  };

  const shown = (monitorId: string, kept: KeptMonitor, wanted: Wanted, read: Read): Snapshot | null => {
    const snapshot = snapshotOf(kept, wanted, read.rows);
    if (snapshot === null || wanted.mayBeOld !== true) return snapshot;
    const { stamp, swept } = kept;
    unconfirmed.set(snapshot, { monitorId, stamp, swept, assumed: assumedFor(kept, wanted) });
    return snapshot;
  };

  return {
    learn,

    async load(monitorId, wanted) {
      const place = await places.ofMonitor(monitorId);
      if (place === null) return null;
      let read: Read = { stamp: "", rows: new Map() };
      let isAsked = wanted.mayBeOld === true && !isToBeAskedFor(known.get(monitorId));
      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        const kept = known.get(monitorId);
        if (kept !== undefined && kept.stamp !== read.stamp) read = { stamp: kept.stamp, rows: new Map() };
        if (kept !== undefined && isAsked) {
          if (wanted.mayBeOld === true) assume(kept, wanted);
          const snapshot = shown(monitorId, kept, wanted, read);
          if (snapshot !== null) return snapshot;
        }
        const questions = questionsFor(kept, wanted, read);
        const asOf = kept && { stamp: kept.stamp, swept: kept.swept };
        const reply = await ask(place, monitorId, asOf, questions);
        learn(monitorId, reply, questions);
        if (reply === null) return null;
        // What was read for this decision is no reason to spare the next one its question.
        isToBeAskedFor(known.get(monitorId));
        isAsked = true;
        const rows = new Map(reply[1] === read.stamp ? read.rows : []);
        for (const [index, { at }] of questions.around.entries()) {
          const found = reply[4][index];
          if (found != null) rows.set(at, found.map(parsed<WindowRow>));
        }
        read = { stamp: reply[1], rows };
      }
      throw new RollcallError("unavailable", "This monitor is written to all the time. Try again.", {
        retryAfterSeconds: 1,
      });
    },

    async confirm(snapshot) {
      const resting = unconfirmed.get(snapshot);
      if (resting === undefined) return "committed";
      const { monitorId, assumed } = resting;
      const place = await places.ofMonitor(monitorId);
      assert(place !== null, "the place of a monitor that was loaded");
      const reply = await ask(place, monitorId, resting, assumed);
      learn(monitorId, reply, assumed);
      const isSo =
        reply !== null && reply[1] === resting.stamp && [...reply[5], ...reply[6]].every(isNothing);
      return isSo ? "committed" : "stale";
    },
  };
}

/**
 * What others write too is likely to be stale, and a decision on it in vain. So after one that was, a monitor is asked for
 * before it is decided on, until it was found unchanged a few times in a row.
 */
const ASKED_FIRST = 4;

function askedFirst({ askedFirst: left = 0 }: KeptMonitor, isChanged: boolean): number {
  return isChanged ? ASKED_FIRST + 1 : Math.max(0, left - 1);
}

/** Not where it was changed and read just now: that is to be decided on. */
function isToBeAskedFor(kept: KeptMonitor | undefined): boolean {
  if (kept?.askedFirst === undefined || kept.askedFirst === 0) return false;
  if (kept.askedFirst <= ASKED_FIRST) return true;
  kept.askedFirst = ASKED_FIRST;
  return false;
}

/** Each round reads what the one before it has shown to be missing, or what another has changed meanwhile. */
const MOST_ROUNDS = 2 * LIMITS.staleRounds;

type Stamped = Pick<KeptMonitor, "stamp" | "swept">;

interface Unconfirmed extends Stamped {
  monitorId: string;
  assumed: Questions;
}

interface Read {
  stamp: string;
  rows: ReadonlyMap<number, readonly WindowRow[]>;
}

/** What a snapshot of this takes for not being there. */
function assumedFor(kept: KeptMonitor, { runId, duplicateKey }: Wanted): Questions {
  const of = (names: Asked<unknown>, name: string | null | undefined) =>
    name != null && names.get(name)?.isAssumed === true ? [{ name, isKnown: false }] : [];
  return { around: [], runs: of(kept.runs, runId), receipts: of(kept.receipts, duplicateKey) };
}

function questionsFor(kept: KeptMonitor | undefined, wanted: Wanted, read: Read): Questions {
  const named = (names: Asked<unknown> | undefined, name: string | null | undefined) =>
    name == null ? [] : [{ name, isKnown: names?.get(name)?.isAssumed === false }];
  return {
    around: instantsWanted(kept, wanted, read.rows),
    runs: named(kept?.runs, wanted.runId),
    receipts: named(kept?.receipts, wanted.duplicateKey),
  };
}

function keptFrom(reply: Loaded, before: KeptMonitor | undefined): KeptMonitor | undefined {
  const [version, stamp, swept, documents] = reply;
  if (documents === null) return undefined;
  const [monitor, state, rows] = documents;
  // Whoever decided on what was assumed of this very version has still to commit it.
  const resting = before?.stamp === stamp && restsOnAssumptions(before) ? before : undefined;
  return {
    monitor: parsed<Monitor>(monitor),
    state: parsed<MonitorState>(state),
    version: Number(version),
    stamp,
    swept,
    rows: rowsKept(rows.map(parsed<WindowRow>).reverse()),
    runs: asked<Run>(resting?.runs),
    receipts: asked<Receipt>(resting?.receipts),
    characters: { monitor: monitor.length, state: state.length },
  };
}

function learnNames<Found>(
  names: Asked<Found>,
  questions: Questions["runs"],
  { isAll, found }: { isAll: boolean; found: readonly (string | null)[] },
): void {
  for (const [index, { name, isKnown }] of questions.entries()) {
    const text = found[index] ?? null;
    if (isAll || !isKnown) names.learn(name, text === null ? null : parsed<Found>(text));
  }
}

function parsed<Kept>(text: string): Kept {
  return JSON.parse(text) as Kept;
}

function known(isKnown: boolean): Argument {
  return isKnown ? 1 : 0;
}

function isNothing(found: string | null): boolean {
  return found === null;
}
