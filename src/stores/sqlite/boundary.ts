/** Check-ins refused at the trust boundary, folded: a flood of them stays one entry. */
import { LIMITS } from "../../domain/limits.ts";
import type { Rejection, RejectionSighting } from "../../ports/records.ts";
import type { BoundaryStore } from "../../ports/store.ts";
import { pageOf, shownIn } from "../cursor.ts";
import { foldedRejection, foldKeyOf } from "../merging.ts";
import type { Connection } from "./connection.ts";
import { fromText, type Statements, toText } from "./statements.ts";

interface EntryRow {
  number: number;
  doc: string;
}

export function boundarySection(connection: Connection): BoundaryStore {
  const list = connection.prepare<EntryRow>(`
    SELECT number, doc FROM rejections WHERE project = ? ORDER BY last_at DESC, number DESC`);
  const near = connection.prepare<EntryRow>(`
    SELECT number, doc FROM rejections WHERE monitor = ? AND last_at >= ? ORDER BY number`);

  return {
    addRejection: (sighting) => connection.write("addRejection", [sighting]),

    listRejections: (project, page) =>
      connection.read(() => {
        // Entries move to the front when they are seen again, so a page is what was not shown yet, not what lies
        // behind a place. The limit of entries bounds the cursor.
        const shown = shownIn(page.cursor);
        const found = list.all(project).filter(({ number }) => !shown.has(number));
        const { items, nextCursor } = pageOf(found, page.limit, () => [
          ...shown,
          ...found.slice(0, page.limit).map(({ number }) => number),
        ]);
        return { items: items.map(({ doc }) => fromText<Rejection>(doc)), nextCursor };
      }),

    rejectionsNear: (monitorId, { fromAt, toAt }) =>
      connection.read(() =>
        near
          .all(monitorId, fromAt)
          .map(({ doc }) => fromText<Rejection>(doc))
          .flatMap(({ at: instants, reason }) => instants.map((at) => ({ at, reason })))
          .filter(({ at }) => at >= fromAt && at < toAt)
          .sort((one, other) => one.at - other.at)
          .slice(-LIMITS.rejectionMarks),
      ),
    claimRejection: notBuilt,
    claimProof: notBuilt,
    noteGuards: notBuilt,
    listGuardedRoutes: async () => [],
    putVerification: notBuilt,
    getVerification: notBuilt,
    listVerifications: notBuilt,
  };
}

export function boundaryWrites(statements: Statements) {
  const known = statements.prepare<EntryRow>(
    `SELECT number, doc FROM rejections WHERE project = ? AND fold = ?`,
  );
  const add = statements.prepare<{ number: number }>(`
    INSERT INTO rejections (project, monitor, fold, last_at, doc) VALUES (?, ?, ?, ?, '') RETURNING number`);
  const update = statements.prepare(`UPDATE rejections SET last_at = ?, doc = ? WHERE number = ?`);
  const counted = statements.prepare<{ entries: number }>(`
    SELECT count(*) AS entries FROM rejections WHERE project = ?`);
  const displace = statements.prepare(`
    DELETE FROM rejections WHERE number IN (
      SELECT number FROM rejections WHERE project = ? ORDER BY last_at, number LIMIT ?)`);

  return {
    addRejection(sighting: RejectionSighting): void {
      const { project, monitorId, at } = sighting;
      const fold = foldKeyOf(sighting);
      const before = known.get(project, fold);
      if (before !== undefined) {
        const folded = foldedRejection(fromText(before.doc), sighting, String(before.number));
        update.run(folded.lastAt, toText(folded), before.number);
        return;
      }
      const surplus = (counted.get(project)?.entries ?? 0) + 1 - LIMITS.rejectionsPerProject;
      if (surplus > 0) displace.run(project, surplus);
      const number = add.get(project, monitorId, fold, at)?.number ?? 0;
      update.run(at, toText(foldedRejection(null, sighting, String(number))), number);
    },
  };
}

function notBuilt(): Promise<never> {
  return Promise.reject(new Error("not built yet"));
}
