/** The outbox: notifications waiting for their channel, claimed by lane under a lease. */
import { LIMITS } from "../../domain/limits.ts";
import type { Notification } from "../../domain/notification.ts";
import type { NotificationBatch, OutboxStore, SettledBatch, SettledNotification } from "../../ports/store.ts";
import { pageOf, placeIn } from "../cursor.ts";
import { distinctChannels, settledNotification } from "../merging.ts";
import type { Connection } from "./connection.ts";
import { laneRefresher, notificationUpdater, outboxWriter } from "./lanes.ts";
import { fromText, type Statements } from "./statements.ts";

interface DocumentRow {
  doc: string;
}

interface LaneRow {
  number: number;
  project: string;
  channel: string;
  incident: string | null;
  thread: string | null;
  has_sent: number;
  leased_until: number;
}

const READY = `
  SELECT number, project, channel, incident, thread, has_sent, leased_until FROM lanes
  WHERE ready_at <= ?1 AND project || '/' || channel NOT IN (SELECT value FROM json_each(?2))
    AND (?3 IS NULL OR (project = ?3 AND channel = ?4))
  ORDER BY ready_at, number LIMIT ?5`;

export function outboxSection(connection: Connection): OutboxStore {
  const ready = connection.prepare<LaneRow>(READY);
  const next = connection.prepare<{ at: number | null }>(
    `SELECT min(ready_at) AS at FROM lanes WHERE ready_at NOT NULL`,
  );
  const openedSent = connection.prepare<{ sent: number }>(`
    SELECT count(*) AS sent FROM notifications
    WHERE project = ? AND channel = ? AND sent_at >= ? AND change = 'opened' AND status = 'sent' AND is_digested = 0`);
  const lastSent = connection.prepare<{ at: number | null }>(`
    SELECT max(sent_at) AS at FROM notifications WHERE project = ? AND channel = ? AND status = 'sent'`);

  return {
    async claimNotifications(claim) {
      const peeked = await connection.read(() => ready.all(...wantedLanes({ ...claim, limit: 1 })));
      // Asking is frequent and mostly in vain: without this, each look would be a transaction.
      return peeked.length === 0 ? [] : connection.write("claimNotifications", [claim]);
    },

    waitingChannels: (nowAt) =>
      connection.read(() => {
        const lanes = ready.all(...wantedLanes({ nowAt, limit: LIMITS.batchesPerClaim }));
        return distinctChannels(lanes);
      }),

    settleNotifications: ({ project, channel, incidentId, leasedUntilAt }, settled, thread) =>
      connection.write("settleNotifications", [
        { project, channel, incidentId, leasedUntilAt },
        settled,
        thread,
      ]),

    addNotification: (notification) => connection.write("addNotification", [notification]),

    nextNotificationAt: (nowAt) =>
      connection.read(() => {
        const at = next.get()?.at ?? null;
        return at === null ? null : Math.max(at, nowAt);
      }),

    countOpenedSent: (project, channel, sinceAt) =>
      connection.read(() => openedSent.get(project, channel, sinceAt)?.sent ?? 0),

    lastSentAt: (project, channel) => connection.read(() => lastSent.get(project, channel)?.at ?? null),

    listNotifications: (project, { incidentId }, page) =>
      connection.read(() => {
        const place = placeIn(page.cursor) ?? { at: Number.MIN_SAFE_INTEGER, id: "" };
        const ofIncident = incidentId === null ? "" : "AND incident = ?";
        const chosen = incidentId === null ? [] : [incidentId];
        const found = connection
          .prepare<DocumentRow>(
            `SELECT doc FROM notifications WHERE project = ? AND (created_at, id) > (?, ?) ${ofIncident}
             ORDER BY created_at, id LIMIT ?`,
          )
          .all(project, place.at, place.id, ...chosen, page.limit + 1)
          .map(({ doc }) => fromText<Notification>(doc));
        return pageOf(found, page.limit, (last) => [last.createdAt, last.id]);
      }),
  };
}

export function outboxWrites(statements: Statements) {
  const known = statements.prepare<{ id: string }>(`SELECT id FROM notifications WHERE id = ?`);
  const add = outboxWriter(statements);
  return {
    claimNotifications: claimer(statements),

    settleNotifications: settler(statements),

    addNotification(notification: Notification): void {
      if (known.get(notification.id) === undefined) add(notification);
    },
  };
}

type Claim = Parameters<OutboxStore["claimNotifications"]>[0];

function claimer(statements: Statements): (claim: Claim) => NotificationBatch[] {
  const ready = statements.prepare<LaneRow>(READY);
  const pending = statements.prepare<DocumentRow>(`
    SELECT doc FROM notifications WHERE lane = ? AND status = 'pending' ORDER BY id`);
  const lease = statements.prepare(`UPDATE lanes SET leased_until = ?1, ready_at = ?1 WHERE number = ?2`);

  return (claim) => {
    const { nowAt, leaseMs } = claim;
    return ready.all(...wantedLanes(claim)).map((lane): NotificationBatch => {
      const all = pending.all(lane.number).map(({ doc }) => fromText<Notification>(doc));
      const firstToWait = all.findIndex((notification) => notification.notBeforeAt > nowAt);
      const leasedUntilAt = nowAt + leaseMs;
      lease.run(leasedUntilAt, lane.number);
      return {
        project: lane.project,
        channel: lane.channel,
        incidentId: lane.incident,
        monitorId: all[0]?.monitorId ?? null,
        notifications: firstToWait === -1 ? all : all.slice(0, firstToWait),
        thread: lane.thread,
        hasSent: lane.has_sent === 1,
        isLeftUnsettled: lane.leased_until !== 0,
        leasedUntilAt,
      };
    });
  };
}

/** What `READY` is asked with. */
function wantedLanes({ nowAt, limit, busy = [], only }: Omit<Claim, "leaseMs">) {
  return [nowAt, JSON.stringify(busy), only?.project ?? null, only?.channel ?? null, limit] as const;
}

function settler(
  statements: Statements,
): (batch: SettledBatch, settled: readonly SettledNotification[], thread: string | null) => void {
  const known = statements.prepare<DocumentRow & { lane: number }>(`
    SELECT doc, lane FROM notifications WHERE id = ? AND project = ? AND channel = ? AND incident IS ?`);
  const laneOfIncident = statements.prepare<{ number: number }>(`
    SELECT number FROM lanes WHERE project = ? AND channel = ? AND incident = ?`);
  const endLease = statements.prepare(`
    UPDATE lanes SET leased_until = iif(leased_until = ?, 0, leased_until), thread = coalesce(?, thread),
      has_sent = max(has_sent, ?) WHERE number = ?`);
  const update = notificationUpdater(statements);
  const refresh = laneRefresher(statements);

  return ({ project, channel, incidentId, leasedUntilAt }, settled, thread) => {
    const lanes = new Map<number, { hasSent: boolean }>();
    const own = incidentId === null ? undefined : laneOfIncident.get(project, channel, incidentId);
    if (own !== undefined) lanes.set(own.number, { hasSent: false });
    for (const one of settled) {
      const row = known.get(one.id, project, channel, incidentId);
      if (row === undefined) continue;
      const after = settledNotification(fromText<Notification>(row.doc), one);
      update(after);
      const hasSent = lanes.get(row.lane)?.hasSent === true || after.status === "sent";
      lanes.set(row.lane, { hasSent });
    }
    for (const [lane, { hasSent }] of lanes) {
      endLease.run(leasedUntilAt, thread, hasSent ? 1 : 0, lane);
      refresh(lane);
    }
  };
}
