/** What a monitor's row says of a faster schedule: that it is on, or what its real scheduler shows since it is over. */
import { isOn } from "../domain/acceleration.ts";
import { describeSchedule } from "../domain/schedule/schedule.ts";
import type { MonitorView } from "../engine/view-monitor.ts";
import { clockText } from "./time.tsx";

export function AccelerationNote({ view }: { view: MonitorView }) {
  if (view.acceleration === null) return null;
  const { acceleration, advice } = view.acceleration;
  if (isOn(acceleration)) {
    const wanted = view.isNeverVerified ? "good" : "verified";
    return (
      <span class="name">
        <span class="badge">accelerated</span> {describeSchedule(acceleration.schedule)} until{" "}
        {clockText(acceleration.untilAt)}; reverts on the first {wanted} run
      </span>
    );
  }
  if (advice === null) return null;
  if (acceleration.cadence.said !== "still_accelerated") return <span class="name">{advice}</span>;
  return (
    <span class="name doubt">
      <span class="badge">still accelerated</span> {advice}
    </span>
  );
}

/** By which the next run is expected. */
export function scheduleInForce({ monitor, acceleration: shown }: MonitorView): string {
  const own = describeSchedule(monitor.settings.schedule);
  return shown !== null && isOn(shown.acceleration)
    ? `${describeSchedule(shown.acceleration.schedule)} for now, else ${own}`
    : own;
}
