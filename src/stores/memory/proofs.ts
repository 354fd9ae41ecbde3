/** Proofs that were shown, so that none is shown twice for different things. */
import { LIMITS } from "../../domain/limits.ts";
import type { BoundaryStore } from "../../ports/boundary-store.ts";
import { by } from "../order.ts";
import { keyOf, type Tables } from "./tables.ts";

export function proofSection({ proofUses }: Tables): Pick<BoundaryStore, "claimProof"> {
  return {
    async claimProof({ project, id, use, nowAt, untilAt }) {
      const key = keyOf(project, id);
      const known = proofUses.get(key);
      if (known !== undefined && known.untilAt >= nowAt) {
        known.untilAt = Math.max(known.untilAt, untilAt);
        return known.use === use ? "same" : "other";
      }
      proofUses.delete(key);
      if (proofUses.size >= LIMITS.proofUsesPerProject) makeRoom(proofUses, project);
      proofUses.set(key, { project, id, use, untilAt });
      return "first";
    },
  };
}

function makeRoom(proofUses: Tables["proofUses"], project: string): void {
  const kept = [...proofUses.values()].filter((proof) => proof.project === project);
  const surplus = Math.max(0, kept.length + 1 - LIMITS.proofUsesPerProject);
  const endFirst = by<(typeof kept)[number]>(
    ({ untilAt }) => untilAt,
    ({ id }) => id,
  );
  for (const { id } of kept.sort(endFirst).slice(0, surplus)) proofUses.delete(keyOf(project, id));
}
