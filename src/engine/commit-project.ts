/** Load a project, decide, commit; and again when another writer was first. */
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { ProjectChange, ProjectSnapshot } from "../domain/project.ts";
import type { EngineParts } from "./parts.ts";

/** Null from `decideOn` means that nothing follows. */
export async function commitProject(
  parts: EngineParts,
  name: string,
  decideOn: (snapshot: ProjectSnapshot) => ProjectChange | null | Promise<ProjectChange | null>,
): Promise<void> {
  for (let round = 0; round < LIMITS.staleRounds; round += 1) {
    const snapshot = await parts.store.loadProject(name);
    if (snapshot === null) return;
    const change = await decideOn(snapshot);
    if (change === null || (await parts.store.commitProject(change)) === "committed") return;
  }
  throw new RollcallError(
    "unavailable",
    "Too many writers at once for this project; nothing was kept. Try again.",
    {
      retryAfterSeconds: 1,
    },
  );
}
