/** All of Redis as records: a monitor in pieces that are of one instant; the rest place by place. */
import type { DayCount, JournalEntry, MonitorState, Receipt } from "../../../domain/change.ts";
import type { BlindSpot, Plan } from "../../../domain/hearing.ts";
import type { Incident } from "../../../domain/incident.ts";
import { LIMITS } from "../../../domain/limits.ts";
import type { WindowRow } from "../../../domain/ledger.ts";
import type { Monitor } from "../../../domain/monitor.ts";
import type { Notification } from "../../../domain/notification.ts";
import type { Project, ProjectState } from "../../../domain/project.ts";
import type { Run } from "../../../domain/run.ts";
import type { GuardedRoute } from "../../../domain/trust/guarded-route.ts";
import type { Verification } from "../../../domain/trust/verification.ts";
import type { Channel, Rejection } from "../../../ports/records.ts";
import type { StoredLane, StoredRecord } from "../../../ports/transfer.ts";
import { laneSubject } from "../../merging.ts";
import { laneName } from "../outbox/lanes.ts";
import argumentsLua from "../lua/arguments.lua";
import exportMonitorLua from "../lua/export-monitor.lua";
import type { RedisParts } from "../parts.ts";
import { baseOf, homeOf, INSTANCE, type Place } from "../places.ts";
import { keys } from "../project/keys.ts";
import { scriptOf } from "../connection/scripts.ts";
import { keptUnknown, reportedKey } from "../unknowns.ts";

const EXPORT = scriptOf("export-monitor", argumentsLua, exportMonitorLua);
/** Messages read at once: as many as pass in a moment. */
const READ_TOGETHER = 500;

/** The monitor with all that is its own, or null where it is gone. */
export async function monitorRecords(
  parts: RedisParts,
  place: Place,
  id: string,
): Promise<{ stamp: string; records: StoredRecord[] } | null> {
  const pieces = await piecesOf(parts, place, id);
  const [first] = pieces;
  if (first?.[8] == null) return null;
  const [, version, swept, dueAt, hastenedAt] = first;
  const [monitor, state, receipts, receiptsAt, counts, incidents, unknowns] = first[8];
  const rows = pieces.flatMap((piece) => piece[5]);
  const runs = pieces.flatMap((piece) => piece[6]);
  const journal = pieces.flatMap((piece) => piece[7]);
  const at = new Map(pairs(receiptsAt));
  const all = <Kept>(texts: readonly string[]): Kept[] => texts.map((text) => JSON.parse(text) as Kept);
  const records: StoredRecord[] = [
    {
      kind: "monitor",
      monitor: JSON.parse(monitor) as Monitor,
      state: JSON.parse(state) as MonitorState,
      version: Number(version),
      dueAt: numberOrNull(dueAt),
      hastenedAt: numberOrNull(hastenedAt),
    },
    ...all<WindowRow>(rows).map((row) => ({ kind: "window", row }) as const),
    ...all<Run>(runs).map((run) => ({ kind: "run", run }) as const),
    ...journal.map((text) => {
      const entry = JSON.parse(text.slice(text.indexOf(" ") + 1)) as JournalEntry;
      return { kind: "journal", monitorId: id, entry } as const;
    }),
    ...pairs(receipts)
      .toSorted(byText)
      .map(([key, text]) => {
        const [duplicateKey, receipt] = [JSON.parse(key) as string, JSON.parse(text) as Receipt];
        return { kind: "receipt", monitorId: id, duplicateKey, receipt, at: Number(at.get(key)) } as const;
      }),
    ...pairs(counts)
      .toSorted(byText)
      .map(([name, delta]) => ({ kind: "count", monitorId: id, count: countOf(name, delta) }) as const),
    ...all<Incident>(incidents).map((incident) => ({ kind: "incident", incident }) as const),
    ...(await unknownRecords(parts, { id, unknowns })),
  ];
  return { stamp: stampOf([version, swept, hastenedAt, dueAt]), records };
}

/**
 * All of it at once would be more than Redis gives in time, where runs have long outcomes, and nobody else would be served
 * meanwhile. Pieces are of one instant where nothing was written between them; of a monitor that never rests it is one piece
 * after all. None where it is gone.
 */
async function piecesOf({ connection }: RedisParts, place: Place, id: string): Promise<MonitorReply[]> {
  for (let round = 1; ; round += 1) {
    const most = round < LIMITS.exportRounds ? LIMITS.transferPieceCharacters : Number.MAX_SAFE_INTEGER;
    const pieces: MonitorReply[] = [];
    let from = "0";
    while (from !== "") {
      const reply = (await connection.run(EXPORT, place, id, from, most)) as MonitorReply | null;
      if (reply === null) return [];
      if (stampOf(reply.slice(1, 5)) !== stampOf((pieces[0] ?? reply).slice(1, 5))) break;
      pieces.push(reply);
      [from] = reply;
    }
    if (from === "") return pieces;
  }
}

/** What changes with everything that `monitorRecords` gives. */
export async function monitorStamps(
  { connection }: RedisParts,
  place: Place,
  ids: readonly string[],
): Promise<(string | null)[]> {
  const base = baseOf(connection, place);
  return connection.ask((client) =>
    Promise.all(
      ids.map(async (id) => {
        const [found, due] = await Promise.all([
          client.hmget(`${base}m:${id}`, "version", "swept", "hastened"),
          client.zscore(`${base}due`, id),
        ]);
        const [version, swept, hastened] = found;
        return version ? stampOf([version, swept ?? "", hastened ?? null, due]) : null;
      }),
    ),
  );
}

/** What belongs to no monitor, and the messages of all. */
export async function* placeRecords(parts: RedisParts, place: Place): AsyncIterable<readonly StoredRecord[]> {
  if (place.number === 0) yield* homeRecords(parts, place.project);
  yield* outboxRecords(parts, place);
}

/** Blind spots and the latest sign of life. */
export async function* instanceRecords({ connection }: RedisParts): AsyncIterable<readonly StoredRecord[]> {
  const base = baseOf(connection, INSTANCE);
  const [ids, [, at]] = await connection.ask((client) =>
    Promise.all([
      client.zrange(`${base}spots:by-end`, "0", "-1"),
      client.zrevrange(`${base}signs`, 0, 0, "WITHSCORES"),
    ]),
  );
  const texts =
    ids.length === 0 ? [] : await connection.ask((client) => client.hmget(`${base}spots`, ...ids));
  yield parsed<BlindSpot>(texts).map((spot) => ({ kind: "blind_spot", spot }) as const);
  if (at !== undefined) yield [{ kind: "sign_of_life", at: Number(at) }];
}

async function* homeRecords(parts: RedisParts, project: string): AsyncIterable<readonly StoredRecord[]> {
  const { connection } = parts;
  const base = baseOf(connection, homeOf(project));
  const valuesOf = async <Kept>(hash: string): Promise<Kept[]> =>
    parsed<Kept>((await allFields(parts, base + hash)).map(([, text]) => text));
  const [document, state, version, due] = await connection.ask((client) =>
    client.hmget(`${base}project`, "document", "state", "version", "due"),
  );
  if (document && state) {
    yield [
      {
        kind: "project",
        project: JSON.parse(document) as Project,
        state: JSON.parse(state) as ProjectState,
        version: Number(version),
        dueAt: numberOrNull(due ?? null),
      },
    ];
  }
  yield* keyRecords(parts, project);
  yield (await valuesOf<Channel>("channels")).map((channel) => ({ kind: "channel", channel }) as const);
  yield (await valuesOf<Plan>("plans")).map((plan) => ({ kind: "plan", plan }) as const);
  const incidents = await connection.ask((client) => client.zrange(`${base}i:of:`, "0", "-1"));
  const texts =
    incidents.length === 0 ? [] : await connection.ask((client) => client.hmget(`${base}i`, ...incidents));
  yield parsed<Incident>(texts).map((incident) => ({ kind: "incident", incident }) as const);
  const rejections = await valuesOf<Rejection>("rejections");
  yield rejections
    .toSorted((one, other) => Number(one.id) - Number(other.id))
    .map((rejection) => ({ kind: "rejection", rejection }) as const);
  yield* proofRecords(parts, project);
  yield (await valuesOf<GuardedRoute>("guards")).map((route) => ({ kind: "guarded_route", route }) as const);
  const verifications = await valuesOf<Verification>("verifications");
  yield verifications.map((verification) => ({ kind: "verification", verification }) as const);
}

async function* keyRecords(parts: RedisParts, project: string): AsyncIterable<readonly StoredRecord[]> {
  const found = await keys(parts).listKeys(project);
  const inOrder = found.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  yield inOrder.map((key) => ({ kind: "key", key }) as const);
}

async function* proofRecords(parts: RedisParts, project: string): AsyncIterable<readonly StoredRecord[]> {
  const base = baseOf(parts.connection, homeOf(project));
  const uses = await allFields(parts, `${base}proofs`);
  for (let from = 0; from < uses.length; from += READ_TOGETHER) {
    const some = uses.slice(from, from + READ_TOGETHER);
    const ends = await parts.connection.ask((client) =>
      client.zmscore(`${base}proofs:until`, ...some.map(([id]) => id)),
    );
    yield some.flatMap(([id, use], index) => {
      const untilAt = numberOrNull(ends[index] ?? null);
      return untilAt === null ? [] : [{ kind: "proof_use", project, id, use, untilAt } as const];
    });
  }
}

/** A piece at a time, by field: what is there throughout is among it. */
async function allFields({ connection }: RedisParts, key: string): Promise<[string, string][]> {
  const found = new Map<string, string>();
  let cursor = "0";
  do {
    const [next, fields] = await connection.ask((client) =>
      client.hscan(key, cursor, "COUNT", READ_TOGETHER),
    );
    for (const [field, text] of pairs(fields)) found.set(field, text);
    cursor = next;
  } while (cursor !== "0");
  return [...found].toSorted(byText);
}

/** Leases stay behind. */
async function* outboxRecords(
  { connection }: RedisParts,
  place: Place,
): AsyncIterable<readonly StoredRecord[]> {
  const base = baseOf(connection, place);
  const lanes = new Map<string, { number: number; lane: StoredLane }>();
  const ids = (await connection.ask((client) => client.hkeys(`${base}n`))).toSorted();
  for (let from = 0; from < ids.length; from += READ_TOGETHER) {
    const some = ids.slice(from, from + READ_TOGETHER);
    const texts = await connection.ask((client) => client.hmget(`${base}n`, ...some));
    const notifications = parsed<Notification>(texts);
    const unseen = notifications.filter((notification) => !lanes.has(laneName(notification)));
    const byLane = new Map(unseen.map((notification) => [laneName(notification), notification]));
    await Promise.all(
      [...byLane].map(async ([name, notification]) => {
        const [number, thread, sent] = await connection.ask((client) =>
          client.hmget(`${base}lane:${name}`, "number", "thread", "sent"),
        );
        const { project, channel, incidentId } = notification;
        const subject = laneSubject(notification);
        const more = { thread: thread ?? null, hasSent: sent === "1" };
        const lane = { kind: "lane", project, channel, subject, incidentId, ...more } as const;
        if (number) lanes.set(name, { number: Number(number), lane });
      }),
    );
    yield notifications.map((notification) => ({ kind: "notification", notification }) as const);
  }
  const inOrder = [...lanes.values()].toSorted((one, other) => one.number - other.number);
  yield inOrder.map(({ lane }) => lane);
}

async function unknownRecords(
  { connection }: RedisParts,
  { id, unknowns }: { id: string; unknowns: readonly string[] },
): Promise<StoredRecord[]> {
  const found = pairs(unknowns)
    .toSorted(byText)
    .map(([spot, text]) => ({ spot, ...keptUnknown(text) }));
  const stamps = await connection.ask((client) =>
    Promise.all(
      found.map(({ spot, unknown }) =>
        client.hget(baseOf(connection, homeOf(unknown.project)) + reportedKey(spot), id),
      ),
    ),
  );
  return found.map(({ unknown, stamp }, index) => ({
    kind: "unknown",
    unknown,
    isReported: stamps[index] === stamp,
  }));
}

/** As `lua/export-monitor.lua` says it. */
type MonitorReply = [
  next: string,
  version: string,
  swept: string,
  dueAt: string | null,
  hastenedAt: string | null,
  rows: string[],
  runs: string[],
  journal: string[],
  /** With the first piece. */
  others:
    | [
        monitor: string,
        state: string,
        receipts: string[],
        receiptsAt: string[],
        counts: string[],
        incidents: string[],
        unknowns: string[],
      ]
    | null,
];

function stampOf(parts: readonly unknown[]): string {
  return JSON.stringify(parts);
}

function countOf(dayAndWhat: string, delta: string): DayCount {
  const space = dayAndWhat.indexOf(" ");
  return {
    day: Number(dayAndWhat.slice(0, space)),
    what: dayAndWhat.slice(space + 1) as DayCount["what"],
    delta: Number(delta),
  };
}

function parsed<Kept>(texts: readonly (string | null)[]): Kept[] {
  return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as Kept]));
}

/** Of names and what they have, one after the other. */
function pairs(reply: readonly string[]): [string, string][] {
  return Array.from({ length: reply.length / 2 }, (_none, index) => [
    reply[2 * index] ?? "",
    reply[2 * index + 1] ?? "",
  ]);
}

function byText([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return one < other ? -1 : 1;
}

function numberOrNull(text: string | null): number | null {
  return text === null || text === "" ? null : Number(text);
}
