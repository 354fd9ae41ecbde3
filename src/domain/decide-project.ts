/**
 * What a project is told about Rollcall itself: times it could not hear, and channels that do not deliver.
 * The same form as for monitors: pure, one change, committed together or not at all.
 */
import { dateTime } from "./decide/local-words.ts";
import { durationInWords } from "./duration.ts";
import type { BlindSpot, BlindUnknown } from "./hearing.ts";
import type { Evidence, Incident, IncidentChange, IncidentKind, IncidentSubject } from "./incident.ts";
import { LIMITS } from "./limits.ts";
import { newNotification, type Notification } from "./notification.ts";
import type { Project, ProjectChange, ProjectSnapshot, ProjectState } from "./project.ts";

/** A blind spot has ended: one incident, opened and resolved at once, and one notice. */
export function announceBlind(snapshot: ProjectSnapshot, spot: BlindSpot, nowAt: number): ProjectChange {
  const length = durationInWords(spot.toAt - spot.fromAt);
  const [from, to] = [dateTime(spot.fromAt, "UTC"), dateTime(spot.toAt, "UTC")];
  const title =
    spot.cause === "clock_stepped_back"
      ? `Rollcall's clock was set back at ${from}; it judged nothing until the clock had caught up`
      : `Rollcall could not hear for ${length} (${from} to ${to})`;
  const evidence: Evidence = {
    expected: `A sign of life every ${durationInWords(LIMITS.signOfLifeMs)}.`,
    came: `None from ${from} to ${to}.`,
    known: [
      "Runs that were expected then are not called missing: without later evidence they become unknown.",
    ],
    unknown: ["Which check-ins were sent meanwhile and reached nobody."],
    next: "Look why this Rollcall stood still (restart, suspended machine, full disk, unreachable store).",
  };
  const made = newIncident(snapshot, { kind: "blind", subject: { type: "service" }, title, evidence, nowAt });
  const incident: Incident = {
    ...made,
    openedAt: spot.fromAt,
    status: "resolved",
    resolvedAt: spot.toAt,
    resolvedBy: "evidence",
    timeline: [...made.timeline, { at: spot.toAt, what: "resolved", text: "Hearing again.", by: null }],
  };
  const followUpAt = spot.toAt + LIMITS.blindFollowUpMs;
  const blind = [...snapshot.state.blind, { incident, blindSpotId: spot.id, followUpAt, followUps: 0 }];
  const { operatorChannels: channels } = snapshot.project;
  return tell(snapshot, { blind }, { incident, change: "opened", title, nowAt, channels });
}

/** The monitors that a follow-up is to name, and how many windows of all monitors are unknown by now. */
export interface LeftUnknown {
  blindSpotId: string;
  monitors: readonly BlindUnknown[];
  windowsLost: number;
}

/**
 * A quarter of an hour later: the monitors left unknown, in one message, those first whose next window is far
 * off. Once nothing more can become unknown, the blind spot is let go.
 */
export function followUpBlind(
  snapshot: ProjectSnapshot,
  unknowns: readonly LeftUnknown[],
  nowAt: number,
): ProjectChange {
  let change = emptyChange(snapshot);
  for (const entry of snapshot.state.blind) {
    if (entry.followUpAt > nowAt) continue;
    const left = unknowns.find((one) => one.blindSpotId === entry.blindSpotId);
    change = followUpOne(change, { snapshot, entry, left, nowAt });
  }
  return { ...change, dueAt: nextFollowUp(change.state) };
}

type BlindEntry = ProjectState["blind"][number];

function followUpOne(
  change: ProjectChange,
  of: { snapshot: ProjectSnapshot; entry: BlindEntry; left: LeftUnknown | undefined; nowAt: number },
): ProjectChange {
  const { entry, nowAt } = of;
  const left = of.left?.monitors ?? [];
  const others = change.state.blind.filter((one) => one.blindSpotId !== entry.blindSpotId);
  // A window can be judged unknown for as long as a run may take; then nothing more will come.
  const isOver = nowAt - (entry.incident.resolvedAt ?? nowAt) > LIMITS.longestDefaultRuntimeMs;
  const kept = { ...entry, followUpAt: nowAt + LIMITS.blindFollowUpMs, followUps: entry.followUps + 1 };
  if (left.length === 0)
    return { ...change, state: { ...change.state, blind: isOver ? others : [...others, kept] } };
  const text = unknownsInWords(left, nowAt);
  const incident: Incident = {
    ...entry.incident,
    windowsLost: of.left?.windowsLost ?? entry.incident.windowsLost,
    timeline: [...entry.incident.timeline, { at: nowAt, what: "follow_up" as const, text, by: null }].slice(
      -LIMITS.timelineEntries,
    ),
  };
  const state = { ...change.state, blind: [...others, { ...kept, incident }] };
  const told = notifications(
    { ...of.snapshot, state },
    { incident, change: "follow_up", title: text, nowAt, channels: of.snapshot.project.operatorChannels },
  );
  return {
    ...change,
    state: { ...state, counted: told.counted },
    incidents: [...change.incidents, incident],
    notifications: [...change.notifications, ...told.notifications],
    reported: [
      ...change.reported,
      { blindSpotId: entry.blindSpotId, monitorIds: left.map((one) => one.monitorId) },
    ],
  };
}

function unknownsInWords(left: readonly BlindUnknown[], nowAt: number): string {
  const farness = (one: BlindUnknown): number => (one.nextExpectedAt ?? Number.POSITIVE_INFINITY) - nowAt;
  const isUrgent = (one: BlindUnknown): boolean => farness(one) > LIMITS.blindUrgentMs;
  const ordered = [...left].sort(
    (one, two) => Number(isUrgent(two)) - Number(isUrgent(one)) || farness(two) - farness(one),
  );
  const named = ordered.slice(0, LIMITS.digestTitles).map((one) => {
    const next =
      one.nextExpectedAt === null
        ? "no further run expected"
        : `next run ${dateTime(one.nextExpectedAt, "UTC")}`;
    return `${one.slug} (${one.count === 1 ? "1 run" : `${one.count} runs`}, ${next})`;
  });
  const more = left.length > named.length ? ` and ${left.length - named.length} more` : "";
  const noun = left.length === 1 ? "1 monitor has" : `${left.length} monitors have`;
  return `${noun} runs of which nothing is known from that time: ${named.join(", ")}${more}`;
}

/** The project's own settings: its title, and the channels that are told by default and about Rollcall itself. */
export function changeProject(snapshot: ProjectSnapshot, patch: Partial<Project>): ProjectChange {
  return { ...emptyChange(snapshot), project: { ...snapshot.project, ...patch } };
}

export function changeContracts(
  snapshot: ProjectSnapshot,
  contracts: NonNullable<ProjectState["contracts"]>,
): ProjectChange {
  return { ...emptyChange(snapshot), state: { ...snapshot.state, contracts } };
}

/** Until somebody chooses, the first channel of a project is told of everything: nobody to tell is a missed alarm. */
export function adoptFirstChannel(snapshot: ProjectSnapshot, channel: string): ProjectChange | null {
  const { defaultChannels, operatorChannels } = snapshot.project;
  if (defaultChannels.length > 0 || operatorChannels.length > 0) return null;
  return changeProject(snapshot, { defaultChannels: [channel], operatorChannels: [channel] });
}

export interface ChannelTrouble {
  channel: string;
  type: "failed" | "recovered" | "deleted";
  /** `http_404`, `invalid_auth`, `timeout` … */
  code: string;
  detail: string;
  /** All channels of the project, this one too. */
  channels: readonly string[];
}

/** A channel has given up a message, delivers again, or is gone. Told on other channels. Null: nothing new. */
export function noteChannelTrouble(
  snapshot: ProjectSnapshot,
  trouble: ChannelTrouble,
  nowAt: number,
): ProjectChange | null {
  const open = snapshot.state.channelIncidents[trouble.channel];
  const channels = listenersTo(snapshot, trouble);
  if (trouble.type === "failed") {
    // One that was deleted while a message was on its way need deliver nothing any more.
    if (open !== undefined || !trouble.channels.includes(trouble.channel)) return null;
    const title = `Channel ${trouble.channel} does not deliver: ${trouble.code}`;
    const evidence: Evidence = {
      expected: "Messages on this channel are accepted.",
      came: trouble.detail,
      known: [`Code: ${trouble.code}.`],
      unknown: ["Whether anybody has seen what this channel was to tell."],
      next: "Mend the channel's settings or its receiver, then send a test message.",
    };
    const subject: IncidentSubject = { type: "channel", channel: trouble.channel };
    const incident = newIncident(snapshot, { kind: "delivery", subject, title, evidence, nowAt });
    const channelIncidents = { ...snapshot.state.channelIncidents, [trouble.channel]: incident };
    return tell(snapshot, { channelIncidents }, { incident, change: "opened", title, nowAt, channels });
  }
  if (open === undefined) return null;
  const text = trouble.type === "deleted" ? "The channel was deleted." : "A message was delivered.";
  const incident: Incident = {
    ...open,
    status: "resolved",
    resolvedAt: nowAt,
    resolvedBy: "evidence",
    timeline: [...open.timeline, { at: nowAt, what: "resolved", text, by: null }],
  };
  const { [trouble.channel]: _closed, ...channelIncidents } = snapshot.state.channelIncidents;
  return tell(
    snapshot,
    { channelIncidents },
    { incident, change: "resolved", title: `Resolved: ${open.title}`, nowAt, channels },
  );
}

/**
 * Who hears of a channel that does not deliver: the operators by another channel, else whoever is told by default, else
 * everybody. It is not told itself, for it could not deliver that. Names that no channel has any more, and channels that
 * do not deliver either, are nobody to rely on.
 */
function listenersTo(
  { project: { operatorChannels, defaultChannels }, state: { channelIncidents } }: ProjectSnapshot,
  { channel, channels }: { channel: string; channels: readonly string[] },
): readonly string[] {
  const others = [operatorChannels, defaultChannels, channels].map((names) =>
    names.filter((name) => name !== channel && channels.includes(name)),
  );
  const isHeard = (names: readonly string[]): boolean =>
    names.some((name) => channelIncidents[name] === undefined);
  return others.find(isHeard) ?? others.find((names) => names.length > 0) ?? [];
}

/** Acts of a person on a channel's incident. */
export function actOnChannelIncident(
  snapshot: ProjectSnapshot,
  act: {
    channel: string;
    what: "acknowledged" | "resolved" | "comment";
    by: string;
    text: string;
    /** All channels of the project. */
    channels: readonly string[];
  },
  nowAt: number,
): ProjectChange | null {
  const open = snapshot.state.channelIncidents[act.channel];
  if (open === undefined) return null;
  const timeline = [...open.timeline, { at: nowAt, what: act.what, text: act.text, by: act.by }];
  const channels = listenersTo(snapshot, act);
  const { [act.channel]: _before, ...others } = snapshot.state.channelIncidents;
  if (act.what === "resolved") {
    const incident: Incident = {
      ...open,
      status: "resolved",
      resolvedAt: nowAt,
      resolvedBy: "person",
      timeline,
    };
    return tell(
      snapshot,
      { channelIncidents: others },
      { incident, change: "resolved", title: `Resolved: ${open.title}`, nowAt, channels },
    );
  }
  const isTaken = act.what === "acknowledged";
  const incident: Incident = {
    ...open,
    timeline,
    ...(isTaken ? { status: "acknowledged" as const, owner: act.by } : {}),
  };
  const channelIncidents = { ...others, [act.channel]: incident };
  if (isTaken)
    return tell(
      snapshot,
      { channelIncidents },
      { incident, change: "acknowledged", title: open.title, nowAt, channels },
    );
  return { ...emptyChange(snapshot), state: { ...snapshot.state, channelIncidents }, incidents: [incident] };
}

function newIncident(
  snapshot: ProjectSnapshot,
  of: { kind: IncidentKind; subject: IncidentSubject; title: string; evidence: Evidence; nowAt: number },
): Incident {
  const { kind, subject, title, evidence, nowAt } = of;
  return {
    id: `${snapshot.project.name}-p${snapshot.state.counted.incidents + 1}`,
    project: snapshot.project.name,
    subject,
    kind,
    phase: null,
    title,
    evidence,
    status: "open",
    openedAt: nowAt,
    detectedAt: nowAt,
    resolvedAt: null,
    resolvedBy: null,
    firstWindowAt: null,
    latestWindowAt: null,
    windowsLost: 0,
    lastGoodAt: null,
    lastVerifiedAt: null,
    owner: null,
    rejections: 0,
    timeline: [{ at: nowAt, what: "opened", text: title, by: null }],
    timelineCut: 0,
  };
}

interface Telling {
  incident: Incident;
  change: IncidentChange;
  title: string;
  nowAt: number;
  /** Who is told. */
  channels: readonly string[];
}

function tell(snapshot: ProjectSnapshot, part: Partial<ProjectState>, telling: Telling): ProjectChange {
  const state = { ...snapshot.state, ...part };
  const isNew = telling.change === "opened";
  const counted = { ...state.counted, incidents: state.counted.incidents + (isNew ? 1 : 0) };
  const told = notifications({ ...snapshot, state: { ...state, counted } }, telling);
  const after = { ...state, counted: told.counted };
  return {
    ...emptyChange(snapshot),
    state: after,
    incidents: [telling.incident],
    notifications: told.notifications,
    dueAt: nextFollowUp(after),
  };
}

/** One for each channel that is told. */
function notifications(
  snapshot: ProjectSnapshot,
  telling: Telling,
): { notifications: Notification[]; counted: ProjectState["counted"] } {
  const { incident, change, title, nowAt, channels } = telling;
  let ordinal = snapshot.state.counted.notifications;
  const made = channels.map((channel): Notification => {
    ordinal += 1;
    return newNotification({
      id: `${snapshot.project.name}-pn${String(ordinal).padStart(9, "0")}`,
      project: snapshot.project.name,
      channel,
      incidentId: incident.id,
      change,
      title,
      at: nowAt,
    });
  });
  return { notifications: made, counted: { ...snapshot.state.counted, notifications: ordinal } };
}

/** Notes the time-zone data with which the project's due instants were computed. */
export function keepZoneData(snapshot: ProjectSnapshot, zoneData: string): ProjectChange {
  return { ...emptyChange(snapshot), state: { ...snapshot.state, zoneData } };
}

/** Nothing follows but the due instant, which every change tells. */
export function emptyChange({ project, state, version }: ProjectSnapshot): ProjectChange {
  return {
    baseVersion: version,
    project,
    state,
    incidents: [],
    notifications: [],
    reported: [],
    dueAt: nextFollowUp(state),
  };
}

function nextFollowUp(state: ProjectState): number | null {
  return state.blind.length === 0 ? null : Math.min(...state.blind.map((entry) => entry.followUpAt));
}
