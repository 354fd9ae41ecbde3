/** How records become rows: with the columns that each is queried by, worked out as at any other write. */
import { assert } from "../../domain/assert.ts";
import type { StoredRecord } from "../../ports/transfer.ts";
import { foldKeyOf } from "../merging.ts";
import { incidentWriter, runColumns, runWriter } from "./changes.ts";
import { outboxWriter } from "./lanes.ts";
import { keyText, type Statements, toText } from "./statements.ts";

/** Called inside a transaction. A record that is there already breaks a key. */
export function recordWriter(statements: Statements): (record: StoredRecord) => void {
  const puts = {
    ...ofProjects(statements),
    ...ofBoundary(statements),
    ...ofMonitors(statements),
    ...ofMessages(statements),
  };
  return (record) => {
    const put = puts[record.kind] as ((one: StoredRecord) => void) | undefined;
    assert(put !== undefined, "a record of a known kind");
    put(record);
  };
}

type Puts<Kinds extends StoredRecord["kind"]> = {
  [Kind in Kinds]: (record: Extract<StoredRecord, { kind: Kind }>) => void;
};

function ofProjects(
  statements: Statements,
): Puts<"project" | "key" | "channel" | "plan" | "blind_spot" | "sign_of_life"> {
  const addProject = statements.prepare(`
    INSERT INTO projects (name, version, due_at, doc, state) VALUES (?, ?, ?, ?, ?)`);
  const addKey = statements.prepare(`INSERT INTO keys (id, project, created_at, doc) VALUES (?, ?, ?, ?)`);
  const addChannel = statements.prepare(`INSERT INTO channels (project, name, doc) VALUES (?, ?, ?)`);
  const addPlan = statements.prepare(`
    INSERT INTO plans (project, id, from_at, until_at, doc) VALUES (?, ?, ?, ?, ?)`);
  const addSpot = statements.prepare(`
    INSERT INTO blind_spots (id, from_at, to_at, doc) VALUES (?, ?, ?, ?)`);
  const addSign = statements.prepare(`INSERT INTO signs (name, at) VALUES ('life', ?)`);
  return {
    project({ project, state, version, dueAt }) {
      addProject.run(project.name, version, dueAt, toText(project), toText(state));
    },
    key({ key }) {
      addKey.run(key.id, key.project, key.createdAt, toText(key));
    },
    channel({ channel }) {
      addChannel.run(channel.project, channel.name, toText(channel));
    },
    plan({ plan }) {
      addPlan.run(plan.project, plan.id, plan.fromAt, plan.untilAt, toText(plan));
    },
    blind_spot({ spot }) {
      addSpot.run(spot.id, spot.fromAt, spot.toAt, toText(spot));
    },
    sign_of_life({ at }) {
      addSign.run(at);
    },
  };
}

function ofBoundary(
  statements: Statements,
): Puts<"rejection" | "proof_use" | "guarded_route" | "verification"> {
  const addRejection = statements.prepare(`
    INSERT INTO rejections (number, project, monitor, fold, last_at, doc) VALUES (?, ?, ?, ?, ?, ?)`);
  const addProof = statements.prepare(`
    INSERT INTO proof_uses (project, id, use, until_at) VALUES (?, ?, ?, ?)`);
  const addRoute = statements.prepare(`
    INSERT INTO guarded_routes (project, route, last_at, doc) VALUES (?, ?, ?, ?)`);
  const addVerification = statements.prepare(`
    INSERT INTO verifications (project, id, url, at, doc) VALUES (?, ?, ?, ?, ?)`);
  return {
    rejection({ rejection }) {
      const { id, project, monitorId, lastAt } = rejection;
      addRejection.run(Number(id), project, monitorId, foldKeyOf(rejection), lastAt, toText(rejection));
    },
    proof_use({ project, id, use, untilAt }) {
      addProof.run(project, id, use, untilAt);
    },
    guarded_route({ route }) {
      addRoute.run(route.project, keyText(route.route), route.lastAt, toText(route));
    },
    verification({ verification }) {
      const { project, id, url, at } = verification;
      addVerification.run(project, id, url, at, toText(verification));
    },
  };
}

function ofMonitors(
  statements: Statements,
): Puts<"monitor" | "window" | "run" | "journal" | "receipt" | "count" | "unknown"> {
  const addMonitor = statements.prepare(`
    INSERT INTO monitors (id, project, slug, created_at, deleted_at, ping_hash, doc) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const addState = statements.prepare(`
    INSERT INTO states (monitor, version, due_at, hastened_at, doc) VALUES (?, ?, ?, ?, ?)`);
  const addWindow = statements.prepare(`
    INSERT INTO windows (monitor, expected_at, to_at, doc) VALUES (?, ?, ?, ?)`);
  const addJournal = statements.prepare(`
    INSERT INTO journal (monitor, at, version, doc) VALUES (?, ?, ?, ?)`);
  const addReceipt = statements.prepare(`
    INSERT INTO receipts (monitor, duplicate_key, at, doc) VALUES (?, ?, ?, ?)`);
  const addCount = statements.prepare(`
    INSERT INTO day_counts (monitor, day, what, total) VALUES (?, ?, ?, ?)`);
  const addUnknown = statements.prepare(`
    INSERT INTO unknowns (blind_spot, monitor, project, is_reported, doc) VALUES (?, ?, ?, ?, ?)`);
  const putRun = runWriter(statements);
  return {
    monitor({ monitor, state, version, dueAt, hastenedAt }) {
      const { id, project, slug, createdAt, deletedAt, pingHash } = monitor;
      addMonitor.run(id, project, slug, createdAt, deletedAt, pingHash, toText(monitor));
      addState.run(id, version, dueAt, hastenedAt, toText(state));
    },
    window({ row }) {
      addWindow.run(row.monitorId, row.expectedAt, row.toAt, toText(row));
    },
    run({ run }) {
      putRun(runColumns(run));
    },
    journal({ monitorId, entry }) {
      addJournal.run(monitorId, entry.at, entry.version, toText(entry));
    },
    receipt({ monitorId, duplicateKey, at, receipt }) {
      addReceipt.run(monitorId, keyText(duplicateKey), at, toText(receipt));
    },
    count({ monitorId, count }) {
      addCount.run(monitorId, count.day, count.what, count.delta);
    },
    unknown({ unknown, isReported }) {
      const { blindSpotId, monitorId, project } = unknown;
      addUnknown.run(blindSpotId, monitorId, project, isReported ? 1 : 0, toText(unknown));
    },
  };
}

function ofMessages(statements: Statements): Puts<"incident" | "lane" | "notification"> {
  const addLane = statements.prepare(`
    INSERT INTO lanes (project, channel, subject, incident, thread, has_sent) VALUES (?, ?, ?, ?, ?, ?)`);
  const putIncident = incidentWriter(statements);
  const addNotification = outboxWriter(statements);
  return {
    incident({ incident }) {
      putIncident(incident);
    },
    lane({ project, channel, subject, incidentId, thread, hasSent }) {
      addLane.run(project, channel, subject, incidentId, thread, hasSent ? 1 : 0);
    },
    notification({ notification }) {
      addNotification(notification);
    },
  };
}
