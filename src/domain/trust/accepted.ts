/** What a monitor or project accepts: names of contracts, those that are always there among them. */
import type { FieldProblem } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { BUILT_IN_CONTRACTS } from "./contract.ts";

/** What is wrong with the list itself, whatever contracts there are. */
export function acceptedProblems(accepts: readonly string[]): FieldProblem[] {
  const field = "accepts";
  if (accepts.length === 0) {
    return [{ field, message: "names nothing, so that nobody could check in: leave it out, or name one" }];
  }
  if (accepts.length > LIMITS.acceptedContracts) {
    return [{ field, message: `names ${accepts.length}; ${LIMITS.acceptedContracts} are allowed` }];
  }
  const twice = accepts.find((name, index) => accepts.indexOf(name) !== index);
  return twice === undefined ? [] : [{ field, message: `names ${quoted(twice)} twice` }];
}

/** Names that no contract of the project has. */
export function unknownContractProblems(
  accepts: readonly string[] | null | undefined,
  contracts: ReadonlySet<string>,
): FieldProblem[] {
  const known = [...BUILT_IN_CONTRACTS, ...contracts];
  return (accepts ?? []).flatMap((name, index) => {
    if (known.includes(name)) return [];
    const allowed = `there are: ${known.slice(0, 20).join(", ")}`;
    return [{ field: `accepts[${index}]`, message: `no contract is named ${quoted(name)} (${allowed})` }];
  });
}

/** `targets`: an origin and nothing more, so that what is allowed is plain to see. */
export function targetProblems(targets: readonly string[]): FieldProblem[] {
  if (targets.length > LIMITS.targetsPerProject) {
    const message = `names ${targets.length}; ${LIMITS.targetsPerProject} are allowed`;
    return [{ field: "targets", message }];
  }
  return targets.flatMap((target, index) => {
    // As the URL standard writes it: http or https, host in lower case, port only where it is not the usual one.
    const isOrigin = /^https?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/.test(target);
    if (isOrigin && target.length <= LIMITS.evidenceUrlCharacters) return [];
    const message = `${quoted(target)} is no origin: write http or https, a host in lower case and no path, like https://app.example.com`;
    return [{ field: `targets[${index}]`, message }];
  });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}
