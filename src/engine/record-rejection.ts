/** A refused check-in is kept as evidence, and an open incident about a missing run learns of it. */
import type { RejectionSighting } from "../ports/records.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { EngineParts } from "./parts.ts";

/** Never opens or closes an incident. */
export async function recordRejection(parts: EngineParts, sighting: RejectionSighting): Promise<void> {
  await parts.store.addRejection(sighting);
  const { monitorId } = sighting;
  if (monitorId === null) return;
  const rejection = { at: sighting.at, reason: sighting.reason };
  await decideAndCommit(parts, {
    monitorId,
    wanted: {},
    judgedAt: Math.max(sighting.at, parts.clock.now()),
    eventOf: ({ monitor, state }) => {
      const isConcerned = monitor.deletedAt === null && state.incident?.kind === "missing";
      return isConcerned ? { type: "rejected", rejection } : null;
    },
  });
}
