/** What a user says of a route that is guarded, and where the probe is. */
import { LIMITS } from "../domain/limits.ts";

/** What is being called. */
export interface Place {
  /** `GET /api/cron`. */
  route: string;
  monitor: string | null;
  isProbe: boolean;
}

export interface RouteOptions {
  /** The slug of the monitor whose runs this route begins. */
  monitor?: string;
  /**
   * Its name at Rollcall, like `GET /api/cron`. With it the guard can say from its start that it listens there; absent:
   * method and path of the calls, known from the first one on.
   */
  route?: string;
}

export const PROBE_PATH = "/.well-known/rollcall/probe";
/** It takes any method that the contracts allow, so that a proof over a body can be tried; it is one route all the same. */
export const PROBE: Place = { route: `GET ${PROBE_PATH}`, monitor: null, isProbe: true };

export function routeOf({ monitor, route }: RouteOptions, called: { method: string; path: string }): Place {
  const method = called.method === "HEAD" ? "GET" : called.method;
  const name = route ?? `${method} ${called.path}`;
  return { route: name.slice(0, LIMITS.routeCharacters), monitor: monitor ?? null, isProbe: false };
}
