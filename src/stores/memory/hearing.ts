/** When Rollcall was there, when it could not hear, and what that left unknown. */
import type { HearingStore } from "../../ports/store.ts";
import { by } from "../order.ts";
import { copy, type Tables, given } from "./tables.ts";

export function hearingSection(tables: Tables): HearingStore {
  return {
    async lastSignOfLifeAt() {
      return tables.lastSignOfLifeAt;
    },

    async signOfLife(at) {
      tables.lastSignOfLifeAt = at;
    },

    async addBlindSpot(spot) {
      if (tables.blindSpots.has(spot.id)) return;
      tables.blindSpots.set(spot.id, given(spot));
      tables.lastSignOfLifeAt = Math.max(spot.toAt, tables.lastSignOfLifeAt ?? spot.toAt);
    },

    async listBlindSpots(sinceAt) {
      const found = [...tables.blindSpots.values()].filter((spot) => spot.toAt >= sinceAt);
      return copy(
        found.sort(
          by(
            (spot) => spot.fromAt,
            (spot) => spot.id,
          ),
        ),
      );
    },

    async blindUnknowns({ blindSpotId, project, onlyUnreported }) {
      const found = [...tables.unknowns.values()]
        .filter(({ unknown }) => unknown.blindSpotId === blindSpotId && unknown.project === project)
        .filter(({ isReported }) => !onlyUnreported || !isReported)
        .map(({ unknown }) => unknown);
      return copy(
        found.sort(
          by(
            (unknown) => unknown.slug,
            (unknown) => unknown.monitorId,
          ),
        ),
      );
    },
  };
}
