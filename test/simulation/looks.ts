/** Everything the store holds at the end, read once, and the truth to hold it against. */
import { expandRow } from "../../src/domain/decide/rows.ts";
import type { Incident } from "../../src/domain/incident.ts";
import type { WindowRow } from "../../src/domain/ledger.ts";
import type { Notification } from "../../src/domain/notification.ts";
import type { Run } from "../../src/domain/run.ts";
import type { JournalEntry, Snapshot } from "../../src/domain/change.ts";
import type { Page } from "../../src/ports/store.ts";
import { truthOf, type Truth } from "./oracle.ts";
import type { Watched } from "./seen.ts";
import { PROJECT, type World } from "./world.ts";

export interface LooksOfMonitor {
  watched: Watched;
  rows: WindowRow[];
  runs: Run[];
  journal: JournalEntry[];
  snapshot: Snapshot;
  truth: Truth;
  incidents: Incident[];
}

export interface Looks {
  monitors: LooksOfMonitor[];
  incidents: Incident[];
  notifications: Notification[];
}

export async function lookAt(world: World): Promise<Looks> {
  const { store } = world;
  const wanted = { status: null, monitorId: null };
  const incidents = await all((page) => store.listIncidents(PROJECT, wanted, page));
  const notifications = await all((page) => store.listNotifications(PROJECT, { incidentId: null }, page));
  const monitors: LooksOfMonitor[] = [];
  for (const watched of world.watched) {
    const { monitorId } = watched;
    const between = { fromAt: 0, toAt: Number.MAX_SAFE_INTEGER };
    const ranges = await all((page) => store.listWindows(monitorId, between, page));
    const rows = ranges.flatMap(expandRow);
    const snapshot = await store.load(monitorId, {});
    if (snapshot === null) throw new Error(`monitor ${watched.spec.slug} is gone`);
    monitors.push({
      watched,
      rows,
      runs: await all((page) => store.listRuns(monitorId, { runId: null }, page)),
      journal: await all((page) => store.listJournal(monitorId, between, page)),
      snapshot,
      truth: truthFor(world, watched, rows),
      incidents: incidents
        .filter(({ subject }) => subject.type === "monitor" && subject.monitorId === monitorId)
        .sort((one, two) => ordinalOf(one) - ordinalOf(two)),
    });
  }
  return { monitors, incidents, notifications };
}

/** In the order in which they were decided: after a restart a clock set back may show less than the last decision did. */
function ordinalOf({ id }: Incident): number {
  return Number(/\d+$/.exec(id)?.[0] ?? 0);
}

function truthFor(world: World, watched: Watched, rows: readonly WindowRow[]): Truth {
  const { spec, createdAt, history, judged, judgedLast } = watched;
  const firsts = new Map(
    rows.map((row) => [row.expectedAt, row.judgements.find((judgement) => judgement.verdict !== null)]),
  );
  return truthOf({
    spec,
    createdAt,
    endAt: world.endedAt,
    history,
    judged: judged && { by: judged, last: judgedLast },
    wasJudgedBefore: (expectedAt, spot) => {
      const first = firsts.get(expectedAt);
      return first !== undefined && first.cause !== spot.id && first.judgedAt < spot.toAt;
    },
  });
}

export async function all<Item>(
  read: (page: { cursor: string | null; limit: number }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read({ cursor, limit: 1_000 });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}
