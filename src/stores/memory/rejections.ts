/** What was refused at the trust boundary, folded: a flood of it stays one entry. */
import { LIMITS } from "../../domain/limits.ts";
import type { BoundaryStore } from "../../ports/boundary-store.ts";
import { pageOf, shownIn } from "../cursor.ts";
import { foldedRejection, foldKeyOf, joinedRejection, marksOf } from "../merging.ts";
import { by } from "../order.ts";
import { copy, given, type KeptRejection, keyOf, type Tables } from "./tables.ts";

type Section = Pick<BoundaryStore, "addRejection" | "listRejections" | "rejectionsNear" | "claimRejection">;

export function rejectionSection(tables: Tables): Section {
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
      // Names that strangers guess must not crowd out what was refused of a job.
      const entries = ofProject(sighting.project).sort(
        by(
          ([, kept]) => (kept.rejection.monitorId === null ? 0 : 1),
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

    async rejectionsNear(monitorId, between) {
      const marks = [...tables.rejections.values()]
        .filter(({ rejection }) => rejection.monitorId === monitorId)
        .sort(by(({ number }) => number))
        .flatMap(({ rejection }) => marksOf(rejection, between))
        .sort(by(({ at }) => at));
      return copy(marks.slice(-LIMITS.rejectionMarks));
    },

    async claimRejection({ project, id, monitorId, slug }) {
      const found = ofProject(project).find(([, { rejection }]) => rejection.id === id);
      if (found === undefined) return false;
      const [keyBefore, { number, rejection }] = found;
      const claimed = { ...rejection, monitorId, slug };
      const key = keyOf(project, foldKeyOf(claimed));
      tables.rejections.delete(keyBefore);
      const alike = tables.rejections.get(key);
      tables.rejections.set(key, {
        number,
        rejection: alike === undefined ? claimed : joinedRejection(claimed, alike.rejection),
      });
      return true;
    },
  };
}
