/** Who is told of a change: one outbox row for each of the monitor's channels, unless sending is muted. */
import type { Incident, IncidentChange } from "../incident.ts";
import type { ChannelLink, ResultNotice } from "../monitor.ts";
import type { Notification } from "../notification.ts";
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
  const { incident, change, title } = about;
  const muted = mutedUntil(draft.state.pause, draft.context);
  if (muted !== null && change !== "resolved") {
    draft.state.isNoticeHeld = true;
    return;
  }
  // Nobody heard of it while it was muted, so nobody needs to hear that it is over.
  if (muted !== null && !draft.state.isOpeningTold) return;
  // An end that nobody knows cannot be waited for: then "resolved" is said at once.
  const heldUntilAt = muted === null || muted === Number.POSITIVE_INFINITY ? draft.context.judgedAt : muted;
  for (const link of linksOf(draft)) {
    const delayMs = change === "opened" ? link.afterMs : 0;
    add(draft, {
      channel: link.name,
      incidentId: incident.id,
      change,
      title,
      ordinal: 0,
      result: null,
      notBeforeAt: Math.max(heldUntilAt, incident.detectedAt + delayMs),
      isOnlyIfOpen: link.afterMs > 0,
    });
  }
  draft.state.isOpeningTold = true;
}

/** At the end of a pause, maintenance or silence: an incident still open is told once. */
export function releaseHeld(draft: Draft): void {
  const { incident, isNoticeHeld, isOpeningTold } = draft.state;
  if (!isNoticeHeld || mutedUntil(draft.state.pause, draft.context) !== null) return;
  draft.state.isNoticeHeld = false;
  if (incident === null) return;
  notify(draft, { incident, change: isOpeningTold ? "changed" : "opened", title: incident.title });
}

/** `notify_on`: a good result that somebody wants to hear of. */
export function notifyResult(draft: Draft, result: ResultNotice, title: string): void {
  if (mutedUntil(draft.state.pause, draft.context) !== null) return;
  for (const link of linksOf(draft)) {
    if (!link.notifyOn.includes(result)) continue;
    const notBeforeAt = draft.context.judgedAt;
    add(draft, {
      channel: link.name,
      incidentId: null,
      change: "result",
      title,
      ordinal: 0,
      result,
      notBeforeAt,
      isOnlyIfOpen: false,
    });
  }
}

export function startReminders(draft: Draft): void {
  const reminders: Record<string, { dueAt: number; ordinal: number }> = {};
  for (const link of linksOf(draft)) {
    if (link.remindEveryMs === null) continue;
    reminders[link.name] = { dueAt: draft.context.judgedAt + link.remindEveryMs, ordinal: 1 };
  }
  draft.state.reminders = reminders;
}

/** Reminders due by now: one each, however many intervals have passed; an acknowledged incident is left alone. */
export function remind(draft: Draft): void {
  const { incident } = draft.state;
  if (incident === null || incident.status !== "open") return;
  const { judgedAt } = draft.context;
  const isMuted = mutedUntil(draft.state.pause, draft.context) !== null;
  for (const link of linksOf(draft)) {
    const reminder = draft.state.reminders[link.name];
    if (reminder === undefined || link.remindEveryMs === null || reminder.dueAt > judgedAt) continue;
    const next = { dueAt: judgedAt + link.remindEveryMs, ordinal: reminder.ordinal + 1 };
    draft.state.reminders = { ...draft.state.reminders, [link.name]: next };
    if (isMuted) continue;
    add(draft, {
      channel: link.name,
      incidentId: incident.id,
      change: "reminder",
      title: `Still open: ${incident.title}`,
      ordinal: reminder.ordinal,
      result: null,
      notBeforeAt: judgedAt,
      isOnlyIfOpen: link.afterMs > 0,
    });
  }
}

/** The next instant at which a notice is due: a reminder, or the end of what mutes a held one. */
export function nextNoticeAt(draft: Draft): number | null {
  const { incident, isNoticeHeld, reminders } = draft.state;
  const dues: number[] = [];
  const muted = mutedUntil(draft.state.pause, draft.context);
  if (isNoticeHeld && muted !== null && muted !== Number.POSITIVE_INFINITY) dues.push(muted);
  if (isNoticeHeld && muted === null) dues.push(draft.context.judgedAt);
  if (incident?.status === "open") dues.push(...Object.values(reminders).map((reminder) => reminder.dueAt));
  return dues.length === 0 ? null : Math.min(...dues);
}

type Told = Pick<
  Notification,
  "channel" | "incidentId" | "change" | "title" | "ordinal" | "result" | "notBeforeAt" | "isOnlyIfOpen"
>;

function add(draft: Draft, told: Told): void {
  const ordinal = draft.state.counted.notifications + 1;
  draft.state.counted = { ...draft.state.counted, notifications: ordinal };
  draft.notifications.push({
    ...told,
    // Padded, so that ids sort by creation.
    id: `${draft.monitor.id}-n${String(ordinal).padStart(9, "0")}`,
    project: draft.monitor.project,
    monitorId: draft.monitor.id,
    at: draft.context.judgedAt,
    createdAt: draft.context.judgedAt,
    status: "pending",
    attempts: [],
    sentAt: null,
    isDigested: false,
  });
}
