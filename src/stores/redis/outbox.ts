/** The outbox: notifications waiting for their channel, each lane in one place, claimed there under a lease. */
import type { Notification } from "../../domain/notification.ts";
import type { NotificationBatch, OutboxStore } from "../../ports/store.ts";
import { placeIn } from "../cursor.ts";
import { channelName, channelNamed, notificationTexts } from "./outbox/lanes.ts";
import addNotificationLua from "./lua/add-notification.lua";
import argumentsLua from "./lua/arguments.lua";
import claimLua from "./lua/claim.lua";
import listNotificationsLua from "./lua/list-notifications.lua";
import orderLua from "./lua/order.lua";
import outboxLua from "./lua/outbox.lua";
import readyLua from "./lua/ready.lua";
import { listed } from "./connection/arguments.ts";
import { mergedPage } from "./merged-pages.ts";
import { ownersIn } from "./owners.ts";
import type { RedisParts } from "./parts.ts";
import { baseOf, homeOf, nameOf, type Place, placeNamed } from "./places.ts";
import { scriptOf } from "./connection/scripts.ts";
import { outOfTime } from "./connection/server-clock.ts";
import { settler } from "./outbox/settling.ts";

const ADD = scriptOf("add-notification", argumentsLua, outboxLua, addNotificationLua);
const READY = scriptOf("ready", argumentsLua, orderLua, readyLua);
const CLAIM = scriptOf("claim", argumentsLua, outboxLua, claimLua);
const LIST = scriptOf("list-notifications", argumentsLua, orderLua, listNotificationsLua);

export function outboxSection(parts: RedisParts): OutboxStore {
  return { ...claims(parts), settleNotifications: settler(parts), ...notifications(parts) };
}

type Claims = Pick<OutboxStore, "claimNotifications" | "waitingChannels" | "nextNotificationAt">;

/**
 * By a clock that was set, a lease would have ended before it began, or end in a year, or those of others would be over. An
 * instant that only waited for Redis is not so far off.
 */
const CLAIM_OFF_MS = 3_000;

function claims({ connection, places, clock }: RedisParts): Claims {
  const ready = async (wanted: readonly Place[], claim: Claim): Promise<ReadyLane[]> => {
    const found = await Promise.all(wanted.map((place) => readyIn(place, claim)));
    return found
      .flat()
      .toSorted((one, other) => one.readyAt - other.readyAt || (one.lane < other.lane ? -1 : 1))
      .slice(0, claim.limit);
  };
  const readyIn = async (place: Place, { nowAt, limit, busy = [], only }: Claim): Promise<ReadyLane[]> => {
    const channel = only === undefined ? null : channelName(only);
    const passedOver = listed(busy, (name) => [name]);
    const reply = (await connection.run(READY, place, nowAt, limit, channel, ...passedOver)) as string[];
    return Array.from({ length: reply.length / 2 }, (_none, index) => ({
      place,
      readyAt: Number(reply[2 * index]),
      lane: reply[2 * index + 1] ?? "",
    }));
  };
  const claimed = async (chosen: readonly ReadyLane[], { nowAt, leaseMs }: Claim) => {
    const groups = Object.values(Object.groupBy(chosen, ({ place }) => nameOf(place)));
    const batches = new Map<string, NotificationBatch>();
    const claimIn = async (group: readonly ReadyLane[]): Promise<void> => {
      const place = group[0]?.place;
      if (place === undefined) return;
      const lanes = listed(group, ({ lane }) => [lane]);
      const tolerance = clock === null ? null : CLAIM_OFF_MS;
      const leasedUntilAt = nowAt + leaseMs;
      const reply = await connection.run(CLAIM, place, nowAt, leasedUntilAt, tolerance, ...lanes);
      if (reply === "clock") {
        await clock?.measure();
        throw outOfTime("clock");
      }
      for (const [lane = "", ...batch] of reply as string[][]) {
        batches.set(lane, { ...batchOf(batch), leasedUntilAt });
      }
    };
    await Promise.all(groups.map((group = []) => claimIn(group)));
    return chosen.flatMap(({ lane }) => batches.get(lane) ?? []);
  };

  return {
    async claimNotifications(claim) {
      const { only, limit } = claim;
      if (only !== undefined && claim.busy?.includes(channelName(only))) return [];
      const wanted = await (only === undefined ? places.all() : places.ofProject(only.project));
      const batches: NotificationBatch[] = [];
      for (;;) {
        const chosen = await ready(wanted, { ...claim, limit: limit - batches.length });
        const got = await claimed(chosen, claim);
        batches.push(...got);
        // Where another was quicker there may be more to be had; a claim that is not full says that there is not.
        if (got.length === chosen.length) return batches;
      }
    },

    async waitingChannels(nowAt, partition) {
      const wanted = partition === undefined ? await places.all() : [placeNamed(partition)];
      const names = await connection.ask((client) =>
        Promise.all(
          wanted.map((place) => client.zrangebyscore(`${baseOf(connection, place)}ready`, "-inf", nowAt)),
        ),
      );
      return [...new Set(names.flat())].toSorted().map(channelNamed);
    },

    async nextNotificationAt(nowAt) {
      const all = await places.all();
      const earliest = await connection.ask((client) =>
        Promise.all(
          all.map((place) => client.zrange(`${baseOf(connection, place)}ready`, "0", "0", "WITHSCORES")),
        ),
      );
      const instants = earliest.flatMap(([, at]) => (at === undefined ? [] : Number(at)));
      return instants.length === 0 ? null : Math.max(nowAt, Math.min(...instants));
    },
  };
}

type Claim = Parameters<OutboxStore["claimNotifications"]>[0];

interface ReadyLane {
  place: Place;
  readyAt: number;
  /** With its number before it, so that text order is the order of the numbers. */
  lane: string;
}

function batchOf([channel = "", incidentId, thread, hasSent, isLeft, ...documents]: readonly string[]): Omit<
  NotificationBatch,
  "leasedUntilAt"
> {
  const due = documents.map((document) => JSON.parse(document) as Notification);
  return {
    ...channelNamed(channel),
    incidentId: incidentId || null,
    monitorId: due[0]?.monitorId ?? null,
    notifications: due,
    thread: thread || null,
    hasSent: hasSent === "1",
    isLeftUnsettled: isLeft === "1",
  };
}

function notifications(
  parts: RedisParts,
): Pick<OutboxStore, "addNotification" | "countOpenedSent" | "lastSentAt" | "listNotifications"> {
  const { connection, places, lookUps, ordinal } = parts;
  const owners = ownersIn(parts);
  const inEach = async <Answer>(
    project: string,
    of: (base: string) => Promise<Answer>,
  ): Promise<Answer[]> => {
    const all = await places.ofProject(project);
    return connection.ask(() => Promise.all(all.map((place) => of(baseOf(connection, place)))));
  };
  const { client } = connection;

  return {
    async addNotification(notification) {
      const { id } = notification;
      const place = await placeFor(parts, notification);
      if (await owners.hasNotification(id)) return;
      await places.enter(place);
      await lookUps.put("notification", id, nameOf(place));
      await connection.run(ADD, place, ...notificationTexts(notification, ordinal()));
    },

    async countOpenedSent(project, channel, sinceAt) {
      const key = `n:opened:${channelName({ project, channel })}`;
      const counts = await inEach(project, (base) => client.zcount(base + key, sinceAt, "+inf"));
      return counts.reduce((sum, count) => sum + count, 0);
    },

    async lastSentAt(project, channel) {
      const key = `n:sent:${channelName({ project, channel })}`;
      const latest = await inEach(project, (base) => client.zrevrange(base + key, 0, 0, "WITHSCORES"));
      const instants = latest.flatMap(([, at]) => (at === undefined ? [] : Number(at)));
      return instants.length === 0 ? null : Math.max(...instants);
    },

    async listNotifications(project, { incidentId }, { cursor, limit }) {
      const after = placeIn(cursor);
      const list = incidentId === null ? `in:${project}` : `of:${project}/${incidentId}`;
      return mergedPage({
        places: await places.ofProject(project),
        limit,
        async read(place, howMany) {
          const from = [after?.at ?? null, after?.id ?? null];
          const documents = await connection.run(LIST, place, list, ...from, howMany);
          return (documents as string[]).map((document) => JSON.parse(document) as Notification);
        },
        order: (one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1),
        placeOf: (last) => [last.createdAt, last.id],
      });
    },
  };
}

/** With the others of its incident; what is of none belongs to its project. */
async function placeFor({ places }: RedisParts, notification: Notification): Promise<Place> {
  const { project, incidentId, monitorId } = notification;
  const place = incidentId === null || monitorId === null ? null : await places.ofMonitor(monitorId);
  return place ?? homeOf(project);
}
