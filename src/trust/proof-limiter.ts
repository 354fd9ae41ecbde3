/** Counts failed proofs by address, so that guessing is slow and costs no look into the store. */
import { LIMITS } from "../domain/limits.ts";
import type { Clock, Vault } from "../ports/outside.ts";
import type { ProofLimiter } from "../ports/trust.ts";

const MINUTE_MS = 60_000;

export function createProofLimiter({ clock, vault }: { clock: Clock; vault: Vault }): ProofLimiter {
  const failures = new Map<string, { sinceAt: number; count: number }>();
  /** Hashes only: a credential itself is not kept in memory longer than its request. */
  const good = new Set<string>();
  const keyOf = (credential: string): string => vault.hash(credential);

  return {
    waitSeconds({ addressPrefix, credential }) {
      const failed = failures.get(addressPrefix);
      const leftMs = failed === undefined ? 0 : failed.sinceAt + MINUTE_MS - clock.now();
      if (failed === undefined || leftMs <= 0 || failed.count < LIMITS.failedProofsPerMinute) return null;
      if (credential !== null && good.has(keyOf(credential))) return null;
      return Math.ceil(leftMs / 1_000);
    },
    failed({ addressPrefix, credential }) {
      if (credential !== null) good.delete(keyOf(credential));
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
    succeeded({ credential }) {
      if (credential === null) return;
      const key = keyOf(credential);
      good.delete(key);
      good.add(key);
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
