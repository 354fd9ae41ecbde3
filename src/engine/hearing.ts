/**
 * Whether Rollcall can hear: a sign of life is stored every few seconds, and a longer gap between two of them is
 * a blind spot, whatever made it. It is recorded before anything else is decided. Where several processes hear, the
 * signs of all count: only what none of them heard is a blind spot.
 */
import { LIMITS } from "../domain/limits.ts";
import type { BlindSpot } from "../domain/hearing.ts";
import { announceBlindSpots, latelyBlind } from "./announce-blind-spot.ts";
import type { EngineClock, Standstill } from "./engine-clock.ts";
import type { EngineParts } from "./parts.ts";

export interface Hearing {
  /**
   * Notes that Rollcall hears now; stores a sign of life if one is due and records the blind spot that may have
   * just ended. Callers at the same time wait for each other. Throws when the store cannot be written.
   */
  hear(): Promise<void>;
  /** The last stored sign of life that this process knows of. */
  lastSignAt(): number | null;
  /**
   * Nothing comes in from now on, while what is under way comes to its end: no further sign of life is stored by this
   * process. Twice is harmless.
   */
  end(): void;
  /** When that was; null while it hears. */
  endedAt(): number | null;
}

export function createHearing(
  parts: EngineParts & { clock: EngineClock },
  last: { signAt: number | null },
): Hearing {
  const isShared = parts.sharing !== undefined;
  const everyMs = isShared ? LIMITS.sharedSignOfLifeMs : LIMITS.signOfLifeMs;
  let signAt = last.signAt;
  /** The last one of this process's own. */
  let storedAt: number | null = null;
  let underway: Promise<void> | null = null;
  let endedAt: number | null = null;
  // Kept until they are written and told: the store may be unreachable just then.
  let standstill: Standstill | null = null;
  // Null: not known yet.
  let unannounced: readonly BlindSpot[] | null = null;

  const heardByAny = async (nowAt: number): Promise<Heard> => {
    const latestAt = await parts.store.lastSignOfLifeAt();
    // What others recorded meanwhile may still be to be told: who recorded it may have died.
    if (signAt !== null && nowAt - signAt > LIMITS.blindAfterMs) unannounced = null;
    if (isBefore(standstill?.at ?? null, latestAt)) standstill = null;
    return { signAt: latestAt, isLost: isBefore(latestAt, storedAt) };
  };

  const record = async (nowAt: number): Promise<void> => {
    const heard = isShared ? await heardByAny(nowAt) : { signAt, isLost: false };
    // Until a sign of the others can have come nothing is known; and without signs nothing is judged.
    const isHeld = isShared && standstill !== null && nowAt - standstill.at <= LIMITS.standstillHeldMs;
    if (isHeld && isBlind(standstill)) return;
    const spot = spotBefore(nowAt, heard, standstill);
    if (spot !== null) {
      await parts.store.addBlindSpot(spot);
      parts.log.warn("blind spot", { fromAt: spot.fromAt, toAt: spot.toAt, cause: spot.cause });
      // Its end is a sign of life: should storing the next one fail, a spot of its own begins here.
      signAt = Math.max(spot.toAt, signAt ?? spot.toAt);
      standstill = null;
      if (unannounced !== null) unannounced = [...unannounced, spot];
    }
    await parts.store.signOfLife(nowAt);
    signAt = nowAt;
    storedAt = nowAt;
    standstill = null;
    // At the first sign also those that a crash kept an earlier process from telling.
    unannounced ??= await latelyBlind(parts, nowAt);
    unannounced = await announceBlindSpots(parts, unannounced);
  };

  const hear = (): Promise<void> => {
    // What is under way may have begun before a standstill that this caller comes after.
    if (underway !== null) return underway.then(hear);
    if (endedAt !== null) return Promise.resolve();
    const nowAt = parts.clock.now();
    standstill ??= parts.clock.takeStandstill();
    // A standstill ends between two signs: what is judged right after it must know of it.
    const isDue = signAt === null || nowAt - signAt >= everyMs || isBlind(standstill);
    if (!isDue) return Promise.resolve();
    underway = record(nowAt).finally(() => {
      underway = null;
    });
    return underway;
  };

  return {
    hear,
    lastSignAt: () => signAt,
    end: () => void (endedAt ??= parts.clock.now()),
    endedAt: () => endedAt,
  };
}

function isBlind(standstill: Standstill | null): boolean {
  return standstill !== null && standstill.steppedMs > LIMITS.blindAfterMs;
}

interface Heard {
  signAt: number | null;
  /** The store had a later sign, and has lost it: with it what was heard up to then, however short that was. */
  isLost: boolean;
}

function isBefore(oneAt: number | null, otherAt: number | null): boolean {
  return oneAt !== null && otherAt !== null && oneAt < otherAt;
}

/** The blind spot that ends now, if the gap since the last sign of life is long enough to be one. */
function spotBefore(
  nowAt: number,
  { signAt, isLost }: Heard,
  standstill: Standstill | null,
): BlindSpot | null {
  if (signAt !== null && (isLost || nowAt - signAt > LIMITS.blindAfterMs)) {
    return { id: `blind-${signAt}`, fromAt: signAt, toAt: nowAt, cause: "stopped" };
  }
  if (standstill === null || !isBlind(standstill)) return null;
  return {
    // An outage may begin at the very instant at which the clock stood still; it is another spot.
    id: `blind-${standstill.at}-back`,
    fromAt: standstill.at,
    toAt: standstill.at,
    cause: "clock_stepped_back",
  };
}
