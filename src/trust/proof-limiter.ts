/** Counts failed proofs by address, so that guessing is slow and costs no look into the store. */
import { keyIdOf } from "../domain/key-text.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Clock, Vault } from "../ports/outside.ts";
import type { ProofLimiter } from "../ports/trust.ts";

const MINUTE_MS = 60_000;

export function createProofLimiter({ clock, vault }: { clock: Clock; vault: Vault }): ProofLimiter {
  const failures = new Map<string, { sinceAt: number; count: number }>();
  /** Made from hashes: a credential itself is not kept in memory longer than its request. */
  const good = new Set<string>();
  // A key's own id, so that nothing is hashed for each of its good proofs.
  const nameOf = (credential: string): string => keyIdOf(vault.hash(credential.trim()));

  return {
    waitSeconds({ addressPrefix, credential }) {
      const failed = failures.get(addressPrefix);
      const leftMs = failed === undefined ? 0 : failed.sinceAt + MINUTE_MS - clock.now();
      if (failed === undefined || leftMs <= 0 || failed.count < LIMITS.failedProofsPerMinute) return null;
      if (credential !== null && good.has(nameOf(credential))) return null;
      return Math.ceil(leftMs / 1_000);
    },
    failed({ addressPrefix, credential }) {
      if (credential !== null) good.delete(nameOf(credential));
      const nowAt = clock.now();
      const before = failures.get(addressPrefix);
      const isSameMinute = before !== undefined && nowAt - before.sinceAt < MINUTE_MS;
      failures.delete(addressPrefix);
      failures.set(
        addressPrefix,
        isSameMinute ? { ...before, count: before.count + 1 } : { sinceAt: nowAt, count: 1 },
      );
      forgetOldest(failures);
    },
    succeeded({ credential, keyId }) {
      if (credential === null) return;
      const name = keyId ?? nameOf(credential);
      good.delete(name);
      good.add(name);
      forgetOldest(good);
    },
  };
}

/** Maps and sets keep the order of insertion, and entries are put in anew when seen again: the first is the oldest. */
function forgetOldest(kept: Map<string, unknown> | Set<string>): void {
  if (kept.size <= LIMITS.addressesRemembered) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}
