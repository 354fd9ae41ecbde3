/** A small world for delivery: the memory store, a clock that stands, and a channel that keeps what it is given. */
import { createExpertChecks } from "../../src/checks/all.ts";
import type { Incident } from "../../src/domain/incident.ts";
import type { Notification } from "../../src/domain/notification.ts";
import { deliverDue, nothingUnderWay, type UnderWay } from "../../src/engine/delivery/deliver.ts";
import type { ChannelTroubleEvent } from "../../src/engine/delivery/record.ts";
import type { EngineParts } from "../../src/engine/parts.ts";
import type { ChannelKind, Message, SendResult } from "../../src/ports/channel.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { after } from "../../src/system/timers.ts";
import { vaultOf } from "../../src/system/vault.ts";
import { AT, incident } from "../makers-message.ts";
import { noMatrix } from "../stubs/no-matrix.ts";

export const PROJECT = "default";
export const FAILED: SendResult = {
  isSent: false,
  code: "http_500",
  detail: "The receiver answered 500.",
  isPermanent: false,
  retryAfterMs: null,
  thread: null,
};

export interface Sending {
  message: Message;
  settings: Readonly<Record<string, unknown>>;
  thread: string | null;
}

export interface World {
  parts: EngineParts;
  underWay: UnderWay;
  sent: Sending[];
  troubles: ChannelTroubleEvent[];
  logged: string[];
  clock: { at: number };
  /** What the channel answers; sent and kept as thread `t` unless a test says otherwise. */
  answer: (sending: Sending) => SendResult | Promise<SendResult>;
  /** One pass now, or after the clock was moved on. */
  pass: (afterMs?: number) => Promise<{ claimed: number }>;
  /** One channel of the project, until nothing can be claimed for it. */
  drain: (channel: string) => Promise<{ claimed: number }>;
  put: (given: { incidents?: Incident[]; notifications: Notification[] }) => Promise<void>;
  kept: (incidentId?: string) => Promise<readonly Notification[]>;
}

export async function startWorld(store: Store = createMemoryStore()): Promise<World> {
  const clock = { at: AT };
  const logged: string[] = [];
  const note = (what: string, more?: Record<string, unknown>): void => {
    logged.push(`${what} ${JSON.stringify(more ?? {})}`);
  };
  const recorder: ChannelKind = {
    kind: "recorder",
    title: "Recorder",
    settings: {
      fields: { token: { type: "string", title: "Token", description: "Kept secret.", isSecret: true } },
    },
    async send({ message, settings, thread }) {
      const sending = { message, settings, thread };
      world.sent.push(sending);
      return world.answer(sending);
    },
  };
  let drawn = 0;
  const parts: EngineParts = {
    store,
    clock: { now: () => clock.at },
    ids: {
      uuid: () => "00000000-0000-4000-8000-000000000000",
      secret: (length) => String((drawn += 1)).padStart(length, "0"),
      chance: () => 0.5,
    },
    vault: vaultOf(Buffer.alloc(32, 7)),
    log: { debug: note, info: note, warn: note, error: note },
    outbound: createOutbound({ allow: [] }),
    matrix: noMatrix,
    experts: createExpertChecks({ after }),
    channels: [recorder],
    zoneData: "2026a",
    publicUrl: "https://rollcall.example.org",
  };
  const onChannelTrouble = async (event: ChannelTroubleEvent): Promise<void> => {
    world.troubles.push(event);
  };
  const world: World = {
    parts,
    underWay: nothingUnderWay(),
    sent: [],
    troubles: [],
    logged,
    clock,
    answer: () => ({ isSent: true, thread: "t" }),
    pass(afterMs = 0) {
      clock.at += afterMs;
      return deliverDue(parts, { ...world.underWay, nowAt: clock.at, onChannelTrouble });
    },
    drain(channel) {
      const only = { project: PROJECT, channel };
      return deliverDue(parts, { ...world.underWay, nowAt: clock.at, onChannelTrouble, only });
    },
    put: (given) => put(parts, given),
    async kept(incidentId) {
      const wanted = { incidentId: incidentId ?? null };
      return (await parts.store.listNotifications(PROJECT, wanted, { cursor: null, limit: 200 })).items;
    },
  };
  await parts.store.createProject({
    name: PROJECT,
    title: "Default",
    createdAt: AT,
    operatorChannels: [],
    defaultChannels: [],
  });
  await addChannel(world, "ops");
  return world;
}

export async function addChannel(world: World, name: string, kind = "recorder"): Promise<void> {
  const settings = { token: world.parts.vault.seal(`secret-of-${name}`) };
  await world.parts.store.putChannel({
    project: PROJECT,
    name,
    kind,
    settings,
    createdAt: AT,
    updatedAt: AT,
  });
}

let numbered = 0;

/** A pending notification of `inc_1` on the channel `ops`, created and due at `AT`. */
/** An incident about the channel `ops` is open. */
export async function openTrouble({ parts }: World, given: Partial<Incident>): Promise<void> {
  const snapshot = await parts.store.loadProject(PROJECT);
  if (snapshot === null) throw new Error("no project");
  const of = { type: "channel", channel: "ops" } as const;
  const open = incident({ id: "inc_ch", subject: of, kind: "delivery", ...given });
  await parts.store.commitProject({
    baseVersion: snapshot.version,
    project: snapshot.project,
    state: { ...snapshot.state, channelIncidents: { ops: open } },
    incidents: [open],
    notifications: [],
    reported: [],
    dueAt: null,
  });
}

export function notification(given: Partial<Notification> = {}): Notification {
  numbered += 1;
  return {
    id: `ntf-${String(numbered).padStart(9, "0")}`,
    project: PROJECT,
    channel: "ops",
    incidentId: "inc_1",
    monitorId: null,
    change: "opened",
    title: `${given.change ?? "opened"} told`,
    at: AT,
    ordinal: 0,
    result: null,
    createdAt: AT,
    notBeforeAt: AT,
    isOnlyIfOpen: false,
    status: "pending",
    attempts: [],
    sentAt: null,
    isDigested: false,
    ...given,
  };
}

/** So many incidents, each with its opening on the channel. */
export function openings(count: number, channel = "ops") {
  const incidents = Array.from({ length: count }, (_each, index) =>
    incident({ id: `inc_${channel}_${index}`, title: `job-${index} is missing` }),
  );
  return { incidents, notifications: incidents.map(({ id }) => notification({ incidentId: id, channel })) };
}

/** As an engine commits them: incidents and their notifications together. */
async function put(
  { store }: EngineParts,
  { incidents = [], notifications }: { incidents?: Incident[]; notifications: Notification[] },
): Promise<void> {
  const snapshot = await store.loadProject(PROJECT);
  if (snapshot === null) throw new Error("there is no project");
  const { project, state, version } = snapshot;
  await store.commitProject({
    baseVersion: version,
    project,
    state,
    incidents,
    notifications,
    reported: [],
    dueAt: null,
  });
}
