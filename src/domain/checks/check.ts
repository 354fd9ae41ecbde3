/** Rules that an outcome must meet for its run to be verified, as plain data, and what came of them. */
import type { JsonValue, Outcome, StepStatus } from "../outcome/outcome.ts";

export const COMPARISONS = [">=", ">", "<=", "<", "==", "!="] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What follows when a check is not met: `fail` makes the run unverified, `degrade` is told and the run is good. */
export type Severity = "fail" | "degrade";

/**
 * One rule. A metric may be a count, or one of those that steps add up to (`DERIVED_METRICS`); `of` makes it a ratio.
 * `evidence` names items by their id, else their name, else their kind.
 */
export type Check = { severity: Severity } & (
  | { kind: "metric"; metric: string; of: string | null; op: Comparison; value: number }
  | { kind: "evidence"; evidence: string; must: EvidenceRule }
  | { kind: "step"; step: string; status: StepStatus }
  | { kind: "duration"; op: Comparison; valueMs: number }
  /** An outcome was told and could be read, every step of its plan ended ok, and none goes on. */
  | { kind: "complete" }
  /** An expression that must be exactly true; the name is what people read. */
  | { kind: "cel"; cel: string; name: string | null }
);

export type EvidenceRule =
  | { rule: "exists" }
  | { rule: "min_size"; bytes: number }
  | { rule: "max_age"; ageMs: number }
  | { rule: "changed_since_last" }
  | { rule: "url_ok" };

export type BaselineMode = "off" | "degrade" | "fail";

export interface BaselineSettings {
  mode: BaselineMode;
  /** Null: every metric and count that runs tell, and the duration. */
  metrics: readonly string[] | null;
}

/** The part of a monitor's settings that says what a verified run is. */
export interface ProofSettings {
  checks: readonly Check[];
  /** A JSON Schema for what the job sends; null: any shape. */
  outcomeSchema: JsonValue;
  baseline: BaselineSettings;
  /** A run of which nothing is heard for so long is incomplete; null: only its runtime bounds it. */
  maxIdleMs: number | null;
  /** How long after the finish an outside proof (`url_ok`) may take. */
  verifyByMs: number;
}

/** Without a word about it: gross failures are found, and what is unusual is told as degraded. */
export const DEFAULT_PROOF: ProofSettings = {
  checks: [],
  outcomeSchema: null,
  baseline: { mode: "degrade", metrics: null },
  maxIdleMs: null,
  verifyByMs: 10 * 60_000,
};

/** `error`: the check itself could not be carried out. It is shown as such and is never a pass. */
export type CheckStatus = "passed" | "failed" | "degraded" | "error" | "pending";
export type CheckLayer = "rule" | "schema" | "expert" | "gross" | "baseline";

export interface CheckResult {
  layer: CheckLayer;
  /** The rule, short: `processed / expected >= 0.95`. */
  check: string;
  status: CheckStatus;
  /** In numbers: "processed 3 of 200 = 1.5 %, needs at least 95 %". */
  sentence: string;
  /** Of a pending one: what is to be asked … */
  url?: string;
  /** … and what it is if the answer is not what it has to be, or does not come. */
  otherwise?: "failed" | "degraded";
}

/** What a rule found, before its severity is looked at. */
export type RuleAnswer = Pick<CheckResult, "sentence" | "url"> & {
  status: "passed" | "failed" | "error" | "pending";
};

/** The last good values of each metric, oldest first; bounded. `duration` is in ms. */
export type Learned = Readonly<Record<string, readonly number[]>>;

/** Everything that a check may look at. */
export interface CheckSubject {
  outcome: Outcome;
  /** Null where no start was heard or claimed. */
  durationMs: number | null;
  finishedAt: number;
  learned: Learned;
  /** What evidence was at the last good run, by the name its check has for it: its hash, else its size. */
  lastEvidence: Readonly<Record<string, string>>;
}
