/**
 * A faster schedule for a while: begun by a person, taken back exactly once, because taking it back is one decision
 * like any other. What takes it back, whichever comes first:
 *
 * 1. The first run of one of its windows, or one more run of it, that is verified (without checks: that ends well). A
 *    run that a person started shows nothing of the scheduler.
 * 2. The end of its time, as of that instant, whenever somebody looks.
 * 3. An edit of the schedule, which takes its place.
 * 4. A person.
 */
import { acceleratedSettings, isOn, type Acceleration } from "../acceleration.ts";
import type { MonitorEvent } from "../change.ts";
import { hasChecks } from "../checks/evaluate.ts";
import { LIMITS } from "../limits.ts";
import { timingPart } from "../monitor-settings.ts";
import { isAwaited, isGood, shownRunId, type Run } from "../run.ts";
import { describeSchedule } from "../schedule/schedule.ts";
import { currentTiming, type Draft } from "./draft.ts";
import { noteOnIncident } from "./incidents.ts";
import { laterTime, zoneOf } from "./local-words.ts";
import { findRow } from "./rows.ts";
import { putTiming } from "./timings.ts";

/** While one is on, another one changes nothing. */
export function accelerate(
  draft: Draft,
  { schedule, expiresInMs, by }: Omit<Extract<MonitorEvent, { type: "accelerated" }>, "type">,
): void {
  if (isOn(draft.state.acceleration)) return;
  const at = draft.context.judgedAt;
  const { settings } = draft.monitor;
  putTiming(draft, timingPart(acceleratedSettings(settings, schedule)), { at, keeps: "expected" });
  draft.state.acceleration = {
    schedule,
    version: currentTiming(draft.monitor).version,
    beganAt: at,
    untilAt: at + expiresInMs,
    by,
    revertedAt: null,
    revertedBy: null,
    timeline: [],
    cadence: { fromAt: null, startedAts: [], said: null, isTold: false },
  };
  const zone = zoneOf(draft.monitor);
  const until = `${laterTime(at + expiresInMs, at, zone)} ${zone}`;
  tell(draft, {
    at,
    by,
    text: `Accelerated: expected ${describeSchedule(schedule)}, until ${until} or the first ${wantedRun(draft)} run; its own schedule (${describeSchedule(settings.schedule)}) is kept`,
  });
}

/** A person takes it back; of one that is over, or never was, nothing happens. */
export function decelerate(draft: Draft, by: string): void {
  revert(draft, { at: draft.context.judgedAt, because: "person", text: `Taken back by ${by}`, by });
}

/** Its time is over. */
export function expireAcceleration(draft: Draft, untilAt: number): void {
  revert(draft, {
    at: untilAt,
    because: "expiry",
    text: `Its time is over, and no run was ${wantedRun(draft)}`,
    by: null,
  });
}

/** A run has ended, or its proof has come: if it shows that the faster windows are answered well, that is enough. */
export function confirmAcceleration(draft: Draft, run: Run, at: number): void {
  const { acceleration } = draft.state;
  if (!isOn(acceleration) || !isConfirmed(draft, run) || !isOfFasterWindow(draft, acceleration, run)) return;
  const named = shownRunId(run);
  const which = named === null ? "A run" : `Run ${named}`;
  const text = hasChecks(draft.monitor.settings) ? `${which} was verified` : `${which} ended well`;
  revert(draft, { at, because: "first_verified", text, by: null });
}

/** The edit has put its own timing in the place of both. */
export function endByEdit(draft: Draft, by: string): void {
  const { acceleration } = draft.state;
  if (!isOn(acceleration)) return;
  const at = draft.context.judgedAt;
  end(draft, acceleration, { at, because: "edit", text: `The schedule was edited by ${by}`, by });
}

interface Ending {
  at: number;
  because: NonNullable<Acceleration["revertedBy"]>;
  text: string;
  by: string | null;
}

/** The windows expected from that instant on are the original's; those expected before stay and are judged. */
function revert(draft: Draft, ending: Ending): void {
  const { acceleration } = draft.state;
  if (!isOn(acceleration)) return;
  putTiming(draft, timingPart(draft.monitor.settings), { at: ending.at, keeps: "expected" });
  end(draft, acceleration, ending);
}

function end(draft: Draft, acceleration: Acceleration, { at, because, text, by }: Ending): void {
  draft.state.acceleration = { ...acceleration, revertedAt: at, revertedBy: because };
  const { schedule } = draft.monitor.settings;
  const again = because === "edit" ? "" : " again";
  tell(draft, { at, by, text: `${text}: expected ${describeSchedule(schedule)}${again}` });
}

/** A step of it, in its own timeline and in that of the incident it may have to do with. */
export function tell(draft: Draft, { at, text, by }: { at: number; text: string; by: string | null }): void {
  const { acceleration } = draft.state;
  if (acceleration === undefined) return;
  const entry = { at, what: "note" as const, text, by };
  const timeline = [...acceleration.timeline, entry].slice(-LIMITS.accelerationEntries);
  draft.state.acceleration = { ...acceleration, timeline };
  noteOnIncident(draft, entry);
}

function wantedRun({ monitor }: Draft): "verified" | "good" {
  return hasChecks(monitor.settings) ? "verified" : "good";
}

function isConfirmed({ monitor }: Draft, run: Run): boolean {
  if (run.trigger === "manual" || isAwaited(run)) return false;
  return hasChecks(monitor.settings) ? run.state === "verified" : isGood(run);
}

/** Where its row is not at hand, time tells: windows kept from before lie before the faster ones. */
function isOfFasterWindow(draft: Draft, { version, beganAt }: Acceleration, run: Run): boolean {
  if (run.windowAt === null || (run.part !== "window" && run.part !== "extra")) return false;
  const row = findRow(draft, run.windowAt);
  if (row !== null) return row.version === version;
  return run.startedAt >= beganAt && run.windowAt > currentTiming(draft.monitor).afterAt;
}
