/**
 * A Rollcall on a virtual clock, told as a diary: time passes, check-ins come, and one looks what was judged.
 * Real engine, real memory store; only time and the far end of channels are the test's.
 */
import { createExpertChecks } from "../../src/checks/all.ts";
import type { Receipt } from "../../src/domain/change.ts";
import type { CheckIn, CheckInKind } from "../../src/domain/check-in.ts";
import { parseDuration } from "../../src/domain/duration.ts";
import type { Incident } from "../../src/domain/incident.ts";
import { PING_KEY_EXPECTED } from "../../src/domain/key-text.ts";
import { currentVerdict, type WindowRow } from "../../src/domain/ledger.ts";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import type { ChannelLink } from "../../src/domain/monitor.ts";
import type { Notification } from "../../src/domain/notification.ts";
import { expandRow } from "../../src/domain/decide/rows.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { EngineParts } from "../../src/engine/parts.ts";
import { monitorStatus } from "../../src/domain/status.ts";
import type { RejectionReason, RejectionSighting } from "../../src/ports/records.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { after } from "../../src/system/timers.ts";
import { noMatrix } from "../stubs/no-matrix.ts";

export const PROJECT = "default";

export interface World {
  store: Store;
  engine: Engine;
  parts: EngineParts;
  /** The wall clock, epoch ms; may be set at will. */
  wall: { at: number };
  /** Lets time pass to this instant (ISO, UTC) or by this duration ("10m"), the engine ticking all the while. */
  until(instant: string): Promise<void>;
  pass(duration: string): Promise<void>;
  /** Time passes while Rollcall is stopped or suspended; it wakes with a tick. */
  sleepUntil(instant: string): Promise<void>;
  tick(): Promise<void>;
  /** A new process over the same store. */
  restart(): Promise<void>;
  monitor(slug: string, input: MonitorInput): Promise<void>;
  checkIn(slug: string, kind: CheckInKind, more?: Partial<CheckIn>): Promise<Receipt>;
  /** Start now, success after the duration. */
  run(
    slug: string,
    more?: { takes?: string; runId?: string; trigger?: CheckIn["trigger"] },
  ): Promise<Receipt>;
  reject(
    slug: string,
    reason?: RejectionReason,
    more?: Partial<Pick<RejectionSighting, "expected" | "seen">>,
  ): Promise<void>;
  /** "2026-03-02T02:00:00Z on_time", one a window, oldest first; ranges expanded. */
  ledger(slug: string): Promise<string[]>;
  rows(slug: string): Promise<WindowRow[]>;
  row(slug: string, expectedAt: string): Promise<WindowRow>;
  status(slug: string): Promise<string>;
  incident(slug: string): Promise<Incident | null>;
  incidents(): Promise<readonly Incident[]>;
  /** Outbox rows of one channel: "opened nightly: expected …", oldest first. */
  told(channel?: string): Promise<string[]>;
  notifications(): Promise<readonly Notification[]>;
}

const PAGE = { cursor: null, limit: 200 };

/** `more`: parts that are not the story's own. */
export async function createWorld(
  startAt: string,
  store: Store = createMemoryStore(),
  more: Partial<EngineParts> = {},
): Promise<World> {
  const wall = { at: Date.parse(startAt) };
  const parts = { ...partsOf(store, wall), ...more };
  await store.createProject({
    name: PROJECT,
    title: PROJECT,
    createdAt: wall.at,
    operatorChannels: ["ops"],
    defaultChannels: ["chat"],
  });
  for (const name of ["chat", "ops", "second"]) {
    const settings = { url: "http://127.0.0.1:1/" };
    await store.putChannel({
      project: PROJECT,
      name,
      kind: "webhook",
      settings,
      createdAt: wall.at,
      updatedAt: wall.at,
    });
  }
  let engine = await createEngine(parts);
  await engine.tick();
  const idOf = async (slug: string): Promise<string> => {
    const ref = await store.findMonitor(PROJECT, slug);
    if (ref === null) throw new Error(`no monitor ${slug}`);
    return ref.id;
  };
  const advanceTo = async (at: number): Promise<void> => {
    while (wall.at < at) {
      wall.at = Math.min(at, wall.at + 5_000);
      await tickAll(engine);
    }
  };
  const world: World = {
    store,
    parts,
    wall,
    get engine() {
      return engine;
    },
    until: (instant) => advanceTo(Date.parse(instant)),
    pass: (duration) => advanceTo(wall.at + (parseDuration(duration) ?? 0)),
    sleepUntil: async (instant) => {
      wall.at = Date.parse(instant);
      await tickAll(engine);
    },
    tick: () => tickAll(engine),
    restart: async () => {
      engine = await createEngine(parts);
      await tickAll(engine);
    },
    monitor: async (slug, input) => {
      await engine.saveMonitor({ project: PROJECT, slug, input, mode: "replace", by: "test" });
    },
    checkIn: async (slug, kind, more = {}) => {
      const checkIn = { ...checkInAt(kind, engine.clock.now()), ...more };
      return engine.recordCheckIn({ monitorId: await idOf(slug), checkIn });
    },
    run: async (slug, { takes = "10s", runId, trigger } = {}) => {
      const more = { runId: runId ?? null, trigger: trigger ?? ("schedule" as const) };
      await world.checkIn(slug, "start", more);
      await world.pass(takes);
      return world.checkIn(slug, "success", more);
    },
    reject: async (slug, reason = "wrong_secret", more = {}) => {
      await engine.recordRejection({
        project: PROJECT,
        monitorId: await idOf(slug),
        slug,
        reason,
        at: engine.clock.now(),
        addressPrefix: "192.0.2.0/24",
        headerNames: [],
        expected: PING_KEY_EXPECTED,
        seen: "another key",
        ...more,
      });
    },
    ...looks(store, idOf, wall),
  };
  return world;
}

type Looks = Pick<
  World,
  "ledger" | "rows" | "row" | "status" | "incident" | "incidents" | "told" | "notifications"
>;

function looks(store: Store, idOf: (slug: string) => Promise<string>, wall: { at: number }): Looks {
  const rows = async (slug: string): Promise<WindowRow[]> => {
    const found: WindowRow[] = [];
    let cursor: string | null = null;
    do {
      const page = await store.listWindows(await idOf(slug), { fromAt: 0, toAt: 1e14 }, { ...PAGE, cursor });
      found.push(...page.items.flatMap(expandRow));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return found;
  };
  const incidents = async (): Promise<readonly Incident[]> =>
    (await store.listIncidents(PROJECT, { status: null, monitorId: null }, PAGE)).items;
  const notifications = async (): Promise<readonly Notification[]> =>
    (await store.listNotifications(PROJECT, { incidentId: null }, PAGE)).items;
  return {
    rows,
    incidents,
    notifications,
    ledger: async (slug) =>
      (await rows(slug)).map((row) => `${iso(row.expectedAt)} ${currentVerdict(row) ?? "open"}`),
    row: async (slug, expectedAt) => {
      const found = (await rows(slug)).find((row) => row.expectedAt === Date.parse(expectedAt));
      if (found === undefined) throw new Error(`no window ${expectedAt} in the ledger of ${slug}`);
      return found;
    },
    status: async (slug) => {
      const snapshot = await store.load(await idOf(slug), {});
      if (snapshot === null) throw new Error(`no monitor ${slug}`);
      return monitorStatus(snapshot.monitor, snapshot.state, wall.at);
    },
    incident: async (slug) => (await store.load(await idOf(slug), {}))?.state.incident ?? null,
    told: async (channel = "chat") =>
      (await notifications())
        .filter((one) => one.channel === channel)
        .map((one) => `${one.change} ${one.title}`),
  };
}

async function tickAll(engine: Engine): Promise<void> {
  while ((await engine.tick()).isMoreDue);
}

/** "2026-03-02T02:00:00Z". */
export function iso(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

/** The instant as people write it, in epoch ms. */
export function at(instant: string): number {
  return Date.parse(instant);
}

export function nightly(more: Partial<MonitorInput> = {}): MonitorInput {
  return { schedule: { cron: "0 2 * * *" }, graceMs: 600_000, ...more };
}

export function link(name: string, more: Partial<ChannelLink> = {}): ChannelLink {
  return { name, afterMs: 0, notifyOn: [], remindEveryMs: null, ...more };
}

export function checkInAt(kind: CheckInKind, receivedAt: number): CheckIn {
  return {
    kind,
    receivedAt,
    runId: null,
    trigger: "schedule",
    scheduledForAt: null,
    occurredAt: null,
    sentAt: null,
    durationMs: null,
    exitStatus: null,
    body: "",
    principal: "ping key test",
    via: "key",
    dialect: "native",
    duplicateKey: null,
    notes: [],
    folded: 1,
  };
}

/** Ids in order, no chance, secrets that are sealed by turning them round: enough for a world without a network. */
export function partsOf(store: Store, wall: { at: number }): EngineParts {
  let made = 0;
  const next = (): string => String((made += 1)).padStart(12, "0");
  const turned = (text: string): string => text.split("").reverse().join("");
  const silent = (): void => {};
  return {
    store,
    clock: { now: () => wall.at },
    ids: { uuid: () => `00000000-0000-4000-8000-${next()}`, secret: () => next(), chance: () => 0.5 },
    vault: { seal: turned, open: turned, hash: turned, isSame: (one, other) => one === other },
    log: { debug: silent, info: silent, warn: silent, error: (what, more) => console.error(what, more) },
    outbound: {
      request: () => Promise.reject(new Error("stories send nothing")),
      connect: () => Promise.reject(new Error("stories send nothing")),
      fetch: null,
    },
    matrix: noMatrix,
    experts: createExpertChecks({ after }),
    channels: [],
    zoneData: "2026a",
    publicUrl: "http://rollcall.test",
  };
}
