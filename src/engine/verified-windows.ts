/** Which windows were answered by a run that its checks bear out: the others' green is their runs' own word. */
import type { MonitorState } from "../domain/change.ts";
import { hasChecks } from "../domain/checks/evaluate.ts";
import { currentVerdict, goodnessOf, type WindowRow } from "../domain/ledger.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Run } from "../domain/run.ts";
import type { Page } from "../ports/store.ts";
import type { EngineParts } from "./parts.ts";

/** Of the single windows given, how many are good and verified, and how many only good. */
export async function countVerified(
  parts: EngineParts,
  asked: { monitor: Monitor; state: MonitorState; rows: readonly WindowRow[] },
): Promise<{ verified: number; reportedOnly: number }> {
  const good = asked.rows.filter((row) => goodnessOf(currentVerdict(row)) === "good");
  const found = mayBeVerified(asked) ? await verifiedAmong(parts, asked.monitor.id, good) : 0;
  return { verified: found, reportedOnly: good.length - found };
}

/** Without a check now, and none that ever held, no run need be read. */
function mayBeVerified({ monitor, state }: { monitor: Monitor; state: MonitorState }): boolean {
  return hasChecks(monitor.settings) || state.lastVerifiedAt !== null;
}

/** Runs are listed newest first; reading stops when the runs of all windows have been seen. */
async function verifiedAmong(
  { store }: EngineParts,
  monitorId: string,
  good: readonly WindowRow[],
): Promise<number> {
  const wanted = new Set(good.flatMap(({ runId }) => (runId === null ? [] : [runId])));
  let verified = 0;
  let read = 0;
  let cursor: string | null = null;
  while (wanted.size > 0 && read < LIMITS.runsPerMonitor) {
    const page: Page<Run> = await store.listRuns(
      monitorId,
      { runId: null },
      { cursor, limit: LIMITS.pageItems },
    );
    for (const run of page.items) {
      if (wanted.delete(run.id) && run.state === "verified") verified += 1;
    }
    read += page.items.length;
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return verified;
}
