/** Records that are kept but not decided on: keys, channels, rejections. */
import type { KeyKind } from "../domain/key-text.ts";
import type { Managed } from "../domain/managed.ts";
import type { RejectionReason } from "../domain/trust/reasons.ts";

export type { KeyKind, RejectionReason };

export interface Key {
  /** Made from the hash of the key's whole text (`keyIdOf`), so that a key presented is found by its id. */
  id: string;
  project: string;
  kind: KeyKind;
  label: string;
  /** SHA-256 of the secret part, hex. */
  hash: string;
  /** Ping keys can be read again by an admin; admin and read keys cannot: null. */
  sealed: string | null;
  /** Slugs a ping key is limited to; null: all. */
  monitors: readonly string[] | null;
  createdAt: number;
  /** After a rotation the old secret is good until then; null: no end. */
  expiresAt: number | null;
  revokedAt: number | null;
  /** The key that replaced it. */
  replacedBy: string | null;
}

export interface Channel {
  project: string;
  name: string;
  kind: string;
  /** As given, secrets sealed. */
  settings: Readonly<Record<string, unknown>>;
  /** After how long without a delivery it is tried. Null: never; absent: `LIMITS.selfTestEveryMs`. */
  selfTestEveryMs?: number | null;
  createdAt: number;
  updatedAt: number;
  /** The configuration file it is written in; absent or null: made by hand. */
  managedBy?: Managed | null;
}

/** One refused check-in, without any secret: header names only. */
export interface RejectionSighting {
  project: string;
  /** Null: no monitor could be told, or none has this name. */
  monitorId: string | null;
  /** The name as sent, cut; null when there was none. */
  slug: string | null;
  reason: RejectionReason;
  /** The /24 or /64. */
  addressPrefix: string;
  headerNames: readonly string[];
  /** What would have been accepted, in words. */
  expected: string;
  /** What came instead, in words. */
  seen: string;
  at: number;
  /** The user's own route at which a guard refused it; absent: it was a check-in. */
  route?: string;
}

/** Sightings alike, folded. */
export interface Rejection extends Omit<RejectionSighting, "at"> {
  id: string;
  count: number;
  firstAt: number;
  lastAt: number;
  /** The first and the last instants, oldest first. */
  at: readonly number[];
}
