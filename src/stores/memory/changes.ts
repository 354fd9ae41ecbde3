/** The parts of a change beside monitor and state: first whether all of them fit, then all of them put. */
import { assert } from "../../domain/assert.ts";
import type { Change } from "../../domain/change.ts";
import type { BlindUnknown } from "../../domain/hearing.ts";
import type { Incident } from "../../domain/incident.ts";
import type { Notification } from "../../domain/notification.ts";
import type { Run } from "../../domain/run.ts";
import { assertOwn, laneSubject, monitorIdOf, widenedUnknown } from "../merging.ts";
import { type KeptMonitor, keyOf, type Lane, type Tables } from "./tables.ts";
import { putRow } from "./windows.ts";

/** Throws when the change contradicts what is stored; nothing has been written by then. */
export function assertFits(tables: Tables, change: Change): void {
  const { id, pingHash } = change.monitor;
  assertOwn(change);
  const isFree = (owner: string | undefined) => owner === undefined || owner === id;
  assert(isFree(tables.pingOwners.get(pingHash)), "a ping URL that no other monitor has");
  for (const run of change.runs)
    assert(isFree(tables.runOwners.get(run.id)), "a run id that no other monitor has");
  assertNew(tables, change);
}

/** For changes of monitors and of projects. */
export function assertNew(tables: Tables, change: Pick<Change, "incidents" | "notifications">): void {
  for (const incident of change.incidents) {
    const known = tables.incidents.get(incident.id) ?? incident;
    const isSame = known.project === incident.project && monitorIdOf(known) === monitorIdOf(incident);
    assert(isSame, "an incident id that nothing else has");
  }
  const ids = change.notifications.map(({ id }) => id);
  const areNew = ids.every((id) => !tables.notifications.has(id)) && new Set(ids).size === ids.length;
  assert(areNew, "notification ids that were not used before");
}

export function writeRest(tables: Tables, change: Change): void {
  const kept = tables.monitors.get(change.monitor.id);
  assert(kept !== undefined, "the monitor to be there");
  for (const row of change.rows) putRow(kept.windows, row);
  tables.pingOwners.set(change.monitor.pingHash, change.monitor.id);
  for (const run of change.runs) putRun(tables, kept, run);
  putIncidents(tables, change.incidents);
  for (const notification of change.notifications) addToLane(tables, notification);
  for (const unknown of change.unknowns) putUnknown(tables, unknown);
  for (const { day, what, delta } of change.counts) {
    const key = keyOf(day, what);
    kept.counts.set(key, { day, what, delta: (kept.counts.get(key)?.delta ?? 0) + delta });
  }
  if (change.receipt !== null) {
    const { duplicateKey, receipt, at } = change.receipt;
    kept.receipts.set(duplicateKey, { receipt, at });
  }
  if (change.journal !== null) kept.journal.push(change.journal);
}

export function putIncidents(tables: Tables, incidents: readonly Incident[]): void {
  for (const incident of incidents) tables.incidents.set(incident.id, incident);
}

export function addToLane(tables: Tables, notification: Notification): void {
  const { id, project, channel, incidentId } = notification;
  tables.notifications.set(id, notification);
  const subject = laneSubject(notification);
  const lane =
    tables.lanes.get(keyOf(project, channel, subject)) ??
    addLane(tables, { project, channel, subject, incidentId, thread: null, hasSent: false });
  if (notification.status === "pending") lane.pending = [...lane.pending, id].sort();
}

export function addLane(tables: Tables, of: Omit<Lane, "number" | "leasedUntil" | "pending">): Lane {
  tables.given.lanes += 1;
  const lane = { ...of, number: tables.given.lanes, leasedUntil: 0, pending: [] };
  tables.lanes.set(keyOf(of.project, of.channel, of.subject), lane);
  return lane;
}

export function putRun(tables: Tables, kept: KeptMonitor, run: Run): void {
  const before = kept.runs.get(run.id);
  if (before === undefined) tables.given.runs += 1;
  kept.runs.set(run.id, { run, ordinal: before?.ordinal ?? tables.given.runs });
  tables.runOwners.set(run.id, run.monitorId);
}

function putUnknown(tables: Tables, unknown: BlindUnknown): void {
  const key = keyOf(unknown.blindSpotId, unknown.monitorId);
  const before = tables.unknowns.get(key)?.unknown ?? null;
  tables.unknowns.set(key, { unknown: widenedUnknown(before, unknown), isReported: false });
}
