/**
 * Rules of messages: every change reaches every channel, in its order, and a change is told twice only where the
 * sender was left in doubt.
 */
import type { Incident, IncidentChange } from "../../src/domain/incident.ts";
import { type Arrived, SHORT_MS } from "./far-end.ts";
import { note } from "./coverage.ts";
import type { Looks } from "./looks.ts";
import { iso } from "./rules-ledger.ts";
import { mutesOf, quietUntil, type Mute } from "./rules-mutes.ts";
import type { Watched } from "./seen.ts";
import { PROJECT, type World } from "./world.ts";

const NOTIFIED: ReadonlySet<string> = new Set(["opened", "changed", "acknowledged", "resolved", "follow_up"]);
/** What was decided this shortly before the end may still be on its way. */
const UNDERWAY_MS = 15 * 60_000;
/** So long before an outage it may have been sent, and not have been written down yet. */
const UNSETTLED_MS = 30_000;

export function brokenMessages(world: World, looks: Looks): string[] {
  countMessages(world, looks);
  const broken: string[] = [];
  for (const incident of looks.incidents) {
    for (const channel of channelsOf(world, incident)) {
      const arrived = world.farEnd.arrived.filter(
        (one) => one.channel === channel.name && isAbout(one, incident),
      );
      broken.push(...untold(world, looks, { incident, channel, arrived }));
      broken.push(...toldInVain(incident, channel, arrived));
      const isGivenUp = looks.notifications.some(
        (one) => one.incidentId === incident.id && one.channel === channel.name && one.status === "failed",
      );
      broken.push(...outOfOrder(incident, { channel: channel.name, arrived, isGivenUp }));
      broken.push(
        ...toldTwice(world, incident, { channel: channel.name, arrived, alike: alikeOf(looks, incident) }),
      );
    }
  }
  const known = new Set(looks.incidents.map((incident) => incident.id));
  for (const { message } of world.farEnd.arrived) {
    if (message.project !== PROJECT) broken.push(`a message of project ${message.project}`);
    if (message.incident !== null && !known.has(message.incident.id))
      broken.push(`a message about ${message.incident.id}, which is not there`);
  }
  return broken;
}

interface ToldTo {
  name: string;
  afterMs: number;
}

function channelsOf(world: World, incident: Incident): readonly ToldTo[] {
  const { subject } = incident;
  if (subject.type === "monitor") {
    const watched = world.watched.find(({ monitorId }) => monitorId === subject.monitorId);
    return watched === undefined ? [] : channelsThroughout(watched);
  }
  return subject.type === "channel" && subject.channel === "ops" ? [] : [{ name: "ops", afterMs: 0 }];
}

/** Those that every configuration of the monitor names alike: an edit takes and gives others at any time. */
function channelsThroughout({ spec, history }: Watched): readonly ToldTo[] {
  const edits = history.flatMap((event) => (event.what === "edited" ? [event.spec] : []));
  return spec.channels.filter(({ name, afterMs }) =>
    edits.every((edited) => edited.channels.some((link) => link.name === name && link.afterMs === afterMs)),
  );
}

function isAbout({ message }: Arrived, incident: Incident): boolean {
  return message.incident?.id === incident.id || message.digest?.incidentIds.includes(incident.id) === true;
}

/** Every change of the incident was told on the channel, but for what `after:` made needless. */
function untold(
  world: World,
  looks: Looks,
  told: { incident: Incident; channel: ToldTo; arrived: readonly Arrived[] },
): string[] {
  const { incident, channel, arrived } = told;
  const outbox = looks.notifications.filter(
    (one) => one.incidentId === incident.id && one.channel === channel.name,
  );
  const isGivenUp = outbox.some((one) => one.status === "failed");
  const isWaiting =
    channel.afterMs > 0 &&
    (incident.resolvedAt ?? world.endedAt) < incident.detectedAt + channel.afterMs + UNDERWAY_MS;
  // `after:`: closed before it could be told at all.
  const isNeedless = (one: (typeof outbox)[number]): boolean =>
    one.attempts.at(-1)?.code === "no_longer_open";
  if (channel.afterMs > 0 && arrived.length === 0 && outbox.length > 0 && outbox.every(isNeedless)) return [];
  const mutes = mutesAbout(world, incident);
  return incident.timeline
    .filter((entry) => NOTIFIED.has(entry.what) && entry.at < world.endedAt - UNDERWAY_MS)
    .filter((entry) => !isSelfExplaining(incident, entry.what))
    .filter((entry) => !tells(arrived, entry.what as IncidentChange, entry.at))
    .filter((entry) => !isToldLater(world, { incident, arrived, mutes }, entry))
    .filter(() => !isGivenUp && !(isWaiting && arrived.length === 0))
    .map((entry) => `${incident.id} on ${channel.name}: "${entry.what}" of ${iso(entry.at)} was never told`);
}

/** `after:` spares the channel what was closed or taken on within its time. */
function toldInVain(incident: Incident, { name, afterMs }: ToldTo, arrived: readonly Arrived[]): string[] {
  const ended = incident.timeline.find(({ what }) => what === "acknowledged" || what === "resolved");
  const isInTime = ended !== undefined && ended.at < incident.detectedAt + afterMs;
  if (!isInTime || arrived.length === 0 || afterMs === 0) return [];
  return [`${incident.id} on ${name}: told, though "${ended.what}" within its time`];
}

function mutesAbout(world: World, { subject }: Incident): Mute[] {
  const watched =
    subject.type === "monitor" ? world.watched.find((one) => one.monitorId === subject.monitorId) : undefined;
  return watched === undefined ? [] : mutesOf(watched);
}

/** Muted, it is told at the end of that, if there is still something to be told. */
function isToldLater(
  world: World,
  about: { incident: Incident; arrived: readonly Arrived[]; mutes: readonly Mute[] },
  entry: { what: string; at: number },
): boolean {
  const { incident, arrived, mutes } = about;
  const quietAt = quietUntil(mutes, entry.at);
  if (entry.what === "resolved")
    return arrived.length === 0 && quietUntil(mutes, incident.detectedAt) !== null;
  if (quietAt === null) return false;
  const isOver = (incident.resolvedAt ?? Number.POSITIVE_INFINITY) <= quietAt + UNDERWAY_MS;
  if (isOver || quietAt > world.endedAt - UNDERWAY_MS) return true;
  const isTold = arrived.some(({ message }) => message.changes.some((one) => one.at >= quietAt - 10_000));
  if (isTold) note(world.coverage, "message: held by a mute and told at its end");
  return isTold;
}

/** A blind spot is opened and resolved in one notice. */
function isSelfExplaining(incident: Incident, what: string): boolean {
  return incident.kind === "blind" && what === "resolved";
}

function tells(arrived: readonly Arrived[], change: IncidentChange, at: number): boolean {
  return arrived.some(({ message }) =>
    message.kind === "digest"
      ? at <= message.createdAt && (change !== "resolved" || /closed since/.test(message.title))
      : message.changes.some((one) => one.change === change && one.at === at),
  );
}

/** Never the end before the beginning, and changes in the order in which they came to be. */
function outOfOrder(
  incident: Incident,
  told: { channel: string; arrived: readonly Arrived[]; isGivenUp: boolean },
): string[] {
  const { channel, arrived, isGivenUp } = told;
  const order: string[] = [];
  const places = new Map<string, number>();
  for (const { message } of arrived) {
    const changes =
      message.kind === "digest" ? [{ change: "opened", at: incident.detectedAt }] : message.changes;
    for (const { change, at } of changes) {
      const key = `${at}`.padStart(15, "0") + rankOf(change) + change;
      if (!order.includes(key)) order.push(key);
      places.set(
        key,
        incident.timeline.findIndex((entry) => entry.what === change && entry.at === at),
      );
    }
  }
  const broken: string[] = [];
  // Decided by processes whose clocks differ, what came later may show an earlier instant; the timeline knows better.
  const isBehind = (key: string, before: string): boolean =>
    key >= before || (places.get(before) ?? -1) < (places.get(key) ?? -1);
  if (order.some((key, index) => index > 0 && !isBehind(key, order[index - 1] ?? "")))
    broken.push(`${incident.id} on ${channel}: told out of order: ${order.join(" ")}`);
  // Where the opening was given up the channel has an incident of its own, and what came next is told; never an end.
  const [first = "opened"] = order;
  if (!first.endsWith("opened") && !(isGivenUp && !first.endsWith("resolved")))
    broken.push(`${incident.id} on ${channel}: the first that was told is ${order[0]}`);
  return broken;
}

function rankOf(change: string): string {
  return change === "opened" ? "0" : change === "resolved" ? "2" : "1";
}

/** The same again only after the sender was left in doubt, and then under the same key unless more is told. */
function toldTwice(
  world: World,
  incident: Incident,
  told: { channel: string; arrived: readonly Arrived[]; alike: ReadonlySet<string> },
): string[] {
  const { channel, arrived, alike } = told;
  // What could not be written down before others may send it was told all the same.
  const isForgotten = ({ at }: Arrived): boolean =>
    world.rollcall.weather.outages.some(
      ({ fromAt, untilAt }) => untilAt - fromAt >= SHORT_MS && at >= fromAt - UNSETTLED_MS && at <= untilAt,
    );
  const broken: string[] = [];
  for (const [index, later] of arrived.entries()) {
    for (const earlier of arrived.slice(0, index)) {
      if (later.message.changes.some((one) => alike.has(sentenceOf(one)))) continue;
      const isSame = contentOf(earlier) === contentOf(later);
      const isRepeated = later.message.changes.some((one) =>
        earlier.message.changes.some((other) => sentenceOf(other) === sentenceOf(one)),
      );
      if (isRepeated && !earlier.isInDoubt && !isForgotten(earlier))
        broken.push(
          `${incident.id} on ${channel}: told again at ${iso(later.at)}, though ${iso(earlier.at)} was sure`,
        );
      if (isSame && earlier.message.deduplicationKey !== later.message.deduplicationKey)
        broken.push(`${incident.id} on ${channel}: told again under another key at ${iso(later.at)}`);
    }
  }
  return broken;
}

/** While the clock stands still one change may be followed by its like at the same instant; those are two. */
function alikeOf(looks: Looks, { id }: Incident): Set<string> {
  const ofIncident = looks.notifications.filter((one) => one.incidentId === id);
  const keys = ofIncident.map((one) => `${one.channel} ${sentenceOf(one)}`);
  const alike = ofIncident.filter((_one, index) => keys.indexOf(keys[index] ?? "") !== index);
  return new Set(alike.map(sentenceOf));
}

function sentenceOf({ change, at, title }: { change: string; at: number; title: string }): string {
  return `${change} ${at} ${title}`;
}

function contentOf({ message }: Arrived): string {
  return JSON.stringify([message.kind, message.changes, message.digest?.incidentIds]);
}

function countMessages({ coverage, farEnd }: World, looks: Looks): void {
  const keys = farEnd.arrived.map((one) => `${one.channel} ${one.message.deduplicationKey}`);
  note(coverage, "message: sent again", keys.length - new Set(keys).size);
  note(
    coverage,
    "message: several changes in one",
    farEnd.arrived.filter((one) => one.message.changes.length > 1).length,
  );
  note(coverage, "message: digest", farEnd.arrived.filter((one) => one.message.kind === "digest").length);
  const dropped = looks.notifications.filter((one) =>
    one.attempts.some(({ code }) => code === "no_longer_open"),
  );
  note(coverage, "message: dropped, closed before its time", dropped.length);
}
