/** The user's own routes, with what their guards told. */
import { LIMITS } from "../../domain/limits.ts";
import type { BoundaryStore } from "../../ports/boundary-store.ts";
import { toldRoute } from "../merging.ts";
import { by } from "../order.ts";
import { copy, given, keyOf, type Tables } from "./tables.ts";

export function guardSection({
  guardedRoutes,
}: Tables): Pick<BoundaryStore, "noteGuards" | "listGuardedRoutes"> {
  const ofProject = (project: string) =>
    [...guardedRoutes.entries()].filter(([, route]) => route.project === project);

  return {
    async noteGuards(project, noted) {
      for (const note of given(noted)) {
        const key = keyOf(project, note.route);
        const before = guardedRoutes.get(key) ?? null;
        if (before === null) {
          const kept = ofProject(project);
          const surplus = Math.max(0, kept.length + 1 - LIMITS.guardedRoutesPerProject);
          const quietest = kept.sort(by(([, route]) => route.lastAt)).slice(0, surplus);
          for (const [gone] of quietest) guardedRoutes.delete(gone);
        }
        guardedRoutes.set(key, toldRoute(before, project, note));
      }
    },

    async listGuardedRoutes(project) {
      const found = ofProject(project).map(([, route]) => route);
      return copy(found.sort(by(({ route }) => route)));
    },
  };
}
