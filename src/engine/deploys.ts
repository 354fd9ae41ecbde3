/** Markers that something was deployed, told by whoever deploys: kept with the project, the latest ones. */
import { oneLine } from "../domain/clean-text.ts";
import { addDeploy } from "../domain/deploys.ts";
import { invalid } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { redact } from "../domain/redact.ts";
import type { Deploy } from "../domain/trust/guarded-route.ts";
import { commitProject } from "./commit-project.ts";
import type { EngineParts } from "./parts.ts";

/** `at` null: now. Twice is harmless. */
export async function noteDeploy(
  parts: EngineParts,
  input: { project: string; commit: string; at: number | null; by: string },
): Promise<Deploy> {
  const nowAt = parts.clock.now();
  const at = input.at ?? nowAt;
  const commit = oneLine(redact(input.commit), LIMITS.nameCharacters);
  if (commit === "") throw invalid([{ field: "commit", message: "is empty: name what was deployed" }]);
  if (at > nowAt + LIMITS.evidenceAheadMs)
    throw invalid([{ field: "at", message: "lies ahead: tell a deploy when it is done, or leave this out" }]);
  const deploy: Deploy = { at, commit, by: input.by };
  await commitProject(parts, input.project, (snapshot) => addDeploy(snapshot, deploy));
  return deploy;
}

/** The latest first. */
export async function listDeploys(
  { store }: EngineParts,
  { project }: { project: string },
): Promise<readonly Deploy[]> {
  return (await store.loadProject(project))?.state.deploys?.toReversed() ?? [];
}
