/**
 * The boundaries of projects, kept ready: opening secrets and reading contracts for every check-in would cost more than
 * looking at what it shows.
 */
import { LIMITS } from "../domain/limits.ts";
import type { ProjectSnapshot } from "../domain/project.ts";
import { BUILT_IN_CONTRACTS, type NamedContract } from "../domain/trust/contract.ts";
import type { Clock, Vault } from "../ports/outside.ts";
import { createBoundary, type Boundary } from "./boundary.ts";
import type { IssuerKeys } from "./issuer-keys.ts";

export interface ReadyBoundaries {
  /** Of these names of contracts; null where all of them are built in. */
  of(snapshot: ProjectSnapshot, accepts: readonly string[]): Boundary | null;
}

interface Parts {
  vault: Vault;
  clock: Clock;
  issuerKeys: IssuerKeys;
}

interface Ready {
  /** Of the project that it was made from. */
  version: number;
  /** When the first of its secrets ends. */
  untilAt: number;
  boundary: Boundary;
}

export function createReadyBoundaries(parts: Parts): ReadyBoundaries {
  const ready = new Map<string, Ready>();
  return {
    of(snapshot, accepts) {
      const names = accepts.filter((name) => !(BUILT_IN_CONTRACTS as readonly string[]).includes(name));
      if (names.length === 0) return null;
      const place = `${snapshot.project.name} ${names.join(" ")}`;
      const known = ready.get(place);
      if (known?.version === snapshot.version && parts.clock.now() < known.untilAt) return known.boundary;
      const made = madeOf(parts, snapshot, names);
      ready.delete(place);
      const [first] = ready.keys();
      if (ready.size >= LIMITS.boundariesReady && first !== undefined) ready.delete(first);
      ready.set(place, made);
      return made.boundary;
    },
  };
}

/** A name that no contract has opens nothing, and neither does one whose secrets have all ended. */
function madeOf(
  { vault, clock, issuerKeys }: Parts,
  { state, version }: ProjectSnapshot,
  names: readonly string[],
): Ready {
  const nowAt = clock.now();
  let untilAt = Number.POSITIVE_INFINITY;
  const contracts: NamedContract[] = [];
  for (const [name, { contract, secrets }] of Object.entries(state.contracts ?? {})) {
    if (!names.includes(name)) continue;
    const standing = secrets.filter(({ endsAt }) => endsAt === null || nowAt < endsAt);
    for (const { endsAt } of standing) untilAt = Math.min(untilAt, endsAt ?? untilAt);
    contracts.push({ name, contract, secrets: standing.map(({ sealed }) => vault.open(sealed)) });
  }
  const boundary = createBoundary({ contracts, issuerKeys, now: () => clock.now() });
  return { version, untilAt, boundary };
}
