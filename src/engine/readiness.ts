/** Whether this Rollcall can do its work now: for the probes that decide about traffic and restarts. */
import { durationInWords } from "../domain/duration.ts";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { LiveParts } from "./live-parts.ts";
import { countFailingChannels, dueLagMs } from "./vital-signs.ts";

export interface Readiness {
  isReady: boolean;
  /** One sentence for each thing that is wrong. */
  problems: readonly string[];
  /** How long the oldest due monitor has been waiting to be looked at, but for those that cannot be judged. */
  lagMs: number;
  /** With an open incident: what is told on them reaches nobody. No reason to send check-ins elsewhere. */
  failingChannels: number;
  /** Heartbeats in a row that did not arrive. No reason either: whoever misses them will tell. */
  failingHeartbeats: number;
}

export async function readiness(parts: LiveParts): Promise<Readiness> {
  const { store, log } = parts;
  const failingHeartbeats = parts.heartbeat.failures();
  try {
    await store.ping();
    const failingChannels = await countFailingChannels(parts);
    const lagMs = await dueLagMs(parts, parts.leftOut);
    const figures = { lagMs, failingChannels, failingHeartbeats };
    const problems = [deafness(parts), slowness(parts, lagMs)].filter((problem) => problem !== null);
    return { isReady: problems.length === 0, problems, ...figures };
  } catch (error) {
    log.error("the store does not answer a readiness probe", { error });
    const problems = [troubleOf(error)];
    return { isReady: false, problems, lagMs: 0, failingChannels: 0, failingHeartbeats };
  }
}

/** What a store says itself it says for people. */
function troubleOf(error: unknown): string {
  return error instanceof RollcallError ? error.message : "The store cannot be written: check its disk.";
}

/** Of a process that takes check-ins itself only `ping` is asked: it hears as soon as the store can be written. */
function deafness({ sharing, hearing, clock }: LiveParts): string | null {
  if (sharing?.isHearing !== false) return null;
  const signAt = hearing.lastSignAt();
  const silentMs = clock.now() - (signAt ?? 0);
  if (silentMs <= LIMITS.blindAfterMs) return null;
  const since = signAt === null ? "" : ` for ${durationInWords(silentMs)}`;
  return `No process that takes check-ins has given a sign of life${since}, and nothing is judged without: start one.`;
}

/**
 * A monitor that cannot be judged is a reason to tell, and none to send no more check-ins for the others (`delays`).
 * Where others judge, a process that hears goes on hearing: sent no check-ins because workers are slow, it would make of
 * late alarms false ones. Its answer says so all the same (`delays`).
 */
function slowness({ sharing }: LiveParts, lagMs: number): string | null {
  if (sharing?.isHearing === true || lagMs <= LIMITS.readyLagMs) return null;
  return `The oldest due window has been waiting for ${durationInWords(lagMs)}: ticks do not keep up.`;
}
