/** Notifications and their lanes as the scripts of the outbox are given them: see `lua/outbox.lua`. */
import type { Notification } from "../../../domain/notification.ts";
import type { ChannelRef } from "../../../ports/store.ts";
import { laneSubject } from "../../merging.ts";
import type { Argument } from "../connection/arguments.ts";

/** For `take_notification`. `number`: where it is the first of its lane, the place of that among the others. */
export function notificationTexts(notification: Notification, number: number): Argument[] {
  const { id, incidentId, createdAt, notBeforeAt, status } = notification;
  const subject = laneSubject(notification);
  const document = JSON.stringify(notification);
  return [
    id,
    subject,
    channelName(notification),
    incidentId,
    createdAt,
    notBeforeAt,
    status,
    number,
    document,
  ];
}

/** A channel within a place: a notification says itself whose it is. */
export function channelName({ project, channel }: ChannelRef): string {
  return `${project}/${channel}`;
}

export function channelNamed(name: string): ChannelRef {
  const slash = name.indexOf("/");
  return { project: name.slice(0, slash), channel: name.slice(slash + 1) };
}

/** A lane within a place. */
export function laneName(of: ChannelRef & Pick<Notification, "id" | "incidentId">): string {
  return `${channelName(of)}/${laneSubject(of)}`;
}
