/** What the journal still knows, for whoever asks what a run or a window was made of. */
import type { CheckIn } from "../domain/check-in.ts";
import { pauseBeganAt, type Pause } from "../domain/hearing.ts";
import { LIMITS } from "../domain/limits.ts";
import { goneReason } from "../domain/managed.ts";
import type { Run } from "../domain/run.ts";
import type { EngineParts } from "./parts.ts";

/** Those decided within `[fromAt, toAt)`, oldest first, the first page of them. */
export async function checkInsBetween(
  { store }: EngineParts,
  asked: { monitorId: string; fromAt: number; toAt: number },
): Promise<CheckIn[]> {
  const page = await store.listJournal(asked.monitorId, asked, { cursor: null, limit: LIMITS.pageItems });
  return page.items.flatMap(({ event }) => (event.type === "check_in" ? [event.checkIn] : []));
}

/** A pause that has ended, as it was begun; null once it is past its retention. */
export async function pauseNamed(
  { store }: EngineParts,
  asked: { monitorId: string; id: string },
): Promise<Pause | null> {
  const at = pauseBeganAt(asked.id);
  if (at === null) return null;
  const between = { fromAt: at, toAt: at + 1 };
  const page = await store.listJournal(asked.monitorId, between, { cursor: null, limit: LIMITS.pageItems });
  for (const { event } of page.items) {
    if (event.type === "paused") return { id: asked.id, at, untilAt: event.untilAt, reason: event.reason };
    if (event.type === "gone")
      return { id: asked.id, at, untilAt: null, reason: goneReason(event.configuration) };
  }
  return null;
}

/** The check-ins that came while the run was told of. For the anonymous run those are all without an id. */
export async function checkInsOf(parts: EngineParts, run: Run): Promise<CheckIn[]> {
  const { monitorId, heardFromAt: fromAt, heardToAt: lastAt } = run;
  // The journal is ordered by when a check-in was decided, which is after it was received.
  const toAt = lastAt + LIMITS.arrivalHeldMs;
  const checkIns = await checkInsBetween(parts, { monitorId, fromAt, toAt });
  return checkIns.filter(({ runId, receivedAt }) => runId === run.runId && receivedAt <= lastAt);
}
