/** The public keys of issuers: asked for seldom, kept when an issuer cannot be reached. */
import type { OidcContract } from "../domain/trust/contract.ts";

/** The keys by which a token of this contract is proven, as a JWK set. */
export interface IssuerKeys {
  /**
   * `isNewWanted`: a token names a key that is not among those known. Throws `JwksUnavailable` when there are none and
   * none can be had within `LIMITS.jwksWaitMs`.
   */
  keysOf(contract: OidcContract, wanted: { isNewWanted: boolean }): Promise<JwkSet>;
}

export interface JwkSet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

export class JwksUnavailable extends Error {
  constructor(issuer: string, cause?: unknown) {
    super(`The keys of ${issuer} cannot be had just now.`, { cause });
    this.name = "JwksUnavailable";
  }
}

export function createIssuerKeys(_parts: {
  /** GET; any status is an answer. Throws when there is none. */
  get: (url: string) => Promise<{ status: number; body: string }>;
  /** Issuers that may be asked; of others no keys are fetched. */
  issuers: readonly string[];
  now: () => number;
  /** Rejects after this. */
  within: <Result>(work: Promise<Result>, ms: number) => Promise<Result>;
}): IssuerKeys {
  return { keysOf: () => Promise.reject(new Error("not built yet")) };
}
