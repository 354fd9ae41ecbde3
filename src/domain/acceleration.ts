/**
 * A schedule made faster for a while, to see a fix work: the original stays in the settings, a timing of its own expects
 * the windows meanwhile, and it is taken back exactly once.
 */
import type { TimelineEntry } from "./incident.ts";
import type { Schedule } from "./schedule/schedule.ts";

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
  /** Afterwards: starts that still came in the faster rhythm, and what that says of the real scheduler. */
  cadence: { startedAts: readonly number[]; said: "reverted" | "still_accelerated" | null };
}
