/**
 * What becomes of a stored record when more of it arrives: sightings fold, unknowns widen, attempts settle.
 * Shared, because every store must come to the same record.
 */
import { assert } from "../domain/assert.ts";
import type { Change, MonitorState } from "../domain/change.ts";
import type { BlindUnknown, RejectionMark } from "../domain/hearing.ts";
import type { Incident } from "../domain/incident.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Notification } from "../domain/notification.ts";
import type { ProjectState } from "../domain/project.ts";
import type { Run } from "../domain/run.ts";
import type { GuardedRoute } from "../domain/trust/guarded-route.ts";
import type { Key, Rejection, RejectionSighting } from "../ports/records.ts";
import type { GuardNote } from "../ports/boundary-store.ts";
import type { ChannelRef, Partition, SettledNotification } from "../ports/store.ts";

/** The only partition of a store that has no parts. */
export const ONE_PIECE: Partition = "all";

/** The state of a project that has just been made. */
export const FIRST_PROJECT_STATE: ProjectState = {
  channelIncidents: {},
  blind: [],
  counted: { incidents: 0, notifications: 0 },
};

/** Revoked is revoked: whoever writes what he read before that does not undo it. */
export function replacedKey(before: Key | null, key: Key): Key {
  return { ...key, revokedAt: key.revokedAt ?? before?.revokedAt ?? null };
}

/**
 * Sightings with the same key are one entry. The slug tells entries apart only where no monitor is known, the route only
 * where a guard refused: what was stored before there were guards has no place for it.
 */
export function foldKeyOf(sighting: Omit<RejectionSighting, "at">): string {
  const { monitorId, slug, reason, addressPrefix, route } = sighting;
  const about = monitorId === null ? ["inbox", slug] : ["monitor", monitorId];
  return JSON.stringify([...about, reason, addressPrefix, ...(route === undefined ? [] : [route])]);
}

/** The entry with one more sighting; a new one when there was none. */
export function foldedRejection(entry: Rejection | null, sighting: RejectionSighting, id: string): Rejection {
  const { at, ...words } = sighting;
  // Sightings are stamped when read, so two may arrive in the other order.
  return {
    ...words,
    id: entry?.id ?? id,
    count: (entry?.count ?? 0) + 1,
    firstAt: Math.min(entry?.firstAt ?? at, at),
    lastAt: Math.max(entry?.lastAt ?? at, at),
    at: keptInstants([...(entry?.at ?? []), at]),
  };
}

/** Two entries of one kind as one, with the words of the later one. */
export function joinedRejection(entry: Rejection, other: Rejection): Rejection {
  return {
    ...(other.lastAt > entry.lastAt ? other : entry),
    id: entry.id,
    count: entry.count + other.count,
    firstAt: Math.min(entry.firstAt, other.firstAt),
    lastAt: Math.max(entry.lastAt, other.lastAt),
    at: keptInstants([...entry.at, ...other.at]),
  };
}

/** The first and the last ones, oldest first. */
function keptInstants(instants: readonly number[]): readonly number[] {
  const { rejectionFirstKept, rejectionLastKept } = LIMITS;
  const sorted = instants.toSorted((one, other) => one - other);
  const surplus = sorted.length - rejectionFirstKept - rejectionLastKept;
  return surplus > 0 ? sorted.toSpliced(rejectionFirstKept, surplus) : sorted;
}

/** What deciding sees of an entry's instants in `[fromAt, toAt)`. Entries of long ago have no words. */
export function marksOf(
  entry: Rejection,
  { fromAt, toAt }: { fromAt: number; toAt: number },
): RejectionMark[] {
  const { reason, expected, seen, route } = entry;
  const words = {
    ...(expected !== "" && { expected }),
    ...(seen !== "" && { seen }),
    ...(route !== undefined && { route }),
  };
  return entry.at.filter((at) => at >= fromAt && at < toAt).map((at) => ({ at, reason, ...words }));
}

/** The route with what a guard told of it; a new one when nothing was known. */
export function toldRoute(before: GuardedRoute | null, project: string, note: GuardNote): GuardedRoute {
  const { route, at } = note;
  // Batches may arrive in another order than they were told.
  const latest = before === null || at >= before.lastAt ? note : before;
  const calls = [...(before?.calls ?? []), ...note.calls].toSorted((one, other) => one.at - other.at);
  return {
    project,
    route,
    monitor: latest.monitor,
    isProbe: latest.isProbe,
    configHash: latest.configHash,
    hashes: withHash(before?.hashes ?? [], note),
    listening: joinedListening(before?.listening ?? null, note.listening),
    calls: calls.slice(-LIMITS.guardCallsKept),
    count: (before?.count ?? 0) + note.calls.length,
    firstAt: Math.min(before?.firstAt ?? at, at),
    lastAt: Math.max(before?.lastAt ?? at, at),
  };
}

function withHash(hashes: GuardedRoute["hashes"], { configHash, at }: GuardNote): GuardedRoute["hashes"] {
  const known = hashes.find((hash) => hash.configHash === configHash);
  const told = {
    configHash,
    firstAt: Math.min(known?.firstAt ?? at, at),
    lastAt: Math.max(known?.lastAt ?? at, at),
  };
  return [told, ...hashes.filter((hash) => hash !== known)]
    .toSorted((one, other) => other.lastAt - one.lastAt)
    .slice(0, LIMITS.guardHashesKept);
}

function joinedListening(
  before: GuardedRoute["listening"],
  more: GuardedRoute["listening"],
): GuardedRoute["listening"] {
  if (before === null || more === null) return more ?? before;
  // A process that goes on says since when, so its signs overlap; between two that do not, nobody may have listened.
  const isApart = Math.max(before.fromAt, more.fromAt) > Math.min(before.toAt, more.toAt);
  if (isApart) return more.toAt > before.toAt ? more : before;
  return { fromAt: Math.min(before.fromAt, more.fromAt), toAt: Math.max(before.toAt, more.toAt) };
}

/** The urls beyond those that a project may keep, each with the instant of its latest verification: the oldest ones. */
export function surplusUrls(urls: readonly { url: string; at: number }[]): readonly string[] {
  const surplus = Math.max(0, urls.length - LIMITS.verifiedUrlsPerProject);
  return urls
    .toSorted((one, other) => one.at - other.at || (one.url < other.url ? -1 : 1))
    .slice(0, surplus)
    .map(({ url }) => url);
}

/** What one blind spot left unknown of one monitor, with what was judged since. */
export function widenedUnknown(before: BlindUnknown | null, more: BlindUnknown): BlindUnknown {
  if (before === null) return more;
  return {
    ...more,
    fromAt: Math.min(before.fromAt, more.fromAt),
    toAt: Math.max(before.toAt, more.toAt),
    count: before.count + more.count,
  };
}

/** The notification after one try (or the decision not to try). What was sent stays sent. */
export function settledNotification(before: Notification, settled: SettledNotification): Notification {
  const { attempt } = settled;
  // Whoever did not hear that it was written writes it again.
  const isKnown = before.attempts.some((one) => one.at === attempt?.at && one.code === attempt.code);
  const attempts = attempt === null || isKnown ? before.attempts : [...before.attempts, attempt];
  const kept = { ...before, attempts: attempts.slice(-LIMITS.attemptsKept) };
  if (before.status === "sent" || (before.status !== "pending" && settled.status !== "sent")) return kept;
  return {
    ...kept,
    status: settled.status,
    notBeforeAt: settled.notBeforeAt,
    isDigested: settled.isDigested,
    sentAt: settled.status === "sent" ? (settled.attempt?.at ?? settled.notBeforeAt) : before.sentAt,
  };
}

/** The windows that a monitor's state still names; their rows and runs stay, however old. */
export function heldWindows(state: MonitorState): readonly number[] {
  const { incident, latest } = state;
  const named = [latest?.expectedAt, incident?.firstWindowAt, incident?.latestWindowAt];
  const instants = [...state.windows.map((row) => row.expectedAt), ...named];
  return [...new Set(instants.filter((instant) => typeof instant === "number"))];
}

/** The instant from which a run counts as past; null while it is open. */
export function pastSinceAt(run: Run): number | null {
  return run.state === "started" ? null : Math.max(run.startedAt, run.finishedAt ?? run.startedAt);
}

/** Where history begins if this run is the first of those kept: its window is kept with it. */
export function historyStartAt(run: Pick<Run, "startedAt" | "windowAt">): number {
  return Math.min(run.startedAt, run.windowAt ?? run.startedAt);
}

/** A change speaks of its own monitor only, and its journal entry names the version it makes. */
export function assertOwn(change: Change): void {
  const { id } = change.monitor;
  for (const { monitorId } of change.rows) assert(monitorId === id, "ledger rows of the monitor changed");
  for (const { monitorId } of change.runs) assert(monitorId === id, "runs of the monitor changed");
  const version = change.baseVersion + 1;
  assert((change.journal?.version ?? version) === version, `a journal entry of version ${version}`);
}

/** When the change was decided; one without a journal entry knows of everything asked so far. */
export function decidedAt(change: Change): number {
  // A monitor deleted needs no further look, whatever was asked.
  if (change.monitor.deletedAt !== null) return Number.MAX_SAFE_INTEGER;
  return change.journal?.at ?? Number.MAX_SAFE_INTEGER;
}

export function monitorIdOf(incident: Incident): string | null {
  return incident.subject.type === "monitor" ? incident.subject.monitorId : null;
}

/** Notifications of one incident to one channel go in order; a notice without incident goes alone. */
export function laneSubject(notification: Pick<Notification, "id" | "incidentId">): string {
  return notification.incidentId === null
    ? `notice ${notification.id}`
    : `incident ${notification.incidentId}`;
}

/** The channels named, each once. */
export function distinctChannels(named: readonly ChannelRef[]): ChannelRef[] {
  const byName = new Map(
    named.map(({ project, channel }) => [`${project}/${channel}`, { project, channel }]),
  );
  return [...byName.values()];
}
