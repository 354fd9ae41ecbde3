/** Writes down what came of a message: sent, to be tried again at a certain instant, dropped, or given up. */
import type { ChannelTrouble } from "../../domain/decide-project.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { Attempt, Notification } from "../../domain/notification.ts";
import type { SendResult } from "../../ports/channel.ts";
import type { NotificationBatch, SettledNotification } from "../../ports/store.ts";
import type { EngineParts } from "../parts.ts";
import type { Parcel } from "./collapse.ts";
import type { Delivery } from "./deliver.ts";

export interface ChannelTroubleEvent extends Omit<ChannelTrouble, "channels"> {
  project: string;
  at: number;
}

type Failure = Extract<SendResult, { isSent: false }>;

export async function recordResult(
  parts: EngineParts,
  delivery: Delivery,
  { parcel, kind, result }: { parcel: Parcel; kind: string; result: SendResult },
): Promise<void> {
  const at = parts.clock.now();
  if (result.isSent) {
    parts.metrics?.countAttempt({ kind, result: "sent" });
    const attempt: Attempt = { at, isSent: true, code: "sent", detail: "" };
    await settle(parts, parcel, result.thread, ({ notBeforeAt }) => ({
      status: "sent",
      attempt,
      notBeforeAt,
    }));
    await tellRecovery(parts, delivery, { ...parcel, at });
    return;
  }
  const { code, detail } = result;
  const { project, channel } = parcel;
  const attempt: Attempt = { at, isSent: false, code, detail };
  parts.log.warn("a message was not sent", { project, channel, code, isPermanent: result.isPermanent });
  const isGivenUp = (notification: Notification): boolean =>
    result.isPermanent || at - notification.createdAt >= LIMITS.outboxGiveUpMs;
  const isAnyGivenUp = parcel.batches.some(({ notifications }) => notifications.some(isGivenUp));
  parts.metrics?.countAttempt({ kind, result: isAnyGivenUp ? "given_up" : "retry" });
  if (isAnyGivenUp) {
    // Before settling: should this fail, the messages stay pending and the trouble is told the next time.
    await delivery.onChannelTrouble({ project, channel, type: "failed", code, detail, at });
  }
  const notBeforeAt = at + retryDelayMs(parts, parcel, result);
  await settle(parts, parcel, result.thread, (notification) => ({
    status: isGivenUp(notification) ? "failed" : "pending",
    attempt,
    notBeforeAt,
  }));
}

/** For messages that have no channel to go to, or that nobody wants any more. */
export async function settleWithoutSending(
  parts: EngineParts,
  delivery: Delivery,
  what: { batch: NotificationBatch; status: "dropped" | "failed"; code: string; detail: string },
): Promise<void> {
  const { batch, status, code, detail } = what;
  const { project, channel } = batch;
  const at = parts.clock.now();
  if (status === "failed") {
    await delivery.onChannelTrouble({ project, channel, type: "failed", code, detail, at });
  }
  const attempt: Attempt = { at, isSent: false, code, detail };
  const settled = batch.notifications.map(({ id, notBeforeAt }): SettledNotification => {
    return { id, status, attempt, notBeforeAt, isDigested: false };
  });
  await parts.store.settleNotifications(batch, settled, null);
}

async function settle(
  { store }: EngineParts,
  parcel: Parcel,
  thread: string | null,
  judge: (notification: Notification) => Omit<SettledNotification, "id" | "isDigested">,
): Promise<void> {
  const settleBatch = (batch: NotificationBatch): Promise<void> => {
    const settled = batch.notifications.map((notification): SettledNotification => {
      const judged = judge(notification);
      return { ...judged, id: notification.id, isDigested: parcel.isDigest && judged.status === "sent" };
    });
    return store.settleNotifications(batch, settled, thread);
  };
  await Promise.all(parcel.batches.map(settleBatch));
}

/**
 * Doubles with every attempt, within bounds; the upper half of it is chance, so that what failed together does not
 * come back together. A receiver that says when to come again is obeyed.
 */
function retryDelayMs({ ids }: EngineParts, { batches }: Parcel, { retryAfterMs }: Failure): number {
  const tried = Math.max(
    ...batches.flatMap(({ notifications }) => notifications.map((each) => each.attempts.length)),
  );
  const wholeMs = Math.min(LIMITS.retryFirstMs * 2 ** Math.min(tried, 20), LIMITS.retryLongestMs);
  const delayMs = Math.round(wholeMs / 2 + (wholeMs / 2) * ids.chance());
  return Math.max(delayMs, Math.min(retryAfterMs ?? 0, LIMITS.retryAfterLongestMs));
}

async function tellRecovery(
  parts: EngineParts,
  delivery: Delivery,
  { project, channel, at }: { project: string; channel: string; at: number },
): Promise<void> {
  const snapshot = await parts.store.loadProject(project);
  if (snapshot?.state.channelIncidents[channel] === undefined) return;
  await delivery.onChannelTrouble({ project, channel, type: "recovered", code: "sent", detail: "", at });
}
