/** Tries a boundary: the calls it must refuse and those it must let in, made at a guarded target. */
import type { NamedContract } from "../domain/trust/contract.ts";
import type { CaseResult } from "../domain/trust/verification.ts";

export interface MatrixTarget {
  /** As `originOf` has let it pass. */
  url: string;
  /** What the scheduler shows, with its secrets. */
  scheduler: NamedContract;
  /** What people show; null: none was named. */
  manual: NamedContract | null;
}

export interface MatrixResult {
  /** One each, in the order of `CASES`. */
  cases: readonly CaseResult[];
  findings: readonly string[];
  notes: readonly string[];
  /** What the probe said of its rules; null: nothing. */
  configHash: string | null;
}

export interface Matrix {
  /** Scheme, host and port of an address that may be called; else what is wrong with it. Asks nobody. */
  originOf(url: string): { origin: string } | { problem: string };
  /**
   * Makes the calls, within `LIMITS.verificationMs` or little more; a target that does not answer is a result. Throws
   * `OutboundError("address_refused")` where the target's address is closed. Remembers nothing: twice is two trials.
   */
  run(target: MatrixTarget): Promise<MatrixResult>;
}
