/** The next runs of a schedule, for a person who wants to see before relying on it. */
import { instantText } from "../instant.ts";
import { nextOccurrence } from "./occurrences.ts";
import type { Schedule } from "./schedule-kinds.ts";
import { localTime } from "./zone.ts";

/** At most `count`, after `fromAt`; of an interval, those that follow if nothing moves them. */
export function nextRuns(schedule: Schedule, { fromAt, count }: { fromAt: number; count: number }): number[] {
  const runs: number[] = [];
  for (let at: number | null = fromAt; runs.length < count; runs.push(at)) {
    at = schedule.kind === "every" ? at + schedule.everyMs : nextOccurrence(schedule, at);
    if (at === null) break;
  }
  return runs;
}

/** By the clock of the schedule's zone: "2026-03-08T03:00:00-04:00". */
export function localInstantText(schedule: Schedule, at: number): string {
  if (schedule.kind === "every" || schedule.timezone === "UTC") return instantText(at);
  const { offsetMs } = localTime(at, schedule.timezone);
  const minutes = Math.abs(Math.round(offsetMs / 60_000));
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${instantText(at + offsetMs).replace("Z", "")}${offsetMs < 0 ? "-" : "+"}${hour}:${minute}`;
}
