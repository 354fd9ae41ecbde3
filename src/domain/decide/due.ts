/** The next instant at which a monitor must be looked at. */
import type { Draft } from "./draft.ts";
import { earliestDue } from "./clock.ts";
import { nextNoticeAt } from "./notices.ts";

/** A deadline itself is still in time, so it is due one millisecond later. */
export function dueAfter(draft: Draft): number | null {
  if (draft.monitor.deletedAt !== null) return null;
  if (draft.isUnfinished) return draft.context.judgedAt;
  const due = earliestDue(draft);
  const noticeAt = nextNoticeAt(draft);
  if (due === null) return noticeAt;
  return noticeAt === null ? due.at + 1 : Math.min(due.at + 1, noticeAt);
}
