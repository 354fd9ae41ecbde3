/** What the trust boundary leaves behind: refusals, proofs that were shown, what guards told, verifications. */
import type { BoundaryStore } from "../../ports/boundary-store.ts";
import { amendingIn } from "./amending.ts";
import { guardSection } from "./guards.ts";
import type { RedisParts } from "./parts.ts";
import { proofSection } from "./proofs.ts";
import { rejectionSection } from "./rejections.ts";
import { verificationSection } from "./verifications.ts";

export function boundarySection(parts: RedisParts): BoundaryStore {
  const amending = amendingIn(parts);
  return {
    ...rejectionSection(parts, amending),
    ...proofSection(parts),
    ...guardSection(parts, amending),
    ...verificationSection(parts, amending),
  };
}
