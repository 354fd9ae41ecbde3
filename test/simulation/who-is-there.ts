/** Of several processes: when none of them could hear, and when none of them could judge. */
import type { VirtualTime } from "./virtual-time.ts";

export interface Interval {
  fromAt: number;
  /** Null: still. */
  toAt: number | null;
}

export interface WhoIsThere {
  unheard: Interval[];
  /** Nobody could judge, or nobody could hear, without which nothing is judged. */
  unjudged: Interval[];
  /** Something may have changed just now. */
  look(): void;
  /** Something has changed just now, and changes again after this long. */
  lookAgain(afterMs: number): void;
}

export function watchWhoIsThere(
  time: VirtualTime,
  is: { hears: () => boolean; judges: () => boolean },
): WhoIsThere {
  const whoIsThere: WhoIsThere = {
    unheard: [{ fromAt: time.now(), toAt: null }],
    unjudged: [{ fromAt: time.now(), toAt: null }],
    look() {
      const [isHeard, isJudged] = [is.hears(), is.judges()];
      note(whoIsThere.unheard, { isOn: !isHeard, nowAt: time.now() });
      note(whoIsThere.unjudged, { isOn: !isHeard || !isJudged, nowAt: time.now() });
    },
    lookAgain(afterMs) {
      whoIsThere.look();
      time.after(afterMs, whoIsThere.look);
    },
  };
  return whoIsThere;
}

function note(intervals: Interval[], { isOn, nowAt }: { isOn: boolean; nowAt: number }): void {
  const last = intervals.at(-1);
  const isGoingOn = last !== undefined && last.toAt === null;
  if (isOn && !isGoingOn) intervals.push({ fromAt: nowAt, toAt: null });
  if (!isOn && isGoingOn) last.toAt = nowAt;
}
