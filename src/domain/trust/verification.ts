/**
 * The verification matrix: which calls a boundary must refuse and which it must let in, tried against a read-only probe.
 * Positives alone are never green.
 */
import type { RejectionReason } from "./reasons.ts";

export const CASES = [
  "no_auth",
  "spoofed_hints",
  "wrong_secret",
  "valid_manual",
  "valid_scheduler",
  "other_scheme",
  "expired",
  "wrong_audience",
  "replay",
  "altered_body",
  "wrong_method",
  "redirect",
  "head",
] as const;
export type CaseName = (typeof CASES)[number];

export interface CaseResult {
  case: CaseName;
  /** `awaited`: only the scheduler itself can show it; `skipped`: does not apply to this contract. */
  result: "passed" | "failed" | "awaited" | "skipped";
  /** What had to be: `refused with 401 or 403`. */
  expected: string;
  /** What was: `200 OK: let in without any proof`. */
  seen: string;
  status: number | null;
  /** What the boundary said of itself, where it did. */
  reason: RejectionReason | null;
  durationMs: number | null;
}

/** `awaiting`: all that could be tried is well, and only the scheduler's own call is missing. */
export type MatrixColour = "green" | "red" | "awaiting";

/** What a boundary that lets in must have refused first: without these, nothing is shown. */
const REFUSALS: readonly CaseName[] = ["no_auth", "spoofed_hints", "wrong_secret"];

export interface Verification {
  id: string;
  project: string;
  url: string;
  monitor: string | null;
  /** The contract of the scheduler, and of people; null: none was named. */
  contract: string;
  manualContract: string | null;
  at: number;
  finishedAt: number | null;
  by: string;
  colour: MatrixColour;
  cases: readonly CaseResult[];
  /** What is wrong, each in a sentence that names the flaw; empty when green. */
  findings: readonly string[];
  /** What is worth knowing and makes nothing red. */
  notes: readonly string[];
  configHash: string | null;
  /** Until when the scheduler's own call is waited for. */
  awaitedUntilAt: number | null;
}

/** Green only where calls were refused *and* the scheduler was let in, and nothing was found. */
export function colourOf({ cases, findings }: Pick<Verification, "cases" | "findings">): MatrixColour {
  const resultOf = (name: CaseName) => cases.find((each) => each.case === name)?.result;
  const isWrong = findings.length > 0 || cases.some(({ result }) => result === "failed");
  if (isWrong || !REFUSALS.every((name) => resultOf(name) === "passed")) return "red";
  if (resultOf("valid_scheduler") === "passed") return "green";
  return resultOf("valid_scheduler") === "awaited" ? "awaiting" : "red";
}
