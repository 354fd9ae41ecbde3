/** The public keys of issuers: asked for seldom, kept when an issuer cannot be reached. */
import { boundedCache, cached } from "../domain/schedule/bounded-cache.ts";
import { LIMITS } from "../domain/limits.ts";
import type { OidcContract } from "../domain/trust/contract.ts";

/** The keys by which a token of this contract is proven, as a JWK set. */
export interface IssuerKeys {
  /**
   * `isNewWanted`: a token names a key that is not among those known. Throws `JwksUnavailable` when there are none, or
   * new ones are wanted, and none can be had by `untilAt`; `IssuerNotListed` when they may not be asked for.
   */
  keysOf(contract: OidcContract, wanted: { isNewWanted: boolean; untilAt: number }): Promise<JwkSet>;
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

export class IssuerNotListed extends Error {
  constructor(issuer: string) {
    super(`${issuer} is not among the issuers that may be asked for keys.`);
    this.name = "IssuerNotListed";
  }
}

interface Parts {
  /** GET; any status is an answer. Throws when there is none. */
  get: (url: string) => Promise<{ status: number; body: string }>;
  /** Issuers that may be asked; of others no keys are fetched. */
  issuers: readonly string[];
  now: () => number;
  /** Rejects after this. */
  within: <Result>(work: Promise<Result>, ms: number) => Promise<Result>;
}

/** What is known of one issuer's keys. */
interface Known {
  keys: JwkSet | null;
  askedAt: number;
  /** Fulfilled however it ends; null: nobody is asking. */
  asking: Promise<void> | null;
  fault: unknown;
}

/** One round of asking serves everybody who waits for it, and the answer of a slow one those who come later. */
export function createIssuerKeys(parts: Parts): IssuerKeys {
  const remembered = boundedCache<Known>(LIMITS.jwksKept);
  return {
    async keysOf(contract, { isNewWanted, untilAt }) {
      const { issuer, jwks, jwksUrl } = contract;
      if (jwks !== null) return jwks;
      if (!parts.issuers.includes(issuer)) throw new IssuerNotListed(issuer);
      const known = cached(remembered, `${issuer} ${jwksUrl ?? ""}`, nothing);
      const isFresh = known.keys !== null && sinceAsked(known, parts.now()) < LIMITS.jwksFreshMs;
      if (known.keys !== null && isFresh && !isNewWanted) return known.keys;
      await askAgain(parts, contract, { known, untilAt });
      // Whether the issuer lists a key that it did not list before, nobody can tell while it cannot be asked.
      const isUntold = isNewWanted && known.fault !== undefined;
      if (known.keys === null || isUntold) throw new JwksUnavailable(issuer, known.fault);
      return known.keys;
    },
  };
}

function nothing(): Known {
  return { keys: null, askedAt: Number.NEGATIVE_INFINITY, asking: null, fault: undefined };
}

/** A clock that was set back must not keep keys for longer. */
function sinceAsked({ askedAt }: Known, nowAt: number): number {
  return Math.abs(nowAt - askedAt);
}

/** Waits no longer than a check-in may; what comes after that is there for the next one. */
async function askAgain(
  parts: Parts,
  contract: OidcContract,
  { known, untilAt }: { known: Known; untilAt: number },
): Promise<void> {
  if (known.asking === null) {
    if (sinceAsked(known, parts.now()) < LIMITS.jwksEveryMs) return;
    known.askedAt = parts.now();
    known.asking = ask(parts, contract, known);
  }
  const waitMs = Math.max(0, Math.min(untilAt - parts.now(), LIMITS.jwksWaitMs));
  try {
    await parts.within(known.asking, waitMs);
  } catch (error) {
    // Only the waiting was too long: whoever asked next may still find the answer.
    known.fault = error;
  }
}

/** Never rejects: the fault is kept for whoever needs keys and has none. */
async function ask(parts: Parts, contract: OidcContract, known: Known): Promise<void> {
  try {
    const url = contract.jwksUrl ?? (await discovered(parts, contract));
    known.keys = keysIn(await asked(parts, url), url);
    known.fault = undefined;
  } catch (error) {
    known.fault = error;
  } finally {
    known.asking = null;
  }
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
async function discovered(parts: Parts, { issuer }: OidcContract): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const { issuer: named, jwks_uri: jwksUrl } = await asked(parts, url);
  if (named !== issuer) throw new Error(`${url} is the document of another issuer.`);
  if (typeof jwksUrl !== "string" || !/^https?:\/\//.test(jwksUrl)) {
    throw new Error(`${url} does not say where the keys are.`);
  }
  return jwksUrl;
}

async function asked({ get }: Parts, url: string): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await get(url);
  if (status !== 200) throw new Error(`${url} answered with ${status}.`);
  const told: unknown = JSON.parse(body);
  if (!isObject(told)) throw new Error(`${url} answered with what is no object.`);
  return told;
}

/** Only what verifies signatures of others: a secret among them would be everybody's. */
function keysIn({ keys }: Readonly<Record<string, unknown>>, url: string): JwkSet {
  const listed = Array.isArray(keys) ? keys.slice(0, LIMITS.jwksKeys).filter(isObject) : [];
  const fit = listed.filter(({ kty }) => kty === "RSA" || kty === "EC" || kty === "OKP");
  if (fit.length === 0) throw new Error(`${url} lists no public key.`);
  return { keys: fit };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
