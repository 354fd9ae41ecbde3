/** Verifications as they go over the wire. */
import type { CaseName, CaseResult, MatrixColour } from "../domain/trust/verification.ts";
import type { DurationGiven, InstantText } from "./answers.ts";

export interface VerificationGiven {
  /** A read-only address behind the boundary, at an origin among the project's targets. */
  url: string;
  /** What the scheduler shows. */
  contract: string;
  /** What people show. */
  manual_contract?: string;
  /** The slug of the monitor whose job stands behind it. */
  monitor?: string;
  /** How long the scheduler's own call is waited for, where only it can show its proof. */
  await_scheduler?: DurationGiven;
}

export interface VerificationCaseAnswer {
  case: CaseName;
  result: CaseResult["result"];
  expected: string;
  seen: string;
  status: number | null;
  reason: string | null;
  /** Seconds. */
  duration: number | null;
}

export interface VerificationAnswer {
  id: string;
  url: string;
  monitor: string | null;
  contract: string;
  manual_contract: string | null;
  at: InstantText;
  finished_at: InstantText | null;
  by: string;
  colour: MatrixColour;
  /** It says nothing any more, each reason in a sentence. */
  stale: boolean;
  stale_because: string[];
  cases: VerificationCaseAnswer[];
  findings: string[];
  notes: string[];
  config_hash: string | null;
  awaited_until: InstantText | null;
}
