/** The latest check-ins of a monitor, as its journal has them. */
import type { JournalEntry } from "../domain/change.ts";
import type { CheckIn } from "../domain/check-in.ts";
import { LIMITS } from "../domain/limits.ts";
import type { MonitorSummary, Store } from "../ports/store.ts";
import { findMonitor, type NamedMonitor } from "./find-monitor.ts";
import type { EngineParts } from "./parts.ts";

export interface NumberedCheckIn {
  /** Accepted check-ins are counted from 1; one that stands for several has the number of the last of them. */
  number: number;
  checkIn: CheckIn;
}

/** The span looked at first; it grows and shrinks so that each holds about a page. */
const FIRST_SPAN_MS = 3_600_000;
const FIRST_PAGE = { cursor: null, limit: LIMITS.pageItems };

/** Newest first, in the order in which they were decided. Those past their retention are not there any more. */
export async function listCheckIns(
  parts: EngineParts,
  input: NamedMonitor & { limit: number },
): Promise<NumberedCheckIn[]> {
  const summary = await findMonitor(parts, input);
  const found: NumberedCheckIn[] = [];
  let number = summary.state.counted.checkIns;
  for await (const checkIn of newestFirst(parts, summary)) {
    found.push({ number, checkIn });
    number -= checkIn.folded;
    if (found.length === input.limit) break;
  }
  return found;
}

/** The journal is read forwards only, so it is walked backwards in spans, none of more than a page. */
async function* newestFirst(
  { store, clock }: EngineParts,
  { monitor, version }: MonitorSummary,
): AsyncGenerator<CheckIn> {
  let toAt = clock.now() + 1;
  let spanMs = FIRST_SPAN_MS;
  const beganAt = Math.max(monitor.createdAt, toAt - LIMITS.historyMs);
  while (toAt > beganAt) {
    const fromAt = Math.max(beganAt, toAt - spanMs);
    const page = await store.listJournal(monitor.id, { fromAt, toAt }, FIRST_PAGE);
    if (page.nextCursor !== null && toAt - fromAt > 1) {
      spanMs = Math.floor((toAt - fromAt) / 2);
      continue;
    }
    const rest = await restOf(store, { monitorId: monitor.id, fromAt, toAt, cursor: page.nextCursor });
    for (const entry of [...page.items, ...rest].reverse()) {
      // What has been decided since the count was read is not in it.
      if (entry.event.type === "check_in" && entry.version <= version) yield entry.event.checkIn;
    }
    toAt = fromAt;
    spanMs *= 2;
  }
}

/** More than a page in one millisecond: read to its end. */
async function restOf(
  store: Store,
  span: { monitorId: string; fromAt: number; toAt: number; cursor: string | null },
): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  let { cursor } = span;
  while (cursor !== null) {
    const page = await store.listJournal(span.monitorId, span, { ...FIRST_PAGE, cursor });
    entries.push(...page.items);
    cursor = page.nextCursor;
  }
  return entries;
}
