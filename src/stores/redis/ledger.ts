/** What came of windows and runs, as it is shown: rows, runs, journal, day counts, incidents. */
import type { DayCount, JournalEntry } from "../../domain/change.ts";
import type { Incident } from "../../domain/incident.ts";
import type { WindowRow } from "../../domain/ledger.ts";
import type { Run } from "../../domain/run.ts";
import type { LedgerStore } from "../../ports/store.ts";
import { numbersIn, pageOf, placeIn } from "../cursor.ts";
import { by } from "../order.ts";
import argumentsLua from "./lua/arguments.lua";
import listIncidentsLua from "./lua/list-incidents.lua";
import listRunsLua from "./lua/list-runs.lua";
import orderLua from "./lua/order.lua";
import { mergedPage } from "./merged-pages.ts";
import { ownersIn } from "./owners.ts";
import type { RedisParts } from "./parts.ts";
import { baseOf, type Place } from "./places.ts";
import { scriptOf } from "./connection/scripts.ts";
import { nameText } from "./monitors/written-change.ts";

const LIST_RUNS = scriptOf("list-runs", argumentsLua, listRunsLua);
const LIST_INCIDENTS = scriptOf("list-incidents", argumentsLua, orderLua, listIncidentsLua);

export function ledgerSection(parts: RedisParts): LedgerStore {
  return { ...windows(parts), ...runs(parts), ...incidents(parts) };
}

type Windows = Pick<LedgerStore, "listWindows" | "listJournal" | "dayCounts">;

function windows({ connection, places }: RedisParts): Windows {
  const keyOf = (place: Place, key: string): string => baseOf(connection, place) + key;

  return {
    async listWindows(monitorId, { fromAt, toAt }, page) {
      // The cursor is the last window shown: a row that grew or was split since then is not shown again.
      const shownAt = numbersIn(page.cursor, 1)?.[0] ?? Number.MIN_SAFE_INTEGER;
      const place = await places.ofMonitor(monitorId);
      if (place === null) return pageOf<WindowRow>([], page.limit, () => []);
      const key = keyOf(place, `w:${monitorId}`);
      const after = Math.max(fromAt, shownAt);
      // Rows never overlap: of those that began before the period only the last one can reach into it.
      const [earlier, later] = await connection.ask((client) =>
        Promise.all([
          client.zrevrangebyscore(key, fromAt, "-inf", "LIMIT", 0, 1),
          client.zrangebyscore(key, `(${after}`, `(${toAt}`, "LIMIT", 0, page.limit + 1),
        ]),
      );
      const reaching = earlier
        .map(parsed<WindowRow>)
        .filter((row) => row.toAt >= fromAt && row.expectedAt > shownAt && row.expectedAt < toAt);
      return pageOf([...reaching, ...later.map(parsed<WindowRow>)], page.limit, (last) => [last.toAt]);
    },

    async listJournal(monitorId, { fromAt, toAt }, page) {
      const shown = numbersIn(page.cursor, 2);
      const place = await places.ofMonitor(monitorId);
      if (place === null) return pageOf<JournalEntry>([], page.limit, () => []);
      const key = keyOf(place, `j:${monitorId}`);
      const [shownAt = Number.MIN_SAFE_INTEGER, shownVersion = 0] = shown ?? [];
      const from = shownAt >= fromAt ? `(${shownAt}` : String(fromAt);
      const [same, later] = await connection.ask((client) =>
        Promise.all([
          shownAt >= fromAt && shownAt < toAt ? client.zrangebyscore(key, shownAt, shownAt) : [],
          client.zrangebyscore(key, from, `(${toAt}`, "LIMIT", 0, page.limit + 1),
        ]),
      );
      const entries = [...same, ...later].map((text) =>
        parsed<JournalEntry>(text.slice(text.indexOf(" ") + 1)),
      );
      const found = entries.filter(({ at, version }) => at !== shownAt || version > shownVersion);
      return pageOf(found, page.limit, (last) => [last.at, last.version]);
    },

    async dayCounts(monitorId, { fromDay, toDay }) {
      const place = await places.ofMonitor(monitorId);
      if (place === null) return [];
      const counts = await connection.ask((client) => client.hgetall(keyOf(place, `c:${monitorId}`)));
      return Object.entries(counts)
        .map(([name, delta]): DayCount => {
          const [day, what] = name.split(" ") as [string, DayCount["what"]];
          return { day: Number(day), what, delta: Number(delta) };
        })
        .filter(({ day, delta }) => day >= fromDay && day < toDay && delta !== 0)
        .sort(
          by(
            (count) => count.day,
            (count) => count.what,
          ),
        );
    },
  };
}

function runs(parts: RedisParts): Pick<LedgerStore, "listRuns" | "getRun"> {
  const { connection, places } = parts;
  return {
    async listRuns(monitorId, { runId }, page) {
      const before = numbersIn(page.cursor, 1)?.[0] ?? "+inf";
      const place = await places.ofMonitor(monitorId);
      if (place === null) return pageOf<Run>([], page.limit, () => []);
      const given = [monitorId, before, page.limit + 1, nameText(runId)];
      const found = (await connection.run(LIST_RUNS, place, ...given)) as [number, string][];
      const { items, nextCursor } = pageOf(found, page.limit, ([arrival]) => [arrival]);
      return { items: items.map(([, text]) => parsed<Run>(text)), nextCursor };
    },

    getRun: ownersIn(parts).run,
  };
}

function incidents(parts: RedisParts): Pick<LedgerStore, "listIncidents" | "getIncident"> {
  const { connection, places } = parts;

  /** Where incidents of the project are that may be of this monitor. */
  const placesWith = async (project: string, monitorId: string | null): Promise<readonly Place[]> => {
    if (monitorId === null) return places.ofProject(project);
    const place = await places.ofMonitor(monitorId);
    return place?.project === project ? [place] : [];
  };
  return {
    async listIncidents(project, { status, monitorId }, page) {
      const after = placeIn(page.cursor);
      const ofStatus = status === null ? null : `is:${status}`;
      const list = monitorId === null ? (ofStatus ?? "all") : `of:${monitorId}`;
      return mergedPage({
        places: await placesWith(project, monitorId),
        limit: page.limit,
        async read(place, howMany) {
          const also = monitorId === null ? null : ofStatus;
          const given = [list, after?.at ?? null, after?.id ?? null, howMany, also];
          return ((await connection.run(LIST_INCIDENTS, place, ...given)) as string[]).map(parsed<Incident>);
        },
        order: (one, other) => -inOrder(one, other),
        placeOf: (last) => [last.openedAt, last.id],
      });
    },

    getIncident: ownersIn(parts).incident,
  };
}

const inOrder = by<Incident>(
  (incident) => incident.openedAt,
  (incident) => incident.id,
);

function parsed<Kept>(text: string): Kept {
  return JSON.parse(text) as Kept;
}
