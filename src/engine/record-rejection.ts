/** A refused check-in or call is kept as evidence, and an open incident about a missing run learns of it. */
import type { RejectionMark } from "../domain/hearing.ts";
import { LIMITS } from "../domain/limits.ts";
import { isAnybodys } from "../domain/trust/next-steps.ts";
import type { RejectionSighting } from "../ports/records.ts";
import { judgeableNow } from "./arrivals.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { LiveParts } from "./live-parts.ts";

/** Never opens or closes an incident. */
export async function recordRejection(parts: LiveParts, sighting: RejectionSighting): Promise<void> {
  await parts.store.addRejection(sighting);
  const { monitorId, at, reason } = sighting;
  if (monitorId !== null) await learnOfRejections(parts, { monitorId, latest: { at, reason } });
}

/** A call was let in, and its route is in the store: an incident that says that nobody called is to say so no longer. */
export async function learnOfCall(parts: LiveParts, monitorId: string): Promise<void> {
  await decideAndCommit(parts, {
    monitorId,
    wanted: {},
    judgedAt: () => judgeableNow(parts),
    eventOf: ({ monitor, state }) =>
      monitor.deletedAt === null && state.incident?.phase === "not_dispatched" ? { type: "called" } : null,
  });
}

/** Refusals are in the store, the latest of them given: decides anew about all that are near the missing run. */
export async function learnOfRejections(
  parts: LiveParts,
  { monitorId, latest }: { monitorId: string; latest: RejectionMark },
): Promise<void> {
  await decideAndCommit(parts, {
    monitorId,
    wanted: {},
    judgedAt: () => Math.max(latest.at, judgeableNow(parts)),
    eventOf: ({ monitor, state }) => {
      const { incident } = state;
      const isConcerned = monitor.deletedAt === null && incident?.kind === "missing";
      // Once the title says "or more" there is nothing left to write: a flood must not crowd out real check-ins.
      const isCountedOut =
        incident?.phase === "rejected_at_boundary" &&
        incident.rejections >= LIMITS.rejectionsCounted &&
        isAnybodys(latest.reason);
      return isConcerned && !isCountedOut ? { type: "rejected", rejection: latest } : null;
    },
  });
}
