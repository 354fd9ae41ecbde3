/** The names by which jobs tell an outcome, and how a name alone or its value shows that one is meant. */
import type { CheckInKind } from "../check-in.ts";
import { COUNT_NAMES } from "./outcome.ts";

/** Fields that hold fields: `counts.processed` is `processed` of `counts`. */
export const GROUPS = ["counts", "metrics", "environment", "step", "evidence", "http", "error"] as const;

export const STEP_FIELDS: readonly string[] =
  "id parent_id seq name kind status started_at ended_at attempt counts http error tokens cost".split(" ");
/** Of a step that is told at the top of its check-in: `counts` there are the run's. */
export const FLAT_STEP_FIELDS: readonly string[] = STEP_FIELDS.filter((name) => name !== "counts");

const OBJECTS = ["counts", "metrics", "steps", "step", "plan", "evidence", "environment", "http"];
const OF_RUN: ReadonlySet<string> = new Set([...OBJECTS, "log", "unreadable", ...COUNT_NAMES]);
/** Their values are sentences; what begins with another name and goes on in words is a log. */
const MAY_HOLD_SPACES: ReadonlySet<string> = new Set(["step", "name", "plan"]);

export function isOutcomeField(name: string, kind: CheckInKind | undefined): boolean {
  if (OF_RUN.has(name) || (kind === "step" && FLAT_STEP_FIELDS.includes(name))) return true;
  const group = GROUPS.find((each) => name.startsWith(`${each}.`));
  return group !== undefined && (group !== "error" || kind === "step");
}

/** Whether a form that begins with this is one, and not the line of a log: `failed=3 of 200 records`. */
export function beginsForm(name: string, value: string, kind: CheckInKind): boolean {
  if (!isOutcomeField(name, kind)) return false;
  return name.includes(".") || MAY_HOLD_SPACES.has(name) || !/\s/.test(value.trim());
}

/** Whether JSON that nobody declared tells an outcome, and is not just a job's output. */
export function showsOutcome(name: string, value: unknown, kind: CheckInKind): boolean {
  if (!isOutcomeField(name, kind)) return false;
  if (COUNT_NAMES.some((count) => count === name)) return typeof value === "number";
  if (OBJECTS.includes(name)) return typeof value === "object" && value !== null;
  return name === "name" || name.includes(".");
}
