/**
 * Folds check-ins above the rate: those of one monitor, kind and run that come within half a second are stored as
 * one with a count and the last body. Each sender is answered when that one is durable, never before.
 */
import type { Receipt } from "../domain/change.ts";
import type { CheckIn } from "../domain/check-in.ts";
import { LIMITS } from "../domain/limits.ts";
import { joinParts } from "../domain/outcome/merge.ts";
import type { After } from "./parts.ts";

/** Long enough to fold a flood, short enough for a caller who waits for the answer. */
const GATHER_MS = 500;

export interface CheckInFolding {
  fold(monitorId: string, checkIn: CheckIn): Promise<Receipt>;
}

interface Gathering {
  checkIn: CheckIn;
  receipt: Promise<Receipt>;
}

export function createCheckInFolding(parts: {
  record: (input: { monitorId: string; checkIn: CheckIn }) => Promise<Receipt>;
  after: After;
}): CheckInFolding {
  const gatherings = new Map<string, Gathering>();
  return {
    fold(monitorId, checkIn) {
      const key = `${monitorId}/${checkIn.kind}/${checkIn.runId ?? ""}`;
      const open = gatherings.get(key);
      if (open !== undefined) {
        // The first one's instant stands, because deadlines look at it; the last body says most. The first one's key
        // does not stand for the others: were it a repeated one, they would all be taken for repeated and lost.
        open.checkIn = {
          ...open.checkIn,
          body: checkIn.body,
          exitStatus: checkIn.exitStatus,
          duplicateKey: null,
          folded: open.checkIn.folded + 1,
          ...outcomeOf(open.checkIn, checkIn),
        };
        return open.receipt;
      }
      const gathering: Gathering = {
        checkIn,
        receipt: new Promise<void>((resolve) => void parts.after(GATHER_MS, resolve)).then(async () => {
          gatherings.delete(key);
          const { folded } = gathering.checkIn;
          const note = `more than ${LIMITS.checkInsPerMinute} check-ins a minute: ${folded} of this kind and run were folded into one`;
          return parts.record({
            monitorId,
            checkIn: { ...gathering.checkIn, notes: [...gathering.checkIn.notes, note] },
          });
        }),
      };
      gatherings.set(key, gathering);
      return gathering.receipt;
    },
  };
}

/** What each of them tells of the run counts. */
function outcomeOf(first: CheckIn, second: CheckIn): Pick<CheckIn, "outcome"> {
  if (second.outcome === undefined) return {};
  return { outcome: first.outcome === undefined ? second.outcome : joinParts(first.outcome, second.outcome) };
}
