/** What the trust boundary leaves behind: refusals, proofs that were shown, what guards told, verifications. */
import type { BoundaryStore } from "../../ports/boundary-store.ts";
import { amendingIn } from "./amending.ts";
import { guardSection } from "./boundary/guards.ts";
import type { RedisParts } from "./parts.ts";
import { proofSection } from "./boundary/proofs.ts";
import { rejectionSection } from "./boundary/rejections.ts";
import { verificationSection } from "./boundary/verifications.ts";

export function boundarySection(parts: RedisParts): BoundaryStore {
  const amending = amendingIn(parts);
  return {
    ...rejectionSection(parts, amending),
    ...proofSection(parts),
    ...guardSection(parts, amending),
    ...verificationSection(parts, amending),
  };
}
