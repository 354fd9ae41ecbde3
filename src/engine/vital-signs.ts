/** How the whole Rollcall is, whichever process is asked: what is kept in the store, for those who run it. */
import { durationInWords } from "../domain/duration.ts";
import { LIMITS } from "../domain/limits.ts";
import { inSlices } from "./in-slices.ts";
import type { LiveParts } from "./live-parts.ts";
import type { EngineParts } from "./parts.ts";

export interface VitalSigns {
  /** How long the oldest due monitor has been waiting to be looked at. */
  dueLagMs: number;
  /** How long the message that waits longest could have been sent already; 0: none waits. */
  outboxAgeMs: number;
  /** With an open incident: what is told on them reaches nobody. */
  failingChannels: number;
  /** Since the latest sign of life of any process that hears; null: there was none yet. */
  hearingAgeMs: number | null;
  /** In the last day: how long nothing could be heard, and how often that was. */
  blindMs: number;
  blindSpots: number;
}

const DAY_MS = 24 * 3_600_000;

/** Throws when the store cannot be read. */
export async function vitalSigns(parts: EngineParts): Promise<VitalSigns> {
  const { store, clock } = parts;
  const sinceAt = clock.now() - DAY_MS;
  const [due, failingChannels, signAt, spots, sendableAt] = await Promise.all([
    dueLagMs(parts),
    countFailingChannels(parts),
    store.lastSignOfLifeAt(),
    store.listBlindSpots(sinceAt),
    // As asked at the beginning of time, so that the answer is when it was ready, and not that it is.
    store.nextNotificationAt(0),
  ]);
  const nowAt = clock.now();
  const lengths = spots.map(({ fromAt, toAt }) => Math.max(0, toAt - Math.max(fromAt, sinceAt)));
  return {
    dueLagMs: due,
    outboxAgeMs: sendableAt === null ? 0 : Math.max(0, nowAt - sendableAt),
    failingChannels,
    hearingAgeMs: signAt === null ? null : Math.max(0, nowAt - signAt),
    blindMs: lengths.reduce((sum, lengthMs) => sum + lengthMs, 0),
    blindSpots: spots.length,
  };
}

/** A sentence for each kind of work that nobody does in time, whichever process would have to. Throws as above. */
export async function delays(parts: LiveParts): Promise<readonly string[]> {
  const { store, clock, leftOut } = parts;
  // As above.
  const [lagMs, sendableAt] = await Promise.all([dueLagMs(parts, leftOut), store.nextNotificationAt(0)]);
  const waitingMs = sendableAt === null ? 0 : clock.now() - sendableAt;
  const keepsUp = parts.sharing === undefined ? "this process keeps up" : "workers run and keep up";
  const due = `What was due ${durationInWords(lagMs)} ago is not judged yet: see that ${keepsUp}.`;
  const sent = `A message has been waiting to be sent for ${durationInWords(waitingMs)}: see that ${keepsUp}.`;
  const failed = `Monitors that cannot be judged, so that nobody is alarmed for them: ${leftOut.size}. The log says why.`;
  return [
    ...(leftOut.size > 0 ? [failed] : []),
    ...(lagMs > LIMITS.readyLagMs ? [due] : []),
    ...(waitingMs > LIMITS.readyLagMs ? [sent] : []),
  ];
}

/** `leftOut`: those say nothing of how quickly the others are judged. */
export async function dueLagMs(
  { store, clock }: EngineParts,
  leftOut: ReadonlyMap<string, number> = new Map(),
): Promise<number> {
  const nowAt = clock.now();
  const due = await store.dueMonitors(nowAt, 1 + leftOut.size);
  const oldest = due.find(({ id }) => !leftOut.has(id));
  return oldest === undefined ? 0 : Math.max(0, nowAt - oldest.dueAt);
}

export async function countFailingChannels({ store }: EngineParts): Promise<number> {
  const counts = await inSlices(await store.listProjects(), LIMITS.projectsAtOnce, async ({ name }) => {
    const snapshot = await store.loadProject(name);
    return Object.keys(snapshot?.state.channelIncidents ?? {}).length;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
