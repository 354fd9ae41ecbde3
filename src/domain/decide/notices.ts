/** Who is told of a change: one outbox row for each of the monitor's channels, unless sending is muted. */
import type { Incident, IncidentChange } from "../incident.ts";
import type { ChannelLink, ResultNotice } from "../monitor.ts";
import { newNotification, type Notification } from "../notification.ts";
import type { Draft } from "./draft.ts";
import { mutedUntil } from "./deadlines.ts";

/** The monitor's own channels, else its project's default ones. */
export function linksOf(draft: Draft): readonly ChannelLink[] {
  const own = draft.monitor.settings.channels;
  if (own !== null) return own;
  return draft.context.defaultChannels.map((name) => ({
    name,
    afterMs: 0,
    notifyOn: [],
    remindEveryMs: null,
  }));
}

/** Tells all channels of one change of the incident; while muted it is held, and told once at the end. */
export function notify(
  draft: Draft,
  about: { incident: Incident; change: IncidentChange; title: string },
): void {
  const { incident, change } = about;
  const muted = mutedUntil(draft.state.pause, draft.context);
  if (muted !== null && change !== "resolved") {
    draft.state.isNoticeHeld = true;
    return;
  }
  // Nobody heard of it while it was muted, so nobody needs to hear that it is over.
  if (muted !== null && !draft.state.isOpeningTold) return;
  // An end that nobody knows cannot be waited for: then "resolved" is said at once.
  if (muted !== null && muted !== Number.POSITIVE_INFINITY && draft.monitor.deletedAt === null) {
    draft.state.heldEnd = incident;
    return;
  }
  // What the mute has just let go is told first, and a change within the same decision is part of that.
  const isFirst = !draft.state.isOpeningTold && (change === "changed" || change === "acknowledged");
  if (isFirst) tellAll(draft, { incident, change: "opened", title: incident.title });
  if (isFirst) draft.state.isNoticeHeld = false;
  if (!isFirst || change !== "changed") tellAll(draft, about);
  draft.state.isOpeningTold = true;
}

function tellAll(
  draft: Draft,
  { incident, change, title }: { incident: Incident; change: IncidentChange; title: string },
): void {
  for (const link of linksOf(draft)) {
    const delayMs = change === "opened" ? link.afterMs : 0;
    const { judgedAt } = draft.context;
    add(draft, {
      channel: link.name,
      incidentId: incident.id,
      change,
      title,
      at: change === "resolved" ? (incident.resolvedAt ?? judgedAt) : judgedAt,
      notBeforeAt: Math.max(judgedAt, incident.detectedAt + delayMs),
      isOnlyIfOpen: link.afterMs > 0,
    });
  }
}

/** An incident that is open while sending is muted is told once at the end, whether or not it was told before. */
export function holdWhileMuted(draft: Draft): void {
  const isOpen = draft.state.incident?.status === "open";
  if (isOpen && mutedUntil(draft.state.pause, draft.context) !== null) draft.state.isNoticeHeld = true;
}

/** At the end of a pause, maintenance or silence: what was closed is told, and an incident still open once. */
export function releaseHeld(draft: Draft): void {
  const { incident, isNoticeHeld, isOpeningTold, heldEnd } = draft.state;
  const isMuted = mutedUntil(draft.state.pause, draft.context) !== null;
  // Of what is deleted nobody will hear later.
  if (isMuted && draft.monitor.deletedAt === null) return;
  if (heldEnd !== null) {
    draft.state.heldEnd = null;
    tellAll(draft, { incident: heldEnd, change: "resolved", title: resolvedTitle(heldEnd) });
  }
  if (!isNoticeHeld) return;
  draft.state.isNoticeHeld = false;
  if (incident === null) return;
  if (isOpeningTold) notify(draft, { incident, change: "changed", title: `Still open: ${incident.title}` });
  else notify(draft, { incident, change: "opened", title: incident.title });
}

export function resolvedTitle(incident: Incident): string {
  return `Resolved: ${incident.title}`;
}

/** A notice about the monitor itself, to all of its channels; false while sending is muted. */
export function notifyAll(draft: Draft, title: string): boolean {
  if (mutedUntil(draft.state.pause, draft.context) !== null) return false;
  for (const { name: channel } of linksOf(draft)) add(draft, { channel, change: "result", title });
  return true;
}

/** `notify_on`: a good result that somebody wants to hear of. */
export function notifyResult(draft: Draft, result: ResultNotice, title: string): void {
  if (mutedUntil(draft.state.pause, draft.context) !== null) return;
  for (const { name: channel, notifyOn } of linksOf(draft)) {
    if (notifyOn.includes(result)) add(draft, { channel, change: "result", title, result });
  }
}

/**
 * Reminders due by now: one each, however many intervals have passed; an acknowledged incident is left alone.
 * A channel that the monitor has lost is forgotten, one that it has got is reminded from now on.
 */
export function remind(draft: Draft): void {
  const { incident } = draft.state;
  if (incident === null || incident.status !== "open") return;
  const { judgedAt } = draft.context;
  const isMuted = mutedUntil(draft.state.pause, draft.context) !== null;
  const reminders: Record<string, { dueAt: number; ordinal: number }> = {};
  for (const link of linksOf(draft)) {
    if (link.remindEveryMs === null) continue;
    const nextAt = judgedAt + link.remindEveryMs;
    const reminder = draft.state.reminders[link.name] ?? { dueAt: nextAt, ordinal: 1 };
    reminders[link.name] = reminder;
    if (reminder.dueAt > judgedAt) continue;
    reminders[link.name] = { dueAt: nextAt, ordinal: isMuted ? reminder.ordinal : reminder.ordinal + 1 };
    if (isMuted) continue;
    add(draft, {
      channel: link.name,
      incidentId: incident.id,
      change: "reminder",
      title: `Still open: ${incident.title}`,
      ordinal: reminder.ordinal,
      isOnlyIfOpen: link.afterMs > 0,
    });
  }
  draft.state.reminders = reminders;
}

/** The next instant at which a notice is due: a reminder, or the end of what mutes a held one. */
export function nextNoticeAt(draft: Draft): number | null {
  const { incident, reminders } = draft.state;
  const isNoticeHeld = draft.state.isNoticeHeld || draft.state.heldEnd !== null;
  const dues: number[] = [];
  const muted = mutedUntil(draft.state.pause, draft.context);
  if (isNoticeHeld && muted !== null && muted !== Number.POSITIVE_INFINITY) dues.push(muted);
  if (isNoticeHeld && muted === null) dues.push(draft.context.judgedAt);
  if (incident?.status === "open") {
    dues.push(...Object.values(reminders).map((reminder) => reminder.dueAt));
    // What is open when a silence begins is told again at its end: its beginning must not be slept through.
    const { judgedAt, plans } = draft.context;
    dues.push(...plans.map((plan) => plan.fromAt).filter((fromAt) => fromAt > judgedAt));
  }
  return dues.length === 0 ? null : Math.min(...dues);
}

type Told = Pick<Notification, "channel" | "change" | "title"> & Partial<Notification>;

function add(draft: Draft, told: Told): void {
  const { monitor, context } = draft;
  const ordinal = draft.state.counted.notifications + 1;
  draft.state.counted = { ...draft.state.counted, notifications: ordinal };
  draft.notifications.push(
    newNotification({
      // Padded, so that ids sort by creation.
      id: `${monitor.id}-n${String(ordinal).padStart(9, "0")}`,
      project: monitor.project,
      monitorId: monitor.id,
      at: context.judgedAt,
      createdAt: context.judgedAt,
      ...told,
    }),
  );
}
