/** Whether a run told all of what it did: the check `complete`, and the sentence that says what is missing. */
import type { Outcome, Step } from "../outcome/outcome.ts";
import type { RuleAnswer } from "./check.ts";
import { latestTries } from "./step-tries.ts";

/** Of what is missing so much is named; the rest is counted. */
const NAMED = 3;

export function completeness(outcome: Outcome): RuleAnswer {
  const { unreadable, plan = [], steps = [] } = outcome;
  if (unreadable !== undefined) {
    return { status: "failed", sentence: `the outcome could not be read: ${unreadable}` };
  }
  if (!hasTold(outcome)) {
    return { status: "failed", sentence: "no outcome was told: no counts, metrics, steps or evidence" };
  }
  const missing = [...unfinished(steps), ...planGaps(outcome)];
  if (missing.length > 0) {
    const more = missing.length > NAMED ? [`and ${missing.length - NAMED} more`] : [];
    return { status: "failed", sentence: [...missing.slice(0, NAMED), ...more].join("; ") };
  }
  if (plan.length === 0) return { status: "passed", sentence: "the outcome was told" };
  const all = plan.length === 1 ? "the planned step" : `all ${plan.length} planned steps`;
  return { status: "passed", sentence: `${all} ended ok` };
}

function hasTold({ counts, metrics, steps, evidence }: Outcome): boolean {
  return (
    Object.keys(counts ?? {}).length > 0 ||
    Object.keys(metrics ?? {}).length > 0 ||
    (steps ?? []).length > 0 ||
    (evidence ?? []).length > 0
  );
}

/** A step that goes on when its run has ended was told of only half. */
function unfinished(steps: readonly Step[]): string[] {
  return latestTries(steps)
    .filter(({ status }) => status === "running")
    .map(({ name }) => `step "${name}" has not ended`);
}

/** A name that is planned twice has to be there twice. */
function planGaps({ plan = [], steps = [], stepsCut = 0 }: Outcome): string[] {
  const tries = latestTries(steps);
  const place = (index: number): string => `step ${index + 1} of ${plan.length} "${plan[index] ?? ""}"`;
  return plan.flatMap((name, index) => {
    const nth = plan.slice(0, index).filter((earlier) => earlier === name).length;
    const told = tries.filter((step) => step.name === name);
    if (told.length <= nth) {
      return stepsCut > 0
        ? `${place(index)} is not among the steps that were kept (${stepsCut} were cut)`
        : `${place(index)} was left out`;
    }
    if (nth > 0) return [];
    if (told.some(({ status }) => status === "failed")) return `${place(index)} failed`;
    return told.some(({ status }) => status === "skipped") ? `${place(index)} was skipped` : [];
  });
}
