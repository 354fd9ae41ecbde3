/** A random history: what has been done so far, from which the next operation takes ids that are worth asking for. */
import { LIMITS } from "../../../src/domain/limits.ts";
import type { Change, MonitorState } from "../../../src/domain/change.ts";
import type { Verdict, WindowRow } from "../../../src/domain/ledger.ts";
import type { Notification } from "../../../src/domain/notification.ts";
import type { Run } from "../../../src/domain/run.ts";
import type { Store } from "../../../src/ports/store.ts";
import {
  blindUnknown,
  change,
  DAY,
  HOUR,
  journalEntry,
  MINUTE,
  monitorIncident,
  notification,
  receipt,
  run,
  START,
  state,
  windowRow,
} from "../../makers.ts";
import type { Chance } from "./chance.ts";

export const PROJECTS = ["default", "other"] as const;
export const SLUGS = ["backup", "report", "sync"] as const;
export const CHANNELS = ["ops", "dev"] as const;
export const RUN_IDS = ["nightly", "nightly#", "wöchentlich"] as const;
export const SPOTS = ["blind_1", "blind_2", "blind_3"] as const;
export const ROUTES = ["GET /api/cron", "POST /api/größe", "GET /api/\ud83d"] as const;
export const URLS = ["https://example.org/cron", "https://example.org/probe"] as const;
const DUPLICATE_KEYS = ["key-1", "key-2"] as const;
const BLOCK_MS = 4 * HOUR;

export interface History {
  chance: Chance;
  nowAt: number;
  /** Of a late claim, mostly the latest. */
  leasedUntilAt: number;
  /** Ids given so far, by what they name. */
  given: { monitors: string[]; runs: string[]; incidents: string[]; notifications: string[] };
  /** Blocks of four windows that were written one by one: they never become a range again, as rows never overlap. */
  split: Set<string>;
}

export function beginHistory(chance: Chance): History {
  const given = { monitors: [], runs: [], incidents: [], notifications: [] };
  return { chance, nowAt: START, leasedUntilAt: 0, given, split: new Set() };
}

/** Time passes: mostly a little, sometimes until something is past its retention. */
export function passTime(history: History): void {
  const { chance } = history;
  const leap = chance.percent(2) ? chance.below(LIMITS.historyMs) : chance.below(2 * MINUTE);
  history.nowAt += leap;
}

export function newId(history: History, of: keyof History["given"]): string {
  const ids = history.given[of];
  const id = `${of}_${String(ids.length).padStart(5, "0")}`;
  ids.push(id);
  return id;
}

/** One of the latest ids of its kind, or one that nobody has. */
export function someId(history: History, of: keyof History["given"]): string {
  const latest = history.given[of].slice(-8);
  return history.chance.percent(5) ? "nobody" : history.chance.of(["nobody", ...latest]);
}

export function someKey(history: History): string {
  return history.chance.of(DUPLICATE_KEYS);
}

/** A change of a monitor as the memory store has it now; seldom of a version that was. */
export async function someChange(history: History, memory: Store, monitorId: string): Promise<Change> {
  const { chance, nowAt } = history;
  const before = await memory.load(monitorId, {});
  if (before === null) return change({ baseVersion: 1 });
  const baseVersion = before.version - (chance.percent(10) ? 1 : 0);
  const { project } = before.monitor;
  const incidents = chance.percent(30) ? [await someIncident(history, memory, { project, monitorId })] : [];
  return change({
    baseVersion,
    monitor: { ...before.monitor, deletedAt: before.monitor.deletedAt ?? (chance.percent(5) ? nowAt : null) },
    state: someState(history, monitorId),
    rows: someRows(history, monitorId),
    runs: someRuns(history, monitorId),
    incidents,
    notifications: incidents.flatMap(({ id }) =>
      someNotifications(history, { project, monitorId, incidentId: id }),
    ),
    unknowns: chance.percent(20)
      ? [blindUnknown({ monitorId, project, blindSpotId: chance.of(SPOTS), fromAt: nowAt, toAt: nowAt })]
      : [],
    receipt: chance.percent(30)
      ? { duplicateKey: chance.of(DUPLICATE_KEYS), receipt: receipt({ receivedAt: nowAt }), at: nowAt }
      : null,
    counts: chance.some([
      { day: Math.floor(nowAt / DAY), what: "missing", delta: 1 },
      { day: Math.floor(nowAt / DAY), what: "missing", delta: -1 },
      { day: Math.floor(nowAt / DAY), what: "late", delta: 2 },
    ]),
    journal: chance.percent(80)
      ? journalEntry({ version: baseVersion + 1, at: nowAt - chance.below(2) })
      : null,
    dueAt: chance.percent(80) ? nowAt + chance.below(HOUR) : null,
  });
}

export function someNotifications(
  history: History,
  of: { project: string; monitorId: string | null; incidentId: string | null },
): Notification[] {
  const { chance, nowAt } = history;
  return chance.some(CHANNELS).map((channel) =>
    notification({
      ...of,
      id: newId(history, "notifications"),
      channel,
      change: chance.of(["opened", "changed", "resolved"]),
      createdAt: nowAt,
      notBeforeAt: nowAt + (chance.percent(30) ? chance.below(5 * MINUTE) : 0),
    }),
  );
}

function someState(history: History, monitorId: string): MonitorState {
  const { chance } = history;
  const row = windowRow({ monitorId, expectedAt: blockAt(history) });
  return state({
    cursorAt: history.nowAt,
    latest: chance.percent(50) ? row : null,
    anonymous: chance.percent(50)
      ? run({ monitorId, windowAt: blockAt(history) + chance.below(2) * HOUR })
      : null,
    incident: chance.percent(20)
      ? monitorIncident({ id: "named", monitorId, firstWindowAt: blockAt(history) })
      : null,
  });
}

/** The start of a block of four hourly windows, not long ago. */
function blockAt({ chance, nowAt }: History): number {
  return Math.floor(nowAt / BLOCK_MS) * BLOCK_MS - chance.below(4) * BLOCK_MS;
}

function someRows(history: History, monitorId: string): WindowRow[] {
  const { chance, split } = history;
  if (chance.percent(40)) return [];
  const at = blockAt(history);
  const key = `${monitorId} ${at}`;
  const verdict = chance.of<Verdict | null>(["missing", "late", "failed", null]);
  if (!split.has(key) && chance.percent(60)) {
    return [windowRow({ monitorId, expectedAt: at, toAt: at + 3 * HOUR, count: 4, verdict })];
  }
  split.add(key);
  return [0, 1, 2, 3].map((hour) => windowRow({ monitorId, expectedAt: at + hour * HOUR, verdict }));
}

function someRuns(history: History, monitorId: string): Run[] {
  const { chance, nowAt } = history;
  if (chance.percent(40)) return [];
  const id = newId(history, "runs");
  return [
    run({
      id,
      monitorId,
      runId: chance.of([null, ...RUN_IDS]),
      attempt: 1 + chance.below(3),
      windowAt: chance.of([null, blockAt(history)]),
      state: chance.of(["started", "reported", "failed"]),
      startedAt: nowAt,
      finishedAt: chance.of([null, nowAt + 1]),
    }),
  ];
}

async function someIncident(history: History, memory: Store, of: { project: string; monitorId: string }) {
  const { chance, nowAt } = history;
  const known = await memory.getIncident(someId(history, "incidents"));
  const isOurs = known?.subject.type === "monitor" && known.subject.monitorId === of.monitorId;
  const id = isOurs ? known.id : newId(history, "incidents");
  const status = chance.of(["open", "acknowledged", "resolved"] as const);
  const resolvedAt = status === "resolved" ? nowAt : null;
  return monitorIncident({ ...of, id, status, resolvedAt, openedAt: isOurs ? known.openedAt : nowAt });
}
