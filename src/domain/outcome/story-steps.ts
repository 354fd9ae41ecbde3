/**
 * Which step a run's story is about: of the steps of the run itself, the one that holds what went wrong, with its place
 * in the plan. Steps within it tell only why.
 */
import type { RunState } from "../run.ts";
import type { Outcome, Step } from "./outcome.ts";

/** One step of the run itself, and where it stands: `step 3 of 7 "enrich"`. */
export interface Place {
  step: Step;
  /** It and everything known within it, in order. */
  within: readonly Step[];
  number: number | null;
  /** Null where no plan names it. */
  total: number | null;
  /** `on`: it failed or was going on; `after`: it had ended, and nothing of a later one is known. */
  when: "on" | "after";
}

/** Null where no step is known, or none of them says what went wrong. */
export function decisivePlace(outcome: Outcome, state: RunState): Place | null {
  const tops = topsOf(outcome.steps ?? []);
  if (tops.length === 0) return null;
  const isOpen = state === "started" || state === "incomplete" || state === "unknown";
  const failed = isOpen ? null : firstOfLastFailures(tops);
  const running = tops.findLast(({ step }) => step.status === "running") ?? null;
  const found = failed ?? running ?? tops.findLast(({ step }) => step.status !== "skipped") ?? null;
  if (found === null) return null;
  const when = found === failed || found === running ? "on" : "after";
  return { ...found, ...numberOf(found, tops, outcome), when };
}

export interface LeftOut {
  name: string;
  number: number | null;
}

/** Steps that the plan names and the run did not do, up to the one where it ended; and those it said it skipped. */
export function leftOut(outcome: Outcome, until: Place | null): readonly LeftOut[] {
  const tops = topsOf(outcome.steps ?? []);
  // Of steps that were told and not kept nobody knows which they were.
  const plan = (outcome.stepsCut ?? 0) > 0 ? [] : (outcome.plan ?? []);
  if (tops.length === 0) return [];
  const done = new Map<number, Top>();
  const skipped: LeftOut[] = [];
  for (const top of tops) {
    const { number, total } = numberOf(top, tops, outcome);
    if (top.step.status === "skipped" && total === null) skipped.push({ name: top.step.name, number });
    if (number !== null && total !== null) done.set(number, top);
  }
  const untilNumber = until?.total === null ? null : (until?.number ?? null);
  const planned = plan.flatMap((name, index): LeftOut[] => {
    const number = index + 1;
    if (untilNumber !== null && number >= untilNumber) return [];
    const top = done.get(number);
    return top === undefined || top.step.status === "skipped" ? [{ name, number }] : [];
  });
  return [...planned, ...skipped];
}

/** How many steps of the plan ended well: what the plan does not name is no progress in it. */
export function stepsDone(outcome: Outcome): number {
  const tops = topsOf(outcome.steps ?? []);
  const done = tops.flatMap((top) => {
    const { number, total } = numberOf(top, tops, outcome);
    return top.step.status === "ok" && total !== null ? [number] : [];
  });
  return new Set(done).size;
}

interface Top {
  step: Step;
  within: readonly Step[];
}

/** The steps of the run itself, in their order, each with what is within it. */
function topsOf(steps: readonly Step[]): readonly Top[] {
  const known = new Map(steps.map((step) => [step.id, step]));
  const within = new Map<string, Step[]>();
  for (const step of steps) {
    const top = topmost(step, known);
    within.set(top.id, [...(within.get(top.id) ?? []), step]);
  }
  const tops = steps.filter((step) => topmost(step, known) === step);
  return inOrder(tops).map((step) => ({ step, within: inOrder(within.get(step.id) ?? [step]) }));
}

/** A parent that is not known, as when a killed process could not tell of it any more, is none. */
function topmost(step: Step, known: ReadonlyMap<string, Step>): Step {
  let top = step;
  const seen = new Set([step.id]);
  while (top.parentId !== null) {
    const parent = known.get(top.parentId);
    // Steps come from outside: they may name one another as parents.
    if (parent === undefined || seen.has(parent.id)) return known.get([...seen].toSorted()[0] ?? "") ?? top;
    seen.add(parent.id);
    top = parent;
  }
  return top;
}

/** By their numbers where all have one, else by when they began, else as they were told. */
function inOrder(steps: readonly Step[]): readonly Step[] {
  const by = (key: (step: Step) => number | null): readonly Step[] | null =>
    steps.every((step) => key(step) !== null)
      ? steps.toSorted((one, two) => (key(one) ?? 0) - (key(two) ?? 0))
      : null;
  return by(({ seq }) => seq) ?? by(({ startedAt }) => startedAt) ?? steps;
}

/**
 * What follows a failed step often fails for the same cause, so the first of the last failures in a row is told. One
 * that was tried again and went well is none.
 */
function firstOfLastFailures(tops: readonly Top[]): Top | null {
  const isFailure = ({ step }: Top, index: number): boolean =>
    step.status === "failed" &&
    !tops.slice(index + 1).some((later) => later.step.name === step.name && later.step.status === "ok");
  const lastIndex = tops.findLastIndex(isFailure);
  if (lastIndex === -1) return null;
  let index = lastIndex;
  for (let before = index - 1; before >= 0; before -= 1) {
    const top = tops[before];
    if (top === undefined || (top.step.status !== "skipped" && !isFailure(top, before))) break;
    if (top.step.status !== "skipped") index = before;
  }
  // Of several tries of one step the last one says how it ended.
  const { name } = (tops[index] as Top).step;
  return tops.findLast((top, at) => at >= index && isFailure(top, at) && top.step.name === name) ?? null;
}

/** By the plan; else as the job counts; else by counting those that are no further try of the one before. */
function numberOf(
  { step }: Top,
  tops: readonly Top[],
  outcome: Outcome,
): { number: number | null; total: number | null } {
  const plan = outcome.plan ?? [];
  const isNamed = step.seq !== null && plan[step.seq - 1] === step.name;
  if (isNamed) return { number: step.seq, total: plan.length };
  const upTo = tops.slice(0, tops.findIndex((top) => top.step === step) + 1);
  const firstTries = upTo.filter((top) => top.step.attempt <= 1);
  const planned = plan.flatMap((name, index) => (name === step.name ? [index + 1] : []));
  if (planned.length > 0) {
    // What is planned twice is done in that order; what is done more often belongs to the last of them.
    const nth = firstTries.filter((top) => top.step.name === step.name).length;
    const number = planned[Math.min(Math.max(nth, 1), planned.length) - 1] ?? null;
    return { number, total: plan.length };
  }
  if (step.seq !== null) return { number: step.seq, total: null };
  // Where some were cut, counting the rest would give a wrong number.
  if ((outcome.stepsCut ?? 0) > 0 || plan.length > 0) return { number: null, total: null };
  return { number: Math.max(1, firstTries.length), total: null };
}
