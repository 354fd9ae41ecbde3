/** What reached one monitor and was kept, in the order in which it was decided: all that the oracle is told. */
import type { CheckIn } from "../../src/domain/check-in.ts";
import type { BlindSpot, Plan } from "../../src/domain/hearing.ts";
import type { Schedule } from "../../src/domain/schedule/schedule.ts";
import type { Spec } from "./specs.ts";

export type HistoryEvent =
  | { what: "check_in"; checkIn: CheckIn }
  /** `heardUntilAt`: Rollcall still judged until then, although the spot begins at the last sign of life. */
  | { what: "blind"; spot: BlindSpot; heardUntilAt: number }
  | { what: "edited"; at: number; spec: Spec }
  | { what: "paused"; at: number; untilAt: number | null }
  | { what: "resumed"; at: number }
  /** Made, or ended before its time: the latest of an id holds. */
  | { what: "planned"; plan: Plan }
  | { what: "plan_gone"; id: string }
  | { what: "resolved_by_hand"; at: number }
  | { what: "acknowledged"; at: number }
  | { what: "commented"; at: number }
  /** A check-in was turned away at the trust boundary. */
  | { what: "rejected"; at: number }
  | { what: "accelerated"; at: number; schedule: Schedule; untilAt: number }
  | { what: "taken_back"; at: number }
  | { what: "deleted"; at: number };

/**
 * Where several processes share the store: of what lies before which instants it was decided by then what came of it.
 * Each judges by its own clock, and absence later than what only ends; so no event says that of the others.
 */
export interface Judged {
  absenceAt: number;
  endsAt: number;
}

/** When the event was decided; null where it has no place in engine time of its own. */
export function decidedAt(event: HistoryEvent): number | null {
  if (event.what === "check_in") return event.checkIn.receivedAt;
  // What the oracle does not look at must not hold it up, however late it was kept.
  if (event.what === "rejected") return null;
  return "at" in event ? event.at : null;
}
