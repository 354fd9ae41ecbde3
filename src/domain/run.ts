/** One execution of a job: all check-ins with the same run id, or the monitor's one anonymous run. */
import type { CheckResult } from "./checks/check.ts";
import type { Trigger } from "./check-in.ts";
import type { Outcome } from "./outcome/outcome.ts";

export type RunState =
  | "started"
  | "reported"
  | "verified"
  | "failed"
  | "incomplete"
  | "unverified"
  | "unknown";

/**
 * `window`: it took a window. `extra`: another run of a window that had one already.
 * `outside`: it lies before the first window, or in an excused one. `manual`: started by a person.
 */
export type RunPart = "window" | "extra" | "outside" | "manual";

export interface Run {
  /** Rollcall's own id, unique and in order of arrival. */
  id: string;
  monitorId: string;
  /** The job's own run id; null for the anonymous run. */
  runId: string | null;
  /** 1, or 2, 3 … where the job used one id for several runs (`<id>#2`). */
  attempt: number;
  trigger: Trigger;
  part: RunPart;
  /** expectedAt of the window it took or belongs to. */
  windowAt: number | null;
  state: RunState;
  startedAt: number;
  /** False while only a lone finish (or a finish with a duration) has told of the start. */
  isStartHeard: boolean;
  /** Null for a run that is only a finish. */
  finishBy: number | null;
  finishedAt: number | null;
  /** receivedAt of its first and of its latest check-in. */
  heardFromAt: number;
  heardToAt: number;
  /** When the last check-in of each kind happened, where it had no key: nearness in time tells duplicates apart. */
  heard: Readonly<Record<string, number>>;
  /** What it has told so far; null while it has told nothing but its start. */
  outcome: Outcome | null;
  /** What its checks found when it had finished; absent before, and where nothing was checked. */
  checks?: readonly CheckResult[];
  /** It ended well, and something about it is to be looked at. */
  isDegraded?: boolean;
  /** Silence counts from here, where a pause has given it time; absent: from `heardToAt`. */
  idleFromAt?: number;
  /** Ended as incomplete because nothing was heard of it for longer than `max_idle`. */
  isSilent?: boolean;
  /**
   * A proof from outside is still awaited: until when, and when it is asked for next. `isHeld`: an incident is open
   * or a bad streak goes on, and only the proof may count towards its end.
   */
  awaited?: { untilAt: number; askAt: number; isHeld: boolean } | null;
  isOverlapping: boolean;
  isDeliveredLate: boolean;
  /** Remarks for the reader: duplicates of ids, overlaps, later finishes that did not count. */
  notes: readonly string[];
}

/** As people write it: `nightly`, `nightly#2`, or null for the anonymous run. */
export function shownRunId(run: Pick<Run, "runId" | "attempt">): string | null {
  if (run.runId === null) return null;
  return run.attempt === 1 ? run.runId : `${run.runId}#${run.attempt}`;
}

/** It ended well, as far as is known. */
export function isGood(run: Run): boolean {
  return run.state === "reported" || run.state === "verified";
}

/** Good so far: a proof from outside is still to come. */
export function isAwaited(run: Run): boolean {
  return isGood(run) && (run.checks?.some(({ status }) => status === "pending") ?? false);
}
