/**
 * Proofs that were shown, so that none is shown twice for different things: one script answers who was first.
 * In the home of the project: `proofs` (id → use) and `proofs:until` (ids by their end).
 */
import { LIMITS } from "../../../domain/limits.ts";
import type { BoundaryStore } from "../../../ports/boundary-store.ts";
import argumentsPart from "../lua/arguments.lua";
import claimProof from "../lua/claim-proof.lua";
import type { RedisParts } from "../parts.ts";
import { homeOf } from "../places.ts";
import { scriptOf } from "../connection/scripts.ts";

const CLAIM_PROOF = scriptOf("claim-proof", argumentsPart, claimProof);

export function proofSection({ connection, places }: RedisParts): Pick<BoundaryStore, "claimProof"> {
  return {
    async claimProof({ project, id, use, nowAt, untilAt }) {
      const home = homeOf(project);
      await places.enter(home);
      const limit = LIMITS.proofUsesPerProject;
      const answer = await connection.run(CLAIM_PROOF, home, id, use, nowAt, untilAt, limit);
      return answer as "first" | "same" | "other";
    },
  };
}
