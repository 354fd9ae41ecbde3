/**
 * Says that a guard is there, so that silence on its routes means that nobody called: since when this process has listened
 * without interruption, and on which routes.
 */
import { LIMITS } from "../domain/limits.ts";
import type { GuardSign } from "../domain/trust/guarded-route.ts";
import type { Place } from "./routes.ts";
import type { GuardWorld } from "./world.ts";

export interface Signs {
  /** The name under which a route is told; one too many gets the name of all others. */
  nameOf(place: Place): string;
  /** As it is now; null where a process cannot say so of itself. */
  now(configHash: string): GuardSign | null;
  stop(): void;
}

/** A route that was given no name is known from its first call on; in a path there is anything. */
const OTHER_ROUTES = "other routes";
/** The routes of a program are made soon after its guard. */
const FIRST_SIGN_MS = 1_000;

/** `isDue`: is called each time a sign should go out. */
export function createSigns(world: GuardWorld, isDue: () => void): Signs {
  const places = new Map<string, Place>();
  // Some platforms give out no chance before the first call, so it is made when it is first needed.
  let instance: string | null = null;
  let sinceAt = world.now();
  let latestAt = sinceAt;
  const wake = (): number => {
    const at = world.now();
    // The process was frozen, or its machine: nobody listened meanwhile.
    if (Math.abs(at - latestAt) > LIMITS.guardSignGapMs) sinceAt = at;
    latestAt = at;
    return at;
  };
  const beat = (): void => {
    wake();
    isDue();
    stop = world.after(LIMITS.guardSignMs, beat);
  };
  let stop = world.isLasting ? world.after(FIRST_SIGN_MS, beat) : () => undefined;
  return {
    nameOf({ route, monitor, isProbe }) {
      if (!places.has(route) && places.size >= LIMITS.guardRoutes) return OTHER_ROUTES;
      places.set(route, { route, monitor, isProbe });
      return route;
    },
    now(configHash) {
      if (!world.isLasting) return null;
      instance ??= world.uuid();
      const routes = [...places.values()].map((place) => ({ ...place, configHash }));
      // A call may wake the process before its timers do.
      const at = wake();
      return { instance, sinceAt, at, routes };
    },
    stop: () => stop(),
  };
}
