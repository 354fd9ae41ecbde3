/** Records as what this store keeps of them, written many at a time. What a record speaks of was written before it. */
import { LIMITS } from "../../../domain/limits.ts";
import type { Notification } from "../../../domain/notification.ts";
import type { StoredLane, StoredMonitor, StoredRecord } from "../../../ports/transfer.ts";
import { foldKeyOf, monitorIdOf, pastSinceAt } from "../../merging.ts";
import { writeAll, type Write } from "../amending.ts";
import { putRoute } from "../boundary/guards.ts";
import { channelName, laneName, notificationTexts } from "../outbox/lanes.ts";
import addNotificationLua from "../lua/add-notification.lua";
import argumentsLua from "../lua/arguments.lua";
import outboxLua from "../lua/outbox.lua";
import { ownerNamedBy } from "../owners.ts";
import type { RedisParts } from "../parts.ts";
import { homeOf, INSTANCE, lookUpOf, nameOf, type Place } from "../places.ts";
import { nearKeys, putEntry } from "../boundary/rejections.ts";
import { scriptOf } from "../connection/scripts.ts";
import { reportedKey } from "../unknowns.ts";
import { putVerificationWrites } from "../boundary/verifications.ts";
import { keysKey } from "../project/keys.ts";
import { monitorTexts, nameText, runNameMember, toText } from "../monitors/written-change.ts";

const ADD = scriptOf("add-notification", argumentsLua, outboxLua, addNotificationLua);

/** What is remembered from record to record. */
export interface Import {
  /** Runs of each monitor so far. */
  arrivals: Map<string, number>;
  /** By name: they are made with the first notification of theirs, which says where. */
  lanes: Map<string, StoredLane & { number: number }>;
  lastRejection: number;
}

/** Records of one kind. */
export async function takeIn(
  parts: RedisParts,
  taken: Import,
  records: readonly StoredRecord[],
): Promise<void> {
  // What is remembered is changed in the order of the records, before anything is awaited.
  const written = await Promise.all(records.map((record) => takenIn(parts, taken, record)));
  const byPlace = Map.groupBy(written.flat(), ({ place }) => nameOf(place));
  await Promise.all(
    [...byPlace.values()].map(async (alike) => {
      const [first] = alike;
      if (first === undefined) return;
      await parts.places.enter(first.place);
      const writes = alike.flatMap((each) => each.writes);
      for (const some of inPieces(writes)) await writeAll(parts, first.place, some);
    }),
  );
}

/** In order. What many long outcomes come to is more than goes to Redis in the time that a command has. */
function inPieces(writes: readonly Write[]): Write[][] {
  const pieces: Write[][] = [];
  let left = 0;
  for (const write of writes) {
    if (left <= 0) {
      pieces.push([]);
      left = LIMITS.transferPieceCharacters;
    }
    pieces.at(-1)?.push(write);
    left -= write.reduce((sum: number, word) => sum + String(word).length, 0);
  }
  return pieces;
}

interface Written {
  place: Place;
  writes: readonly Write[];
}

async function takenIn(parts: RedisParts, taken: Import, record: StoredRecord): Promise<Written[]> {
  const { connection } = parts;
  const inHome = (project: string, ...writes: Write[]): Written[] => [{ place: homeOf(project), writes }];
  switch (record.kind) {
    case "project":
      return projectWrites(parts, record);
    case "key": {
      const { project, id } = record.key;
      await parts.places.enter(homeOf(project));
      await connection.ask((client) =>
        Promise.all([
          client.hset(keysKey(parts, project), id, toText(record.key)),
          client.set(lookUpOf(connection, "key", id), toText(record.key)),
        ]),
      );
      return [];
    }
    case "channel":
      return inHome(record.channel.project, ["put", "channels", record.channel.name, toText(record.channel)]);
    case "plan":
      return inHome(record.plan.project, ["put", "plans", record.plan.id, toText(record.plan)]);
    case "incident":
      return incidentWrites(parts, record);
    case "lane":
      taken.lanes.set(`${channelName(record)}/${record.subject}`, { ...record, number: parts.ordinal() });
      return [];
    case "notification":
      return takeNotification(parts, taken, record.notification);
    case "rejection": {
      const { rejection } = record;
      taken.lastRejection = Math.max(taken.lastRejection, Number(rejection.id));
      await nearKeys(parts).add(rejection);
      const fold: Write = ["put", "rejections:folds", foldKeyOf(rejection), rejection.id];
      return inHome(rejection.project, fold, ...putEntry(rejection));
    }
    case "proof_use": {
      const { project, id, use, untilAt } = record;
      return inHome(project, ["put", "proofs", id, use], ["rank", "proofs:until", untilAt, id]);
    }
    case "guarded_route":
      return inHome(record.route.project, ...putRoute(record.route));
    case "verification":
      return inHome(record.verification.project, ...putVerificationWrites(record.verification));
    case "blind_spot": {
      const { id, toAt } = record.spot;
      const writes: Write[] = [
        ["put", "spots", id, toText(record.spot)],
        ["rank", "spots:by-end", toAt, id],
      ];
      return [{ place: INSTANCE, writes }];
    }
    case "sign_of_life":
      return [{ place: INSTANCE, writes: [["rank", "signs", record.at, "imported"]] }];
    default:
      return ofMonitor(parts, taken, record);
  }
}

async function projectWrites(
  { connection, places }: RedisParts,
  { project, state, version, dueAt }: Extract<StoredRecord, { kind: "project" }>,
): Promise<Written[]> {
  const { name, partitions = 1 } = project;
  for (let number = 0; number < partitions; number += 1) await places.enter({ project: name, number });
  await connection.ask((client) => client.sadd(`${connection.prefix}:projects`, name));
  const fields = {
    document: toText(project),
    state: toText(state),
    partitions: String(partitions),
    version: String(version),
    due: dueAt === null ? "" : String(dueAt),
  };
  const writes = Object.entries(fields).map(([field, text]): Write => ["put", "project", field, text]);
  return [{ place: homeOf(name), writes }];
}

type OfMonitor = Extract<
  StoredRecord,
  { kind: "monitor" | "window" | "run" | "journal" | "receipt" | "count" | "unknown" }
>;

async function ofMonitor(parts: RedisParts, taken: Import, record: OfMonitor): Promise<Written[]> {
  switch (record.kind) {
    case "monitor":
      return monitorWrites(parts, record);
    case "window": {
      const { monitorId, expectedAt } = record.row;
      return at(parts, monitorId, ["rank", `w:${monitorId}`, expectedAt, toText(record.row)]);
    }
    case "run":
      return runWrites(parts, taken, record);
    case "journal": {
      const { monitorId, entry } = record;
      return at(parts, monitorId, [
        "rank",
        `j:${monitorId}`,
        entry.at,
        `${String(entry.version).padStart(16, "0")} ${toText(entry)}`,
      ]);
    }
    case "receipt": {
      const { monitorId, duplicateKey, receipt } = record;
      return at(
        parts,
        monitorId,
        ["put", `k:${monitorId}`, nameText(duplicateKey), toText(receipt)],
        ["rank", `ka:${monitorId}`, record.at, nameText(duplicateKey)],
      );
    }
    case "count": {
      const { monitorId, count } = record;
      return at(parts, monitorId, [
        "put",
        `c:${monitorId}`,
        `${count.day} ${count.what}`,
        String(count.delta),
      ]);
    }
    case "unknown":
      return unknownWrites(parts, record);
  }
}

async function at({ places }: RedisParts, monitorId: string, ...writes: Write[]): Promise<Written[]> {
  const place = await places.ofMonitor(monitorId);
  return place === null ? [] : [{ place, writes }];
}

async function monitorWrites(
  { places, lookUps, ordinal }: RedisParts,
  { monitor, state, version, dueAt, hastenedAt }: StoredMonitor,
): Promise<Written[]> {
  const { id, project, slug, pingHash, deletedAt } = monitor;
  const [document, ref] = monitorTexts(monitor);
  const fields = {
    monitor: String(document),
    ref: String(ref),
    ping: pingHash,
    state: toText(state),
    version: String(version),
    stamp: `imported ${ordinal()}`,
    ...(deletedAt !== null && { deleted: "1" }),
    ...(hastenedAt !== null && { hastened: String(hastenedAt) }),
  };
  const place = await places.ofSlug(project, slug);
  await places.leadTo(place, id);
  await lookUps.put("ping", pingHash, `${nameOf(place)} ${id}`);
  const writes: Write[] = [
    ...Object.entries(fields).map(([field, text]): Write => ["put", `m:${id}`, field, text]),
    ["rank", "ids", 0, id],
    ...(dueAt === null ? [] : [["rank", "due", dueAt, id] as const]),
    deletedAt === null ? ["rank", "slugs", 0, `${slug} ${id}`] : ["rank", `gone:${slug}`, deletedAt, id],
  ];
  return [{ place, writes }];
}

async function runWrites(
  parts: RedisParts,
  taken: Import,
  { run }: Extract<StoredRecord, { kind: "run" }>,
): Promise<Written[]> {
  const { id, monitorId } = run;
  const arrival = (taken.arrivals.get(monitorId) ?? 0) + 1;
  taken.arrivals.set(monitorId, arrival);
  const place = await parts.places.ofMonitor(monitorId);
  if (place === null) return [];
  if (ownerNamedBy(id) !== monitorId) await parts.lookUps.put("run", id, `${nameOf(place)} ${monitorId}`);
  const [name, pastAt] = [runNameMember(run, arrival), pastSinceAt(run)];
  const writes: Write[] = [
    ["put", `r:${monitorId}`, id, toText(run)],
    ["rank", `ro:${monitorId}`, arrival, id],
    ...(name === null ? [] : [["rank", `ri:${monitorId}`, 0, name] as const]),
    ...(pastAt === null ? [] : [["rank", `rp:${monitorId}`, pastAt, id] as const]),
    ["put", `m:${monitorId}`, "runs", String(arrival)],
  ];
  return [{ place, writes }];
}

async function incidentWrites(
  { places, lookUps }: RedisParts,
  { incident }: Extract<StoredRecord, { kind: "incident" }>,
): Promise<Written[]> {
  const { id, project, openedAt, status } = incident;
  const monitorId = monitorIdOf(incident);
  const place = (monitorId === null ? null : await places.ofMonitor(monitorId)) ?? homeOf(project);
  if (ownerNamedBy(id) !== (monitorId ?? project)) await lookUps.put("incident", id, nameOf(place));
  const lists = ["all", `of:${monitorId ?? ""}`, `is:${status}`];
  const writes: Write[] = [
    ["put", "i", id, toText(incident)],
    ...lists.map((list): Write => ["rank", `i:${list}`, openedAt, id]),
  ];
  return [{ place, writes }];
}

/** With its monitor, as a commit leaves it. */
async function takeNotification(
  { connection, places, lookUps, ordinal }: RedisParts,
  { lanes }: Import,
  notification: Notification,
): Promise<Written[]> {
  const { id, project, monitorId } = notification;
  const name = laneName(notification);
  const lane = lanes.get(name);
  const number = lane?.number ?? ordinal();
  const place = (monitorId === null ? null : await places.ofMonitor(monitorId)) ?? homeOf(project);
  await places.enter(place);
  await lookUps.put("notification", id, nameOf(place));
  await connection.run(ADD, place, ...notificationTexts(notification, number));
  const writes: Write[] = [
    ...(lane?.hasSent ? [["put", `lane:${name}`, "sent", "1"] as const] : []),
    ...(lane?.thread ? [["put", `lane:${name}`, "thread", lane.thread] as const] : []),
  ];
  return writes.length === 0 ? [] : [{ place, writes }];
}

async function unknownWrites(
  { places, ordinal }: RedisParts,
  { unknown, isReported }: Extract<StoredRecord, { kind: "unknown" }>,
): Promise<Written[]> {
  const { blindSpotId, monitorId, project, fromAt, toAt, count } = unknown;
  const stamp = `imported-${ordinal()}`;
  const place = await places.ofMonitor(monitorId);
  if (place === null) return [];
  const text = [fromAt, toAt, count, stamp, toText(unknown)].join(" ");
  return [
    {
      place,
      writes: [
        ["member", "us", blindSpotId],
        ["put", `u:${blindSpotId}`, monitorId, text],
      ],
    },
    ...(isReported
      ? [{ place: homeOf(project), writes: [["put", reportedKey(blindSpotId), monitorId, stamp] as const] }]
      : []),
  ];
}
