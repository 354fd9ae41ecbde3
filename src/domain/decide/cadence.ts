/**
 * Whether the real scheduler was set back too, once an acceleration is over: nobody but the job's own starts can tell.
 *
 * 1. A start is `faster` if it comes about one faster gap after the one before, and is no answer to a window that had
 *    opened: one more run of a window, one outside of all, or one long before its interval's window.
 * 2. Three of them in a row mean that it is accelerated still: said once, and one message tells it.
 * 3. A window of the schedule that is answered after so long a silence that as many faster starts were left out means
 *    that it was set back: one that skips or loses a run is out of rhythm too. Where the schedule itself is not much
 *    slower its own gap is enough, and where it is about as fast every answer.
 *
 * What a person starts and what is delivered late says nothing.
 */
import type { Acceleration, Cadence } from "../acceleration.ts";
import type { CheckIn } from "../check-in.ts";
import { durationInWords } from "../duration.ts";
import { LIMITS } from "../limits.ts";
import type { Run } from "../run.ts";
import { describeSchedule, nextPossible, previousPossible, type Schedule } from "../schedule/schedule.ts";
import { tell } from "./accelerate.ts";
import type { Draft } from "./draft.ts";
import { notifyAll } from "./notices.ts";
import { findRow } from "./rows.ts";

/** After a check-in: what it says of the rhythm in which the job starts. */
export function followCadence(draft: Draft, run: Run, checkIn: CheckIn): void {
  const { acceleration } = draft.state;
  if (acceleration === undefined || acceleration.cadence.said === "reverted") return;
  if (run.trigger === "manual" || run.isDeliveredLate || checkIn.occurredAt !== null) return;
  if (isPlacedNow(draft, run)) {
    const { revertedAt } = acceleration;
    if (revertedAt !== null && run.startedAt > revertedAt) judgeStart(draft, acceleration, run);
    putCadence(draft, { fromAt: run.startedAt });
  }
  const { schedule } = acceleration;
  const isCountedFromEnd = schedule.kind === "every" && schedule.from === "finish";
  if (isCountedFromEnd && run.finishedAt !== null) putCadence(draft, { fromAt: run.finishedAt });
}

/** Where only the end of a run is told, its start is given its place with the end. */
function isPlacedNow({ snapshot, monitor }: Draft, run: Run): boolean {
  const isNew = snapshot.state.lastRun === null || run.id > snapshot.state.lastRun.id;
  if (monitor.settings.signals === "both") return isNew;
  const wasOpen = snapshot.state.openRuns.some(({ id }) => id === run.id);
  return run.state !== "started" && (isNew || wasOpen);
}

function judgeStart(draft: Draft, { beganAt, cadence, schedule }: Acceleration, run: Run): void {
  const at = run.startedAt;
  const gapMs = gapAround(schedule, at);
  const sinceMs = cadence.fromAt === null ? null : at - cadence.fromAt;
  const isInRhythm = sinceMs !== null && sinceMs >= gapMs / 2 && sinceMs <= gapMs * 1.5;
  const row = run.part === "window" && run.windowAt !== null ? findRow(draft, run.windowAt) : null;
  if (row !== null && at >= row.opensAt) {
    const isAsFast = row.gapMs <= gapMs * 1.5;
    const silentMs = sinceMs ?? at - beganAt;
    const isSlow = silentMs >= Math.min(LIMITS.fasterStarts * gapMs, row.gapMs) - gapMs / 2;
    if (!isAsFast && (isInRhythm || !isSlow)) return;
    putCadence(draft, { said: "reverted", startedAts: [] });
    tell(draft, {
      at,
      by: null,
      text: `The real scheduler keeps to its own schedule again: ${describeSchedule(draft.monitor.settings.schedule)}`,
    });
    return;
  }
  const startedAts = isInRhythm ? [...cadence.startedAts, at].slice(-LIMITS.fasterStarts) : [at];
  putCadence(draft, { startedAts });
  if (startedAts.length === LIMITS.fasterStarts) sayStillAccelerated(draft, { at, gapMs });
}

/** While sending is muted the next such start tells it. */
function sayStillAccelerated(draft: Draft, { at, gapMs }: { at: number; gapMs: number }): void {
  const before = draft.state.acceleration?.cadence;
  const original = describeSchedule(draft.monitor.settings.schedule);
  const text = `The job still starts about every ${durationInWords(gapMs)}, though the acceleration is over: set its real scheduler back to its own schedule (${original})`;
  if (before?.said !== "still_accelerated") {
    putCadence(draft, { said: "still_accelerated" });
    tell(draft, { at, by: null, text });
  }
  if (before?.isTold === true || !notifyAll(draft, `${draft.monitor.slug}: ${text}`)) return;
  putCadence(draft, { isTold: true });
}

function putCadence({ state }: Draft, told: Partial<Cadence>): void {
  const { acceleration } = state;
  if (acceleration === undefined) return;
  state.acceleration = { ...acceleration, cadence: { ...acceleration.cadence, ...told } };
}

/** From one run of the faster schedule to the next, at this time. */
function gapAround(schedule: Schedule, at: number): number {
  if (schedule.kind === "every") return schedule.everyMs;
  const [before, after] = [previousPossible(schedule, at + 1), nextPossible(schedule, at)];
  return before === null || after === null ? LIMITS.longestEveryMs : after - before;
}
