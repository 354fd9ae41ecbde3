/** What is past its time of one monitor, and everything of one that was deleted long enough ago. */
import type { MonitorState } from "../../../domain/change.ts";
import type { Incident } from "../../../domain/incident.ts";
import type { WindowRow } from "../../../domain/ledger.ts";
import { LIMITS } from "../../../domain/limits.ts";
import type { Monitor } from "../../../domain/monitor.ts";
import type { Notification } from "../../../domain/notification.ts";
import type { Run } from "../../../domain/run.ts";
import { heldWindows, historyStartAt, pastSinceAt } from "../../merging.ts";
import argumentsLua from "../lua/arguments.lua";
import lookLua from "../lua/look.lua";
import type { RedisParts } from "../parts.ts";
import { baseOf, homeOf, type Place } from "../places.ts";
import { type Reading, readingIn } from "../reading.ts";
import { dropEntry, heldEntry, nearKeys } from "../boundary/rejections.ts";
import { isClosedBefore, type Removals, removalsFrom, takeIncidents, takeNotifications } from "./removing.ts";
import { scriptOf } from "../connection/scripts.ts";
import { runNameMember } from "../monitors/written-change.ts";

const LOOK = scriptOf("look", argumentsLua, lookLua);
const DAY_MS = 86_400_000;
/** Runs that stay, being open or of a window that the state names, may stand before those that go. */
const STAYING = 100;

export interface Visit {
  place: Place;
  id: string;
  nowAt: number;
  atMost: number;
}

/** What there may be to do for a monitor: nothing, some of its history, or all of it. */
export type ToDo = "nothing" | "history" | Monitor;

export async function lookAt(parts: RedisParts, { place, id, nowAt }: Omit<Visit, "atMost">): Promise<ToDo> {
  const cutAt = nowAt - LIMITS.historyMs;
  const found = await parts.connection.run(
    LOOK,
    place,
    id,
    cutAt,
    nowAt - LIMITS.receiptKeptMs,
    firstDayKept(nowAt),
    LIMITS.runsPerMonitor,
    LIMITS.rowsPerMonitorInRedis,
  );
  if (typeof found !== "string") return found === 1 ? "history" : "nothing";
  const monitor = JSON.parse(found) as Monitor;
  return monitor.deletedAt !== null && monitor.deletedAt < cutAt ? monitor : "history";
}

/** How many records went. */
export async function sweepHistory(parts: RedisParts, visit: Visit): Promise<number> {
  const { place, id, nowAt, atMost } = visit;
  const monitorKey = `${baseOf(parts.connection, place)}m:${id}`;
  const [version, state] = await parts.connection.ask((client) =>
    client.hmget(monitorKey, "version", "state"),
  );
  if (!version || !state) return 0;
  const [reading, removals] = [readingIn(parts, place), removalsFrom(parts, place, atMost)];
  const held = heldWindows(JSON.parse(state) as MonitorState);
  const begins = await beginOfHistory(reading, id, nowAt);

  await takeRows(reading, removals, { id, held, beginsAt: begins.at });
  removals.takeFirst(`j:${id}`, await reading.countBefore(`j:${id}`, begins.at));
  await takeRuns(reading, removals, { id, held, begins });
  const receiptsCutAt = nowAt - LIMITS.receiptKeptMs;
  const receipts = await reading.before(`ka:${id}`, receiptsCutAt, atMost);
  removals.take(receipts, (key) => [["past", `k:${id}`, `ka:${id}`, key, receiptsCutAt]]);
  await takeCounts(parts, place, { id, removals, firstDay: firstDayKept(nowAt) });
  const cutAt = nowAt - LIMITS.historyMs;
  const incidents = await reading.documents<Incident>("i", await reading.before(`i:of:${id}`, cutAt, atMost));
  const closed = incidents.filter((incident) => isClosedBefore(incident, cutAt));
  await takeIncidents(parts, place, { removals, incidents: closed });

  // Those who remember the monitor see by that, that some of it is gone.
  if (removals.left() < atMost) removals.along(["put", `m:${id}`, "swept", String(parts.ordinal())]);
  return removals.carryOut([{ hash: `m:${id}`, field: "version", text: version }]);
}

/** Everything of a deleted monitor; itself last, so that an interrupted removal is met again. How many records went. */
export async function removeTombstone(
  parts: RedisParts,
  { place, monitor, atMost }: { place: Place; monitor: Monitor; atMost: number },
): Promise<number> {
  const { id, project, slug, pingHash } = monitor;
  const refused = await removeRejections(parts, { id, atMost });
  const inHome = await removeNotices(parts, homeOf(project), { monitor, atMost: atMost - refused });
  const before = refused + inHome;
  const [reading, removals] = [readingIn(parts, place), removalsFrom(parts, place, atMost - before)];

  removals.takeFirst(`w:${id}`, await reading.count(`w:${id}`));
  const runs = await reading.ranked(`ro:${id}`, 0, Math.max(0, removals.left() - 1));
  removals.take(runs, (run) => {
    removals.leads("run", run);
    return [
      ["drop", `r:${id}`, run],
      ["unrank", `ro:${id}`, run],
    ];
  });
  removals.takeFirst(`j:${id}`, await reading.count(`j:${id}`));
  const receipts = await reading.ranked(`ka:${id}`, 0, Math.max(0, removals.left() - 1));
  removals.take(receipts, (key) => [
    ["drop", `k:${id}`, key],
    ["unrank", `ka:${id}`, key],
  ]);
  await takeCounts(parts, place, { id, removals, firstDay: Number.POSITIVE_INFINITY });
  await takeUnknowns(parts, place, { id, removals });
  if (place.number !== 0) await takeNotices(reading, removals, monitor);
  const incidents = await reading.ranked(`i:of:${id}`, 0, Math.max(0, removals.left() - 1));
  await takeIncidents(parts, place, { removals, incidents: await reading.documents("i", incidents) });
  const isLast = removals.left() > 0;
  removals.take([id], () => [
    ...["m", "w", "r", "ro", "ri", "rp", "j", "c", "k", "ka"].map(
      (key) => ["forget", `${key}:${id}`] as const,
    ),
    ["unrank", "ids", id],
    ["unrank", "due", id],
    ["unrank", `gone:${slug}`, id],
  ]);
  const removed = await removals.carryOut();
  if (isLast) await forgetLookUps(parts, { id, pingHash });
  return before + removed;
}

interface Begins {
  /** The history of rows and journal. */
  at: number;
  /** Runs that ended before this go. */
  runsAt: number;
  /** So many of the runs that arrived first go. */
  surplusRuns: number;
}

/** With more than are kept, the history begins with the first run or row of those that are. */
async function beginOfHistory(reading: Reading, id: string, nowAt: number): Promise<Begins> {
  const [runs, rows] = await Promise.all([reading.count(`ro:${id}`), reading.count(`w:${id}`)]);
  const surplusRuns = Math.max(0, runs - LIMITS.runsPerMonitor);
  const surplusRows = Math.max(0, rows - LIMITS.rowsPerMonitorInRedis);
  const cutAt = nowAt - LIMITS.historyMs;
  const [firstRun] =
    surplusRuns === 0
      ? []
      : await reading.documents<Run>(`r:${id}`, await reading.ranked(`ro:${id}`, surplusRuns, surplusRuns));
  const [firstRow] = surplusRows === 0 ? [] : await reading.ranked(`w:${id}`, surplusRows, surplusRows);
  const runsAt =
    firstRow === undefined ? cutAt : Math.max(cutAt, (JSON.parse(firstRow) as WindowRow).expectedAt);
  return {
    at: firstRun === undefined ? runsAt : Math.max(runsAt, historyStartAt(firstRun)),
    runsAt,
    surplusRuns,
  };
}

async function takeRows(
  reading: Reading,
  removals: Removals,
  { id, held, beginsAt }: { id: string; held: readonly number[]; beginsAt: number },
): Promise<void> {
  const texts = await reading.before(`w:${id}`, beginsAt, removals.left() + held.length);
  const rows = texts.map((text) => JSON.parse(text) as WindowRow);
  const isHeld = (row: WindowRow) => held.some((at) => at >= row.expectedAt && at <= row.toAt);
  const past = rows.filter((row) => row.toAt < beginsAt && !isHeld(row));
  removals.take(past, (row) => [["at", `w:${id}`, row.expectedAt]]);
}

async function takeRuns(
  reading: Reading,
  removals: Removals,
  { id, held, begins }: { id: string; held: readonly number[]; begins: Begins },
): Promise<void> {
  const atMost = removals.left() + STAYING;
  const [old, surplus] = await Promise.all([
    reading.before(`rp:${id}`, begins.runsAt, atMost),
    begins.surplusRuns === 0 ? [] : reading.ranked(`ro:${id}`, 0, Math.min(begins.surplusRuns, atMost) - 1),
  ]);
  const runs = await reading.documents<Run>(`r:${id}`, [...new Set([...surplus, ...old])]);
  const past = runs.filter(
    (run) => pastSinceAt(run) !== null && !(run.windowAt !== null && held.includes(run.windowAt)),
  );
  const arrivals = await reading.scores(
    `ro:${id}`,
    past.map((run) => run.id),
  );
  removals.take(past, (run) => {
    removals.leads("run", run.id);
    const member = runNameMember(run, arrivals.get(run.id) ?? 0);
    return [
      ["drop", `r:${id}`, run.id],
      ["unrank", `ro:${id}`, run.id],
      ["unrank", `rp:${id}`, run.id],
      ...(member === null ? [] : [["unrank", `ri:${id}`, member] as const]),
    ];
  });
}

async function takeCounts(
  { connection }: RedisParts,
  place: Place,
  { id, removals, firstDay }: { id: string; removals: Removals; firstDay: number },
): Promise<void> {
  const fields = await connection.ask((client) => client.hkeys(`${baseOf(connection, place)}c:${id}`));
  const past = fields.filter((field) => Number(field.split(" ", 1)[0]) < firstDay);
  removals.take(past, (field) => [["drop", `c:${id}`, field]]);
}

async function takeUnknowns(
  { connection }: RedisParts,
  place: Place,
  { id, removals }: { id: string; removals: Removals },
): Promise<void> {
  const base = baseOf(connection, place);
  const spots = await connection.ask((client) => client.smembers(`${base}us`));
  const has = await connection.ask((client) =>
    Promise.all(spots.map((spot) => client.hexists(`${base}u:${spot}`, id))),
  );
  const left = spots.filter((_spot, index) => has[index] === 1);
  removals.take(left, (spot) => [["drop", `u:${spot}`, id]]);
}

/** A notice lies with its monitor, or, where it came by itself, in the project's home. */
async function takeNotices(reading: Reading, removals: Removals, { id, project }: Monitor): Promise<void> {
  const ids = await reading.ranked(`n:of:${project}/`, 0, -1);
  const notices = await reading.documents<Notification>("n", ids);
  takeNotifications(
    removals,
    notices.filter((notice) => notice.monitorId === id).map((notice) => notice.id),
  );
}

async function removeNotices(
  parts: RedisParts,
  place: Place,
  { monitor, atMost }: { monitor: Monitor; atMost: number },
): Promise<number> {
  const removals = removalsFrom(parts, place, atMost);
  await takeNotices(readingIn(parts, place), removals, monitor);
  return removals.carryOut();
}

async function removeRejections(
  parts: RedisParts,
  { id, atMost }: { id: string; atMost: number },
): Promise<number> {
  const near = nearKeys(parts);
  const entries = (await near.entriesOf(id)).slice(0, atMost);
  let removed = 0;
  for (const kept of entries) {
    const removals = removalsFrom(parts, homeOf(kept.entry.project), 1);
    removals.take([kept.entry], dropEntry);
    const gone = await removals.carryOut([heldEntry(kept)]);
    if (gone > 0) await near.remove(kept.entry);
    removed += gone;
  }
  return removed;
}

async function forgetLookUps(
  { lookUps }: RedisParts,
  { id, pingHash }: { id: string; pingHash: string },
): Promise<void> {
  const owner = await lookUps.find("ping", pingHash);
  if (owner?.endsWith(` ${id}`)) await lookUps.remove("ping", pingHash);
  await lookUps.remove("monitor", id);
}

function firstDayKept(nowAt: number): number {
  return Math.floor((nowAt - LIMITS.countersMs) / DAY_MS);
}
