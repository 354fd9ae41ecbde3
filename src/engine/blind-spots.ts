/** When Rollcall could not hear, with the windows that were left unknown for it. */
import type { BlindSpot, BlindUnknown } from "../domain/hearing.ts";
import { LIMITS } from "../domain/limits.ts";
import type { EngineParts } from "./parts.ts";

export interface BlindSpotView {
  spot: BlindSpot;
  unknowns: readonly BlindUnknown[];
}

/** Newest first, as far back as history reaches. `unknowns` are those of the caller's project. */
export async function listBlindSpots(
  { store, clock }: EngineParts,
  input: { project: string },
): Promise<BlindSpotView[]> {
  const spots = await store.listBlindSpots(clock.now() - LIMITS.historyMs);
  const newest = [...spots].reverse().slice(0, LIMITS.pageItems);
  return Promise.all(
    newest.map(async (spot) => ({
      spot,
      unknowns: await store.blindUnknowns({
        blindSpotId: spot.id,
        project: input.project,
        onlyUnreported: false,
      }),
    })),
  );
}
