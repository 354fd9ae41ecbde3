/** What must hold of a ledger after any diary: no holes, nothing twice, no run that pays for two windows. */
import { expect } from "vitest";
import { currentVerdict } from "../../src/domain/ledger.ts";
import { windowsBetween } from "../../src/domain/timeline.ts";
import { iso, PROJECT, type World } from "./world.ts";

/** Every window whose deadline has passed has one row with a verdict, or a run that still goes on. */
export async function expectWholeLedger(world: World, slug: string): Promise<void> {
  const ref = await world.store.findMonitor(PROJECT, slug);
  const snapshot = await world.store.load(ref?.id ?? "", {});
  if (snapshot === null) throw new Error(`no monitor ${slug}`);
  const { monitor, state } = snapshot;
  const rows = await world.rows(slug);
  const expectedAts = rows.map((row) => row.expectedAt);
  expect(expectedAts, "rows in order, none twice").toEqual(
    [...new Set(expectedAts)].sort((one, two) => one - two),
  );

  const isSpotted = (await world.store.listBlindSpots(0)).length > 0;
  const known = new Set(expectedAts);
  const due = windowsBetween(monitor.timings, { fromAt: monitor.createdAt, toAt: world.wall.at }, 5_000);
  const holes = due.filter((window) => window.startBy < world.wall.at && !known.has(window.expectedAt));
  if (!isSpotted)
    expect(
      holes.map((window) => iso(window.expectedAt)),
      "windows without a row",
    ).toEqual([]);

  const open = new Set(state.openRuns.map((run) => run.id));
  const payers = rows.flatMap((row) => (row.runId === null ? [] : [row.runId]));
  expect(new Set(payers).size, "runs that pay for two windows").toBe(payers.length);
  for (const row of rows) {
    const name = iso(row.expectedAt);
    if (currentVerdict(row) === null) expect(open.has(row.runId ?? ""), `${name} goes on`).toBe(true);
    if (row.start === "none") expect(row.runId, `${name} has no start`).toBeNull();
    else expect(currentVerdict(row), `${name} has a start`).not.toBe("excused");
    const startedAt = row.startedAt ?? row.startBy;
    if (row.start === "late") expect(startedAt, `${name} is late`).toBeGreaterThan(row.startBy);
    else expect(startedAt, `${name} is in time`).toBeLessThanOrEqual(row.startBy);
    const verdicts = row.judgements.map((judgement) => judgement.verdict);
    const again = verdicts.filter((verdict, index) => verdict === "missing" && index > 0);
    if (row.start === "none") expect(again, `${name} is judged once`).toEqual([]);
  }
}
