/**
 * What the guards on a user's own routes say of one window: whether anybody called for its run at all. Only a guard that
 * listened all the time can say that nobody did.
 */
import type { Window } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { GuardSight } from "../trust/guarded-route.ts";

type RouteSight = GuardSight["routes"][number];

export interface Dispatch {
  /** `not_called`: it listened, and nobody came. `let_in`: somebody did, at `at`. `not_told`: it cannot say. */
  what: "not_called" | "let_in" | "not_told";
  route: string;
  /** The first call that was let in for this window. */
  at: number | null;
  listening: RouteSight["listening"];
  lastCallAt: number | null;
}

/** Null: no guard is known. */
export function dispatchOf(sight: GuardSight | undefined, window: Window): Dispatch | null {
  const routes = sight?.routes ?? [];
  const [first] = routes;
  if (first === undefined) return null;
  const calls = routes
    .flatMap((route) => route.admittedAt.filter((at) => isWithin(window, at)).map((at) => ({ route, at })))
    .sort((one, two) => one.at - two.at);
  if (calls[0] !== undefined) return told("let_in", calls[0].route, calls[0].at);
  const witness = routes.find((route) => hasListenedThroughout(route, window));
  const isCalled = routes.some(
    ({ lastCallAt, isCut }) => isCut || (lastCallAt !== null && isWithin(window, lastCallAt)),
  );
  const isElsewhere = routes.some((route) => isInUse(route, window) && !hasListenedThroughout(route, window));
  if (witness !== undefined && !isCalled && !isElsewhere) return told("not_called", witness, null);
  return told("not_told", routes.reduce(heardLater, first), null);
}

function told(what: Dispatch["what"], route: RouteSight, at: number | null): Dispatch {
  return { what, route: route.route, at, listening: route.listening, lastCallAt: route.lastCallAt };
}

function isWithin({ opensAt, startBy }: Window, at: number): boolean {
  return at >= opensAt && at <= startBy;
}

/** The job was called there lately, and may have been again: its guard would have to have listened as well. */
function isInUse({ lastAdmittedAt }: RouteSight, { opensAt, gapMs }: Window): boolean {
  return lastAdmittedAt !== null && lastAdmittedAt >= opensAt - Math.max(LIMITS.guardQuietMs, 2 * gapMs);
}

/**
 * Signs of life come every minute, so the last one before the deadline may be as old as the longest pause between two;
 * but the instant at which the run was expected must lie before it.
 */
function hasListenedThroughout({ listening }: RouteSight, window: Window): boolean {
  if (listening === null || listening.fromAt > window.opensAt) return false;
  return listening.toAt >= Math.max(window.expectedAt, window.startBy - LIMITS.guardSignGapMs);
}

function heardLater(one: RouteSight, other: RouteSight): RouteSight {
  return (other.listening?.toAt ?? 0) > (one.listening?.toAt ?? 0) ? other : one;
}
