/** The boundary every check-in passes, in every dialect: who may check in for what, and how that is shown. */
import type { CheckInKind, Trigger } from "../domain/check-in.ts";
import type { Principal } from "../domain/trust/contract.ts";
import type { BoundaryRequest } from "../domain/trust/decision.ts";
import type { KeyKind, RejectionReason } from "./records.ts";

/** What a request says about itself that a proof can be made of. Header names are lower case. */
export interface Presented {
  /** A key or token from the path or from `Authorization`, and where it was; null when there was none. */
  credential: { text: string; where: "path" | "authorization" } | null;
  /** The project named in the path, when it is not in the key. */
  project: string | null;
  /** The slug named, or null for the bare ping URL. */
  slug: string | null;
  /** The bare ping URL's UUID. */
  uuid: string | null;
}

/** What a proof is shown for: the same proof for the same use is the same check-in again. */
export interface ProofUse {
  kind: CheckInKind;
  runId: string | null;
  /** How the sender itself tells one check-in from another; null: not at all. */
  duplicateKey: string | null;
}

export interface Shown {
  presented: Presented;
  request: BoundaryRequest;
  /** Null: it is only looked at, and nothing is remembered (the read-only twin). */
  use: ProofUse | null;
}

export type Authentication =
  | {
      isOk: true;
      project: string;
      /** Who: `ping key <id>`, `ping URL`, `contract <name>: <subject>`. */
      principal: string;
      via: "key" | "ping_url" | "contract";
      /** The contract that was met; absent: one of those that are always there. */
      met?: { contract: string; principal: Principal };
      /** What the proof tells of the run. Absent: nothing. */
      told?: ToldByProof;
      /** The same for the same proof shown for the same use; absent: it may be shown as often as one likes. */
      duplicateKey?: string;
      /** The key's id; null for the bare ping URL. */
      keyId: string | null;
      /** Null: the slug is unknown (and may be created, if `mayCreate`). */
      monitorId: string | null;
      slug: string;
      mayCreate: boolean;
    }
  | {
      isOk: false;
      reason: RejectionReason;
      /** The proof is good, and only not for this monitor: nobody is guessing. */
      isProofGood: boolean;
      /** Null: not even a project can be told, so nothing is kept. */
      project: string | null;
      monitorId: string | null;
      slug: string | null;
      expected: string;
      seen: string;
    };

export interface ToldByProof {
  /** Overrides what the check-in says; null: nothing was told. So does the trigger. */
  runId: string | null;
  trigger: Trigger | null;
  /** A hint of the platform, for a check-in that names no window itself. */
  scheduledForAt: number | null;
}

/** Who manages: a key belongs to one project. */
export interface Identity {
  project: string;
  kind: KeyKind;
  keyId: string;
  /** Slugs that a ping key is limited to; null: all. */
  monitors: readonly string[] | null;
}

export type Identification =
  /** Null: the instance key, which belongs to no project. */
  | { isOk: true; identity: Identity | null }
  /** `seen`: what came, in words that hold no secret. */
  | { isOk: false; reason: RejectionReason; seen: string };

/** Failed proofs by address, counted in memory: it answers before any store is asked. */
export interface ProofLimiter {
  /**
   * Whole seconds to wait, or null when a proof may be tried. A credential that proved good lately may always:
   * a neighbour's wrong key must not silence a job. A proof that is made anew for every request (an identity token; a
   * signature, where one from there was good lately) has a bound of its own, ten times as wide.
   */
  waitSeconds(from: { addressPrefix: string; credential: string | null }): number | null;
  failed(from: { addressPrefix: string; credential: string | null }): void;
  /** `keyId`: where the credential was a key. */
  succeeded(from: { addressPrefix: string; credential: string | null; keyId: string | null }): void;
}

/** Who a request came from, as far as the proxies that are trusted can be believed. */
export interface Addresses {
  /** The first address, counted from the peer backwards through `X-Forwarded-For`, that is no trusted proxy. */
  clientOf(peer: string, forwardedFor: string | null): string;
  /** The /24 or /64; `unknown` for what is no address. */
  prefixOf(address: string): string;
}

export interface Trust {
  /** The same for the same rules: those that check-ins for this name meet. 16 hex digits. */
  configHash(place: { project: string; slug: string }): Promise<string>;
  /** Who may check in for what. Never throws for bad input; may throw `unavailable` when the store does. */
  authenticate(shown: Shown): Promise<Authentication>;
  /** Whose management key this is: the text after `Bearer`. */
  identify(keyText: string): Promise<Identification>;
  /** Whether there is an instance key at all. */
  hasInstanceKey: boolean;
  /** The holder of a session begun with this key; null once the key was revoked or has expired. */
  recall(keyId: string): Promise<Identity | null>;
  limiter: ProofLimiter;
  addresses: Addresses;
}
