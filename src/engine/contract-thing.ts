/** A contract as configurations compare it: what may be shown, and its secrets, which are compared and never shown. */
import type { ContractValue, Thing } from "../domain/configuration-plan.ts";
import type { Contract, StoredContract } from "../domain/trust/contract.ts";
import { shownContract } from "../domain/trust/read-contract.ts";
import type { Vault } from "../ports/outside.ts";
import type { ContractSaid } from "./contracts.ts";

/** What a file says: it names one secret, or all of them. */
export function contractSaidThing(
  contract: Contract,
  secrets: ContractSaid["secrets"],
): Thing<ContractValue> {
  const value = shownContract(contract);
  if (secrets === null) return { value, hidden: {} };
  if ("replace" in secrets) return { value, hidden: { secret: secrets.replace } };
  const [first = null, second = null] = secrets.exactly;
  return { value, hidden: { "secrets[0]": first, "secrets[1]": second } };
}

/** A secret that ends is none of those that a file says to stand. */
export function contractThing(vault: Vault, { contract, secrets }: StoredContract): Thing<ContractValue> {
  const [current, former] = secrets;
  const text = current === undefined ? null : vault.open(current.sealed);
  const second = former === undefined || former.endsAt !== null ? null : vault.open(former.sealed);
  const hidden = { secret: text, "secrets[0]": text, "secrets[1]": second };
  return { value: shownContract(contract), hidden };
}
