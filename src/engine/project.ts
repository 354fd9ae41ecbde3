/**
 * A project's own settings: its title, the channels that are told by default and about Rollcall itself, what it accepts,
 * and what may be verified from it.
 */
import { changeProject } from "../domain/decide-project.ts";
import type { ProjectValue } from "../domain/configuration-plan.ts";
import { RollcallError, invalid, type FieldProblem } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Project, ProjectSnapshot } from "../domain/project.ts";
import { acceptedProblems, targetProblems, unknownContractProblems } from "../domain/trust/accepted.ts";
import { commitProject } from "./commit-project.ts";
import { contractNames } from "./contracts.ts";
import type { EngineParts } from "./parts.ts";

/** What is left out stays as it is. */
export type ProjectPatch = ProjectValue;

export async function getProject(parts: EngineParts, input: { project: string }): Promise<Project> {
  return (await load(parts, input.project)).project;
}

export async function patchProject(
  parts: EngineParts,
  input: { project: string; patch: ProjectPatch },
): Promise<Project> {
  const channelNames = new Set((await parts.store.listChannels(input.project)).map(({ name }) => name));
  const names = { channelNames, contractNames: await contractNames(parts, input.project) };
  const problems = patchProblems(input.patch, names);
  if (problems.length > 0) throw invalid(problems);
  await commitProject(parts, input.project, (snapshot) => changeProject(snapshot, input.patch));
  return getProject(parts, input);
}

async function load({ store }: EngineParts, name: string): Promise<ProjectSnapshot> {
  const snapshot = await store.loadProject(name);
  if (snapshot === null) throw new RollcallError("not_found", `There is no project ${JSON.stringify(name)}.`);
  return snapshot;
}

/** What is wrong with it where there are channels and contracts of these names. */
export function patchProblems(
  patch: ProjectPatch,
  names: { channelNames: ReadonlySet<string>; contractNames: ReadonlySet<string> },
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (
    patch.title !== undefined &&
    (patch.title.trim() === "" || patch.title.length > LIMITS.nameCharacters)
  ) {
    problems.push({ field: "name", message: `must have 1 to ${LIMITS.nameCharacters} characters` });
  }
  const lists = { operator_channels: patch.operatorChannels, default_channels: patch.defaultChannels };
  for (const [field, list] of Object.entries(lists)) {
    for (const [index, name] of (list ?? []).entries()) {
      if (names.channelNames.has(name)) continue;
      problems.push({
        field: `${field}[${index}]`,
        message: `there is no channel ${JSON.stringify(name.slice(0, 120))}`,
      });
    }
    if ((list ?? []).length > LIMITS.channelsPerMonitor) {
      problems.push({ field, message: `names more than ${LIMITS.channelsPerMonitor} channels` });
    }
  }
  if (patch.accepts != null) problems.push(...acceptedProblems(patch.accepts));
  problems.push(...unknownContractProblems(patch.accepts, names.contractNames));
  problems.push(...targetProblems(patch.targets ?? []));
  return problems;
}
