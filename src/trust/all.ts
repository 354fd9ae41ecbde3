/** The boundary as it stands: every proof that Rollcall knows, one line each. */
import type { Clock, Vault } from "../ports/outside.ts";
import type { Store } from "../ports/store.ts";
import type { Trust } from "../ports/trust.ts";
import { createAddresses } from "./addresses.ts";
import { createKeyProofs } from "./keys.ts";
import { createProofLimiter } from "./proof-limiter.ts";

export function createTrust(parts: {
  store: Store;
  vault: Vault;
  clock: Clock;
  /** Addresses and ranges whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
}): Trust {
  return {
    ...createKeyProofs(parts),
    limiter: createProofLimiter(parts),
    addresses: createAddresses(parts.trustedProxies),
  };
}
