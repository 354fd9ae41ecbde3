/** Reads a contract as the API and configuration files write it; says of every field what is wrong. */
import type { FieldProblem } from "../errors.ts";
import type { Contract } from "./contract.ts";

/** `input`: snake_case fields, durations as elsewhere; `preset` fills in what it fixes. Secrets are not in it. */
export function readContract(_input: Readonly<Record<string, unknown>>): {
  contract: Contract | null;
  problems: readonly FieldProblem[];
} {
  return { contract: null, problems: [] };
}

/** The same as it was written, for showing. */
export function shownContract(_contract: Contract): Readonly<Record<string, unknown>> {
  return {};
}
