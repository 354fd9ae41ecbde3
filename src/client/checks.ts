/** Checks on the wire: what is asked of runs, and what came of trying it. */
import type { BaselineMode, CheckLayer, CheckStatus, Comparison, Severity } from "../domain/checks/check.ts";
import type { FieldProblem } from "../domain/errors.ts";
import type { JsonValue, StepStatus } from "../domain/outcome/outcome.ts";
import type { DurationGiven } from "./answers.ts";

/** Bytes, or `"10 MB"`. */
export type SizeGiven = string | number;

/** What a run must meet to be verified; `of`: `value` is the share of it, 0.95 for 95 %. */
export type CheckJson = { severity?: Severity } & (
  | { metric: string; of?: string; op: Comparison; value: number }
  | ({ evidence: string } & EvidenceRuleJson)
  | { step: string; status: StepStatus }
  | { duration: { op: Comparison; value: DurationGiven } }
  | { complete: true }
  | { cel: string; name?: string }
);

export type EvidenceRuleJson =
  | { exists: true }
  | { min_size: SizeGiven }
  | { max_age: DurationGiven }
  | { changed_since_last: true }
  | { url_ok: true };

export interface BaselineJson {
  mode?: BaselineMode;
  /** Null: all that runs tell, and their duration. */
  metrics?: string[] | null;
}

/** What is asked of runs; what is left out is the monitor's, else nothing. */
export interface ChecksGiven {
  checks?: CheckJson[];
  /** A JSON Schema for what the job sends; null for any shape. */
  outcome_schema?: JsonValue;
  baseline?: BaselineJson;
}

/** `run`: Rollcall's id of one, in place of an outcome. */
export type TrialGiven = ChecksGiven & { monitor?: string } & ({ outcome: object } | { run: string });

export interface TrialAnswer {
  checks: CheckResultAnswer[];
  /** What would become of the run. */
  becomes: "verified" | "degraded" | "reported" | "unverified" | "failed";
  /** What is wrong with the outcome: such fields are left out, and the rest counts. */
  problems: FieldProblem[];
  notes: string[];
}

export interface CheckResultAnswer {
  /** Short: `processed / expected >= 0.95`. */
  check: string;
  layer: CheckLayer;
  status: CheckStatus;
  /** In numbers. */
  sentence: string;
  /** Of a pending one: what is to be asked. */
  url?: string;
}
