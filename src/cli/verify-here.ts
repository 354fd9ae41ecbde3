/**
 * The same calls made from this machine, for apps that only a CI can reach: the contract comes from Rollcall, its secrets
 * from the environment. Nothing of it is kept on the server.
 */
import type { Client } from "../client/client.ts";
import { instantText } from "../domain/instant.ts";
import type { NamedContract } from "../domain/trust/contract.ts";
import { readContract } from "../domain/trust/read-contract.ts";
import { colourOf } from "../domain/trust/verification.ts";
import type { CliSettings } from "../system/cli-settings.ts";
import { randomIds } from "../system/ids.ts";
import { createOpenWay } from "../system/open-way.ts";
import { createMatrix } from "../trust/matrix/matrix.ts";
import { UsageError, type Surroundings } from "./command.ts";
import type { Told } from "./verification-text.ts";

interface Wanted {
  target: string;
  contract: string;
  manual: string | undefined;
  surroundings: Surroundings;
}

export async function verifyHere(client: Client, wanted: Wanted): Promise<Told> {
  const { target, contract, manual, surroundings } = wanted;
  const { settings, now } = surroundings;
  const matrix = createMatrix({ outbound: createOpenWay(), ids: randomIds(), clock: { now } });
  const origin = matrix.originOf(target);
  if ("problem" in origin) throw new UsageError(`The address ${origin.problem}.`);
  const at = now();
  const result = await matrix.run({
    url: target,
    scheduler: await named(client, contract, settings),
    manual: manual === undefined ? null : await named(client, manual, settings),
  });
  return {
    url: target,
    contract,
    manual_contract: manual ?? null,
    at: instantText(at),
    colour: colourOf(result),
    stale: false,
    stale_because: [],
    cases: result.cases.map(({ durationMs, ...each }) => ({
      ...each,
      duration: durationMs === null ? null : durationMs / 1_000,
    })),
    findings: [...result.findings],
    notes: [...result.notes],
    config_hash: result.configHash,
    awaited_until: null,
  };
}

async function named(client: Client, name: string, settings: CliSettings): Promise<NamedContract> {
  const answer = Object.entries(await client.contracts.get(name));
  const { contract } = readContract(
    Object.fromEntries(answer.filter(([field]) => !KEPT_WITH_IT.includes(field))),
  );
  if (contract === null)
    throw new UsageError(`This rollcall does not know the contract ${name}: it is of a newer one.`);
  const variable = `ROLLCALL_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
  const secret = settings.variable(variable);
  if (secret === null && contract.scheme !== "oidc") {
    throw new UsageError(`There is no secret to prove the contract ${name} with: set ${variable}.`);
  }
  return { name, contract, secrets: secret === null ? [] : [secret] };
}

/** What the server says of a contract besides its scheme. */
const KEPT_WITH_IT = ["name", "secrets", "created_at", "changed_at"];
