/**
 * Counts failed proofs by address, so that guessing is slow and costs no look into the store. What can be guessed and
 * what cannot are counted apart: machines of many jobs share addresses.
 */
import { keyIdOf } from "../domain/key-text.ts";
import { LIMITS } from "../domain/limits.ts";
import { looksLikeToken } from "./keys.ts";
import type { Clock, Vault } from "../ports/outside.ts";
import type { ProofLimiter } from "../ports/trust.ts";

const MINUTE_MS = 60_000;

export function createProofLimiter({ clock, vault }: { clock: Clock; vault: Vault }): ProofLimiter {
  const failures = new Map<string, { sinceAt: number; count: number }>();
  /** Made from hashes: a credential itself is not kept in memory longer than its request. */
  const good = new Set<string>();
  // A key's own id, so that nothing is hashed for each of its good proofs.
  const nameOf = (credential: string): string => keyIdOf(vault.hash(credential.trim()));
  const boundOf = (way: Way, addressPrefix: string): number =>
    way === "token" || (way === "headers" && good.has(addressPrefix))
      ? LIMITS.failedTokensPerMinute
      : LIMITS.failedProofsPerMinute;

  return {
    waitSeconds({ addressPrefix, credential }) {
      const way = wayOf(credential);
      const failed = failures.get(`${way} ${addressPrefix}`);
      const leftMs = failed === undefined ? 0 : failed.sinceAt + MINUTE_MS - clock.now();
      if (failed === undefined || leftMs <= 0 || failed.count < boundOf(way, addressPrefix)) return null;
      if (credential !== null && way === "key" && good.has(nameOf(credential))) return null;
      return Math.ceil(leftMs / 1_000);
    },
    failed({ addressPrefix, credential }) {
      const way = wayOf(credential);
      if (credential !== null && way === "key") good.delete(nameOf(credential));
      const from = `${way} ${addressPrefix}`;
      const nowAt = clock.now();
      const before = failures.get(from);
      const isSameMinute = before !== undefined && nowAt - before.sinceAt < MINUTE_MS;
      failures.delete(from);
      failures.set(
        from,
        isSameMinute ? { ...before, count: before.count + 1 } : { sinceAt: nowAt, count: 1 },
      );
      forgetOldest(failures);
    },
    succeeded({ addressPrefix, credential, keyId }) {
      const way = wayOf(credential);
      if (way === "token") return;
      const name = credential === null ? addressPrefix : (keyId ?? nameOf(credential));
      good.delete(name);
      good.add(name);
      forgetOldest(good);
    },
  };
}

/** `headers`: nothing where keys and tokens stand, so a proof in other headers, or none at all. */
type Way = "key" | "token" | "headers";

/** A token is new each time, so that it proved good says nothing of the next one. */
function wayOf(credential: string | null): Way {
  if (credential === null) return "headers";
  return looksLikeToken(credential) ? "token" : "key";
}

/** Maps and sets keep the order of insertion, and entries are put in anew when seen again: the first is the oldest. */
function forgetOldest(kept: Map<string, unknown> | Set<string>): void {
  if (kept.size <= LIMITS.addressesRemembered) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}
