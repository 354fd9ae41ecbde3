/**
 * A batch of spans becomes check-ins: a trace is a run of the monitor that its resource names.
 *
 * - Spans export when they end, so the root comes last. What comes before it is `step`, which implies a start.
 * - The root is the run itself and no step of it; its end is the run's end, `fail` where its status is an error.
 *   With the root two check-ins are made, so that the run has a start and an end, each dated as its spans say.
 * - A root whose parent is a wrapper outside (`rollcall exec`) ends nothing: the wrapper tells the end.
 * - A root that was called from another process, with any other parent, ends its run: schedulers in clouds call like that.
 */
import { LIMITS } from "../../domain/limits.ts";
import type { StepKind } from "../../domain/outcome/outcome.ts";
import { readOutcome } from "../../domain/outcome/read-outcome.ts";
import { wrapperSpanOf } from "../../domain/trace-parent.ts";
import type { TracedCheckIn, TracedRun } from "../../ports/traces.ts";
import { slugOf } from "./monitor-named.ts";
import { errorOf, isError, kindOf, statusOf, stepOf, type ToldStep } from "./step.ts";
import { samplingOf, toldOfRun } from "./told-of-run.ts";
import { refuse, type Span, type TraceBatch } from "./trace-batch.ts";

/** A root of these is a single call: it has to be seen as a step, for there may be no other. */
const CALLS: ReadonlySet<StepKind> = new Set(["llm", "tool", "retrieval", "http", "db"]);
/** What each call over the network is made of, and nothing that a job would name. */
const PLUMBING = /instrumentation-(dns|net|fs)$/;

export function tracedRuns(batch: TraceBatch): { runs: TracedRun[]; warnings: string[] } {
  const groups = new Map<string, { slug: string; spans: Span[] }>();
  for (const [traceId, spans] of byTrace(batch)) {
    for (const span of spans) {
      const slug = slugOf(span, spans);
      const key = `${slug}/${traceId}`;
      const group = groups.get(key) ?? { slug, spans: [] };
      groups.set(key, group);
      group.spans.push(span);
    }
  }
  const warnings = new Set<string>();
  const runs = [...groups.values()].map(({ slug, spans }) => tracedRun(slug, spans, warnings));
  return { runs, warnings: [...warnings] };
}

function byTrace(batch: TraceBatch): Map<string, Span[]> {
  const traces = new Map<string, Span[]>();
  for (const span of batch.spans) {
    const known = traces.get(span.traceId);
    if (known !== undefined) known.push(span);
    else if (traces.size < LIMITS.tracesPerBatch) traces.set(span.traceId, [span]);
    else refuse(batch, `a batch has spans of at most ${LIMITS.tracesPerBatch} traces: send smaller ones`);
  }
  return traces;
}

function tracedRun(slug: string, unordered: readonly Span[], warnings: Set<string>): TracedRun {
  const spans = [...unordered].sort((one, two) => (one.endedAt ?? 0) - (two.endedAt ?? 0));
  const runId = spans[0]?.traceId ?? "";
  const tops = spans.filter(isTop);
  const root = tops.findLast(({ parentId }) => parentId !== wrapperSpanOf(runId)) ?? null;
  const doubts = doubtsAbout(spans, root);
  for (const doubt of doubts) warnings.add(`${slug}: ${doubt}`);

  const steps = stepsOf(spans, tops);
  const told = toldOfRun(spans, tops.at(-1) ?? null);
  const during: TracedCheckIn = {
    kind: steps.length === 0 ? "progress" : "step",
    occurredAt: earliestOf(spans),
    durationMs: null,
    body: "",
    ...outcomeOf(root === null ? { ...told, steps } : { steps }, doubts),
    isSampled: samplingOf(spans) !== null,
    sameAs: sameAsOf(spans),
  };
  const checkIns =
    root === null ? [during] : [during, { ...during, ...endOf(root), ...outcomeOf(told, doubts) }];
  return { slug, runId, spans: spans.length, checkIns };
}

/** Read as what a job sends is read: bounds, credentials and faults are the same for both. */
function outcomeOf(
  told: Readonly<Record<string, unknown>>,
  doubts: readonly string[],
): Pick<TracedCheckIn, "outcome" | "notes"> {
  const { part, problems, notes } = readOutcome(told);
  const wrong = problems.map(({ field, message }) => `${field} ${message}`);
  return { outcome: part ?? {}, notes: [...doubts, ...notes, ...wrong] };
}

function endOf(root: Span): Pick<TracedCheckIn, "kind" | "occurredAt" | "durationMs" | "body"> {
  const { startedAt, endedAt } = root;
  const error = isError(root) ? errorOf(root) : null;
  return {
    kind: isError(root) ? "fail" : "success",
    occurredAt: endedAt,
    durationMs: startedAt === null || endedAt === null ? null : Math.max(0, endedAt - startedAt),
    body: [error?.type, error?.message].filter((each) => each != null).join(": "),
  };
}

/** Nothing of its own process is around it. The wrapper is told by its id, for older exporters do not send the flag. */
function isTop({ traceId, parentId, isParentRemote }: Span): boolean {
  return parentId === null || isParentRemote || parentId === wrapperSpanOf(traceId);
}

/** In the order in which they began; of those that began in one millisecond, in the order in which they ended. */
function stepsOf(spans: readonly Span[], tops: readonly Span[]): ToldStep[] {
  const runSpans = new Set(tops.filter((top) => !CALLS.has(kindOf(top))).map(({ spanId }) => spanId));
  const inside = insideOf(spans);
  return spans
    .filter(({ spanId, scope }) => !runSpans.has(spanId) && !PLUMBING.test(scope))
    .sort((one, two) => (one.startedAt ?? 0) - (two.startedAt ?? 0))
    .map((span) =>
      stepOf(span, {
        isOfRun: isTop(span) || runSpans.has(span.parentId ?? ""),
        hasModelInside: inside.models.has(span.spanId),
        hasHttpInside: inside.answers.has(span.spanId),
      }),
    );
}

/** Which spans of the batch hold a model's call, and which an HTTP answer, anywhere inside. */
function insideOf(spans: readonly Span[]): { models: Set<string>; answers: Set<string> } {
  const parents = new Map(spans.map(({ spanId, parentId }) => [spanId, parentId]));
  const around = (inner: readonly Span[]): Set<string> => {
    const ids = new Set<string>();
    for (const { parentId } of inner) {
      // What is marked already has those around it marked too; that also ends a ring of parents.
      for (let id = parentId; id !== null && !ids.has(id); id = parents.get(id) ?? null) ids.add(id);
    }
    return ids;
  };
  return {
    models: around(spans.filter((span) => kindOf(span) === "llm")),
    answers: around(spans.filter((span) => statusOf(span) !== null)),
  };
}

/** In whatever order they came. */
function sameAsOf(spans: readonly Span[]): string {
  const ids = spans.map(({ spanId }) => spanId).sort();
  return ids.join("");
}

/** What makes it doubtful that the run is told as it was. */
function doubtsAbout(spans: readonly Span[], root: Span | null): string[] {
  const doubts: string[] = [];
  const ratio = samplingOf(spans);
  if (ratio !== null) {
    doubts.push(
      `of these traces only a share is sent (sampling, ${ratio}): check in by other means too, for a trace that is not sent looks like a run that never came`,
    );
  }
  if (root !== null && CALLS.has(kindOf(root))) {
    doubts.push(
      "this trace begins with a single call and is taken for a whole run: put one span around all that the run does",
    );
  }
  return doubts;
}

function earliestOf(spans: readonly Span[]): number | null {
  const starts = spans.map(({ startedAt }) => startedAt).filter((at) => at !== null);
  return starts.length === 0 ? null : starts.reduce((one, two) => Math.min(one, two));
}
