/** What was refused at the trust boundary, folded: a flood of it stays one entry. */
import { LIMITS } from "../../domain/limits.ts";
import type { Rejection, RejectionSighting } from "../../ports/records.ts";
import type { BoundaryStore, RejectionClaim } from "../../ports/boundary-store.ts";
import { pageOf, shownIn } from "../cursor.ts";
import { foldedRejection, foldKeyOf, joinedRejection, marksOf } from "../merging.ts";
import type { Connection } from "./connection.ts";
import { fromText, type Statements, toText } from "./statements.ts";

interface EntryRow {
  number: number;
  doc: string;
}

type Section = Pick<BoundaryStore, "addRejection" | "listRejections" | "rejectionsNear" | "claimRejection">;

export function rejectionSection(connection: Connection): Section {
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

    rejectionsNear: (monitorId, between) =>
      connection.read(() =>
        near
          .all(monitorId, between.fromAt)
          .flatMap(({ doc }) => marksOf(fromText<Rejection>(doc), between))
          .sort((one, other) => one.at - other.at)
          .slice(-LIMITS.rejectionMarks),
      ),

    claimRejection: (claim) => connection.write("claimRejection", [claim]),
  };
}

export function rejectionWrites(statements: Statements) {
  const known = statements.prepare<EntryRow>(
    `SELECT number, doc FROM rejections WHERE project = ? AND fold = ?`,
  );
  const add = statements.prepare<{ number: number }>(`
    INSERT INTO rejections (project, monitor, fold, last_at, doc) VALUES (?, ?, ?, ?, '') RETURNING number`);
  const update = statements.prepare(`UPDATE rejections SET last_at = ?, doc = ? WHERE number = ?`);
  const counted = statements.prepare<{ entries: number }>(`
    SELECT count(*) AS entries FROM rejections WHERE project = ?`);
  // Names that strangers guess must not crowd out what was refused of a job.
  const displace = statements.prepare(`
    DELETE FROM rejections WHERE number IN (
      SELECT number FROM rejections WHERE project = ? ORDER BY monitor IS NOT NULL, last_at, number LIMIT ?)`);
  const named = statements.prepare<EntryRow>(`
    SELECT number, doc FROM rejections WHERE number = ? AND project = ?`);
  const forget = statements.prepare(`DELETE FROM rejections WHERE number = ?`);
  const bind = statements.prepare(`
    UPDATE rejections SET monitor = ?, fold = ?, last_at = ?, doc = ? WHERE number = ?`);

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

    claimRejection({ project, id, monitorId, slug }: RejectionClaim): boolean {
      const row = named.get(Number(id), project);
      // An id is its number as it is written, not in another way that means the same number.
      if (row === undefined || String(row.number) !== id) return false;
      const claimed = { ...fromText<Rejection>(row.doc), monitorId, slug };
      const fold = foldKeyOf(claimed);
      const alike = known.get(project, fold);
      const isTwo = alike !== undefined && alike.number !== row.number;
      if (isTwo) forget.run(alike.number);
      const joined = isTwo ? joinedRejection(claimed, fromText(alike.doc)) : claimed;
      bind.run(monitorId, fold, joined.lastAt, toText(joined), row.number);
      return true;
    },
  };
}
