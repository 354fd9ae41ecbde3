/** Makes one message of everything that is still to be said about one incident on one channel. */
import { deduplicationKey, type Notification } from "../../domain/notification.ts";
import type { Message, ToldChange } from "../../ports/channel.ts";
import type { NotificationBatch } from "../../ports/store.ts";
import type { EngineParts } from "../parts.ts";
import type { WantedBatch } from "./mute.ts";

/** What goes out as one message, and the batches it settles. */
export interface Parcel {
  project: string;
  channel: string;
  message: Message;
  thread: string | null;
  batches: readonly NotificationBatch[];
  isDigest: boolean;
}

export async function collapse(parts: EngineParts, wanted: readonly WantedBatch[]): Promise<Parcel[]> {
  const parcels: Parcel[] = [];
  for (const { batch, incident } of wanted) {
    const last = batch.notifications.at(-1);
    if (last === undefined) continue;
    const { project, channel, thread } = batch;
    const message: Message = {
      kind: incident !== null ? "incident" : last.change === "test" ? "test" : "result",
      project,
      // The latest one's: a message that tells more than the one before it must not be taken for the same.
      deduplicationKey: deduplicationKey(last),
      title: incident?.title ?? last.title,
      changes: batch.notifications.map(toldChange),
      result: last.result,
      incident,
      monitor: await monitorOf(parts, batch.monitorId),
      digest: null,
      url: pageUrl(parts),
      createdAt: last.createdAt,
    };
    parcels.push({ project, channel, message, thread, batches: [batch], isDigest: false });
  }
  return parcels;
}

/** The status page lists what is open; incidents have no page of their own yet. */
export function pageUrl({ publicUrl }: EngineParts): string | null {
  return publicUrl === "" ? null : `${publicUrl}/`;
}

function toldChange({ change, title, at, ordinal }: Notification): ToldChange {
  return { change, title, at, ordinal };
}

async function monitorOf({ store }: EngineParts, monitorId: string | null): Promise<Message["monitor"]> {
  const snapshot = monitorId === null ? null : await store.load(monitorId, {});
  if (snapshot === null) return null;
  const { slug, settings } = snapshot.monitor;
  const timezone = settings.schedule.kind === "cron" ? settings.schedule.timezone : "UTC";
  return { slug, name: settings.name, timezone };
}
