/** What came of windows and runs, as it is shown: rows, runs, journal, day counts, incidents. */
import type { LedgerStore } from "../../ports/store.ts";
import { numbersIn, pageOf, placeIn } from "../cursor.ts";
import { monitorIdOf } from "../merging.ts";
import { by } from "../order.ts";
import { copy, type Tables } from "./tables.ts";

export function ledgerSection(tables: Tables): LedgerStore {
  return { ...history(tables), ...incidents(tables) };
}

type Incidents = Pick<LedgerStore, "listIncidents" | "getIncident">;

function history(tables: Tables): Omit<LedgerStore, keyof Incidents> {
  return {
    async listWindows(monitorId, { fromAt, toAt }, page) {
      // The cursor is the last window shown: a row that grew or was split since then is not shown again.
      const shownAt = numbersIn(page.cursor, 1)?.[0] ?? Number.MIN_SAFE_INTEGER;
      const found = (tables.monitors.get(monitorId)?.windows ?? []).filter(
        (row) => row.expectedAt < toAt && row.toAt >= fromAt && row.expectedAt > shownAt,
      );
      return copy(pageOf(found, page.limit, (last) => [last.toAt]));
    },

    async listRuns(monitorId, { runId }, page) {
      const before = numbersIn(page.cursor, 1)?.[0] ?? Number.MAX_SAFE_INTEGER;
      const found = [...(tables.monitors.get(monitorId)?.runs.values() ?? [])]
        .filter(({ run, ordinal }) => ordinal < before && (runId === null || run.runId === runId))
        .reverse();
      const { items, nextCursor } = pageOf(found, page.limit, (last) => [last.ordinal]);
      return copy({ items: items.map(({ run }) => run), nextCursor });
    },

    async getRun(id) {
      const owner = tables.monitors.get(tables.runOwners.get(id) ?? "");
      return copy(owner?.runs.get(id)?.run ?? null);
    },

    async listJournal(monitorId, { fromAt, toAt }, page) {
      const [shownAt = 0, shownVersion = 0] = numbersIn(page.cursor, 2) ?? [Number.MIN_SAFE_INTEGER, 0];
      const found = (tables.monitors.get(monitorId)?.journal ?? [])
        .filter(({ at }) => at >= fromAt && at < toAt)
        .filter(({ at, version }) => at > shownAt || (at === shownAt && version > shownVersion))
        .sort(
          by(
            (entry) => entry.at,
            (entry) => entry.version,
          ),
        );
      return copy(pageOf(found, page.limit, (last) => [last.at, last.version]));
    },

    async dayCounts(monitorId, { fromDay, toDay }) {
      const found = [...(tables.monitors.get(monitorId)?.counts.values() ?? [])]
        .filter(({ day, delta }) => day >= fromDay && day < toDay && delta !== 0)
        .sort(
          by(
            (count) => count.day,
            (count) => count.what,
          ),
        );
      return copy(found);
    },
  };
}

function incidents(tables: Tables): Incidents {
  return {
    async listIncidents(project, { status, monitorId }, page) {
      const place = placeIn(page.cursor);
      const found = [...tables.incidents.values()]
        .filter((incident) => incident.project === project)
        .filter((incident) => status === null || incident.status === status)
        .filter((incident) => monitorId === null || monitorIdOf(incident) === monitorId)
        .filter(
          ({ openedAt, id }) =>
            place === null || openedAt < place.at || (openedAt === place.at && id < place.id),
        )
        .sort(
          by(
            (incident) => incident.openedAt,
            (incident) => incident.id,
          ),
        )
        .reverse();
      return copy(pageOf(found, page.limit, (last) => [last.openedAt, last.id]));
    },

    async getIncident(id) {
      return copy(tables.incidents.get(id) ?? null);
    },
  };
}
