/** What the trust boundary leaves behind: refusals, proofs that were shown, what guards told, verifications. */
import type { BoundaryStore } from "../../ports/boundary-store.ts";
import { guardSection } from "./guards.ts";
import { proofSection } from "./proofs.ts";
import { rejectionSection } from "./rejections.ts";
import type { Tables } from "./tables.ts";
import { verificationSection } from "./verifications.ts";

export function boundarySection(tables: Tables): BoundaryStore {
  return {
    ...rejectionSection(tables),
    ...proofSection(tables),
    ...guardSection(tables),
    ...verificationSection(tables),
  };
}
