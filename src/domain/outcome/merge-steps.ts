/** Steps are told of again and again: begun, tried once more, done. Each is known by its id, and the latest word counts. */
import type { Counts, Step } from "./outcome.ts";

export interface JoinedSteps {
  steps: readonly Step[];
  /** Those that bring an HTTP answer which has not been told before. */
  answered: readonly Step[];
  /** Those whose answer was replaced by another one. */
  replaced: readonly Step[];
  /** Tries after the first one that have not been told before. */
  retries: number;
}

/** Steps keep the place at which they were told first. Telling the same again changes nothing. */
export function joinSteps(before: readonly Step[], told: readonly Step[]): JoinedSteps {
  const byId = new Map(before.map((step) => [step.id, step]));
  const answered: Step[] = [];
  const replaced: Step[] = [];
  let retries = 0;
  for (const step of told) {
    const known = byId.get(step.id);
    const next = known === undefined ? step : updated(known, step);
    retries += next.attempt - (known?.attempt ?? 1);
    if (hasNewAnswer(known, next)) {
      answered.push(next);
      if (known !== undefined && hasAnswer(known)) replaced.push(known);
    }
    byId.set(step.id, next);
  }
  return { steps: [...byId.values()], answered, replaced, retries };
}

/**
 * What is to be kept rather than others: what failed, where the run is, what was tried again, the latest of all, and
 * steps of the run itself rather than parts of steps.
 */
export function stepWorth(steps: readonly Step[]): (step: Step) => number {
  const latestAt = Math.max(0, ...steps.map(lastAt));
  return (step) => {
    if (step.status === "failed") return 5;
    if (step.status === "running") return 4;
    if (step.attempt > 1) return 3;
    if (latestAt > 0 && lastAt(step) === latestAt) return 2;
    return step.parentId === null ? 1 : 0;
  };
}

export function hasAnswer(step: Step): boolean {
  return step.http !== null && step.http.status !== null;
}

function updated(known: Step, step: Step): Step {
  const isUnderWay = step.status === "running";
  // Told late, by a try that is over: a later one has ended meanwhile.
  if (step.attempt < known.attempt && known.status !== "running") return known;
  const attempt = Math.max(known.attempt, step.attempt);
  const place = { parentId: step.parentId ?? known.parentId, seq: step.seq ?? known.seq, attempt };
  if (step.attempt > known.attempt || (isUnderWay && known.status !== "running"))
    return { ...step, ...place };
  return {
    ...step,
    ...place,
    kind: step.kind === "task" ? known.kind : step.kind,
    startedAt: step.startedAt ?? known.startedAt,
    endedAt: step.endedAt ?? (isUnderWay ? null : known.endedAt),
    counts: joinedCounts(known.counts, step.counts),
    http: step.http ?? known.http,
    error: step.error ?? (step.status === "failed" ? known.error : null),
    tokens: step.tokens ?? known.tokens,
    cost: step.cost ?? known.cost,
  };
}

/** A step that was told of again brings no further answer: only another try, host or status is one. */
function hasNewAnswer(known: Step | undefined, step: Step): boolean {
  if (!hasAnswer(step)) return false;
  if (known === undefined || !hasAnswer(known) || step.attempt > known.attempt) return true;
  return known.http?.status !== step.http?.status || known.http?.host !== step.http?.host;
}

function joinedCounts(known: Counts | null, told: Counts | null): Counts | null {
  return known === null || told === null ? (told ?? known) : { ...known, ...told };
}

function lastAt(step: Step): number {
  return step.endedAt ?? step.startedAt ?? 0;
}
