/** All layers of checks on one finished run together, and what follows for the run. */
import type { RunState } from "../run.ts";
import { baselineResults } from "./baseline.ts";
import type { Check, CheckResult, CheckSubject, ProofSettings } from "./check.ts";
import { grossResults } from "./gross.ts";
import { ruleResults } from "./rules.ts";

/**
 * `expert`: what the port `ExpertChecks` answered for the same proof and subject. What it did not answer is an
 * error, so that a check that nobody carried out never passes.
 */
export function evaluate(
  proof: ProofSettings,
  subject: CheckSubject,
  expert: readonly CheckResult[],
): readonly CheckResult[] {
  const unanswered = expertChecksOf(proof).slice(expert.length);
  return [
    ...ruleResults(proof, subject),
    ...expert,
    ...unanswered.map((asked): CheckResult => {
      return { ...asked, status: "error", sentence: `${asked.check} could not be evaluated` };
    }),
    ...grossResults(proof, subject),
    ...baselineResults(proof, subject),
  ];
}

/** Whether anything was asked for that a run must prove. */
export function hasChecks(proof: Pick<ProofSettings, "checks" | "outcomeSchema">): boolean {
  return proof.checks.length > 0 || proof.outcomeSchema !== null;
}

/** Whether the port `ExpertChecks` is to be asked. */
export function hasExpertChecks({ checks, outcomeSchema }: ProofSettings): boolean {
  return outcomeSchema !== null || checks.some((check) => check.kind === "cel");
}

export interface StateAfterChecks {
  state: Extract<RunState, "verified" | "reported" | "unverified">;
  /** Good, with something to be looked at. */
  isDegraded: boolean;
  /** It is `reported` until a proof from outside has come. */
  isPending: boolean;
}

/** What a run that ended well is after its checks. The worst result decides. */
export function stateAfter(
  results: readonly CheckResult[],
  proof: Pick<ProofSettings, "checks" | "outcomeSchema">,
): StateAfterChecks {
  const has = (...statuses: CheckResult["status"][]) =>
    results.some(({ status }) => statuses.includes(status));
  if (has("failed", "error")) return { state: "unverified", isDegraded: false, isPending: false };
  const isPending = has("pending");
  const state = hasChecks(proof) && !isPending ? "verified" : "reported";
  return { state, isDegraded: has("degraded"), isPending };
}

/** In the order in which the port answers them. */
function expertChecksOf({ checks, outcomeSchema }: ProofSettings): Pick<CheckResult, "layer" | "check">[] {
  const cel = checks.filter((check): check is Extract<Check, { kind: "cel" }> => check.kind === "cel");
  return [
    ...(outcomeSchema === null ? [] : [{ layer: "schema", check: "outcome_schema" } as const]),
    ...cel.map((check) => ({ layer: "expert", check: check.name ?? check.cel }) as const),
  ];
}
