/** The user's own routes, with what their guards told. */
import type { GuardedRoute } from "../../domain/trust/guarded-route.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { BoundaryStore, GuardNote } from "../../ports/boundary-store.ts";
import { toldRoute } from "../merging.ts";
import type { Connection } from "./connection.ts";
import { fromText, keyText, type Statements, toText } from "./statements.ts";

interface DocumentRow {
  doc: string;
}

export function guardSection(
  connection: Connection,
): Pick<BoundaryStore, "noteGuards" | "listGuardedRoutes"> {
  const list = connection.prepare<DocumentRow>(`SELECT doc FROM guarded_routes WHERE project = ?`);
  return {
    noteGuards: (project, noted) => connection.write("noteGuards", [project, noted]),

    listGuardedRoutes: (project) =>
      connection.read(() =>
        list
          .all(project)
          .map(({ doc }) => fromText<GuardedRoute>(doc))
          .sort((one, other) => (one.route < other.route ? -1 : 1)),
      ),
  };
}

export function guardWrites(statements: Statements) {
  const find = statements.prepare<DocumentRow>(`
    SELECT doc FROM guarded_routes WHERE project = ? AND route = ?`);
  const put = statements.prepare(`
    INSERT INTO guarded_routes (project, route, last_at, doc) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET last_at = excluded.last_at, doc = excluded.doc`);
  const counted = statements.prepare<{ routes: number }>(`
    SELECT count(*) AS routes FROM guarded_routes WHERE project = ?`);
  const displace = statements.prepare(`
    DELETE FROM guarded_routes WHERE rowid IN (
      SELECT rowid FROM guarded_routes WHERE project = ? ORDER BY last_at, rowid LIMIT ?)`);

  return {
    noteGuards(project: string, noted: readonly GuardNote[]): void {
      for (const note of noted) {
        const known = find.get(project, keyText(note.route));
        const before = known === undefined ? null : fromText<GuardedRoute>(known.doc);
        if (before === null) {
          const surplus = (counted.get(project)?.routes ?? 0) + 1 - LIMITS.guardedRoutesPerProject;
          if (surplus > 0) displace.run(project, surplus);
        }
        const told = toldRoute(before, project, note);
        put.run(project, keyText(told.route), told.lastAt, toText(told));
      }
    },
  };
}
