/**
 * Rules of the ledger: no holes, every verdict as the truth has it, no window paid for twice, nothing forgotten that
 * was acknowledged, and times in which nobody could hear never called missing.
 */
import { currentVerdict, type Verdict, type WindowRow } from "../../src/domain/ledger.ts";
import { note } from "./coverage.ts";
import type { Looks, LooksOfMonitor } from "./looks.ts";
import { verdictOf, type OracleWindow } from "./oracle-windows.ts";
import type { World } from "./world.ts";

export function brokenLedger(world: World, looks: Looks): string[] {
  return [
    ...looks.monitors.flatMap((monitor) => [
      ...brokenVerdicts(world, monitor),
      ...paidTwice(monitor),
      ...calledMissing(world, monitor),
      ...brokenJournal(monitor),
    ]),
    ...forgotten(world, looks),
  ];
}

/** No holes, no windows too many, and each current verdict and start as the truth has them. */
function brokenVerdicts(world: World, { watched, rows, truth }: LooksOfMonitor): string[] {
  const broken: string[] = [];
  const { slug } = watched.spec;
  const byInstant = new Map(rows.map((row) => [row.expectedAt, row]));
  if (byInstant.size !== rows.length) broken.push(`${slug}: a window has two rows`);
  const isKnown = (window: OracleWindow): boolean => window.verdicts.length > 0 || window.start !== "none";
  for (const window of truth.windows.filter(isKnown)) {
    const row = byInstant.get(window.expectedAt);
    byInstant.delete(window.expectedAt);
    const shouldBe = `${expectedVerdict(window) ?? "open"} (start ${window.start})`;
    const is = row === undefined ? "a hole" : `${currentVerdict(row) ?? "open"} (start ${row.start})`;
    if (is !== shouldBe)
      broken.push(`${slug}: window ${iso(window.expectedAt)} is ${is}, should be ${shouldBe}${told(row)}`);
    countVerdicts(world, row);
  }
  for (const row of byInstant.values())
    broken.push(
      `${slug}: nothing was expected at ${iso(row.expectedAt)}, judged ${currentVerdict(row) ?? "open"}`,
    );
  return broken;
}

/** While its run goes on a window has no verdict, or keeps the bad one it had. */
function expectedVerdict(window: OracleWindow): Verdict | null {
  const verdict = verdictOf(window);
  return verdict === "unknown" && window.run?.state === "open" ? null : verdict;
}

function countVerdicts({ coverage }: World, row: WindowRow | undefined): void {
  if (row === undefined) return;
  const verdict = currentVerdict(row);
  if (verdict !== null && verdict !== "unverified") note(coverage, `window: ${verdict}`);
  const verdicts = row.judgements.flatMap((judgement) => judgement.verdict ?? []);
  if (new Set(verdicts).size > 1) note(coverage, "window: revised");
}

function told(row: WindowRow | undefined): string {
  const said = row?.judgements.map(
    ({ verdict, reason, judgedAt }) => `${verdict} ${reason.code} ${iso(judgedAt)}`,
  );
  return said === undefined ? "" : ` [${said.join(", ")}]`;
}

function paidTwice({ watched, rows, runs }: LooksOfMonitor): string[] {
  const { slug } = watched.spec;
  const payers = rows.flatMap((row) => row.runId ?? []);
  const claims = runs.filter((run) => run.part === "window").map((run) => run.windowAt);
  return [
    ...(new Set(payers).size < payers.length ? [`${slug}: one run paid for two windows`] : []),
    ...(new Set(claims).size < claims.length ? [`${slug}: one window was given to two runs`] : []),
  ];
}

/** What could not be heard is never called missing; only what was judged before hearing ended may be. */
function calledMissing(world: World, { watched, rows }: LooksOfMonitor): string[] {
  return rows.flatMap((row) => {
    const first = row.judgements.find((judgement) => judgement.verdict !== null);
    if (first?.verdict !== "missing") return [];
    if (first.judgedAt <= row.startBy && row.expectedAt === row.toAt && first.judgedAt < row.startBy)
      return [`${watched.spec.slug}: window ${iso(row.expectedAt)} was judged before its deadline`];
    const meets = world.spots.find(
      ({ spot }) => spot.fromAt <= row.startBy && spot.toAt >= row.expectedAt - 60_000,
    );
    if (meets === undefined) return [];
    const event = watched.history.find((one) => one.what === "blind" && one.spot.id === meets.spot.id);
    if (event?.what === "blind" && row.startBy < event.heardUntilAt) return [];
    return [
      `${watched.spec.slug}: window ${iso(row.expectedAt)} is called missing over the blind spot ${meets.spot.id}`,
    ];
  });
}

/** The journal holds every decision once. */
function brokenJournal({ watched, journal, snapshot }: LooksOfMonitor): string[] {
  const versions = journal.map((entry) => entry.version);
  const isOnce = new Set(versions).size === versions.length;
  const isWithin = versions.every((version) => version <= snapshot.version);
  return isOnce && isWithin ? [] : [`${watched.spec.slug}: the journal is not what was decided`];
}

/** Every acknowledged check-in is in the journal, or was a duplicate of one that is; its run is there. */
function forgotten(world: World, looks: Looks): string[] {
  const kept = new Set<string>();
  const runs = new Set<string>();
  for (const { journal, runs: ofMonitor } of looks.monitors) {
    for (const { event } of journal) if (event.type === "check_in") kept.add(event.checkIn.principal);
    for (const run of ofMonitor) runs.add(run.id);
  }
  return world.network.acknowledged.flatMap(({ token, run, isDuplicate }) => [
    ...(isDuplicate || kept.has(token) ? [] : [`${token} was acknowledged and is not in the journal`]),
    ...(run === null || runs.has(run) ? [] : [`${token} was acknowledged and its run ${run} is not there`]),
  ]);
}

export function iso(at: number | null): string {
  return at === null ? "never" : new Date(at).toISOString().replace(".000Z", "Z").slice(5);
}
