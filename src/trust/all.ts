/** The boundary as it stands: every proof that Rollcall knows, one line each. */
import type { Clock, Vault } from "../ports/outside.ts";
import type { Store } from "../ports/store.ts";
import type { Trust } from "../ports/trust.ts";
import { createAddresses } from "./addresses.ts";
import { createCheckInProofs } from "./check-in-proofs.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import { createKeyProofs } from "./keys.ts";
import { createProofLimiter } from "./proof-limiter.ts";
import { createReadyBoundaries } from "./ready-boundaries.ts";

export function createTrust(parts: {
  store: Store;
  vault: Vault;
  clock: Clock;
  /** Addresses and ranges whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  issuerKeys: IssuerKeys;
  /** Who shows it may make projects; null: nobody may. */
  instanceKey: string | null;
}): Trust {
  const keys = createKeyProofs(parts);
  const proofs = createCheckInProofs({ ...parts, keys, boundaries: createReadyBoundaries(parts) });
  return {
    ...proofs,
    identify: keys.identify,
    recall: keys.recall,
    hasInstanceKey: parts.instanceKey !== null,
    limiter: createProofLimiter(parts),
    addresses: createAddresses(parts.trustedProxies),
  };
}
