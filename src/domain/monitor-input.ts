/** A monitor as the API, the configuration and `create=1` give it: optional fields, durations already in ms. */
import type { ProofSettings } from "./checks/check.ts";
import type { ChannelLink, Overlap, Signals } from "./monitor.ts";
import type { ScheduleInput } from "./schedule/schedule.ts";

export interface MonitorInput extends Partial<ProofSettings> {
  name?: string;
  description?: string;
  tags?: readonly string[];
  schedule?: ScheduleInput;
  signals?: Signals;
  graceMs?: number | null;
  earlyMs?: number | null;
  maxRuntimeMs?: number | null;
  failureThreshold?: number;
  recoveryThreshold?: number;
  overlap?: Overlap;
  manualCounts?: boolean;
  acceptLate?: boolean | null;
  channels?: readonly ChannelLink[] | null;
  /** Null: what the project accepts. */
  accepts?: readonly string[] | null;
}
