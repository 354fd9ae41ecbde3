/** The outbox: notifications waiting for their channel, claimed by lane under a lease. */
import type { Notification } from "../../domain/notification.ts";
import type { NotificationBatch, OutboxStore } from "../../ports/store.ts";
import { pageOf, placeIn } from "../cursor.ts";
import { distinctChannels, laneSubject, settledNotification } from "../merging.ts";
import { by } from "../order.ts";
import { addToLane } from "./changes.ts";
import { copy, given, keyOf, type Lane, type Tables } from "./tables.ts";

export function outboxSection(tables: Tables): OutboxStore {
  return { ...lanes(tables), ...notifications(tables) };
}

type Lanes = Pick<
  OutboxStore,
  "claimNotifications" | "waitingChannels" | "settleNotifications" | "nextNotificationAt"
>;

function lanes(tables: Tables): Lanes {
  const ready = () =>
    [...tables.lanes.values()].flatMap((lane) => {
      const first = tables.notifications.get(lane.pending[0] ?? "");
      return first === undefined ? [] : [{ lane, readyAt: Math.max(first.notBeforeAt, lane.leasedUntil) }];
    });

  return {
    async claimNotifications({ nowAt, leaseMs, limit, busy = [], only }) {
      const isWanted = ({ project, channel }: Lane): boolean =>
        !busy.includes(`${project}/${channel}`) &&
        (only === undefined || (project === only.project && channel === only.channel));
      return ready()
        .filter(({ lane, readyAt }) => readyAt <= nowAt && isWanted(lane))
        .sort(
          by(
            (one) => one.readyAt,
            (one) => one.lane.number,
          ),
        )
        .slice(0, limit)
        .map(({ lane }) => {
          const batch = { ...batchOf(tables, lane, nowAt), leasedUntilAt: nowAt + leaseMs };
          lane.leasedUntil = batch.leasedUntilAt;
          return copy(batch);
        });
    },

    async waitingChannels(nowAt) {
      const waiting = ready().filter(({ readyAt }) => readyAt <= nowAt);
      return distinctChannels(waiting.map(({ lane }) => lane));
    },

    async settleNotifications(batch, settled, thread) {
      const { project, channel, incidentId } = batch;
      const laneOf = (id: string) =>
        tables.lanes.get(keyOf(project, channel, laneSubject({ id, incidentId })));
      const touched = new Set(incidentId === null ? [] : [laneOf("")]);
      for (const one of given(settled)) {
        const before = tables.notifications.get(one.id);
        const lane = laneOf(one.id);
        const isOfBatch =
          before?.project === project && before.channel === channel && before.incidentId === incidentId;
        if (!isOfBatch || lane === undefined) continue;
        const after = settledNotification(before, one);
        tables.notifications.set(one.id, after);
        if (after.status !== "pending") lane.pending = lane.pending.filter((id) => id !== one.id);
        lane.hasSent ||= after.status === "sent";
        touched.add(lane);
      }
      for (const lane of touched) {
        if (lane === undefined) continue;
        lane.thread = thread ?? lane.thread;
        if (lane.leasedUntil === batch.leasedUntilAt) lane.leasedUntil = 0;
      }
    },

    async nextNotificationAt(nowAt) {
      const instants = ready().map(({ readyAt }) => readyAt);
      return instants.length === 0 ? null : Math.max(nowAt, Math.min(...instants));
    },
  };
}

function notifications(tables: Tables): Omit<OutboxStore, keyof Lanes> {
  return {
    async addNotification(notification) {
      if (!tables.notifications.has(notification.id)) addToLane(tables, given(notification));
    },

    async countOpenedSent(project, channel, sinceAt) {
      return [...tables.notifications.values()].filter(
        (one) =>
          one.project === project &&
          one.channel === channel &&
          one.change === "opened" &&
          one.status === "sent" &&
          !one.isDigested &&
          (one.sentAt ?? Number.MIN_SAFE_INTEGER) >= sinceAt,
      ).length;
    },

    async lastSentAt(project, channel) {
      const instants = [...tables.notifications.values()].flatMap((one) =>
        one.project === project && one.channel === channel && one.status === "sent" ? (one.sentAt ?? []) : [],
      );
      return instants.length === 0 ? null : Math.max(...instants);
    },

    async listNotifications(project, { incidentId }, page) {
      const place = placeIn(page.cursor);
      const found = [...tables.notifications.values()]
        .filter((one) => one.project === project && (incidentId === null || one.incidentId === incidentId))
        .filter(
          ({ createdAt, id }) =>
            place === null || createdAt > place.at || (createdAt === place.at && id > place.id),
        )
        .sort(
          by(
            (one) => one.createdAt,
            (one) => one.id,
          ),
        );
      return copy(pageOf(found, page.limit, (last) => [last.createdAt, last.id]));
    },
  };
}

function batchOf(tables: Tables, lane: Lane, nowAt: number): Omit<NotificationBatch, "leasedUntilAt"> {
  const all = lane.pending.map((id) => tables.notifications.get(id)).filter((one) => one !== undefined);
  const firstToWait = all.findIndex((one: Notification) => one.notBeforeAt > nowAt);
  return {
    project: lane.project,
    channel: lane.channel,
    incidentId: lane.incidentId,
    monitorId: all[0]?.monitorId ?? null,
    notifications: firstToWait === -1 ? all : all.slice(0, firstToWait),
    thread: lane.thread,
    hasSent: lane.hasSent,
    isLeftUnsettled: lane.leasedUntil !== 0,
  };
}
