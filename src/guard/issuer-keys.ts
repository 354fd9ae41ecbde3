/** The public keys of the issuers that a guard's contracts name, and of no others, fetched within bounds. */
import { LIMITS } from "../domain/limits.ts";
import type { NamedContract } from "../domain/trust/contract.ts";
import { createIssuerKeys, type IssuerKeys } from "../trust/issuer-keys.ts";
import { readWhole } from "./read-whole.ts";
import type { GuardWorld } from "./world.ts";

export function issuerKeysOf(world: GuardWorld, contracts: readonly NamedContract[]): IssuerKeys {
  const issuers = contracts.flatMap(({ contract }) => (contract.scheme === "oidc" ? [contract.issuer] : []));
  return createIssuerKeys({
    issuers,
    now: world.now,
    async get(url) {
      const response = await world.fetch(url, {
        redirect: "manual",
        headers: { accept: "application/json" },
      });
      const bytes = await readWhole(response.body, LIMITS.guardIssuerBytes);
      if (bytes === null) throw new Error(`The answer of ${url} broke off or is too long.`);
      return { status: response.status, body: new TextDecoder().decode(bytes) };
    },
    within: (work, ms) => within(world, work, ms),
  });
}

function within<Result>(world: GuardWorld, work: Promise<Result>, ms: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = world.after(ms, () => reject(new Error(`No answer within ${ms / 1_000} s.`)));
    void work.then(resolve, reject).finally(cancel);
  });
}
