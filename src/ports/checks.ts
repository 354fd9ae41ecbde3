/** Checks that need more than plain rules: the outcome's shape by JSON Schema, and expressions of experts. */
import type { Check, CheckResult, CheckSubject, ProofSettings } from "../domain/checks/check.ts";
import type { FieldProblem } from "../domain/errors.ts";

export interface ExpertChecks {
  /**
   * One result for the schema, where there is one, and one for each check of the kind `cel`, in their order. Never
   * throws: what cannot be evaluated, or not in its time, is an `error`. The same asked twice gives the same.
   */
  evaluate(proof: ProofSettings, subject: CheckSubject): Promise<readonly CheckResult[]>;
  /** What is wrong with the schema and the expressions, for whoever saves them. */
  problems(proof: {
    checks: readonly Check[];
    outcomeSchema: ProofSettings["outcomeSchema"];
  }): Promise<readonly FieldProblem[]>;
  /** Ends what it runs on; what is asked afterwards is an `error`. Twice is harmless. */
  close(): Promise<void>;
}
