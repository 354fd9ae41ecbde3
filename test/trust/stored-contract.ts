/** Puts a contract into a project as saving one does, for tests of what it opens. */
import type { Contract } from "../../src/domain/trust/contract.ts";
import type { Vault } from "../../src/ports/outside.ts";
import type { Store } from "../../src/ports/store.ts";
import { projectChange } from "../makers.ts";

export async function storeContract(
  { store, vault }: { store: Store; vault: Vault },
  made: {
    name: string;
    contract: Contract;
    /** The second one ends at `formerEndsAt`. */
    secrets?: readonly string[];
    formerEndsAt?: number;
    project?: string;
  },
): Promise<void> {
  const { name, contract, secrets = [], formerEndsAt = null, project = "default" } = made;
  const before = await store.loadProject(project);
  if (before === null) throw new Error(`There is no project ${project}.`);
  const stored = {
    contract,
    secrets: secrets.map((text, index) => ({
      id: `sec_${index}`,
      sealed: vault.seal(text),
      addedAt: 0,
      endsAt: index === 0 ? null : formerEndsAt,
    })),
    createdAt: 0,
    changedAt: 0,
  };
  const contracts = { ...before.state.contracts, [name]: stored };
  await store.commitProject(projectChange(before, { state: { ...before.state, contracts } }));
}
