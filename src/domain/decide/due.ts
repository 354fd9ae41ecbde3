/** The next instant at which a monitor must be looked at. */
import type { Draft } from "./draft.ts";
import { earliestDue } from "./clock.ts";
import { nextNoticeAt } from "./notices.ts";
import { nextAskAt } from "./proof.ts";

/** A deadline itself is still in time, so it is due one millisecond later. */
export function dueAfter(draft: Draft): number | null {
  if (draft.monitor.deletedAt !== null) return null;
  if (draft.isUnfinished) return draft.context.judgedAt;
  const due = earliestDue(draft);
  const instants = [nextNoticeAt(draft), nextAskAt(draft), due === null ? null : due.at + 1];
  const soonest = Math.min(...instants.map((at) => at ?? Number.POSITIVE_INFINITY));
  return soonest === Number.POSITIVE_INFINITY ? null : soonest;
}
