/**
 * A schedule made faster for a while, to see a fix work: the original stays in the settings, a timing of its own expects
 * the windows meanwhile, and it is taken back exactly once.
 */
import type { MonitorState } from "./change.ts";
import { durationInWords } from "./duration.ts";
import type { TimelineEntry } from "./incident.ts";
import type { Window } from "./ledger.ts";
import { LIMITS } from "./limits.ts";
import { shortestGapMs, timingPart } from "./monitor-settings.ts";
import type { Monitor, MonitorSettings, Timing } from "./monitor.ts";
import { describeSchedule, nextOccurrence, type Schedule, type ScheduleInput } from "./schedule/schedule.ts";
import { usualRuntimeMs, windowAfter, windowOf } from "./timeline.ts";

export interface Acceleration {
  schedule: Schedule;
  /** The timing version that expects its windows. */
  version: number;
  beganAt: number;
  untilAt: number;
  by: string;
  /** Null: it is on. */
  revertedAt: number | null;
  revertedBy: "first_verified" | "expiry" | "edit" | "person" | null;
  /** Every step, oldest first. */
  timeline: readonly TimelineEntry[];
  cadence: Cadence;
}

/** In what rhythm the job really starts, and what that says of the real scheduler once the schedule was taken back. */
export interface Cadence {
  /** From when the next start is counted: the latest start, or its end where the interval counts from there. */
  fromAt: number | null;
  /** Since the schedule was taken back: starts in a row that came in the faster rhythm and not when expected. */
  startedAts: readonly number[];
  said: "reverted" | "still_accelerated" | null;
  /** Somebody was told that it is accelerated still. */
  isTold: boolean;
}

export function isOn(
  acceleration: Acceleration | undefined,
): acceleration is Acceleration & { revertedAt: null } {
  return acceleration !== undefined && acceleration.revertedAt === null;
}

/** What was sent, with what the original says of its own scheduler where nothing else was said. */
export function acceleratedInput(input: ScheduleInput, { schedule }: MonitorSettings): ScheduleInput {
  if (input.every !== undefined) return schedule.kind === "every" ? { from: schedule.from, ...input } : input;
  if (schedule.kind === "every") return input;
  const { timezone, scheduler } = schedule;
  return { timezone, ...(scheduler === null ? {} : { scheduler }), ...input };
}

/** The settings by which the faster windows are expected: what is longer than their gap follows from the gap instead. */
export function acceleratedSettings(settings: MonitorSettings, schedule: Schedule): MonitorSettings {
  const gapMs = shortestGapMs(schedule);
  const { earlyMs } = settings;
  return {
    ...settings,
    schedule,
    graceMs: fittingGrace(settings, gapMs),
    earlyMs: earlyMs !== null && earlyMs > gapMs / 2 ? null : earlyMs,
    maxRuntimeMs: fittingRuntime(settings, gapMs),
  };
}

/** A faster schedule makes no run shorter: each may take as long as it might without. */
function fittingRuntime(
  { schedule, graceMs, maxRuntimeMs, signals }: MonitorSettings,
  gapMs: number,
): number | null {
  if (maxRuntimeMs !== null || signals === "finish") return maxRuntimeMs;
  return usualRuntimeMs(Math.max(gapMs, shortestGapMs(schedule)), graceMs);
}

function fittingGrace({ graceMs, signals, maxRuntimeMs }: MonitorSettings, gapMs: number): number | null {
  // Where only the end is told, grace covers the run.
  if (signals === "finish" && maxRuntimeMs === null)
    return Math.min(gapMs, graceMs ?? LIMITS.longestDefaultGraceMs);
  return graceMs !== null && graceMs > gapMs ? null : graceMs;
}

/** What is doubtful about it, for the person who asks for it. */
export function accelerationWarnings(
  { schedule: original }: MonitorSettings,
  asked: { schedule: Schedule; expiresInMs: number; nowAt: number },
): string[] {
  const { schedule, expiresInMs, nowAt } = asked;
  const [gapMs, originalMs] = [shortestGapMs(schedule), shortestGapMs(original)];
  const firstAt = schedule.kind === "every" ? nowAt + gapMs : nextOccurrence(schedule, nowAt);
  const warnings: string[] = [];
  if (gapMs >= originalMs) {
    warnings.push(
      `this schedule is not faster than the monitor's own: a run every ${durationInWords(gapMs)} instead of every ${durationInWords(originalMs)}.`,
    );
  }
  if (firstAt !== null && firstAt >= nowAt + expiresInMs) {
    warnings.push(
      `it ends before its first run is expected, in ${durationInWords(firstAt - nowAt)}: give a longer expires_in.`,
    );
  }
  return warnings;
}

/** The first window that the original schedule will expect if time alone ends the acceleration; null: none is on. */
export function firstAfterExpiry(
  { settings }: Pick<Monitor, "settings">,
  { acceleration }: Pick<MonitorState, "acceleration">,
): Window | null {
  if (!isOn(acceleration)) return null;
  const { untilAt } = acceleration;
  const timing: Timing = { ...timingPart(settings), version: 0, afterAt: untilAt, untilAt: null };
  if (timing.schedule.kind === "cron") return windowAfter([timing], untilAt);
  return windowOf(timing, untilAt + timing.schedule.everyMs);
}

/** What a person has still to do: Rollcall runs nothing, so both changes of the real scheduler are theirs. Null: nothing. */
export function accelerationAdvice(acceleration: Acceleration, settings: MonitorSettings): string | null {
  const [faster, original] = [acceleration.schedule, settings.schedule].map(describeSchedule);
  if (isOn(acceleration)) {
    return `Have the real scheduler run the job ${faster}, and set it back to its own schedule (${original}) when the acceleration has ended: Rollcall changes what it expects, and no scheduler.`;
  }
  switch (acceleration.cadence.said) {
    case "reverted":
      return null;
    case "still_accelerated":
      return `Set the real scheduler back to its own schedule (${original}): it still runs the job about ${faster}.`;
    case null:
      return `Set the real scheduler back to its own schedule (${original}), if that is not done yet: its next runs will show whether it was.`;
  }
}
