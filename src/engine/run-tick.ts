/**
 * One pass of the engine at one instant:
 *
 * 1. Note that Rollcall hears; a blind spot that has just ended is recorded before anything is judged.
 * 2. After a change of the time-zone data, have the monitors with a zone looked at, a page a turn.
 * 3. Judge the monitors that are due, the longest due first, at most so many a turn.
 * 4. A monitor that cannot be judged is logged and left out for a while; it never stops the others.
 * 5. Tell projects what is due about Rollcall itself.
 * 6. Let whoever watches this Rollcall know; not where nobody hears, for then it watches nothing.
 */
import type { MonitorEvent } from "../domain/change.ts";
import { isUnavailable } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Partition } from "../ports/store.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import { followUpBlindSpots } from "./announce-blind-spot.ts";
import { inSlices } from "./in-slices.ts";
import type { LiveParts } from "./live-parts.ts";

export interface TickResult {
  judged: number;
  /** More is due already: the loop should come again at once. */
  isMoreDue: boolean;
}

/** Of which partitions; absent: of all. */
interface TickOf {
  partitions?: readonly Partition[];
}

/** Twice at one instant, and two at once, are harmless: what is judged is no longer due. */
export async function runTick(parts: LiveParts, of: TickOf = {}): Promise<TickResult> {
  const beganAt = parts.clock.now();
  const result = await pass(parts, of);
  parts.metrics?.observeTick({ durationMs: parts.clock.now() - beganAt });
  return result;
}

async function pass(parts: LiveParts, { partitions }: TickOf): Promise<TickResult> {
  await parts.hearing.hear();
  const isRechecking = await parts.zones();
  const nowAt = parts.clock.now();
  const judgedAt = parts.arrivals.judgeableAt(nowAt);
  forgetOld(parts.leftOut, nowAt);
  const limit = LIMITS.monitorsPerTurn + parts.leftOut.size;
  const due = await dueIn(parts, partitions, { judgedAt, limit });
  const waiting = due.filter(({ id }) => (parts.leftOut.get(id) ?? 0) <= nowAt);
  // In slices, so that what is sent meanwhile has its turn.
  const results = await inSlices(waiting, LIMITS.monitorsPerSlice, (one) =>
    judgeOne(parts, one, { judgedAt, nowAt }),
  );
  const judged = results.filter((isJudged) => isJudged).length;
  for (const partition of partitions ?? [undefined]) await followUpBlindSpots(parts, judgedAt, partition);
  if (nowAt - (parts.hearing.lastSignAt() ?? 0) <= LIMITS.blindAfterMs) parts.heartbeat.beat();
  return { judged, isMoreDue: isRechecking || (judged > 0 && due.length === limit) };
}

/** Whoever is still due was tried again since; others have been judged by another process, or are deleted. */
function forgetOld(leftOut: Map<string, number>, nowAt: number): void {
  for (const [id, untilAt] of leftOut) if (nowAt - untilAt > LIMITS.leftOutMs) leftOut.delete(id);
}

/** Of several partitions the longest due, as of one. */
async function dueIn(
  { store }: LiveParts,
  partitions: readonly Partition[] | undefined,
  { judgedAt, limit }: { judgedAt: number; limit: number },
): Promise<readonly { id: string; dueAt: number }[]> {
  if (partitions === undefined) return store.dueMonitors(judgedAt, limit);
  const each = await Promise.all(partitions.map((one) => store.dueMonitors(judgedAt, limit, one)));
  return each
    .flat()
    .sort((one, two) => one.dueAt - two.dueAt)
    .slice(0, limit);
}

async function judgeOne(
  parts: LiveParts,
  { id, dueAt }: { id: string; dueAt: number },
  at: { judgedAt: number; nowAt: number },
): Promise<boolean> {
  const count = (isJudged: boolean): void =>
    parts.metrics?.observeJudging({ isJudged, lagMs: Math.max(0, parts.clock.now() - dueAt) });
  try {
    const eventOf = (): MonitorEvent => ({ type: "clock" });
    await decideAndCommit(parts, { monitorId: id, wanted: {}, judgedAt: () => at.judgedAt, eventOf });
    parts.leftOut.delete(id);
    count(true);
    return true;
  } catch (error) {
    count(false);
    parts.log.error("a monitor could not be judged", { monitorId: id, error });
    // What the store could not take says nothing of the monitor: it is due as before.
    if (!isUnavailable(error)) parts.leftOut.set(id, at.nowAt + LIMITS.leftOutMs);
    return false;
  }
}
