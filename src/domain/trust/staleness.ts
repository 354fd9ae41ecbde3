/** When what was verified says nothing any more: other rules, other secrets, or something else deployed since. */
import { instantText } from "../instant.ts";
import type { ProjectState } from "../project.ts";
import { BUILT_IN_CONTRACTS } from "./contract.ts";
import type { GuardedRoute } from "./guarded-route.ts";
import type { Verification } from "./verification.ts";

export interface SeenSince {
  contracts: ProjectState["contracts"];
  deploys: ProjectState["deploys"];
  routes: readonly GuardedRoute[];
  /** What is accepted now, where the way of check-ins or traces was verified here; null: what was verified is elsewhere. */
  accepts?: readonly string[] | null;
}

/** Each reason in a sentence; none: it still stands. */
export function whyStale(verification: Verification, seen: SeenSince): string[] {
  const { contracts, deploys, routes, accepts = null } = seen;
  return [
    ...changedContracts(verification, contracts ?? {}),
    ...acceptedNoLonger(verification, accepts),
    ...laterDeploy(verification, deploys ?? []),
    ...otherRules(verification, routes),
  ];
}

function changedContracts({ contract, manualContract, at }: Verification, stored: Contracts): string[] {
  return [contract, manualContract].flatMap((name) => {
    if (name === null || isBuiltIn(name)) return [];
    const known = Object.hasOwn(stored, name) ? stored[name] : undefined;
    if (known === undefined) return [`the contract ${name} was deleted since`];
    if (known.changedAt <= at) return [];
    return [`the contract ${name} or a secret of it was changed at ${instantText(known.changedAt)}`];
  });
}

function acceptedNoLonger(
  { contract, manualContract }: Verification,
  accepts: readonly string[] | null,
): string[] {
  if (accepts === null) return [];
  const gone = [contract, manualContract].filter((name) => name !== null && !accepts.includes(name));
  return gone.map((name) => `the contract ${name} is accepted there no longer`);
}

type Contracts = NonNullable<ProjectState["contracts"]>;

/** Keys are replaced one by one and proven by the store: no rule of the boundary changes with them. */
function isBuiltIn(name: string): boolean {
  return BUILT_IN_CONTRACTS.some((each) => each === name);
}

function laterDeploy({ at }: Verification, deploys: NonNullable<ProjectState["deploys"]>): string[] {
  const later = deploys.filter((deploy) => deploy.at > at);
  const latest = later.reduce<(typeof later)[number] | null>(
    (one, other) => (one === null || other.at > one.at ? other : one),
    null,
  );
  return latest === null ? [] : [`${latest.commit} was deployed at ${instantText(latest.at)}`];
}

/**
 * A route of the same monitor or at the same path must run the rules that were verified, in each of its instances; so must
 * every other one that once did. A probe shows nothing of a route that decides otherwise.
 */
function otherRules({ configHash, monitor, url, at }: Verification, routes: SeenSince["routes"]): string[] {
  if (configHash === null) return [];
  // Probes of several apps stand at one path: while a route still runs what was verified, another probe says nothing.
  const isInForce = routes.some((route) => !route.isProbe && route.configHash === configHash);
  return routes.flatMap((route) => {
    if (route.isProbe && isInForce) return [];
    const isItsOwn =
      (monitor !== null && route.monitor === monitor) || pathOfRoute(route.route) === pathOf(url);
    const hasRunIt = route.hashes.some((each) => each.configHash === configHash);
    const other = route.hashes.find(
      (each) =>
        each.configHash !== configHash &&
        ((isItsOwn && each.configHash === route.configHash) || ((isItsOwn || hasRunIt) && each.lastAt > at)),
    );
    if (other === undefined) return [];
    return [`${route.route} runs other rules (${other.configHash}) than were verified (${configHash})`];
  });
}

/** `GET /api/cron` → `/api/cron`. */
function pathOfRoute(route: string): string {
  return route.slice(route.indexOf(" ") + 1);
}

function pathOf(url: string): string {
  const begins = url.indexOf("/", url.indexOf("//") + 2);
  return begins < 0 ? "/" : (url.slice(begins).split(/[?#]/, 1)[0] ?? "/");
}
