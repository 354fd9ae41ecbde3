/** What goes over the wire about the trust boundary and its safe verification: refusals, guards, deploys, accelerations. */
import type { Acceleration, Cadence } from "../domain/acceleration.ts";
import type { DurationGiven, ScheduleJson } from "./answers.ts";
import type { InstantText } from "./run-answers.ts";

export interface AccelerationGiven {
  /** What is left out is as it is of the monitor's own. */
  schedule: ScheduleJson;
  /** Default: 1h. At most 24h. */
  expires_in?: DurationGiven;
  revert_on?: "first_verified";
}

/** A faster schedule that is on, or the last one there was. */
export interface AccelerationAnswer {
  schedule: ScheduleJson;
  began_at: InstantText;
  until: InstantText;
  by: string;
  /** Since when the original schedule is in force again; null while it is on. */
  reverted_at: InstantText | null;
  reverted_by: Acceleration["revertedBy"];
  /** What a person has to do to the real scheduler, which Rollcall does not change. */
  advice: string | null;
  cadence: {
    /** What the starts since then say of the real scheduler; null: nothing yet. */
    said: Cadence["said"];
    /** The latest starts in a row that still came in the faster rhythm. */
    started_at: InstantText[];
  };
  timeline: { at: InstantText; text: string; by: string | null }[];
}

export interface RejectionAnswer {
  id: string;
  /** The name as sent. */
  monitor: string | null;
  monitor_known: boolean;
  /** The monitor whose name is nearest to one that no monitor has. */
  did_you_mean: string | null;
  /** The user's own route whose guard refused the call; null: a check-in was refused. */
  route: string | null;
  reason: string;
  count: number;
  first_at: InstantText;
  last_at: InstantText;
  address_prefix: string;
  header_names: string[];
  expected: string;
  seen: string;
}

export interface GuardedRouteAnswer {
  route: string;
  monitor: string | null;
  probe: boolean;
  config_hash: string;
  /** A guard on it has said so within the last minutes. */
  listening: boolean;
  listening_since: InstantText | null;
  listening_until: InstantText | null;
  last_call: { at: InstantText; ok: boolean; reason: string | null; principal: string | null } | null;
  calls: number;
  first_at: InstantText;
  last_at: InstantText;
  /** What does not fit together, in whole sentences. */
  warnings: string[];
}

export interface DeployAnswer {
  commit: string;
  at: InstantText;
  by: string;
}
