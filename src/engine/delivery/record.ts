/** Writes down what came of a message: sent, to be tried again at a certain instant, dropped, or given up. */
import type { ChannelTrouble } from "../../domain/decide-project.ts";
import { isUnavailable } from "../../domain/errors.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { Attempt, Notification } from "../../domain/notification.ts";
import type { SendResult } from "../../ports/channel.ts";
import type { NotificationBatch, SettledNotification } from "../../ports/store.ts";
import type { EngineParts } from "../parts.ts";
import type { Parcel } from "./collapse.ts";
import type { Delivery } from "./deliver.ts";
import { loggable } from "./loggable.ts";

export interface ChannelTroubleEvent extends Omit<ChannelTrouble, "channels"> {
  project: string;
  at: number;
}

type Failure = Extract<SendResult, { isSent: false }>;

/** What was tried, and what came of it. */
export interface Tried {
  parcel: Parcel;
  kind: string;
  result: SendResult;
  at: number;
}

/**
 * Writes it down. What was sent while the store was away is remembered and written later (`recordAgain`), so that nobody is
 * told twice only because it could not be written; what was not sent is tried again in any case. Never throws.
 */
export async function recordResult(parts: EngineParts, delivery: Recording, tried: Tried): Promise<void> {
  const { project, channel } = tried.parcel;
  countAttempt(parts, tried);
  try {
    await record(parts, delivery, tried);
  } catch (error) {
    if (tried.result.isSent && isUnavailable(error)) delivery.unrecorded.add(tried);
    parts.log.error("a message could not be settled", { project, channel, ...loggable(error) });
  }
}

/** Writes what was sent and could not be written before; what still cannot be stays for the next time. Never throws. */
export async function recordAgain(parts: EngineParts, delivery: Recording): Promise<void> {
  const again = async (tried: Tried): Promise<void> => {
    const { project, channel } = tried.parcel;
    // Nobody else takes it meanwhile.
    delivery.unrecorded.delete(tried);
    try {
      await record(parts, delivery, tried);
      parts.log.info("a message that could not be settled is settled now", { project, channel });
    } catch (error) {
      if (isUnavailable(error)) delivery.unrecorded.add(tried);
      else parts.log.error("a message could not be settled", { project, channel, ...loggable(error) });
    }
  };
  await Promise.all([...delivery.unrecorded].map(again));
}

/** Counted once, however often it has to be written. */
function countAttempt({ metrics, log }: EngineParts, tried: Tried): void {
  const { parcel, kind, result } = tried;
  const { project, channel } = parcel;
  if (result.isSent) {
    metrics?.countAttempt({ kind, result: "sent" });
    return;
  }
  const { code, isPermanent } = result;
  log.warn("a message was not sent", { project, channel, code, isPermanent });
  metrics?.countAttempt({ kind, result: isAnyGivenUp(tried) ? "given_up" : "retry" });
}

type Recording = Pick<Delivery, "unrecorded" | "onChannelTrouble">;

async function record(parts: EngineParts, delivery: Recording, { parcel, result, at }: Tried): Promise<void> {
  if (result.isSent) {
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
  if (isAnyGivenUp({ parcel, result, at })) {
    // Before settling: should this fail, the messages stay pending and the trouble is told the next time.
    await delivery.onChannelTrouble({ project, channel, type: "failed", code, detail, at });
  }
  const notBeforeAt = at + retryDelayMs(parts, parcel, result);
  await settle(parts, parcel, result.thread, (notification) => ({
    status: isGivenUp(notification, { result, at }) ? "failed" : "pending",
    attempt,
    notBeforeAt,
  }));
}

function isAnyGivenUp({ parcel, ...of }: Omit<Tried, "kind">): boolean {
  return parcel.batches.some(({ notifications }) => notifications.some((one) => isGivenUp(one, of)));
}

function isGivenUp({ createdAt }: Notification, { result, at }: Pick<Tried, "result" | "at">): boolean {
  return (!result.isSent && result.isPermanent) || at - createdAt >= LIMITS.outboxGiveUpMs;
}

/** For messages that have no channel to go to, or that nobody wants any more. */
export async function settleWithoutSending(
  parts: EngineParts,
  delivery: Pick<Delivery, "onChannelTrouble">,
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
  delivery: Recording,
  { project, channel, at }: { project: string; channel: string; at: number },
): Promise<void> {
  const snapshot = await parts.store.loadProject(project);
  const open = snapshot?.state.channelIncidents[channel];
  // What was sent before it failed, and is written only now, says nothing of how it is since.
  if (open === undefined || open.openedAt > at) return;
  await delivery.onChannelTrouble({ project, channel, type: "recovered", code: "sent", detail: "", at });
}
