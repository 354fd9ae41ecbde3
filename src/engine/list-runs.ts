/** Runs of a monitor, and one run with its story: the check-ins it was made of. */
import type { CheckIn } from "../domain/check-in.ts";
import { RollcallError } from "../domain/errors.ts";
import type { Run } from "../domain/run.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import { findMonitor, monitorOfProject, type NamedMonitor } from "./find-monitor.ts";
import { checkInsOf } from "./journal.ts";
import type { EngineParts } from "./parts.ts";

export interface RunView {
  run: Run;
  /** The slug. */
  monitor: string;
  /** Oldest first; empty in lists. */
  story: readonly CheckIn[];
}

/** Newest first; with `runId` (the job's own) only the attempts of that id. */
export async function listRuns(
  parts: EngineParts,
  input: NamedMonitor & { runId: string | null; page: PageRequest },
): Promise<Page<RunView>> {
  const { monitor } = await findMonitor(parts, input);
  const page = await parts.store.listRuns(monitor.id, { runId: input.runId }, input.page);
  return {
    items: page.items.map((run) => ({ run, monitor: monitor.slug, story: [] })),
    nextCursor: page.nextCursor,
  };
}

export async function getRun(parts: EngineParts, input: { project: string; id: string }): Promise<RunView> {
  const run = await parts.store.getRun(input.id);
  const found = run === null ? null : await monitorOfProject(parts, { ...input, monitorId: run.monitorId });
  if (run === null || found === null) {
    throw new RollcallError(
      "not_found",
      `There is no run ${JSON.stringify(input.id.slice(0, 120))} in this project.`,
    );
  }
  return { run, monitor: found.monitor.slug, story: await checkInsOf(parts, run) };
}
