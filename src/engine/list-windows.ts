/** The ledger of a monitor, expected and actual side by side: judged windows, open ones, and those still to come. */
import type { MonitorState } from "../domain/change.ts";
import { invalid } from "../domain/errors.ts";
import { emptyRow, type WindowRow } from "../domain/ledger.ts";
import type { Monitor } from "../domain/monitor.ts";
import { isOfInterval, nextEveryWindow, nextUnstarted } from "../domain/status.ts";
import { windowsBetween } from "../domain/timeline.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import { findMonitor, type NamedMonitor } from "./find-monitor.ts";
import type { EngineParts } from "./parts.ts";
import { windowsOfRow, withRuns, type WindowView } from "./window-view.ts";

const DAY_MS = 86_400_000;

interface Between {
  fromAt: number;
  toAt: number;
}

/**
 * Windows with `fromAt <= expectedAt < toAt`, oldest first. Without bounds: from a day ago (or the latest window,
 * if that is longer ago) to a day ahead (or the next window, if that is later).
 */
export async function listWindows(
  parts: EngineParts,
  input: NamedMonitor & { fromAt: number | null; toAt: number | null; page: PageRequest },
): Promise<Page<WindowView>> {
  const { monitor, state } = await findMonitor(parts, input);
  const nowAt = parts.clock.now();
  const latestAt = state.latest?.expectedAt ?? nowAt;
  const nextAt = nextUnstarted(monitor, state)?.expectedAt ?? nowAt;
  const fromAt = input.fromAt ?? Math.min(nowAt - DAY_MS, latestAt);
  const toAt = input.toAt ?? Math.max(nowAt + DAY_MS, nextAt + 1);
  if (fromAt >= toAt) throw invalid([{ field: "from", message: "must lie before to" }]);
  // The cursor is the expectedAt of the last window shown: rows that change meanwhile are neither lost nor doubled.
  const between = { fromAt: Math.max(fromAt, cursorAt(input.page.cursor) + 1), toAt };

  const stored = await storedWindows(parts, { monitor, between, limit: input.page.limit });
  const untilAt = stored.isWhole ? toAt : (stored.rows.at(-1)?.expectedAt ?? between.fromAt);
  const coming = windowsToCome({
    monitor,
    state,
    between: { ...between, toAt: untilAt },
    limit: input.page.limit + 1,
  });
  const known = new Set(stored.rows.map((row) => row.expectedAt));
  const merged = [...stored.rows, ...coming.filter((row) => !known.has(row.expectedAt))].sort(
    (one, two) => one.expectedAt - two.expectedAt,
  );
  const shown = merged.slice(0, input.page.limit);
  const isMore = merged.length > shown.length || !stored.isWhole;
  return {
    items: await withRuns(
      parts,
      shown,
      (row) => isOfInterval(monitor, row) && row.judgements.length === 0 && row.start === "none",
    ),
    nextCursor: isMore ? String(shown.at(-1)?.expectedAt ?? between.fromAt) : null,
  };
}

/** Windows that are expected and have no row yet, oldest first. */
export function windowsToCome(asked: {
  monitor: Monitor;
  state: MonitorState;
  between: Between;
  limit: number;
}): WindowRow[] {
  const { monitor, state, between, limit } = asked;
  const started = new Set(state.windows.map((row) => row.expectedAt));
  const fromAt = Math.max(between.fromAt, state.cursorAt + 1);
  const windows = windowsBetween(monitor.timings, { fromAt, toAt: between.toAt }, limit).filter(
    (window) => !started.has(window.expectedAt),
  );
  const every = nextEveryWindow(monitor, state);
  if (every !== null && every.expectedAt >= between.fromAt && every.expectedAt < between.toAt)
    windows.push(every);
  return windows
    .sort((one, two) => one.expectedAt - two.expectedAt)
    .map((window) => emptyRow(monitor.id, window));
}

/** Enough single windows for one page and one more, range rows expanded. */
async function storedWindows(
  { store }: EngineParts,
  asked: { monitor: Monitor; between: Between; limit: number },
): Promise<{ rows: WindowRow[]; isWhole: boolean }> {
  const rows: WindowRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<WindowRow> = await store.listWindows(asked.monitor.id, asked.between, {
      cursor,
      limit: asked.limit,
    });
    rows.push(...page.items.flatMap((row) => windowsOfRow(row, asked.between)));
    cursor = page.nextCursor;
  } while (cursor !== null && rows.length <= asked.limit);
  rows.sort((one, two) => one.expectedAt - two.expectedAt);
  return { rows, isWhole: cursor === null };
}

function cursorAt(cursor: string | null): number {
  if (cursor === null) return -1;
  if (!/^\d{1,16}$/.test(cursor))
    throw invalid([{ field: "cursor", message: "is not one that an earlier page gave" }]);
  return Number(cursor);
}
