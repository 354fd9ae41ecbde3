/** A contract with its secrets opened, for making the proof that it asks for. */
import type { ProjectSnapshot } from "../domain/project.ts";
import {
  BUILT_IN_CONTRACTS,
  type Contract,
  type NamedContract,
  type Principal,
} from "../domain/trust/contract.ts";
import { twinAt } from "../domain/trust/twin.ts";
import type { EngineParts } from "./parts.ts";

interface Wanted {
  name: string;
  principal: Principal;
  /** Where it will be shown. */
  url: string;
}

/** `problem`: why it cannot be shown there, in words. */
export async function openContract(
  parts: EngineParts,
  { project, state }: ProjectSnapshot,
  wanted: Wanted,
): Promise<NamedContract | { problem: string }> {
  const { name, principal } = wanted;
  if (BUILT_IN_CONTRACTS.some((each) => each === name)) return openKey(parts, project.name, wanted);
  const contracts = state.contracts ?? {};
  const stored = Object.hasOwn(contracts, name) ? contracts[name] : undefined;
  if (stored === undefined) {
    const known = Object.keys(contracts).join(", ") || "none";
    return { problem: `there is no contract ${JSON.stringify(name.slice(0, 120))} (there are: ${known})` };
  }
  const { contract } = stored;
  if (contract.principal !== principal) {
    return { problem: `the contract ${name} is of the principal ${contract.principal}, not ${principal}` };
  }
  const nowAt = parts.clock.now();
  const secrets = stored.secrets
    .filter(({ endsAt }) => endsAt === null || endsAt > nowAt)
    .map(({ sealed }) => parts.vault.open(sealed));
  if (secrets.length === 0 && contract.scheme !== "oidc") {
    return { problem: `the contract ${name} has no secret here, so no proof can be made: give it one` };
  }
  return { name, contract, secrets };
}

/** Ping keys stand in `Authorization` as any bearer does; shown to anybody but ourselves they would be given away. */
async function openKey(
  { store, vault, clock, publicUrl }: EngineParts,
  project: string,
  { name, principal, url }: Wanted,
): Promise<NamedContract | { problem: string }> {
  if (name !== "key" || principal !== "scheduler") {
    return { problem: `${name} cannot be shown here: of what is built in, only key can, as the scheduler's` };
  }
  if (!url.startsWith(`${publicUrl}/`)) {
    return { problem: `ping keys are shown to nobody but this Rollcall, at ${publicUrl}` };
  }
  const nowAt = clock.now();
  const keys = await store.listKeys(project);
  const secrets = keys.flatMap((key) => {
    const isGood = key.kind === "ping" && key.revokedAt === null && (key.expiresAt ?? nowAt + 1) > nowAt;
    return isGood && key.monitors === null && key.sealed !== null ? [vault.open(key.sealed)] : [];
  });
  return secrets.length === 0
    ? { problem: "there is no ping key that is good for all monitors" }
    : { name, contract: keyContractAt({ publicUrl, url }), secrets };
}

/** Traces are sent by POST alone; one checks in by other methods too. */
function keyContractAt(address: { publicUrl: string; url: string }): Contract {
  const methods = twinAt(address)?.of === "traces" ? ["POST"] : null;
  return { scheme: "bearer", preset: null, principal: "scheduler", methods };
}
