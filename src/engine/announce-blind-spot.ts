/** Tells every project's operators of a blind spot, and later of the monitors it left unknown. */
import {
  announceBlind,
  followUpBlind,
  noteChannelTrouble,
  type ChannelTrouble,
  type LeftUnknown,
} from "../domain/decide-project.ts";
import { isUnavailable } from "../domain/errors.ts";
import type { BlindSpot, BlindUnknown } from "../domain/hearing.ts";
import { currentJudgement, type WindowRow } from "../domain/ledger.ts";
import { LIMITS } from "../domain/limits.ts";
import { nextUnstarted } from "../domain/status.ts";
import type { Page, Partition } from "../ports/store.ts";
import { commitProject } from "./commit-project.ts";
import { inSlices } from "./in-slices.ts";
import type { EngineParts } from "./parts.ts";

/** All that ended lately: also those that a crash kept another process from telling of. */
export function latelyBlind({ store }: EngineParts, nowAt: number): Promise<readonly BlindSpot[]> {
  return store.listBlindSpots(nowAt - LIMITS.longestDefaultRuntimeMs);
}

/**
 * Gives back those that not every project could be told of. Twice for one spot is harmless: a project that has been told
 * is left alone, and remembers that for as long as spots are announced at all.
 */
export async function announceBlindSpots(
  parts: EngineParts,
  spots: readonly BlindSpot[],
): Promise<readonly BlindSpot[]> {
  const untold: BlindSpot[] = [];
  for (const spot of spots) {
    const projects = await parts.store.listProjects();
    const names = projects.map(({ name }) => name);
    const isTold = await inProjects(parts, names, (snapshot) => {
      const isKnown = snapshot.state.blind.some((entry) => entry.blindSpotId === spot.id);
      if (isKnown || snapshot.project.createdAt > spot.toAt) return null;
      return announceBlind(snapshot, spot, parts.clock.now());
    });
    if (!isTold) untold.push(spot);
  }
  return untold;
}

/** Every follow-up that is due by now; with a partition, of projects that are kept in that one. */
export async function followUpBlindSpots(
  parts: EngineParts,
  nowAt: number,
  partition?: Partition,
): Promise<void> {
  await inProjects(parts, await parts.store.dueProjects(nowAt, partition), async (snapshot) => {
    const { name } = snapshot.project;
    const due = snapshot.state.blind.filter((entry) => entry.followUpAt <= nowAt);
    const unknowns = await Promise.all(
      due.map(({ blindSpotId }) => unknownsOf(parts, { blindSpotId, project: name })),
    );
    return followUpBlind(snapshot, unknowns, nowAt);
  });
}

/** Whether all could be told. One that cannot is logged, and keeps nobody from being told, heard or judged. */
async function inProjects(
  parts: EngineParts,
  names: readonly string[],
  decideOn: Parameters<typeof commitProject>[2],
): Promise<boolean> {
  const told = await inSlices(names, LIMITS.projectsAtOnce, async (name) => {
    try {
      await commitProject(parts, name, decideOn);
      return true;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      parts.log.error("a project could not be told of a blind spot", { project: name, error });
      return false;
    }
  });
  return told.every((isTold) => isTold);
}

/** What is unknown to this day; evidence that came meanwhile has settled the rest. */
async function unknownsOf(
  parts: EngineParts,
  of: { blindSpotId: string; project: string },
): Promise<LeftUnknown> {
  const { blindSpotId } = of;
  const unreported = await parts.store.blindUnknowns({ ...of, onlyUnreported: true });
  if (unreported.length === 0) return { blindSpotId, monitors: [], windowsLost: 0 };
  const isUnreported = new Set(unreported.map((unknown) => unknown.monitorId));
  const monitors: BlindUnknown[] = [];
  let windowsLost = 0;
  for (const unknown of await parts.store.blindUnknowns({ ...of, onlyUnreported: false })) {
    const left = await stillUnknown(parts, unknown);
    windowsLost += left?.count ?? 0;
    if (left !== null && isUnreported.has(left.monitorId)) monitors.push(left);
  }
  return { blindSpotId, monitors, windowsLost };
}

async function stillUnknown({ store }: EngineParts, unknown: BlindUnknown): Promise<BlindUnknown | null> {
  const { monitorId, blindSpotId, fromAt, toAt } = unknown;
  const snapshot = await store.load(monitorId, {});
  if (snapshot === null || snapshot.monitor.deletedAt !== null) return null;
  let count = 0;
  let cursor: string | null = null;
  do {
    const page: Page<WindowRow> = await store.listWindows(
      monitorId,
      { fromAt, toAt: toAt + 1 },
      { cursor, limit: LIMITS.pageItems },
    );
    for (const row of page.items) {
      const judgement = currentJudgement(row);
      // A range row stands for windows that were judged alike.
      if (judgement?.verdict === "unknown" && judgement.cause === blindSpotId) count += row.count;
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  const next = nextUnstarted(snapshot.monitor, snapshot.state);
  return count === 0 ? null : { ...unknown, count, nextExpectedAt: next?.expectedAt ?? null };
}

/** A channel gave up or delivers again: an incident of its own, told on other channels. */
export async function reportChannelTrouble(
  parts: EngineParts,
  input: Omit<ChannelTrouble, "channels"> & { project: string },
): Promise<void> {
  const channels = await channelNames(parts, input.project);
  await commitProject(parts, input.project, (snapshot) =>
    noteChannelTrouble(snapshot, { ...input, channels }, parts.clock.now()),
  );
}

export async function channelNames({ store }: EngineParts, project: string): Promise<readonly string[]> {
  return (await store.listChannels(project)).map(({ name }) => name);
}
