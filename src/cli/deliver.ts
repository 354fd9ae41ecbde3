/** Delivers check-ins: one at once, or everything in the spool in the order in which it happened. */
import { checkIn as send, projectOfKey } from "../client/check-in.ts";
import { ClientError } from "../client/request.ts";
import { durationInWords } from "../domain/duration.ts";
import { LIMITS } from "../domain/limits.ts";
import { listSpool, putBack, recover, remove, setAside, take } from "./spool.ts";
import type { Spool } from "./spool.ts";
import type { SpooledCheckIn } from "./spooled-check-in.ts";

export type Delivery =
  /** Null, or what of it could not be read. */
  | { result: "delivered"; remark: string | null }
  /** It never will be: waiting is of no use. */
  | { result: "refused"; why: string; isKeyRefused: boolean }
  /** It may be later. */
  | { result: "failed"; why: string; retryAfterMs: number | null };

interface How {
  /** Tells Rollcall that it happened earlier, at `sentAt`. */
  isLate: boolean;
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Never throws: every trouble is one of the three results. */
export async function deliver(checkIn: SpooledCheckIn, how: How): Promise<Delivery> {
  try {
    await send(
      { url: checkIn.url, key: checkIn.key, timeoutMs: how.timeoutMs },
      {
        monitor: checkIn.monitor,
        kind: checkIn.kind,
        runId: checkIn.runId,
        trigger: checkIn.isManual ? "manual" : "schedule",
        scheduledForAt: checkIn.scheduledForAt,
        sentAt: checkIn.sentAt,
        occurredAt: how.isLate ? checkIn.sentAt : null,
        durationMs: checkIn.durationMs,
        idempotencyKey: checkIn.idempotencyKey,
        body: checkIn.body,
        ...(how.signal ? { signal: how.signal } : {}),
      },
    );
    return { result: "delivered", remark: null };
  } catch (error) {
    return resultOf(error);
  }
}

/**
 * A refusal counts only in Rollcall's own words: the 404 of a proxy whose Rollcall is just being restarted
 * looks the same by its number.
 */
function resultOf(error: unknown): Delivery {
  if (!(error instanceof ClientError)) {
    return {
      result: "failed",
      why: error instanceof Error ? error.message : "unknown trouble",
      retryAfterMs: null,
    };
  }
  const why = error.message;
  if (error.isKept) return { result: "delivered", remark: why };
  if (error.code === "wrong_setting") return { result: "refused", why, isKeyRefused: false };
  const status = error.status ?? 0;
  const isForGood =
    error.code === "not_rollcall"
      ? status >= 300 && status < 400
      : status >= 400 && status < 500 && ![408, 425, 429].includes(status);
  if (isForGood) return { result: "refused", why, isKeyRefused: status === 401 || status === 403 };
  return {
    result: "failed",
    why,
    retryAfterMs: error.retryAfterSeconds === null ? null : error.retryAfterSeconds * 1_000,
  };
}

export interface SpoolPass {
  delivered: SpooledCheckIn[];
  refused: { checkIn: SpooledCheckIn; why: string }[];
  damaged: number;
  /** Still waiting, or with another sender. */
  left: number;
  /** Why something was left, in the words of the last failure. */
  why: string | null;
  /** How long the server asked to be left alone. */
  retryAfterMs: number | null;
}

/**
 * One pass over the spool. Of each run the oldest goes first, and nothing of it goes while an older one of it
 * waits or is with another sender: a finish that overtook its start would begin a second run.
 */
export async function deliverSpool(
  spool: Spool,
  how: { timeoutMs: number; signal?: AbortSignal; currentKey: string | null },
): Promise<SpoolPass> {
  const pass: SpoolPass = { delivered: [], refused: [], damaged: 0, left: 0, why: null, retryAfterMs: null };
  await recover(spool);
  const files = await listSpool(spool);
  const heldRuns = new Set(files.filter((file) => file.takenAt !== null).map((file) => file.run));
  const strikes = new Map<string, number>();
  for (const file of files) {
    if (how.signal?.aborted) break;
    if (heldRuns.has(file.run)) continue;
    const found = await take(spool, file);
    if (found === "damaged") pass.damaged += 1;
    if (found === null) heldRuns.add(file.run);
    if (found === null || found === "damaged") continue;

    const { taken, checkIn } = found;
    const isServerLeftAlone = (strikes.get(checkIn.url) ?? 0) >= LIMITS.spoolStrikes;
    const isOvertaking = (await listSpool(spool)).some(
      (other) => other.run === file.run && other.waitingName < file.waitingName,
    );
    const delivery = isServerLeftAlone || isOvertaking ? null : await deliverKept(checkIn, { ...how, spool });
    if (delivery?.result === "delivered") {
      await remove(spool, taken);
      pass.delivered.push(checkIn);
    } else if (delivery?.result === "refused") {
      await setAside(spool, { taken, checkIn, why: delivery.why });
      pass.refused.push({ checkIn, why: delivery.why });
    } else {
      await putBack(spool, taken);
      heldRuns.add(file.run);
      if (delivery === null) continue;
      strikes.set(checkIn.url, (strikes.get(checkIn.url) ?? 0) + 1);
      pass.why = delivery.why;
      pass.retryAfterMs = delivery.retryAfterMs ?? pass.retryAfterMs;
    }
  }
  pass.left = (await listSpool(spool)).length;
  return pass;
}

async function deliverKept(
  checkIn: SpooledCheckIn,
  how: { timeoutMs: number; signal?: AbortSignal; currentKey: string | null; spool: Spool },
): Promise<Delivery> {
  if (how.spool.now() - checkIn.sentAt > LIMITS.lateDeliveryMs) {
    const why = `It is older than ${durationInWords(LIMITS.lateDeliveryMs)}, which is as late as a check-in may come.`;
    return { result: "refused", why, isKeyRefused: false };
  }
  const late = { ...how, isLate: true };
  const first = await deliver(checkIn, late);
  if (first.result !== "refused" || !first.isKeyRefused) return first;
  // The key may have been rotated since: the present one of the same project may speak for it.
  const { currentKey } = how;
  const isOther = currentKey !== null && currentKey !== checkIn.key;
  if (!isOther || projectOfKey(currentKey) !== projectOfKey(checkIn.key)) return first;
  const second = await deliver({ ...checkIn, key: currentKey }, late);
  return second.result === "refused" ? first : second;
}
