/** How many failed proofs an address may send, and who is never held up by its neighbours. */
import { expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { vaultOf } from "../../src/system/vault.ts";
import { createProofLimiter } from "../../src/trust/proof-limiter.ts";

const addressPrefix = "203.0.113.0/24";
const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
const wrong = "rck_ping_default_0000000000000000000000000000000000";

function limiterAt() {
  let nowAt = 1_000_000;
  const limiter = createProofLimiter({ clock: { now: () => nowAt }, vault: vaultOf(Buffer.alloc(32, 1)) });
  return { limiter, pass: (durationMs: number) => void (nowAt += durationMs) };
}

function fail(
  limiter: ReturnType<typeof createProofLimiter>,
  credential: string | null,
  times: number,
): void {
  for (let count = 0; count < times; count += 1) limiter.failed({ addressPrefix, credential });
}

test("a key is refused unseen after as many failures as are allowed, and tried again when the minute is over", () => {
  const { limiter, pass } = limiterAt();
  fail(limiter, wrong, LIMITS.failedProofsPerMinute - 1);
  expect(limiter.waitSeconds({ addressPrefix, credential: wrong })).toBeNull();
  fail(limiter, wrong, 1);
  expect(limiter.waitSeconds({ addressPrefix, credential: wrong })).toBe(60);
  pass(60_000);
  expect(limiter.waitSeconds({ addressPrefix, credential: wrong })).toBeNull();
});

test("an identity token is tried however many keys of its neighbours failed, and other addresses do not matter", () => {
  const { limiter } = limiterAt();
  fail(limiter, wrong, 10 * LIMITS.failedTokensPerMinute);
  expect(limiter.waitSeconds({ addressPrefix, credential: token })).toBeNull();
  fail(limiter, token, LIMITS.failedTokensPerMinute - 1);
  expect(limiter.waitSeconds({ addressPrefix, credential: token })).toBeNull();
  fail(limiter, token, 1);
  expect(limiter.waitSeconds({ addressPrefix, credential: token })).toBe(60);
  expect(limiter.waitSeconds({ addressPrefix: "198.51.100.0/24", credential: token })).toBeNull();
});

test("proofs in other headers have the wide bound where one of them was good lately, and the narrow one elsewhere", () => {
  const { limiter } = limiterAt();
  fail(limiter, null, LIMITS.failedProofsPerMinute);
  expect(limiter.waitSeconds({ addressPrefix, credential: null })).toBe(60);
  limiter.succeeded({ addressPrefix, credential: null, keyId: null });
  expect(limiter.waitSeconds({ addressPrefix, credential: null })).toBeNull();
  fail(limiter, null, LIMITS.failedTokensPerMinute);
  expect(limiter.waitSeconds({ addressPrefix, credential: null })).toBe(60);
});

test("a key that proved good lately is never held up, however many others failed", () => {
  const { limiter } = limiterAt();
  const good = "rck_ping_default_1111111111111111111111111111111111";
  limiter.succeeded({ addressPrefix, credential: good, keyId: null });
  fail(limiter, wrong, LIMITS.failedProofsPerMinute);
  expect(limiter.waitSeconds({ addressPrefix, credential: good })).toBeNull();
  expect(limiter.waitSeconds({ addressPrefix, credential: wrong })).toBe(60);
});

test("good tokens leave no trace: ten thousand of them do not push out a key", () => {
  const { limiter } = limiterAt();
  const good = "rck_ping_default_1111111111111111111111111111111111";
  limiter.succeeded({ addressPrefix, credential: good, keyId: null });
  for (let count = 0; count <= LIMITS.addressesRemembered; count += 1) {
    limiter.succeeded({ addressPrefix, credential: `${token}${count}`, keyId: null });
  }
  fail(limiter, wrong, LIMITS.failedProofsPerMinute);
  expect(limiter.waitSeconds({ addressPrefix, credential: good })).toBeNull();
});
