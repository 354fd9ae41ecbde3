/** A window as it is shown: one expected run, what came of it, and how its verdict came about. */
import { expandRow } from "../domain/decide/rows.ts";
import type { WindowRow } from "../domain/ledger.ts";
import type { Run } from "../domain/run.ts";
import type { EngineParts } from "./parts.ts";

export interface WindowView {
  row: WindowRow;
  /** The run that took it, where there is one. */
  run: Run | null;
  /** Expected by an interval that the next start may move. */
  isProjected: boolean;
}

/** The single windows of a row that lie in `fromAt <= expectedAt < toAt`. */
export function windowsOfRow(row: WindowRow, between: { fromAt: number; toAt: number }): WindowRow[] {
  return expandRow(row).filter((one) => one.expectedAt >= between.fromAt && one.expectedAt < between.toAt);
}

export async function withRuns(
  { store }: EngineParts,
  rows: readonly WindowRow[],
  isProjected: (row: WindowRow) => boolean,
): Promise<WindowView[]> {
  const runs = await Promise.all(
    rows.map(async (row) => (row.runId === null ? null : store.getRun(row.runId))),
  );
  return rows.map((row, index) => ({ row, run: runs[index] ?? null, isProjected: isProjected(row) }));
}
