/** An outcome as jobs send it, in JSON or form fields: what is wrong is named and left out, the rest counts. */
import type { FieldProblem } from "../errors.ts";
import type { OutcomePart } from "./outcome.ts";

export interface OutcomeRead {
  /** Null: nothing was said of the outcome. */
  part: OutcomePart | null;
  problems: readonly FieldProblem[];
  /** What was cut or kept aside, and why. */
  notes: readonly string[];
}

/** `values`: fields by name, as parsed. Never throws. */
export function readOutcome(_values: Readonly<Record<string, unknown>>): OutcomeRead {
  return { part: null, problems: [], notes: [] };
}
