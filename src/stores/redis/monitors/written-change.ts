/** A change as `lua/commit.lua` is given it: made into text once, and of the monitor's own document only what is new. */
import type { Change } from "../../../domain/change.ts";
import type { BlindUnknown } from "../../../domain/hearing.ts";
import type { Incident } from "../../../domain/incident.ts";
import type { Monitor } from "../../../domain/monitor.ts";
import type { Run } from "../../../domain/run.ts";
import type { MonitorRef } from "../../../ports/store.ts";
import { decidedAt, monitorIdOf, pastSinceAt } from "../../merging.ts";
import { type Argument, listed } from "../connection/arguments.ts";
import { notificationTexts } from "../outbox/lanes.ts";

export interface WrittenChange {
  notifications: readonly Argument[];
  /** What is read once nothing speaks against the change. */
  rest: readonly Argument[];
  characters: { monitor: number | null; state: number };
}

/** `monitor`: as it is stored, where that is known. */
export function writtenChange(
  change: Change,
  { monitor, stamp, ordinal }: { monitor: Monitor | null; stamp: string; ordinal: () => number },
): WrittenChange {
  const state = toText(change.state);
  const configuration = change.monitor === monitor ? [null] : monitorTexts(change.monitor);
  return {
    notifications: listed(change.notifications, (notification) => notificationTexts(notification, ordinal())),
    rest: [
      stamp,
      decidedAt(change),
      change.dueAt,
      state,
      ...configuration,
      ...listed(change.rows, (row) => [row.expectedAt, toText(row)]),
      ...listed(change.runs, runTexts),
      ...listed(change.incidents, incidentTexts),
      ...listed(change.unknowns, unknownTexts),
      ...listed(change.counts, ({ day, what, delta }) => [`${day} ${what}`, delta]),
      ...receiptTexts(change),
      ...(change.journal === null ? [null] : [change.journal.at, toText(change.journal)]),
    ],
    characters: { monitor: textLength(configuration[0]), state: state.length },
  };
}

export function monitorTexts(monitor: Monitor): Argument[] {
  const { id, project, slug, deletedAt, pingHash, settings } = monitor;
  const ref: MonitorRef = { id, project, slug, deletedAt, accepts: settings.accepts ?? null };
  return [toText(monitor), toText(ref), pingHash, slug, deletedAt];
}

function runTexts(run: Run): Argument[] {
  return [run.id, nameText(run.runId), run.attempt, pastSinceAt(run), toText(run)];
}

/** What leads to a run by the job's own name for it, as `lua/commit.lua` writes it; null where it has none. */
export function runNameMember({ id, runId, attempt }: Run, arrival: number): string | null {
  if (runId === null) return null;
  return [nameText(runId), String(attempt).padStart(10, "0"), String(arrival).padStart(16, "0"), id].join(
    " ",
  );
}

function unknownTexts(unknown: BlindUnknown): Argument[] {
  const { blindSpotId, fromAt, toAt, count } = unknown;
  return [blindSpotId, fromAt, toAt, count, toText(unknown)];
}

/** For `take_incident`. */
export function incidentTexts(incident: Incident): Argument[] {
  const { id, openedAt, status } = incident;
  return [id, monitorIdOf(incident), openedAt, status, toText(incident)];
}

function receiptTexts({ receipt }: Change): Argument[] {
  return receipt === null ? [null] : [nameText(receipt.duplicateKey), receipt.at, toText(receipt.receipt)];
}

function textLength(text: Argument | undefined): number | null {
  return typeof text === "string" ? text.length : null;
}

export function toText(value: unknown): string {
  return JSON.stringify(value);
}

/** A name from outside: half a surrogate pair would become another character on its way, and two names one. */
export function nameText(name: string): string;
export function nameText(name: string | null): string | null;
export function nameText(name: string | null): string | null {
  return name === null ? null : JSON.stringify(name);
}
