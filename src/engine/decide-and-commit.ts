/** Load, decide, commit; and again when another writer was first. Nothing else in Rollcall locks. */
import type { MonitorEvent, Snapshot } from "../domain/change.ts";
import { decide, type Decision } from "../domain/decide/decide.ts";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Wanted } from "../ports/store.ts";
import { contextFor } from "./context.ts";
import type { LiveParts } from "./live-parts.ts";

export interface Deciding {
  monitorId: string;
  wanted: Wanted;
  /** Instants around which rows are wanted too, where only the snapshot can name them. */
  windowsAlsoAt?: (snapshot: Snapshot) => readonly number[];
  /** Engine time of the decision; deadlines before it are judged first. */
  judgedAt: number;
  /** May look at the snapshot; null: nothing to do. */
  eventOf: (snapshot: Snapshot) => MonitorEvent | null;
}

/**
 * Whatever the event is, a blind spot that has just ended is recorded first: no deadline inside it may be judged
 * without it. Throws `not_found` for an unknown monitor, `unavailable` after too many rounds against other writers.
 */
export async function decideAndCommit(
  parts: LiveParts,
  deciding: Deciding,
): Promise<{ snapshot: Snapshot; decision: Decision }> {
  await parts.hearing.hear();
  for (let round = 0; round < LIMITS.staleRounds; round += 1) {
    const snapshot = await load(parts, deciding);
    if (snapshot === null) throw new RollcallError("not_found", "There is no such monitor.");
    const event = deciding.eventOf(snapshot);
    if (event === null) return { snapshot, decision: { change: null, receipt: null } };
    const context = await contextFor(parts, snapshot, { event, judgedAt: deciding.judgedAt });
    const decision = decide(snapshot, event, context);
    if (decision.change === null) return { snapshot, decision };
    if ((await parts.store.commit(decision.change)) === "committed") return { snapshot, decision };
  }
  throw new RollcallError(
    "unavailable",
    "Too many writers at once for this monitor; nothing was kept. Try again.",
    {
      retryAfterSeconds: 1,
    },
  );
}

async function load(parts: LiveParts, deciding: Deciding): Promise<Snapshot | null> {
  const { monitorId, wanted, windowsAlsoAt } = deciding;
  const snapshot = await parts.store.load(monitorId, wanted);
  const alsoAt = snapshot === null ? [] : (windowsAlsoAt?.(snapshot) ?? []);
  if (alsoAt.length === 0) return snapshot;
  return parts.store.load(monitorId, { ...wanted, windowsAt: [...(wanted.windowsAt ?? []), ...alsoAt] });
}
