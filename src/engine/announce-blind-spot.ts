/** Tells every project's operators of a blind spot, and later of the monitors it left unknown. */
import {
  announceBlind,
  followUpBlind,
  noteChannelTrouble,
  type ChannelTrouble,
} from "../domain/decide-project.ts";
import type { BlindSpot } from "../domain/hearing.ts";
import { commitProject } from "./commit-project.ts";
import type { EngineParts } from "./parts.ts";

/** Twice for one spot is harmless: a project that has been told is left alone. */
export async function announceBlindSpot(parts: EngineParts, spot: BlindSpot): Promise<void> {
  for (const project of await parts.store.listProjects()) {
    await commitProject(parts, project.name, (snapshot) => {
      if (snapshot.state.blind.some((entry) => entry.blindSpotId === spot.id)) return null;
      return announceBlind(snapshot, spot, parts.clock.now());
    });
  }
}

/** Every follow-up that is due by now. */
export async function followUpBlindSpots(parts: EngineParts, nowAt: number): Promise<void> {
  for (const name of await parts.store.dueProjects(nowAt)) {
    await commitProject(parts, name, async (snapshot) => {
      const due = snapshot.state.blind.filter((entry) => entry.followUpAt <= nowAt);
      const unknowns = await Promise.all(
        due.map(async ({ blindSpotId }) => ({
          blindSpotId,
          monitors: await parts.store.blindUnknowns({ blindSpotId, project: name, onlyUnreported: true }),
        })),
      );
      return followUpBlind(snapshot, unknowns, nowAt);
    });
  }
}

/** A channel gave up or delivers again: an incident of its own, told on the other operator channels. */
export async function reportChannelTrouble(
  parts: EngineParts,
  input: ChannelTrouble & { project: string },
): Promise<void> {
  await commitProject(parts, input.project, (snapshot) =>
    noteChannelTrouble(snapshot, input, parts.clock.now()),
  );
}
