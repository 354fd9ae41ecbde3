/**
 * When a quiet channel is tried with a message of its own. An alarm that nobody got is learned of too late, so the way
 * to people has to show that it works; whatever was delivered on it shows that, and a busy channel is left alone.
 */
import { durationText } from "./duration.ts";
import { invalid } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** What somebody has chosen, as it is kept: 0 and null are never. Throws `invalid_request`. */
export function readSelfTestEvery(given: number | null | undefined): number | null {
  const everyMs = selfTestEveryOf(given);
  if (everyMs === null || everyMs === 0) return null;
  const { shortestSelfTestMs: shortest, longestSelfTestMs: longest } = LIMITS;
  if (everyMs >= shortest && everyMs <= longest) return everyMs;
  const allowed = `${durationText(shortest)} to ${durationText(longest)} is allowed, or null for never`;
  throw invalid([{ field: "self_test_every", message: `${durationText(everyMs)} is no good: ${allowed}` }]);
}

/** What holds where nothing was chosen. */
export function selfTestEveryOf(kept: number | null | undefined): number | null {
  return kept === undefined ? LIMITS.selfTestEveryMs : kept;
}

/**
 * The latest instant up to now at which the channel was to be tried; null when there is none. It stays the same until
 * something is delivered or the next try is due, so it names the try. A try that fails may take a day to be given up,
 * and none is added before that.
 */
export function selfTestDueAt(
  channel: { createdAt: number; lastSentAt: number | null; everyMs: number },
  nowAt: number,
): number | null {
  const { createdAt, lastSentAt, everyMs } = channel;
  const firstAt = Math.max(createdAt, lastSentAt ?? createdAt) + everyMs;
  if (firstAt > nowAt) return null;
  const againMs = Math.max(everyMs, LIMITS.outboxGiveUpMs + LIMITS.retryAfterLongestMs);
  return firstAt + Math.floor((nowAt - firstAt) / againMs) * againMs;
}
