/** Runs the whole contract of the store against every store there is. */
import { describe } from "vitest";
import { boundaryContract } from "./boundary.ts";
import { commitContract } from "./commits.ts";
import { groupCommitContract } from "./group-commits.ts";
import { guardContract } from "./guards.ts";
import { hearingContract } from "./hearing.ts";
import { ledgerContract } from "./ledger.ts";
import { monitorContract } from "./monitors.ts";
import { openingContract } from "./opening.ts";
import { outboxContract } from "./outbox.ts";
import { projectContract } from "./project.ts";
import { proofContract } from "./proofs.ts";
import { retentionContract } from "./retention.ts";
import { settlingContract } from "./settling.ts";
import { transferContract } from "./transfer.ts";
import { KINDS, storeTrial } from "./trial.ts";
import { verificationContract } from "./verifications.ts";

for (const kind of KINDS) {
  describe(`the ${kind.name} store`, () => {
    const trial = storeTrial(kind);
    monitorContract(trial);
    commitContract(trial);
    groupCommitContract(trial);
    ledgerContract(trial);
    projectContract(trial);
    boundaryContract(trial);
    proofContract(trial);
    guardContract(trial);
    verificationContract(trial);
    outboxContract(trial);
    settlingContract(trial);
    hearingContract(trial);
    retentionContract(trial);
    openingContract(trial);
    transferContract(trial);
  });
}
