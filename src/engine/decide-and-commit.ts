/**
 * Load, decide, commit; and again when another writer was first. Nothing else in Rollcall locks. Within one process
 * decisions about a monitor take turns, so that a crowd of check-ins pushes nobody out, and nobody them.
 */
import type { MonitorEvent, Snapshot } from "../domain/change.ts";
import { decide, type Decision } from "../domain/decide/decide.ts";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { CommitOutcome } from "../ports/metrics.ts";
import type { Wanted } from "../ports/store.ts";
import { contextFor } from "./context.ts";
import type { LiveParts } from "./live-parts.ts";
import type { EngineParts } from "./parts.ts";

export interface Deciding {
  monitorId: string;
  wanted: Wanted;
  /** Instants around which rows are wanted too, where only the snapshot can name them. */
  windowsAlsoAt?: (snapshot: Snapshot) => readonly number[];
  /** Engine time of the decision, asked for once the snapshot is there; deadlines before it are judged first. */
  judgedAt: () => number;
  /**
   * Where several processes share the store, it refuses the decision after this. While the store is away each turn lasts
   * until it is given up: whoever stood in line so long is told at once, for the sum of them all has no end.
   */
  commitByAt?: number;
  /** May look at the snapshot; null: nothing to do. What it throws refuses, once what it has looked at is durable. */
  eventOf: (snapshot: Snapshot) => MonitorEvent | null;
}

/**
 * Whatever the event is, a blind spot that has just ended is recorded first: no deadline inside it may be judged
 * without it. What it gives back is durable, with everything it rests on. Throws `not_found` for an unknown monitor,
 * `unavailable` after too many rounds against other writers.
 */
export function decideAndCommit(parts: LiveParts, deciding: Deciding): Promise<Decided> {
  // The next turn begins as soon as this decision is accepted: it will see it, though it is not durable yet.
  return parts.turns.take(deciding.monitorId, (passOn) => inItsTurn(parts, deciding, passOn));
}

interface Decided {
  snapshot: Snapshot;
  decision: Decision;
}

async function inItsTurn(parts: LiveParts, deciding: Deciding, passOn: () => void): Promise<Decided> {
  assertInTime(parts, deciding);
  await parts.hearing.hear();
  let about: MonitorEvent | null = null;
  const rounds = parts.sharing === undefined ? LIMITS.staleRounds : LIMITS.sharedStaleRounds;
  for (let round = 0; round < rounds; round += 1) {
    // What is remembered usually still stands. If not, it is stale: whatever follows from it, `settle` asks, and a store
    // that says so has then forgotten it.
    const snapshot = await load(parts, { ...deciding, wanted: { ...deciding.wanted, mayBeOld: true } });
    if (snapshot === null) throw new RollcallError("not_found", "There is no such monitor.");
    const { event, refusal } = eventOrRefusal(snapshot, deciding);
    about = event;
    const decision = event === null ? NOTHING : await decideOn(parts, { snapshot, event, deciding });
    if ((await settle(parts, { snapshot, event, decision }, passOn)) === "stale") continue;
    if (refusal !== null) throw refusal.why;
    if (decision.proofsToAsk !== undefined) parts.proofs.ask(deciding.monitorId, decision.proofsToAsk);
    return { snapshot, decision };
  }
  countCommit(parts, about, "given_up");
  throw new RollcallError(
    "unavailable",
    "Too many writers at once for this monitor; nothing was kept. Try again.",
    {
      retryAfterSeconds: 1,
    },
  );
}

function assertInTime(parts: LiveParts, { commitByAt }: Deciding): void {
  if (parts.sharing === undefined || commitByAt === undefined || parts.clock.now() <= commitByAt) return;
  countCommit(parts, null, "given_up");
  throw new RollcallError(
    "unavailable",
    "Others for this monitor came before it and took too long; nothing was kept. Try again.",
    { retryAfterSeconds: 1 },
  );
}

const NOTHING: Decision = { change: null, receipt: null };

interface Said {
  event: MonitorEvent | null;
  refusal: { why: unknown } | null;
}

function eventOrRefusal(snapshot: Snapshot, { eventOf }: Deciding): Said {
  try {
    return { event: eventOf(snapshot), refusal: null };
  } catch (why) {
    return { event: null, refusal: { why } };
  }
}

interface Round {
  snapshot: Snapshot;
  deciding: Deciding;
}

async function decideOn(parts: LiveParts, round: Round & { event: MonitorEvent }): Promise<Decision> {
  const { snapshot, event, deciding } = round;
  const judgedAt = deciding.judgedAt();
  // A machine that slept while the snapshot was read must learn of it before it judges what was due meanwhile.
  await parts.hearing.hear();
  return decisionOf(parts, { snapshot, event, judgedAt });
}

/** What would follow from an event. Nothing is written by it, and nobody outside is asked. */
export async function decisionOf(
  parts: LiveParts,
  { snapshot, event, judgedAt }: { snapshot: Snapshot; event: MonitorEvent; judgedAt: number },
): Promise<Decision> {
  // Before the context is read: a blind spot that is not in it begins later than this.
  const settled =
    parts.sharing === undefined ? {} : { settledAt: parts.arrivals.judgeableAt(parts.clock.now()) };
  const context = { ...(await contextFor(parts, snapshot, { event, judgedAt })), ...settled };
  const decision = decide(snapshot, event, context);
  if (decision.subject === undefined || event.type !== "check_in") return decision;
  // Only deciding says which run the check-in ends, and so what the experts have to look at.
  const expert = await parts.experts.evaluate(snapshot.monitor.settings, decision.subject);
  return decide(snapshot, { ...event, expert }, context);
}

/** Where nothing follows, as of a duplicate or a refusal, the answer still rests on what others have just committed. */
async function settle(
  parts: LiveParts,
  { snapshot, event, decision }: Decided & { event: MonitorEvent | null },
  passOn: () => void,
): Promise<"committed" | "stale"> {
  const { store } = parts;
  const { change } = decision;
  try {
    if (change === null) passOn();
    const answer = await (change === null ? store.confirm(snapshot) : store.commit(change, passOn));
    countCommit(parts, event, answer === "committed" && change === null ? "unchanged" : answer);
    return answer;
  } catch (error) {
    countCommit(parts, event, "failed");
    throw error;
  }
}

function countCommit({ metrics }: LiveParts, about: MonitorEvent | null, outcome: CommitOutcome): void {
  metrics?.countCommit({ event: about?.type ?? "none", outcome });
}

export async function load(
  parts: EngineParts,
  deciding: Pick<Deciding, "monitorId" | "wanted" | "windowsAlsoAt">,
): Promise<Snapshot | null> {
  const { monitorId, wanted, windowsAlsoAt } = deciding;
  const snapshot = await parts.store.load(monitorId, wanted);
  const alsoAt = snapshot === null ? [] : (windowsAlsoAt?.(snapshot) ?? []);
  if (alsoAt.length === 0) return snapshot;
  return parts.store.load(monitorId, { ...wanted, windowsAt: [...(wanted.windowsAt ?? []), ...alsoAt] });
}
