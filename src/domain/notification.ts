/** One message about one incident change to one channel: a row of the outbox, written with the incident. */
import type { IncidentChange } from "./incident.ts";
import type { ResultNotice } from "./monitor.ts";

export type NotificationChange = IncidentChange | "result" | "test";

export interface Attempt {
  at: number;
  isSent: boolean;
  /** `sent`, or the channel's error code: `http_500`, `timeout`, `invalid_auth`, `address_refused` … */
  code: string;
  detail: string;
}

/** `dropped`: not wanted any more (`after:` and already closed). `failed`: given up, and an incident says so. */
export type NotificationStatus = "pending" | "sent" | "dropped" | "failed";

export interface Notification {
  /** Also the order within (incident, channel): ids sort by creation. */
  id: string;
  project: string;
  channel: string;
  /** Null for a notice about a single good result (`notify_on`) and for tests. */
  incidentId: string | null;
  monitorId: string | null;
  change: NotificationChange;
  /** The sentence for this change, as it was true then. */
  title: string;
  /** The instant of the change, for the reader. */
  at: number;
  /** Reminder number; 0 for other changes. */
  ordinal: number;
  result: ResultNotice | null;
  createdAt: number;
  /** Not sent before this (`after:`); moved by retries. */
  notBeforeAt: number;
  /** `after:`: dropped when the incident is closed or acknowledged before anything was sent. */
  isOnlyIfOpen: boolean;
  status: NotificationStatus;
  attempts: readonly Attempt[];
  sentAt: number | null;
  /** Sent as part of a digest. */
  isDigested: boolean;
}

type Told = Pick<Notification, "id" | "project" | "channel" | "change" | "title" | "at"> &
  Partial<Notification>;

/** Where nothing else is told: about no incident and no monitor, to be sent at once, and not tried yet. */
export function newNotification(told: Told): Notification {
  return {
    incidentId: null,
    monitorId: null,
    ordinal: 0,
    result: null,
    createdAt: told.at,
    notBeforeAt: told.createdAt ?? told.at,
    isOnlyIfOpen: false,
    status: "pending",
    attempts: [],
    sentAt: null,
    isDigested: false,
    ...told,
  };
}

/** Names incident, change and channel, so that a receiver can drop what it already has. */
export function deduplicationKey(notification: Notification): string {
  const about = notification.incidentId ?? notification.monitorId ?? "test";
  return `${about}/${notification.id}/${notification.channel}`;
}
