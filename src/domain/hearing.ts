/** When Rollcall could not hear, and when windows are excused or messages muted by plan. */

/** An interval in which Rollcall itself could not hear. Half-open in spirit: it ends when hearing resumed. */
export interface BlindSpot {
  id: string;
  fromAt: number;
  toAt: number;
  /** `stopped`: no sign of life was stored; `clock_stepped_back`: engine time stood still. */
  cause: "stopped" | "clock_stepped_back";
}

/** A window left unknown by a blind spot: named in its follow-up so that a person can look. */
export interface BlindUnknown {
  blindSpotId: string;
  monitorId: string;
  slug: string;
  project: string;
  /** The first and last window left unknown, and how many. */
  fromAt: number;
  toAt: number;
  count: number;
  nextExpectedAt: number | null;
}

/** Planned by a person: `maintenance` excuses windows, `silence` only mutes sending. */
export interface Plan {
  id: string;
  project: string;
  kind: "maintenance" | "silence";
  /** Slugs; null: chosen by tags. */
  monitors: readonly string[] | null;
  tags: readonly string[] | null;
  fromAt: number;
  untilAt: number;
  reason: string;
  createdAt: number;
}

export interface Pause {
  id: string;
  at: number;
  /** Null: until resumed; then a reason is required. */
  untilAt: number | null;
  reason: string | null;
}

const PAUSE_ID = "pause-";

/** A pause is named by its beginning, so that a judgement's cause leads back to it. */
export function pauseIdOf(beganAt: number): string {
  return `${PAUSE_ID}${beganAt}`;
}

/** When the pause of this id began; null where the id is none of a pause. */
export function pauseBeganAt(id: string): number | null {
  return id.startsWith(PAUSE_ID) ? Number(id.slice(PAUSE_ID.length)) : null;
}

/** The parts of a rejection that deciding needs: when and why; what was wanted and what came, where it was told. */
export interface RejectionMark {
  at: number;
  reason: string;
  expected?: string;
  seen?: string;
  /** The user's own route that refused it; absent: a check-in was refused. */
  route?: string;
}
