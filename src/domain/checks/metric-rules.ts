/** Rules on one number, or on one number as a share of another. */
import { COUNT_NAMES, type Outcome } from "../outcome/outcome.ts";
import type { Check, RuleAnswer } from "./check.ts";
import { metricOf, type Metric } from "./metric.ts";
import { beingText, isMet, percentText, PLAIN, settled } from "./words.ts";

type MetricCheck = Extract<Check, { kind: "metric" }>;

export function metricAnswer(check: MetricCheck, outcome: Outcome): RuleAnswer {
  const { metric, of } = check;
  const part = metricOf(outcome, metric);
  const whole = of === null ? null : metricOf(outcome, of);
  if (part === null || (of !== null && whole === null)) {
    const untold = [...(part === null ? [metric] : []), ...(of !== null && whole === null ? [of] : [])];
    return {
      status: "failed",
      sentence: `${untold.join(" and ")} ${untold.length === 1 ? "was" : "were"} not told`,
    };
  }
  return of === null || whole === null
    ? numberAnswer(check, part)
    : ratioAnswer({ ...check, of }, part, whole);
}

function numberAnswer({ metric, op, value }: MetricCheck, told: Metric): RuleAnswer {
  const needed = beingText(op, PLAIN.short(value));
  const shown = PLAIN.short(told.value);
  const isPassed = isMet(told.value, op, value);
  const isDecided = op === ">=" || op === ">" ? isPassed : (op === "<=" || op === "<") && !isPassed;
  if (told.isAtLeast && !isDecided) {
    const sentence = `${metric} is at least ${shown}, and more steps were told than are kept; ${needed}`;
    return { status: "error", sentence };
  }
  return { status: isPassed ? "passed" : "failed", sentence: `${metric} is ${shown}, ${needed}` };
}

/**
 * All of nothing is all: a run that had nothing to do and did nothing meets every ratio, and says so. Something out of
 * nothing is no ratio, and not met.
 */
function ratioAnswer(
  { metric, of, op, value }: MetricCheck & { of: string },
  part: Metric,
  whole: Metric,
): RuleAnswer {
  // "Of 200" alone means: of those that were expected.
  const ofName = of === "expected" ? "" : `${of} `;
  const told = `${metric} ${PLAIN.short(part.value)} of ${ofName}${PLAIN.short(whole.value)}`;
  if (part.isAtLeast || whole.isAtLeast) {
    return { status: "error", sentence: `${told} or more: more steps were told than are kept` };
  }
  const isShare = (isCount(metric) && isCount(of)) || value <= 1;
  const scale = isShare ? 100 : 1;
  const needed = settled(value * scale);
  const needs = beingText(op, isShare ? percentText(needed) : PLAIN.short(needed));
  if (whole.value === 0) {
    return part.value === 0
      ? { status: "passed", sentence: `${told}: there was nothing to do (${needs})` }
      : { status: "failed", sentence: `${told} is no ratio, ${needs}` };
  }
  const actual = settled((part.value / whole.value) * scale);
  const shown = isShare ? percentText(actual, needed) : PLAIN.short(actual);
  return {
    status: isMet(actual, op, needed) ? "passed" : "failed",
    sentence: `${told} = ${shown}, ${needs}`,
  };
}

function isCount(name: string): boolean {
  return COUNT_NAMES.some((each) => each === name);
}
