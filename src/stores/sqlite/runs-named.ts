/**
 * The latest attempt of a run by the job's own id. The ids asked for last are kept in memory, also those that no run
 * has: a start asks in vain, and its finish asks again.
 */
import type { Change } from "../../domain/change.ts";
import type { Run } from "../../domain/run.ts";
import { fromText, keyText, type Statements } from "./statements.ts";

/** Changes that the database may not hold yet, oldest first. */
type Waiting = readonly Pick<Change, "runs">[];

export interface RunsNamed {
  latest(runId: string, waiting: Waiting): Run | null;
  /** The run was written. */
  put(run: Run): void;
}

/** Jobs overlap seldom. */
const KEPT = 4;

export function createRunsNamed(statements: Statements): (monitorId: string) => RunsNamed {
  const latestAttempt = statements.prepare<{ doc: string }>(`
    SELECT doc FROM runs WHERE monitor = ? AND run_id = ? ORDER BY attempt DESC, ordinal DESC LIMIT 1`);
  const stored = statements.prepare<{ id: string }>(`SELECT id FROM runs WHERE id = ?`);

  return (monitorId) => {
    // The ids asked for longest ago first.
    const known = new Map<string, Run | null>();

    const find = (runId: string, waiting: Waiting): Run | null => {
      const read = latestAttempt.get(monitorId, keyText(runId));
      let latest = read === undefined ? null : fromText<Run>(read.doc);
      for (const change of waiting) {
        for (const run of change.runs) if (run.runId === runId && isLater(run, latest)) latest = run;
      }
      return latest;
    };
    // Of equal attempts the later arrived: one that is stored already arrived before any that is not.
    const isLater = (run: Run, latest: Run | null): boolean =>
      latest === null ||
      run.id === latest.id ||
      run.attempt > latest.attempt ||
      (run.attempt === latest.attempt && stored.get(run.id) === undefined);

    return {
      latest(runId, waiting) {
        const run = known.get(runId);
        if (run !== undefined) return run;
        const found = find(runId, waiting);
        known.set(runId, found);
        for (const oldest of known.keys()) if (known.size > KEPT) known.delete(oldest);
        return found;
      },

      put(run) {
        const latest = run.runId === null ? undefined : known.get(run.runId);
        if (run.runId === null || latest === undefined) return;
        if (latest === null || run.id === latest.id || run.attempt > latest.attempt)
          known.set(run.runId, run);
        // Which of the two arrived later is asked of the database.
        else if (run.attempt === latest.attempt) known.delete(run.runId);
      },
    };
  };
}
