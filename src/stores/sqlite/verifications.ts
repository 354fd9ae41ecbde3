/** Results of the verification matrix, the latest of each address. */
import { LIMITS } from "../../domain/limits.ts";
import type { Verification } from "../../domain/trust/verification.ts";
import type { BoundaryStore } from "../../ports/boundary-store.ts";
import { pageOf, placeIn } from "../cursor.ts";
import { surplusUrls } from "../merging.ts";
import type { Connection } from "./connection.ts";
import { fromText, type Statements, toText } from "./statements.ts";

interface DocumentRow {
  doc: string;
}

type Section = Pick<BoundaryStore, "putVerification" | "getVerification" | "listVerifications">;

export function verificationSection(connection: Connection): Section {
  const get = connection.prepare<DocumentRow>(`SELECT doc FROM verifications WHERE project = ? AND id = ?`);
  const listOf = (condition: string) =>
    connection.prepare<DocumentRow>(`
      SELECT doc FROM verifications WHERE ${condition} AND (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?`);
  const listOfProject = listOf("project = ?");
  const listOfUrl = listOf("project = ? AND url = ?");

  return {
    putVerification: (verification) => connection.write("putVerification", [verification]),

    getVerification: (project, id) =>
      connection.read(() => {
        const row = get.get(project, id);
        return row === undefined ? null : fromText<Verification>(row.doc);
      }),

    listVerifications: (project, { url }, page) =>
      connection.read(() => {
        const place = placeIn(page.cursor) ?? { at: Number.MAX_SAFE_INTEGER, id: "" };
        const rest = [place.at, place.id, page.limit + 1];
        const rows =
          url === null ? listOfProject.all(project, ...rest) : listOfUrl.all(project, url, ...rest);
        const found = rows.map(({ doc }) => fromText<Verification>(doc));
        return pageOf(found, page.limit, ({ at, id }) => [at, id]);
      }),
  };
}

export function verificationWrites(statements: Statements) {
  const put = statements.prepare(`
    INSERT INTO verifications (project, id, url, at, doc) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET url = excluded.url, at = excluded.at, doc = excluded.doc`);
  const removeOlder = statements.prepare(`
    DELETE FROM verifications WHERE rowid IN (
      SELECT rowid FROM verifications WHERE project = ? AND url = ? ORDER BY at DESC, id DESC
      LIMIT -1 OFFSET ${LIMITS.verificationsKept})`);
  const urls = statements.prepare<{ url: string; at: number }>(`
    SELECT url, max(at) AS at FROM verifications WHERE project = ? GROUP BY url`);
  const removeUrl = statements.prepare(`DELETE FROM verifications WHERE project = ? AND url = ?`);

  return {
    putVerification(verification: Verification): void {
      const { project, id, url, at } = verification;
      put.run(project, id, url, at, toText(verification));
      removeOlder.run(project, url);
      for (const surplus of surplusUrls(urls.all(project))) removeUrl.run(project, surplus);
    },
  };
}
