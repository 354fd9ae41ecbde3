/**
 * One boundary: contracts as data go in, a request is looked at, and what is said is never a bare yes or no. The same code
 * guards check-ins here and users' own routes, so it needs nothing but web standards.
 */
import type { NamedContract } from "../domain/trust/contract.ts";
import type { BoundaryDecision, BoundaryRequest } from "../domain/trust/decision.ts";
import type { IssuerKeys } from "./issuer-keys.ts";

export interface BoundaryParts {
  /** Any of them may be met. Empty: nothing is let in (`not_configured`). */
  contracts: readonly NamedContract[];
  /** Where the public keys of issuers come from. */
  issuerKeys: IssuerKeys;
  /** Epoch ms. */
  now: () => number;
}

export interface Boundary {
  /** Never throws for bad input. Remembers nothing: whether a proof was shown before is asked by who let it in. */
  decide(request: BoundaryRequest): Promise<BoundaryDecision>;
  /** The same for the same rules, whoever asks: 16 hex digits over the contracts, without secrets. */
  configHash(): Promise<string>;
}

export function createBoundary(_parts: BoundaryParts): Boundary {
  return {
    decide: () => Promise.reject(new Error("not built yet")),
    configHash: () => Promise.reject(new Error("not built yet")),
  };
}
