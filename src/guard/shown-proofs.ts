/** Which proofs were shown already, so that none is good twice. Other processes do not know of them. */
import { LIMITS } from "../domain/limits.ts";
import type { Admitted } from "../domain/trust/decision.ts";

export interface ShownProofs {
  /** Whether it is shown for the first time; from now on it was shown. */
  isFirst(admitted: Admitted): boolean;
  /** The work that it was good for failed on our side: whoever sends the same again is let in. */
  forget(admitted: Admitted): void;
}

export function createShownProofs(now: () => number): ShownProofs {
  const until = new Map<string, number>();
  return {
    isFirst(admitted) {
      const { once } = admitted;
      if (once === null) return true;
      const at = now();
      if ((until.get(nameOf(admitted)) ?? 0) > at) return false;
      if (until.size >= LIMITS.guardProofs) makeRoom(until, at);
      until.set(nameOf(admitted), once.untilAt);
      return true;
    },
    forget: (admitted) => void until.delete(nameOf(admitted)),
  };
}

function nameOf({ contract, once }: Admitted): string {
  return `${contract} ${once?.id ?? ""}`;
}

/** Those whose time is over; if there are none, the first one shown. */
function makeRoom(until: Map<string, number>, at: number): void {
  for (const [name, untilAt] of until) if (untilAt <= at) until.delete(name);
  const oldest = until.keys().next();
  if (until.size >= LIMITS.guardProofs && !oldest.done) until.delete(oldest.value);
}
