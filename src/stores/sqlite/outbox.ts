/** The outbox: notifications waiting for their channel, claimed by lane under a lease. */
import type { Notification } from "../../domain/notification.ts";
import type { NotificationBatch, OutboxStore } from "../../ports/store.ts";
import { pageOf, placeIn } from "../cursor.ts";
import { settledNotification } from "../merging.ts";
import { type Connection, fromText } from "./connection.ts";
import { laneRefresher, notificationUpdater, outboxWriter } from "./lanes.ts";

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
}

export function outboxSection(connection: Connection): OutboxStore {
  const known = connection.prepare<{ id: string }>(`SELECT id FROM notifications WHERE id = ?`);
  const next = connection.prepare<{ at: number | null }>(
    `SELECT min(ready_at) AS at FROM lanes WHERE ready_at NOT NULL`,
  );
  const openedSent = connection.prepare<{ sent: number }>(`
    SELECT count(*) AS sent FROM notifications
    WHERE project = ? AND channel = ? AND sent_at >= ? AND change = 'opened' AND status = 'sent' AND is_digested = 0`);
  const add = outboxWriter(connection);

  return {
    claimNotifications: claimer(connection),

    settleNotifications: settler(connection),

    addNotification: (notification) =>
      connection.write(() => {
        if (known.get(notification.id) === undefined) add(notification);
      }),

    nextNotificationAt: (nowAt) =>
      connection.read(() => {
        const at = next.get()?.at ?? null;
        return at === null ? null : Math.max(at, nowAt);
      }),

    countOpenedSent: (project, channel, sinceAt) =>
      connection.read(() => openedSent.get(project, channel, sinceAt)?.sent ?? 0),

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

function claimer(connection: Connection): OutboxStore["claimNotifications"] {
  const ready = connection.prepare<LaneRow>(`
    SELECT number, project, channel, incident, thread, has_sent FROM lanes
    WHERE ready_at <= ? AND project || '/' || channel NOT IN (SELECT value FROM json_each(?))
    ORDER BY ready_at, number LIMIT ?`);
  const pending = connection.prepare<DocumentRow>(`
    SELECT doc FROM notifications WHERE lane = ? AND status = 'pending' ORDER BY id`);
  const lease = connection.prepare(`UPDATE lanes SET leased_until = ?1, ready_at = ?1 WHERE number = ?2`);

  return async ({ nowAt, leaseMs, limit, busy = [] }) => {
    const others = JSON.stringify(busy);
    const peeked = await connection.read(() => ready.all(nowAt, others, limit));
    // Asking is frequent and mostly in vain: without this, each look would be a transaction.
    if (peeked.length === 0) return [];
    return connection.write(() =>
      ready.all(nowAt, others, limit).map((lane): NotificationBatch => {
        const all = pending.all(lane.number).map(({ doc }) => fromText<Notification>(doc));
        const firstToWait = all.findIndex((notification) => notification.notBeforeAt > nowAt);
        lease.run(nowAt + leaseMs, lane.number);
        return {
          project: lane.project,
          channel: lane.channel,
          incidentId: lane.incident,
          monitorId: all[0]?.monitorId ?? null,
          notifications: firstToWait === -1 ? all : all.slice(0, firstToWait),
          thread: lane.thread,
          hasSent: lane.has_sent === 1,
        };
      }),
    );
  };
}

function settler(connection: Connection): OutboxStore["settleNotifications"] {
  const known = connection.prepare<DocumentRow & { lane: number }>(`
    SELECT doc, lane FROM notifications WHERE id = ? AND project = ? AND channel = ? AND incident IS ?`);
  const laneOfIncident = connection.prepare<{ number: number }>(`
    SELECT number FROM lanes WHERE project = ? AND channel = ? AND incident = ?`);
  const endLease = connection.prepare(`
    UPDATE lanes SET leased_until = 0, thread = coalesce(?, thread), has_sent = max(has_sent, ?) WHERE number = ?`);
  const update = notificationUpdater(connection);
  const refresh = laneRefresher(connection);

  return (batch, settled, thread) =>
    connection.write(() => {
      const { project, channel, incidentId } = batch;
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
        endLease.run(thread, hasSent ? 1 : 0, lane);
        refresh(lane);
      }
    });
}
