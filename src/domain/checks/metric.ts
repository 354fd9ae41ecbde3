/** A number that a run told, by its name: one of its own metrics, a count, or what its steps and texts add up to. */
import { COUNT_NAMES, type Outcome, type Step } from "../outcome/outcome.ts";
import { settled } from "./words.ts";

export interface Metric {
  value: number;
  /** Steps beyond the limit were cut: the number may be larger. */
  isAtLeast: boolean;
}

/** What is known without being told as a number. What a job itself tells by such a name comes first. */
export const DERIVED_METRICS = [
  "steps",
  "failed_steps",
  "retries",
  "tool_calls",
  "llm_calls",
  "tokens",
  "cost",
  "log_characters",
  "message_characters",
] as const;
type DerivedMetric = (typeof DERIVED_METRICS)[number];

/** Null: nothing was told that it could be known from. */
export function metricOf(outcome: Outcome, name: string): Metric | null {
  const { metrics, counts } = outcome;
  if (metrics !== undefined && Object.hasOwn(metrics, name)) return exactly(metrics[name] ?? null);
  const count = COUNT_NAMES.find((each) => each === name);
  if (count !== undefined) return exactly(counts?.[count] ?? null);
  const derived = DERIVED_METRICS.find((each) => each === name);
  return derived === undefined ? null : derivedOf(outcome, derived);
}

function derivedOf(outcome: Outcome, name: DerivedMetric): Metric | null {
  const { steps, stepsCut = 0, retries, log } = outcome;
  if (name === "log_characters") return exactly(log?.length ?? null);
  if (name === "message_characters") return exactly(outcome.message.length);
  const tokens = name === "tokens" ? toldTokens(outcome) : null;
  if (tokens !== null) return exactly(tokens);
  // Counted over all steps, also those beyond the limit, and only where there were any.
  if (name === "retries") return exactly(retries ?? (steps === undefined ? null : 0));
  if (steps === undefined) return null;
  if (name === "steps") return exactly(steps.length + stepsCut);
  const value = sumOver(steps, name);
  return value === null ? null : { value, isAtLeast: stepsCut > 0 };
}

type Summed = "failed_steps" | "tool_calls" | "llm_calls" | "tokens" | "cost";

function sumOver(steps: readonly Step[], name: Summed): number | null {
  switch (name) {
    case "failed_steps":
      return steps.filter(({ status }) => status === "failed").length;
    case "tool_calls":
      return toolCallsOf(steps);
    case "llm_calls":
      return steps.filter(({ kind }) => kind === "llm").length;
    case "tokens":
      return outermostSum(steps, ({ tokens }) => tokens);
    case "cost":
      return outermostSum(steps, ({ cost }) => cost);
  }
}

/** By the names that are usual where `tokens` itself is not told. */
function toldTokens({ metrics = {} }: Outcome): number | null {
  const { total_tokens: total, input_tokens: input, output_tokens: output } = metrics;
  if (total !== undefined || (input === undefined && output === undefined)) return total ?? null;
  return (input ?? 0) + (output ?? 0);
}

/** Whatever an agent does that is no thinking is a tool in its hand, also where it is told as a request or a query. */
function toolCallsOf(steps: readonly Step[]): number {
  const isThinking = ({ kind }: Step): boolean => kind === "agent" || kind === "llm";
  const isOfAgent = steps.some(isThinking);
  return steps.filter((step) => step.kind === "tool" || (isOfAgent && !isThinking(step))).length;
}

/** An agent's step often tells the sum of the calls within it: what is inside a step that tells is not added again. */
function outermostSum(steps: readonly Step[], tells: (step: Step) => number | null): number | null {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const isWithinTelling = (step: Step): boolean => {
    const seen = new Set([step.id]);
    let parent = step.parentId === null ? undefined : byId.get(step.parentId);
    while (parent !== undefined && !seen.has(parent.id)) {
      if (tells(parent) !== null) return true;
      seen.add(parent.id);
      parent = parent.parentId === null ? undefined : byId.get(parent.parentId);
    }
    return false;
  };
  const telling = steps.filter((step) => tells(step) !== null);
  if (telling.length === 0) return null;
  const outermost = telling.filter((step) => !isWithinTelling(step));
  return settled(outermost.reduce((total, step) => total + (tells(step) ?? 0), 0));
}

function exactly(value: number | null): Metric | null {
  return value === null ? null : { value, isAtLeast: false };
}
