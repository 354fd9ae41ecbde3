/** The guarded routes of a project as they are shown, with what does not fit together among them. */
import { LIMITS } from "../domain/limits.ts";
import type { GuardedRoute } from "../domain/trust/guarded-route.ts";
import type { EngineParts } from "./parts.ts";

export interface GuardedRouteView {
  route: GuardedRoute;
  /** A guard on it is there, as far as is known: it has said so lately. */
  isListening: boolean;
  /** Whole sentences; empty when all is well. */
  warnings: readonly string[];
}

/** By route. */
export async function listGuardedRoutes(
  { store, clock }: EngineParts,
  { project }: { project: string },
): Promise<readonly GuardedRouteView[]> {
  const routes = await store.listGuardedRoutes(project);
  const nowAt = clock.now();
  const heard = routes.filter(({ lastAt }) => lastAt >= nowAt - LIMITS.guardQuietMs);
  return routes.map((route) => ({
    route,
    isListening: (route.listening?.toAt ?? 0) >= nowAt - LIMITS.guardSignGapMs,
    warnings: heard.includes(route) ? [...mixedRules(route, nowAt), ...otherRules(route, heard)] : [],
  }));
}

/** Instances of one route that run different rules take the same call by turns and refuse it. */
function mixedRules({ route, hashes }: GuardedRoute, nowAt: number): string[] {
  const [latest, other] = hashes;
  if (latest === undefined || other === undefined) return [];
  const isMixed =
    other.lastAt - latest.firstAt > LIMITS.guardRollOutMs && other.lastAt >= nowAt - LIMITS.deployNearMs;
  if (!isMixed) return [];
  return [
    `Instances of ${route} run different rules (${shortHash(latest)} and ${shortHash(other)}): which one a call meets is chance.`,
  ];
}

/** A proof that one route takes and another refuses is found out when the scheduler is refused: better now. */
function otherRules(route: GuardedRoute, heard: readonly GuardedRoute[]): string[] {
  const others = heard.filter(
    (each) =>
      each.configHash !== route.configHash && !isReplacedSince(each, route) && !isReplacedSince(route, each),
  );
  const other = others.find(({ monitor }) => monitor !== null && monitor === route.monitor) ?? others[0];
  if (other === undefined) return [];
  // The same sentence on both of them.
  const [one, two] = route.route < other.route ? [route, other] : [other, route];
  return [
    `${one.route} and ${two.route} run different rules (${shortHash(one)} and ${shortHash(two)}): what was shown of one says nothing of the other.`,
  ];
}

/** Its rules have changed since the other one was last heard, whose rules may have changed with them. */
function isReplacedSince({ hashes }: GuardedRoute, { lastAt }: GuardedRoute): boolean {
  const [latest, replaced] = hashes;
  return (
    latest !== undefined && replaced !== undefined && lastAt <= Math.max(latest.firstAt, replaced.lastAt)
  );
}

function shortHash({ configHash }: { configHash: string }): string {
  return configHash.slice(0, 8);
}
