/** All of it as records, and all of it from records. */
import { assert } from "../../domain/assert.ts";
import { RollcallError } from "../../domain/errors.ts";
import type { StoredRecord, TransferStore } from "../../ports/transfer.ts";
import { foldKeyOf } from "../merging.ts";
import { addLane, addToLane, putIncidents, putRun } from "./changes.ts";
import { copy, keyOf, type Tables } from "./tables.ts";
import { putRow } from "./windows.ts";

export function transferSection(tables: Tables): TransferStore {
  return {
    exportAll() {
      const records = copy([...recordsOf(tables)]);
      return (async function* () {
        yield* records;
      })();
    },

    async importAll(records) {
      if (recordsOf(tables).next().done !== true) {
        throw new RollcallError("conflict", "The store is not empty: import into a new one.");
      }
      for await (const record of records) take(tables, copy(record));
    },
  };
}

function* recordsOf(tables: Tables): Generator<StoredRecord> {
  const monitors = [...tables.monitors.values()];
  for (const kept of tables.projects.values()) yield { kind: "project", ...kept };
  for (const key of tables.keys.values()) yield { kind: "key", key };
  for (const channel of tables.channels.values()) yield { kind: "channel", channel };
  for (const plan of tables.plans.values()) yield { kind: "plan", plan };
  for (const { monitor, state, version, dueAt, hastenedAt } of monitors)
    yield { kind: "monitor", monitor, state, version, dueAt, hastenedAt };
  for (const { windows } of monitors) for (const row of windows) yield { kind: "window", row };
  for (const { runs } of monitors) for (const { run } of runs.values()) yield { kind: "run", run };
  for (const { monitor, journal } of monitors)
    for (const entry of journal) yield { kind: "journal", monitorId: monitor.id, entry };
  for (const { monitor, receipts } of monitors)
    for (const [duplicateKey, { receipt, at }] of receipts)
      yield { kind: "receipt", monitorId: monitor.id, duplicateKey, receipt, at };
  for (const { monitor, counts } of monitors)
    for (const count of counts.values()) yield { kind: "count", monitorId: monitor.id, count };
  for (const incident of tables.incidents.values()) yield { kind: "incident", incident };
  for (const { project, channel, subject, incidentId, thread, hasSent } of tables.lanes.values())
    yield { kind: "lane", project, channel, subject, incidentId, thread, hasSent };
  for (const notification of tables.notifications.values()) yield { kind: "notification", notification };
  for (const { rejection } of tables.rejections.values()) yield { kind: "rejection", rejection };
  for (const proof of tables.proofUses.values()) yield { kind: "proof_use", ...proof };
  for (const route of tables.guardedRoutes.values()) yield { kind: "guarded_route", route };
  for (const verification of tables.verifications.values()) yield { kind: "verification", verification };
  for (const spot of tables.blindSpots.values()) yield { kind: "blind_spot", spot };
  for (const kept of tables.unknowns.values()) yield { kind: "unknown", ...kept };
  if (tables.lastSignOfLifeAt !== null) yield { kind: "sign_of_life", at: tables.lastSignOfLifeAt };
}

function take(tables: Tables, record: StoredRecord): void {
  switch (record.kind) {
    case "project": {
      const { kind: _kind, ...kept } = record;
      tables.projects.set(record.project.name, kept);
      return;
    }
    case "key":
      tables.keys.set(record.key.id, record.key);
      return;
    case "channel":
      tables.channels.set(keyOf(record.channel.project, record.channel.name), record.channel);
      return;
    case "plan":
      tables.plans.set(keyOf(record.plan.project, record.plan.id), record.plan);
      return;
    case "incident":
      putIncidents(tables, [record.incident]);
      return;
    case "lane": {
      const { kind: _kind, ...lane } = record;
      addLane(tables, lane);
      return;
    }
    case "notification":
      addToLane(tables, record.notification);
      return;
    case "rejection": {
      const { rejection } = record;
      const number = Number(rejection.id);
      tables.rejections.set(keyOf(rejection.project, foldKeyOf(rejection)), { number, rejection });
      tables.given.rejections = Math.max(tables.given.rejections, number);
      return;
    }
    case "proof_use": {
      const { kind: _kind, ...proof } = record;
      tables.proofUses.set(keyOf(proof.project, proof.id), proof);
      return;
    }
    case "guarded_route":
      tables.guardedRoutes.set(keyOf(record.route.project, record.route.route), record.route);
      return;
    case "verification": {
      const { verification } = record;
      tables.verifications.set(keyOf(verification.project, verification.id), verification);
      return;
    }
    case "blind_spot":
      tables.blindSpots.set(record.spot.id, record.spot);
      return;
    case "unknown": {
      const { unknown, isReported } = record;
      tables.unknowns.set(keyOf(unknown.blindSpotId, unknown.monitorId), { unknown, isReported });
      return;
    }
    case "sign_of_life":
      tables.lastSignOfLifeAt = record.at;
      return;
    default:
      takeOfMonitor(tables, record);
  }
}

type OfMonitor = Extract<
  StoredRecord,
  { kind: "monitor" | "window" | "run" | "journal" | "receipt" | "count" }
>;

function takeOfMonitor(tables: Tables, record: OfMonitor): void {
  if (record.kind === "monitor") {
    const { kind: _kind, ...kept } = record;
    tables.monitors.set(record.monitor.id, {
      ...kept,
      windows: [],
      runs: new Map(),
      journal: [],
      receipts: new Map(),
      counts: new Map(),
    });
    tables.pingOwners.set(record.monitor.pingHash, record.monitor.id);
    return;
  }
  const kept = tables.monitors.get(monitorOf(record));
  assert(kept !== undefined, "the monitor of a record to come before it");
  switch (record.kind) {
    case "window":
      putRow(kept.windows, record.row);
      return;
    case "run":
      putRun(tables, kept, record.run);
      return;
    case "journal":
      kept.journal.push(record.entry);
      return;
    case "receipt":
      kept.receipts.set(record.duplicateKey, { receipt: record.receipt, at: record.at });
      return;
    case "count":
      kept.counts.set(keyOf(record.count.day, record.count.what), record.count);
  }
}

function monitorOf(record: Exclude<OfMonitor, { kind: "monitor" }>): string {
  if (record.kind === "window") return record.row.monitorId;
  return record.kind === "run" ? record.run.monitorId : record.monitorId;
}
