/**
 * Lanes of the outbox: what goes to one channel about one incident, in order. A lane knows from when on it may be
 * claimed (`ready_at`), so that finding what is due never looks at what is not. Called inside a transaction.
 */
import type { Notification } from "../../domain/notification.ts";
import { laneSubject } from "../merging.ts";
import { type Statements, toText } from "./statements.ts";

/** Adds a notification at the end of its lane. An id that is there already breaks the primary key. */
export function outboxWriter(statements: Statements): (notification: Notification) => void {
  const findLane = statements.prepare<{ number: number }>(`
    SELECT number FROM lanes WHERE project = ? AND channel = ? AND subject = ?`);
  const addLane = statements.prepare<{ number: number }>(`
    INSERT INTO lanes (project, channel, subject, incident) VALUES (?, ?, ?, ?) RETURNING number`);
  const insert = statements.prepare(`
    INSERT INTO notifications (
      id, lane, project, channel, incident, monitor, change, status, created_at, not_before_at, sent_at,
      is_digested, doc
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const refresh = laneRefresher(statements);

  return (notification) => {
    const { id, project, channel, incidentId, monitorId, change, status, createdAt } = notification;
    const subject = laneSubject(notification);
    const lane =
      findLane.get(project, channel, subject)?.number ??
      addLane.get(project, channel, subject, incidentId)?.number ??
      null;
    insert.run(
      id,
      lane,
      project,
      channel,
      incidentId,
      monitorId,
      change,
      status,
      createdAt,
      notification.notBeforeAt,
      notification.sentAt,
      notification.isDigested ? 1 : 0,
      toText(notification),
    );
    if (lane !== null) refresh(lane);
  };
}

/** Works out anew from when on the lane may be claimed; to be called after any write to it. */
export function laneRefresher(statements: Statements): (lane: number) => void {
  const refresh = statements.prepare(`
    UPDATE lanes SET ready_at = max(leased_until, (
      SELECT not_before_at FROM notifications WHERE lane = ?1 AND status = 'pending' ORDER BY id LIMIT 1
    )) WHERE number = ?1`);
  return (lane) => void refresh.run(lane);
}

/** Writes a notification that is there. */
export function notificationUpdater(statements: Statements): (notification: Notification) => void {
  const update = statements.prepare(`
    UPDATE notifications SET status = ?, not_before_at = ?, sent_at = ?, is_digested = ?, doc = ? WHERE id = ?`);
  return (notification) => {
    const { id, status, notBeforeAt, sentAt, isDigested } = notification;
    update.run(status, notBeforeAt, sentAt, isDigested ? 1 : 0, toText(notification), id);
  };
}
