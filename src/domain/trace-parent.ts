/**
 * How a run that is wrapped from outside becomes the parent of the job's own trace: the run id is the trace id, and
 * the wrapper's span id follows from it, so that whoever receives the spans knows that the wrapper will tell the end.
 */

const TRACE_ID = /^[0-9a-f]{32}$/;

/** A W3C `traceparent` for a run whose id is 32 hexadecimal digits; null for ids of any other form. */
export function traceParentOf(runId: string): string | null {
  // No id may be all zeros; the second half of a UUID never is.
  const isTraceId = TRACE_ID.test(runId) && !/^0+$/.test(wrapperSpanOf(runId));
  return isTraceId ? `00-${runId}-${wrapperSpanOf(runId)}-01` : null;
}

/** The span id of the wrapper itself. */
export function wrapperSpanOf(traceId: string): string {
  return traceId.slice(16);
}
