/**
 * Reconciliation: for every monitor, the windows its schedule expected in a period against what the ledger says of
 * each. A window that was expected and has no row is a hole, and is counted as one.
 */
import type { MonitorState } from "../domain/change.ts";
import { invalid } from "../domain/errors.ts";
import { currentVerdict, type Verdict, type WindowRow } from "../domain/ledger.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Monitor } from "../domain/monitor.ts";
import { windowsBetween } from "../domain/timeline.ts";
import type { Rejection } from "../ports/records.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import { allRejections } from "./list-rejections.ts";
import { windowsToCome } from "./list-windows.ts";
import type { EngineParts } from "./parts.ts";
import { countVerified } from "./verified-windows.ts";
import { windowsOfRow } from "./window-view.ts";

const DAY_MS = 86_400_000;
const DEFAULT_PERIOD_MS = 7 * DAY_MS;

/** `verified`, `reported_only`: of the good ones; known for windows that are kept one by one. */
export type Counted =
  | Verdict
  | "verified"
  | "reported_only"
  | "open"
  | "unaccounted"
  | "extra"
  | "rejected"
  | "revised";

/** How many windows of each kind. `expected` is the sum of the verdicts, `open` and `unaccounted`. */
export type Counts = Record<Counted | "expected", number>;

export interface ReportLine {
  monitor: string;
  counts: Counts;
  /** The first holes, by expectedAt. */
  unaccountedAt: readonly number[];
  /** True when the period holds more than can be walked over: the counts are then of whole days. */
  isByDay: boolean;
}

export interface Report {
  fromAt: number;
  toAt: number;
  lines: readonly ReportLine[];
  total: Counts;
  nextCursor: string | null;
}

interface Between {
  fromAt: number;
  toAt: number;
}

/** Without bounds: the last seven days. `total` sums the lines of this page. */
export async function report(
  parts: EngineParts,
  input: { project: string; fromAt: number | null; toAt: number | null; page: PageRequest },
): Promise<Report> {
  const nowAt = parts.clock.now();
  const toAt = Math.min(input.toAt ?? nowAt, nowAt);
  const fromAt = input.fromAt ?? toAt - DEFAULT_PERIOD_MS;
  if (fromAt >= toAt) throw invalid([{ field: "from", message: "must lie before to, and in the past" }]);

  const rejections = await allRejections(parts, input.project);
  const page = await parts.store.listMonitors(input.project, input.page);
  const lines: ReportLine[] = [];
  for (const { monitor, state } of page.items) {
    lines.push(await lineOf(parts, { monitor, state, rejections, between: { fromAt, toAt } }));
  }
  const total = noCounts();
  for (const line of lines) add(total, line.counts);
  return { fromAt, toAt, lines, total, nextCursor: page.nextCursor };
}

async function lineOf(
  parts: EngineParts,
  asked: { monitor: Monitor; state: MonitorState; rejections: readonly Rejection[]; between: Between },
): Promise<ReportLine> {
  const { monitor, state, between } = asked;
  const counts = noCounts();
  // Rows are kept for the retention time; what lies before it is known by day only.
  const historyAt = Math.ceil((parts.clock.now() - LIMITS.historyMs) / DAY_MS) * DAY_MS;
  const rowsFromAt = Math.max(between.fromAt, historyAt);
  if (between.fromAt < historyAt) {
    await addDays(parts, counts, {
      monitor,
      fromAt: between.fromAt,
      toAt: Math.min(historyAt, between.toAt),
    });
  }
  const rows =
    rowsFromAt < between.toAt
      ? await allRows(parts, monitor.id, { fromAt: rowsFromAt, toAt: between.toAt })
      : [];
  if (rows === null) {
    await addDays(parts, counts, { monitor, fromAt: rowsFromAt, toAt: between.toAt });
    return { monitor: monitor.slug, counts: summed(counts), unaccountedAt: [], isByDay: true };
  }
  for (const row of rows) addRow(counts, row);
  const { verified, reportedOnly } = await countVerified(parts, { monitor, state, rows });
  counts.verified = verified;
  counts.reported_only = reportedOnly;
  const open = windowsToCome({
    monitor,
    state,
    between: { ...between, fromAt: rowsFromAt },
    limit: LIMITS.derivedWindows,
  });
  const known = new Set(rows.map((row) => row.expectedAt));
  counts.open += open.filter((row) => !known.has(row.expectedAt)).length;
  const holes = holesOf({ monitor, state, known, between: { ...between, fromAt: rowsFromAt } });
  counts.unaccounted = holes.length;
  counts.rejected += rejectedWithin(asked.rejections, monitor.id, { ...between, fromAt: rowsFromAt });
  const isByDay = between.fromAt < historyAt;
  return {
    monitor: monitor.slug,
    counts: summed(counts),
    unaccountedAt: holes.slice(0, LIMITS.pageItems),
    isByDay,
  };
}

/** All single windows of the period; null when they are more than can be walked over. */
async function allRows(
  { store }: EngineParts,
  monitorId: string,
  between: Between,
): Promise<WindowRow[] | null> {
  const rows: WindowRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<WindowRow> = await store.listWindows(monitorId, between, {
      cursor,
      limit: LIMITS.pageItems,
    });
    rows.push(...page.items.flatMap((row) => windowsOfRow(row, between)));
    if (rows.length > LIMITS.derivedWindows) return null;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return rows;
}

/** Windows that the timings still known expected, that should have been judged by now, and that have no row. */
function holesOf(asked: {
  monitor: Monitor;
  state: MonitorState;
  known: ReadonlySet<number>;
  between: Between;
}): number[] {
  const { monitor, state, known, between } = asked;
  const judged = { fromAt: between.fromAt, toAt: Math.min(between.toAt, state.cursorAt + 1) };
  if (judged.fromAt >= judged.toAt) return [];
  return windowsBetween(monitor.timings, judged, LIMITS.derivedWindows)
    .map((window) => window.expectedAt)
    .filter((expectedAt) => !known.has(expectedAt));
}

function addRow(counts: Counts, row: WindowRow): void {
  counts[currentVerdict(row) ?? "open"] += 1;
  counts.extra += row.extraCount;
  const verdicts = new Set(row.judgements.flatMap((each) => (each.verdict === null ? [] : [each.verdict])));
  if (verdicts.size > 1) counts.revised += 1;
}

async function addDays(
  { store }: EngineParts,
  counts: Counts,
  asked: Between & { monitor: Monitor },
): Promise<void> {
  const days = { fromDay: Math.floor(asked.fromAt / DAY_MS), toDay: Math.ceil(asked.toAt / DAY_MS) };
  for (const { what, delta } of await store.dayCounts(asked.monitor.id, days)) counts[what] += delta;
}

/** Folded rejections keep their count and some instants: those wholly inside are counted, others by instants kept. */
function rejectedWithin(rejections: readonly Rejection[], monitorId: string, between: Between): number {
  let count = 0;
  for (const each of rejections) {
    if (each.monitorId !== monitorId) continue;
    const isInside = each.firstAt >= between.fromAt && each.lastAt < between.toAt;
    count += isInside ? each.count : each.at.filter((at) => at >= between.fromAt && at < between.toAt).length;
  }
  return count;
}

function summed(counts: Counts): Counts {
  const { on_time, late, failed, incomplete, unverified, missing, excused, unknown, open, unaccounted } =
    counts;
  const judged = on_time + late + failed + incomplete + unverified + missing + excused + unknown;
  return { ...counts, expected: judged + open + unaccounted };
}

function add(total: Counts, counts: Counts): void {
  for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += counts[name];
}

function noCounts(): Counts {
  return {
    expected: 0,
    on_time: 0,
    late: 0,
    verified: 0,
    reported_only: 0,
    failed: 0,
    incomplete: 0,
    unverified: 0,
    missing: 0,
    excused: 0,
    unknown: 0,
    open: 0,
    unaccounted: 0,
    extra: 0,
    rejected: 0,
    revised: 0,
  };
}
