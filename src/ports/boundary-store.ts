/**
 * What the store remembers of trust boundaries, ours and those of users' own routes: refusals, proofs shown, what guards
 * told, verifications. Part of the `Store`, and of what is said of it there.
 */
import type { RejectionMark } from "../domain/hearing.ts";
import type { GuardedRoute } from "../domain/trust/guarded-route.ts";
import type { Verification } from "../domain/trust/verification.ts";
import type { Rejection, RejectionSighting } from "./records.ts";
import type { Page, PageRequest } from "./store.ts";

export interface BoundaryStore {
  /**
   * Folds a refused check-in into the entry with its monitor (a tombstone is one; without: its slug), reason, address
   * prefix and, where a guard refused it, route. Words and header names are the latest sighting's; of the instants the
   * first 20 and the last 80 are kept. A new entry beyond the project's limit displaces the one seen longest ago.
   */
  addRejection(sighting: RejectionSighting): Promise<void>;
  /** Newest `lastAt` first, then the one made later. */
  listRejections(project: string, page: PageRequest): Promise<Page<Rejection>>;
  /**
   * The kept instants of this monitor's rejections in `[fromAt, toAt)`, oldest first, each with the words of its
   * entry where it has any; of more than `LIMITS.rejectionMarks` the latest ones.
   */
  rejectionsNear(
    monitorId: string,
    between: { fromAt: number; toAt: number },
  ): Promise<readonly RejectionMark[]>;
  /**
   * Binds an entry to a monitor, as if its sightings had named it: what the monitor has of that kind is folded into
   * it, so that its id stays and twice is harmless. False when there is no such entry.
   */
  claimRejection(claim: RejectionClaim): Promise<boolean>;

  /**
   * Remembers that a proof was shown, until `untilAt` at least: "first" when it was not known, "same" when it was shown
   * for this very use, else "other". One answer of many at once is "first", and it is durable. At most
   * `LIMITS.proofUsesPerProject` are kept; then the ones that end first make room.
   */
  claimProof(claim: ProofClaim): Promise<"first" | "same" | "other">;

  /**
   * Adds what guards told to their routes, all or nothing. What is told with an earlier `at` than was told before does
   * not change what the route is. A route beyond the project's limit displaces the one that told last longest ago.
   * Twice is not harmless: calls are counted again.
   */
  noteGuards(project: string, noted: readonly GuardNote[]): Promise<void>;
  /** By route. */
  listGuardedRoutes(project: string): Promise<readonly GuardedRoute[]>;

  /**
   * Adds or replaces by project and id. The latest `LIMITS.verificationsKept` of a url are kept, and of a project the
   * `LIMITS.verifiedUrlsPerProject` urls that were verified last.
   */
  putVerification(verification: Verification): Promise<void>;
  getVerification(project: string, id: string): Promise<Verification | null>;
  /** Newest first by `at`, then by id, the greater first; with `url`, only of that one. */
  listVerifications(
    project: string,
    wanted: { url: string | null },
    page: PageRequest,
  ): Promise<Page<Verification>>;
}

/** Which entry is whose: `slug` is the monitor's. */
export interface RejectionClaim {
  project: string;
  id: string;
  monitorId: string;
  slug: string;
}

/** A proof that may be shown once: `id` is a hash of its own id, `use` of what it was shown for. */
export interface ProofClaim {
  project: string;
  id: string;
  use: string;
  nowAt: number;
  untilAt: number;
}

/** What one batch told of one route at an instant: calls, oldest first, and the listening it vouches for. */
export interface GuardNote {
  route: string;
  monitor: string | null;
  isProbe: boolean;
  configHash: string;
  at: number;
  calls: GuardedRoute["calls"];
  /** Joined to what is known where the two meet, else the later one stays; null: none. */
  listening: { fromAt: number; toAt: number } | null;
}
