/** What the trust boundary leaves behind: refusals, proofs that were shown, what guards told, verifications. */
import type { BoundaryStore } from "../../ports/boundary-store.ts";
import type { Connection } from "./connection.ts";
import { guardSection, guardWrites } from "./guards.ts";
import { proofSection, proofWrites } from "./proofs.ts";
import { rejectionSection, rejectionWrites } from "./rejections.ts";
import type { Statements } from "./statements.ts";
import { verificationSection, verificationWrites } from "./verifications.ts";

export function boundarySection(connection: Connection): BoundaryStore {
  return {
    ...rejectionSection(connection),
    ...proofSection(connection),
    ...guardSection(connection),
    ...verificationSection(connection),
  };
}

export function boundaryWrites(statements: Statements) {
  return {
    ...rejectionWrites(statements),
    ...proofWrites(statements),
    ...guardWrites(statements),
    ...verificationWrites(statements),
  };
}
