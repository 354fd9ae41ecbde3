/** The oracle's streaks and incidents, counted anew from the whole list of results each time. */
import type { MonitorIncidentKind } from "../../src/domain/incident.ts";
import type { OracleRun } from "./oracle-windows.ts";
import type { Spec } from "./specs.ts";

export interface OracleResult {
  /** `window 123` or `run 4`: what had this result. */
  of: string;
  effect: "good" | "bad" | "neutral";
  kind: MonitorIncidentKind | null;
  windowAt: number | null;
  at: number;
  isRevision: boolean;
  /** A worse finish: a new bad result, in place of the run's own good one if that was the latest. */
  isLowering: boolean;
  run: OracleRun | null;
}

interface CountedResult extends OracleResult {
  /** The incident that was open before it. */
  during: OracleIncident | null;
}

export interface OracleIncident {
  openedAt: number;
  kinds: MonitorIncidentKind[];
  /** How many bad results it took. */
  badResults: number;
  /** Windows that went badly, those that opened it included. */
  windowsLost: number;
  /** The finish that closed it; null: still open. */
  closedAt: number | null;
}

/** By a person or by deletion; the streak stays. */
export function closeIncident({ incidents }: OracleBook, at: number): void {
  const open = incidents.find((incident) => incident.closedAt === null);
  if (open !== undefined) open.closedAt = at;
}

export interface OracleBook {
  results: CountedResult[];
  /** The latest window that was judged, though its result may not have counted. */
  judgedUntilAt: number;
  incidents: OracleIncident[];
}

export function addResult(book: OracleBook, spec: Spec, given: OracleResult): void {
  const open = book.incidents.find((incident) => incident.closedAt === null) ?? null;
  const result: CountedResult = { ...given, during: open };
  const { judgedUntilAt } = book;
  if (result.of.startsWith("window")) book.judgedUntilAt = Math.max(judgedUntilAt, result.windowAt ?? 0);
  let isReplacing = false;
  if (result.isRevision || result.isLowering) {
    const index = book.results.findLastIndex((one) => one.of === result.of);
    const isLatest = index !== -1 && isLatestResult(book, index, result);
    isReplacing = isLatest && book.results[index]?.effect === "bad";
    if (isLatest) book.results.splice(index, 1);
    // Of an older result the ledger changes, and nothing else.
    else if (!result.isLowering) return;
  }
  if (result.effect === "neutral") {
    book.results.push(result);
    return;
  }
  if (result.effect === "good" && !counts(book, result, open)) return;
  book.results.push(result);
  const { bad, good } = streaks(book.results);
  if (result.effect === "good") {
    if (open !== null && good >= spec.recoveryThreshold) open.closedAt = result.at;
    return;
  }
  const kind = result.kind ?? "missing";
  if (open !== null) {
    if (open.kinds.at(-1) !== kind) open.kinds.push(kind);
    if (result.of.startsWith("window") && !isReplacing) open.windowsLost += 1;
  } else if (bad >= spec.failureThreshold) {
    const windowsLost = Math.max(1, badWindows(book.results));
    book.incidents.push({ openedAt: result.at, kinds: [kind], badResults: bad, windowsLost, closedAt: null });
  }
}

/**
 * What was unknown has its first result now. A good one counts if nothing of a later window has counted, a bad one
 * only while its window is the latest: it never opens an incident for an old one.
 */
function isLatestResult(
  { results, judgedUntilAt }: OracleBook,
  index: number,
  { effect, windowAt }: OracleResult,
): boolean {
  const isFirst = results[index]?.effect === "neutral";
  if (!isFirst) return results.slice(index + 1).every((one) => one.effect === "neutral");
  if (effect === "bad") return judgedUntilAt <= (windowAt ?? 0);
  return !results.some((one) => (one.windowAt ?? 0) > (windowAt ?? 0) && one.effect !== "neutral");
}

/** Windows among the bad results since the last good one. */
function badWindows(results: readonly OracleResult[]): number {
  const since = results.slice(results.findLastIndex(({ effect }) => effect === "good") + 1);
  return since.filter(({ of, effect }) => effect === "bad" && of.startsWith("window")).length;
}

function streaks(results: readonly OracleResult[]): { bad: number; good: number } {
  let [bad, good] = [0, 0];
  for (const { effect } of results) {
    if (effect === "bad") [bad, good] = [bad + 1, 0];
    if (effect === "good") [bad, good] = [0, good + 1];
  }
  return { bad, good };
}

/** A good run of a window before the latest bad one does not show that what went wrong since is mended. */
function counts(book: OracleBook, result: OracleResult, open: OracleIncident | null): boolean {
  const isManual = result.run?.part === "manual";
  if (open === null && isManual) return false;
  if (open !== null) {
    const kind = open.kinds.at(-1);
    if (kind === "overlap" && (isManual || result.run?.isOverlapping !== false)) return false;
    if (kind === "missing" && isManual) return false;
  }
  const { bad } = streaks(book.results);
  if (bad === 0 && open === null) return true;
  const latestBadAt = latestBadWindow(book.results, open);
  return latestBadAt === null || result.windowAt === null || result.windowAt >= latestBadAt;
}

/** The latest window with a bad result in the streak, or since the one that opened the incident. */
function latestBadWindow(results: readonly CountedResult[], open: OracleIncident | null): number | null {
  const instants: number[] = [];
  for (let index = results.length - 1; index >= 0; index -= 1) {
    const result = results[index];
    if (result === undefined || result.effect === "neutral") continue;
    // Goods end the streak, but not what the open incident is about.
    if (result.effect === "good" && (open === null || result.during !== open)) break;
    if (result.effect === "bad" && result.windowAt !== null) instants.push(result.windowAt);
  }
  return instants.length === 0 ? null : Math.max(...instants);
}
