/** What a monitor's good runs tell in numbers, and what of it is usual. */
import { COUNT_NAMES, type Outcome } from "../outcome/outcome.ts";
import { LIMITS } from "../limits.ts";
import type { CheckSubject, Learned, ProofSettings } from "./check.ts";
import { metricOf } from "./metric.ts";

/** Under this name durations are learned, in ms. */
export const DURATION = "duration";

/** What this run says in numbers, by name; the more telling first. What was expected is no deed of the run. */
export function tellingsOf({
  outcome,
  durationMs,
}: Pick<CheckSubject, "outcome" | "durationMs">): ReadonlyMap<string, number> {
  const told = new Map<string, number>();
  const tell = (name: string, value: number | null | undefined): void => {
    if (typeof value === "number" && Number.isFinite(value) && !told.has(name)) told.set(name, value);
  };
  tell(DURATION, durationMs);
  for (const name of COUNT_NAMES) if (name !== "expected") tell(name, outcome.counts?.[name]);
  tell("tool_calls", toolCallsOf(outcome));
  tell("tokens", tokensOf(outcome));
  for (const [name, value] of Object.entries(outcome.metrics ?? {})) {
    // A metric of that name is in whatever unit the job counts.
    if (name !== "expected" && name !== DURATION) tell(name, value);
  }
  return told;
}

/** An agent's run, by what it tells: steps of an agent or a model, or the numbers that only those have. */
export function isAgentRun({ steps = [], metrics = {} }: Outcome): boolean {
  return (
    steps.some(({ kind }) => isThinking(kind)) || AGENT_METRICS.some((name) => Object.hasOwn(metrics, name))
  );
}

const AGENT_METRICS = ["tokens", "total_tokens", "input_tokens", "output_tokens", "tool_calls"];

/** As told; else every step of an agent that is no thinking. Null: it cannot be known. */
export function toolCallsOf(outcome: Outcome): number | null {
  return isAgentRun(outcome) ? knownOf(outcome, "tool_calls") : null;
}

/** As told, in all or in and out; else of all steps together. Null: it cannot be known. */
export function tokensOf(outcome: Outcome): number | null {
  return knownOf(outcome, "tokens");
}

/** What may be more than is known is not known here. */
function knownOf(outcome: Outcome, name: string): number | null {
  const metric = metricOf(outcome, name);
  return metric === null || metric.isAtLeast ? null : metric.value;
}

function isThinking(kind: string): boolean {
  return kind === "agent" || kind === "llm";
}

/** How often good runs of this monitor had none: `unknown` where too few of them are known. */
export function zeroIs(
  proof: ProofSettings,
  learned: Learned,
  name: string,
): "unknown" | "rare" | "sometimes" | "usual" {
  const values = proof.baseline.mode === "off" ? [] : (learned[name] ?? []);
  const share = values.filter((value) => value === 0).length / values.length;
  if (values.length >= LIMITS.learnedAtLeast && share <= 0.1) return "rare";
  // Three in a row are a habit already, where the other way needs more to be sure of.
  if (values.length >= 3 && share >= 0.5) return "usual";
  return values.length >= LIMITS.learnedAtLeast ? "sometimes" : "unknown";
}
