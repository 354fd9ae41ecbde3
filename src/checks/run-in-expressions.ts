/** What expressions know as `run`: the outcome as it was sent, with its counts at the top, and what Rollcall adds. */
import type { CheckSubject } from "../domain/checks/check.ts";
import { instantText } from "../domain/instant.ts";
import { outcomeAsSent } from "../domain/outcome/outcome-as-sent.ts";
import type { Counts, JsonValue } from "../domain/outcome/outcome.ts";

/** Lists and maps are there also when nothing was told of them, so that `all` and `size` need no question before. */
export function runInExpressions({ outcome, durationMs, finishedAt }: CheckSubject): JsonValue {
  const counts = outcome.counts ?? {};
  const ratio = ratioOf(counts);
  return {
    counts,
    metrics: {},
    plan: [],
    steps: [],
    evidence: [],
    http: [],
    environment: {},
    message: "",
    ...outcomeAsSent(outcome),
    extra: outcome.extra ?? {},
    ...counts,
    ...(ratio === null ? {} : { ratio }),
    ...(durationMs === null ? {} : { duration: durationMs / 1_000 }),
    retries: outcome.retries ?? 0,
    finished_at: instantText(finishedAt),
  };
}

/** What was done of what was to be done; nothing of nothing is all of it. */
function ratioOf({ expected, processed, succeeded }: Counts): number | null {
  const done = processed ?? succeeded;
  if (expected === undefined || done === undefined) return null;
  return expected === 0 ? 1 : done / expected;
}
