/**
 * What the guard on a user's own route tells: every decision about a call, made before business code runs, and that it
 * is there at all. Receipts alike are folded into their route.
 */
import type { Principal } from "./contract.ts";
import type { RejectionReason } from "./reasons.ts";

/** One decision of a guard. */
export interface BoundaryReceipt {
  /** `GET /api/cron`. */
  route: string;
  /** The slug that the route belongs to; null: none was told. */
  monitor: string | null;
  /** On the read-only probe: says nothing of runs. */
  isProbe: boolean;
  /** When, by the guard's clock. */
  at: number;
  isOk: boolean;
  reason: RejectionReason | null;
  principal: Principal | null;
  contract: string | null;
  expected: string;
  seen: string;
  headerNames: readonly string[];
  addressPrefix: string;
  scheduledForAt: number | null;
  configHash: string;
}

/** A guard that says it is there: since when and until when it has listened without interruption. */
export interface GuardSign {
  /** Made by each process of the guard at its start. */
  instance: string;
  routes: readonly { route: string; monitor: string | null; isProbe?: boolean; configHash: string }[];
  /** It has listened since then. */
  sinceAt: number;
  at: number;
}

/** A route with what its guards have told; kept by project and route. */
export interface GuardedRoute {
  project: string;
  route: string;
  /** These three as told last. */
  monitor: string | null;
  isProbe: boolean;
  configHash: string;
  /**
   * Every hash told, the latest told first, at most `LIMITS.guardHashesKept`. Those that go on being told beside each
   * other are of instances with different rules; one that is told no more was replaced.
   */
  hashes: readonly { configHash: string; firstAt: number; lastAt: number }[];
  /** Listening without a gap between signs: a guard in a process that lives on says so every minute. */
  listening: { fromAt: number; toAt: number } | null;
  /** The latest instants of calls, oldest first, at most `LIMITS.guardCallsKept`; refusals are rejections besides. */
  calls: readonly {
    at: number;
    isOk: boolean;
    reason: RejectionReason | null;
    principal: Principal | null;
    /** As its guard dated it, where that is not believed. */
    saidAt?: number;
    /** By the guard's name of it; none where it let nobody in, and in what older versions kept. */
    contract?: string | null;
  }[];
  /** Calls ever told. */
  count: number;
  /** When something of it was told first and last. */
  firstAt: number;
  lastAt: number;
}

/** What deciding needs of the guards of one monitor, since the oldest unjudged window opened. */
export interface GuardSight {
  /** Those on which calls were let in last, then those told of last, at most `LIMITS.guardRoutesSeen`. */
  routes: readonly {
    route: string;
    listening: { fromAt: number; toAt: number } | null;
    /** Calls let in, oldest first. */
    admittedAt: readonly number[];
    /** The last call that was let in, however long ago: the job is known to be called there. */
    lastAdmittedAt: number | null;
    /** There were more calls than are kept: what is not among them may have come all the same. */
    isCut: boolean;
    lastCallAt: number | null;
  }[];
}

/** A marker that something was deployed: what was verified before is stale. */
export interface Deploy {
  at: number;
  commit: string;
  by: string;
}
