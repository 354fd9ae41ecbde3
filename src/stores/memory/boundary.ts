/** Check-ins refused at the trust boundary, folded: a flood of them stays one entry. */
import { LIMITS } from "../../domain/limits.ts";
import type { BoundaryStore } from "../../ports/store.ts";
import { pageOf, shownIn } from "../cursor.ts";
import { foldedRejection, foldKeyOf } from "../merging.ts";
import { by, copy, given, type KeptRejection, keyOf, type Tables } from "./tables.ts";

export function boundarySection(tables: Tables): BoundaryStore {
  const ofProject = (project: string) =>
    [...tables.rejections.entries()].filter(([, { rejection }]) => rejection.project === project);

  return {
    async addRejection(seen) {
      const sighting = given(seen);
      const key = keyOf(sighting.project, foldKeyOf(sighting));
      const before = tables.rejections.get(key);
      if (before !== undefined) {
        before.rejection = foldedRejection(before.rejection, sighting, before.rejection.id);
        return;
      }
      const entries = ofProject(sighting.project).sort(
        by(
          ([, kept]) => kept.rejection.lastAt,
          ([, kept]) => kept.number,
        ),
      );
      const surplus = Math.max(0, entries.length + 1 - LIMITS.rejectionsPerProject);
      for (const [oldest] of entries.slice(0, surplus)) tables.rejections.delete(oldest);
      tables.given.rejections += 1;
      const number = tables.given.rejections;
      tables.rejections.set(key, { number, rejection: foldedRejection(null, sighting, String(number)) });
    },

    async listRejections(project, page) {
      // Entries move to the front when they are seen again, so a page is what was not shown yet, not what lies
      // behind a place. The limit of entries bounds the cursor.
      const shown = shownIn(page.cursor);
      const found = ofProject(project)
        .map(([, kept]) => kept)
        .filter(({ number }) => !shown.has(number))
        .sort(
          by<KeptRejection>(
            ({ rejection }) => rejection.lastAt,
            ({ number }) => number,
          ),
        )
        .reverse();
      const showing = found.slice(0, page.limit).map(({ number }) => number);
      const { items, nextCursor } = pageOf(found, page.limit, () => [...shown, ...showing]);
      return copy({ items: items.map(({ rejection }) => rejection), nextCursor });
    },

    async rejectionsNear(monitorId, { fromAt, toAt }) {
      return [...tables.rejections.values()]
        .filter(({ rejection }) => rejection.monitorId === monitorId)
        .sort(by(({ number }) => number))
        .flatMap(({ rejection }) => rejection.at.map((at) => ({ at, reason: rejection.reason })))
        .filter(({ at }) => at >= fromAt && at < toAt)
        .sort(by(({ at }) => at))
        .slice(-LIMITS.rejectionMarks);
    },
    claimRejection: notBuilt,
    claimProof: notBuilt,
    noteGuards: notBuilt,
    listGuardedRoutes: async () => [],
    putVerification: notBuilt,
    getVerification: notBuilt,
    listVerifications: notBuilt,
  };
}

function notBuilt(): Promise<never> {
  return Promise.reject(new Error("not built yet"));
}
