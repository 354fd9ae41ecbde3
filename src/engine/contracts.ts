/** Contracts of a project: saved, shown without their secrets, listed, deleted when nothing accepts them. */
import { isSameSettings } from "../domain/decide/configure.ts";
import { changeContracts } from "../domain/decide-project.ts";
import { durationInWords } from "../domain/duration.ts";
import { invalid, RollcallError, type FieldProblem } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { BUILT_IN_CONTRACTS, type Contract, type StoredContract } from "../domain/trust/contract.ts";
import { readContract } from "../domain/trust/read-contract.ts";
import { secretProblem } from "../domain/trust/secret.ts";
import type { MonitorSummary, Page } from "../ports/store.ts";
import { commitProject } from "./commit-project.ts";
import type { EngineParts } from "./parts.ts";

export interface ContractView {
  name: string;
  contract: Contract;
  /** The current one first, without their texts. */
  secrets: readonly { id: string; addedAt: number; endsAt: number | null; characters: number }[];
  createdAt: number;
  changedAt: number;
}

interface NamedContract {
  project: string;
  name: string;
}

/** What is said of a contract. */
export interface ContractSaid {
  /** The scheme or preset with its fields, as the API writes them. */
  scheme: Readonly<Record<string, unknown>>;
  /** `replace`: in place of the current one, which stays good for `overlapMs`; `exactly`: these and no others; null: as they were. */
  secrets: { replace: string; overlapMs: number | null } | { exactly: readonly string[] } | null;
}

type ContractEdit = NamedContract & ContractSaid;

const NAME = /^[a-z0-9][a-z0-9_-]{0,99}$/;
const DAY_MS = 24 * 3_600_000;

/**
 * Creates or replaces. The same again changes nothing. Throws as `checkedContract` does, `conflict` for one too many.
 */
export async function saveContract(
  parts: EngineParts,
  input: ContractEdit,
): Promise<{ contract: ContractView; isCreated: boolean }> {
  const { project, name } = input;
  const contract = checkedContract(parts, input);
  let isCreated = false;
  await commitProject(parts, project, (snapshot) => {
    const contracts = snapshot.state.contracts ?? {};
    const before = contractNamed(contracts, name);
    isCreated = before === null;
    if (isCreated && Object.keys(contracts).length >= LIMITS.contractsPerProject) {
      const sentence = `This project has ${LIMITS.contractsPerProject} contracts already: delete one first.`;
      throw new RollcallError("conflict", sentence);
    }
    const after = storedAfter(parts, { before, contract, secrets: input.secrets });
    return after === before ? null : changeContracts(snapshot, { ...contracts, [name]: after });
  });
  return { contract: await getContract(parts, input), isCreated };
}

export async function getContract(
  parts: EngineParts,
  { project, name }: NamedContract,
): Promise<ContractView> {
  const stored = contractNamed(await contractsOf(parts, project), name);
  if (stored === null) throw unknownContract(name);
  return viewOf(parts, name, stored);
}

/** By name. */
export async function listContracts(
  parts: EngineParts,
  { project }: { project: string },
): Promise<ContractView[]> {
  const entries = Object.entries(await contractsOf(parts, project));
  const views = entries.map(([name, stored]) => viewOf(parts, name, stored));
  return views.sort((one, two) => (one.name < two.name ? -1 : 1));
}

/** Throws `conflict` naming what accepts it: whoever checks in by it would be refused from then on. */
export async function deleteContract(parts: EngineParts, { project, name }: NamedContract): Promise<void> {
  const acceptors = await acceptorsOf(parts, { project, name });
  if (acceptors.length > 0) {
    const named = acceptors.slice(0, LIMITS.digestTitles).join(", ");
    const more =
      acceptors.length > LIMITS.digestTitles ? ` and ${acceptors.length - LIMITS.digestTitles} more` : "";
    const sentence = `The contract "${name}" is accepted by ${named}${more}: take it out of their accepts first.`;
    throw new RollcallError("conflict", sentence);
  }
  await commitProject(parts, project, (snapshot) => {
    const contracts = snapshot.state.contracts ?? {};
    if (contractNamed(contracts, name) === null) throw unknownContract(name);
    const { [name]: _deleted, ...others } = contracts;
    return changeContracts(snapshot, others);
  });
}

/** The names that monitors and the project may accept besides those that are always there. */
export async function contractNames(
  parts: Pick<EngineParts, "store">,
  project: string,
): Promise<Set<string>> {
  return new Set(Object.keys(await contractsOf(parts, project)));
}

/** Throws `invalid_request` naming every field at fault, of scheme and secrets, none of them with anything of a secret. */
export function checkedContract(
  { oidcIssuers = [] }: Pick<EngineParts, "oidcIssuers">,
  { name, scheme, secrets }: Pick<ContractEdit, "name" | "scheme" | "secrets">,
): Contract {
  const problems: FieldProblem[] = [];
  if (!NAME.test(name)) {
    const message = 'must be 1 to 100 of a-z, 0-9, "_" and "-", beginning with a letter or digit';
    problems.push({ field: "name", message });
  } else if ((BUILT_IN_CONTRACTS as readonly string[]).includes(name)) {
    problems.push({ field: "name", message: `"${name}" is always there: give this contract another name` });
  }
  const read = readContract(scheme);
  problems.push(...read.problems);
  if (read.contract?.scheme === "oidc" && read.contract.jwks === null) {
    const { issuer } = read.contract;
    // Only its keys would prove its tokens, and a project that could name anybody would send Rollcall anywhere.
    const message = `${JSON.stringify(issuer)} may not be asked for its keys here: have it listed in ROLLCALL_OIDC_ISSUERS, or give its keys as jwks`;
    if (!oidcIssuers.includes(issuer)) problems.push({ field: "issuer", message });
  }
  if (read.contract !== null && secrets !== null) problems.push(...secretProblems(secrets, read.contract));
  if (problems.length > 0 || read.contract === null) throw invalid(problems);
  return read.contract;
}

/** `before` itself where nothing changes, so that nothing that was verified becomes stale by it. */
function storedAfter(
  parts: EngineParts,
  edit: { before: StoredContract | null; contract: Contract; secrets: ContractEdit["secrets"] },
): StoredContract {
  const { before, contract } = edit;
  const nowAt = parts.clock.now();
  const secrets = secretsAfter(parts, edit);
  const isSame = before !== null && isSameSettings(before.contract, contract);
  if (isSame && isSameSettings(before.secrets, secrets)) return before;
  return { contract, secrets, createdAt: before?.createdAt ?? nowAt, changedAt: nowAt };
}

type Secrets = StoredContract["secrets"];

function secretsAfter(
  parts: EngineParts,
  { before, contract, secrets }: Parameters<typeof storedAfter>[1],
): Secrets {
  if (secrets === null) return secretsKept(before, contract);
  const given = "exactly" in secrets ? secrets.exactly : [secrets.replace];
  const nowAt = parts.clock.now();
  const known = before?.contract.scheme === contract.scheme ? before.secrets : [];
  const textOf = new Map(known.map((secret) => [parts.vault.open(secret.sealed), secret]));
  const made = given.map(
    (text) =>
      textOf.get(text) ?? {
        id: `sec_${parts.ids.secret(8)}`,
        sealed: parts.vault.seal(text),
        addedAt: nowAt,
        endsAt: null,
      },
  );
  if ("exactly" in secrets) return made.map((secret) => ({ ...secret, endsAt: null }));
  const [current] = made;
  const former = known[0];
  if (current === undefined || former === undefined) return made;
  const overlapMs = secrets.overlapMs ?? DAY_MS;
  // The same again: whatever it replaced keeps its end, unless there is to be no overlap.
  if (former.id === current.id) return overlapMs === 0 ? [current] : known;
  const fresh = { ...current, endsAt: null };
  return overlapMs === 0 ? [fresh] : [fresh, { ...former, endsAt: nowAt + overlapMs }];
}

function secretsKept(before: StoredContract | null, contract: Contract): Secrets {
  if (contract.scheme === "oidc") return [];
  if (before?.contract.scheme === contract.scheme) return before.secrets;
  const message = "is missing: give the one that the platform has, as secret, or two of them as secrets";
  throw invalid([{ field: "secret", message }]);
}

function secretProblems(secrets: NonNullable<ContractEdit["secrets"]>, contract: Contract): FieldProblem[] {
  const given = "exactly" in secrets ? secrets.exactly : [secrets.replace];
  const fieldOf = (index: number): string => ("exactly" in secrets ? `secrets[${index}]` : "secret");
  const problems = given.flatMap((text, index) => {
    const message = secretProblem(text, contract);
    return message === null ? [] : [{ field: fieldOf(index), message }];
  });
  if (given.length === 0 && contract.scheme !== "oidc") {
    problems.push({ field: "secrets", message: "is empty: nothing could be proven without one" });
  }
  if (given.length > LIMITS.secretsPerContract) {
    const message = `has ${given.length}; ${LIMITS.secretsPerContract} are allowed, the new one and the one it replaces`;
    problems.push({ field: "secrets", message });
  }
  if (new Set(given).size < given.length)
    problems.push({ field: "secrets", message: "has the same one twice" });
  const overlapMs = "exactly" in secrets ? null : secrets.overlapMs;
  if (overlapMs !== null && !(overlapMs >= 0 && overlapMs <= LIMITS.longestSecretOverlapMs)) {
    const message = `must be 0 or more and at most ${durationInWords(LIMITS.longestSecretOverlapMs)}`;
    problems.push({ field: "rotate_overlap", message });
  }
  return problems;
}

async function contractsOf(
  { store }: Pick<EngineParts, "store">,
  project: string,
): Promise<Readonly<Record<string, StoredContract>>> {
  return (await store.loadProject(project))?.state.contracts ?? {};
}

/** Names are texts from outside: one that every object has is no contract. */
function contractNamed(
  contracts: Readonly<Record<string, StoredContract>>,
  name: string,
): StoredContract | null {
  return Object.hasOwn(contracts, name) ? (contracts[name] ?? null) : null;
}

async function acceptorsOf({ store }: EngineParts, { project, name }: NamedContract): Promise<string[]> {
  const snapshot = await store.loadProject(project);
  const acceptors = snapshot?.project.accepts?.includes(name) === true ? ["the project"] : [];
  let cursor: string | null = null;
  do {
    const page: Page<MonitorSummary> = await store.listMonitors(project, { cursor, limit: LIMITS.pageItems });
    for (const { monitor } of page.items) {
      if (monitor.settings.accepts?.includes(name) === true) acceptors.push(monitor.slug);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return acceptors;
}

function unknownContract(name: string): RollcallError {
  const shown = JSON.stringify(name.slice(0, 120));
  return new RollcallError("not_found", `There is no contract ${shown} in this project.`);
}

function viewOf({ vault }: EngineParts, name: string, stored: StoredContract): ContractView {
  const { contract, createdAt, changedAt } = stored;
  const secrets = stored.secrets.map(({ id, sealed, addedAt, endsAt }) => ({
    id,
    addedAt,
    endsAt,
    characters: vault.open(sealed).length,
  }));
  return { name, contract, secrets, createdAt, changedAt };
}
