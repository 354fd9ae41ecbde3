/** An outcome as jobs send it, in JSON or form fields: what is wrong is named and left out, the rest counts. */
import type { CheckInKind } from "../check-in.ts";
import type { FieldProblem } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { TALLIES } from "./bounds.ts";
import { joinParts } from "./merge.ts";
import { FLAT_STEP_FIELDS, GROUPS, isOutcomeField } from "./outcome-fields.ts";
import type { OutcomePart, Step } from "./outcome.ts";
import { countsIn, readCounts, readMetrics } from "./read-counts.ts";
import { readEnvironment, readEvidence } from "./read-evidence.ts";
import { readExtra } from "./read-extra.ts";
import { readTallies } from "./read-http.ts";
import { readPlan, readStep, readSteps, stepFieldsOf } from "./read-steps.ts";
import {
  cutNote,
  fieldsOf,
  isFields,
  isLikeJson,
  isSaid,
  nameOf,
  namesShown,
  newReading,
  textOf,
  type Fields,
  type Reading,
} from "./reading.ts";

export interface OutcomeRead {
  /** Null: nothing was said of the outcome. */
  part: OutcomePart | null;
  problems: readonly FieldProblem[];
  /** What was cut or kept aside, and why. */
  notes: readonly string[];
}

/** What a value alone is, where further fields of its group stand beside it: `error=refused&error.type=Timeout`. */
const ALONE: Readonly<Record<string, string>> = {
  http: "status",
  error: "message",
  evidence: "url",
};
/** What a finish says beside its outcome. */
const READ_ELSEWHERE: ReadonlySet<string> = new Set(["message", "exit_status", "exit_code"]);

/** `values`: fields by name, as parsed. A check-in of the kind `step` may say its step at the top. Never throws. */
export function readOutcome(values: Fields, kind?: CheckInKind): OutcomeRead {
  const reading = newReading();
  const fields = grouped(reading, values);
  const part = partOf(reading, fields, kind);
  const { problems, wrong, cut, notes } = reading;
  if (wrong > problems.length) notes.push(`${wrong - problems.length} more fields were wrong`);
  if (cut.length > 0) notes.push(`cut, because they are too long: ${namesShown(cut)}`);
  if (reading.isRedacted) notes.push("what looked like credentials in the outcome was not kept");
  return { part, problems, notes };
}

/** Fields with a dot in their names, put where they belong: forms and queries have no other way to say them. */
function grouped(reading: Reading, values: Fields): Fields {
  const fields = bare({});
  const dotted: { group: (typeof GROUPS)[number]; path: readonly string[]; value: unknown }[] = [];
  for (const [name, value] of Object.entries(values)) {
    const group = GROUPS.find((each) => name.startsWith(`${each}.`));
    if (group === undefined) fields[name] = value;
    else dotted.push({ group, path: pathIn(group, name.slice(group.length + 1)), value });
  }
  for (const { group, path, value } of dotted) {
    const into = bare(baseOf(reading, group, fields[group]));
    put(into, path, value);
    fields[group] = into;
  }
  return fields;
}

/** What was said of the group as a whole. */
function baseOf(reading: Reading, group: (typeof GROUPS)[number], told: unknown): Fields {
  if (group === "step") return stepFieldsOf(reading, group, told) ?? {};
  const alone = ALONE[group];
  const isAlone = typeof told === "number" || (typeof told === "string" && !isLikeJson(told));
  if (alone !== undefined && isAlone && isSaid(told)) return { [alone]: told };
  return fieldsOf(reading, group, told) ?? {};
}

/** Of a metric all that follows is its name; other fields lie within one more at most: `step.http.status`. */
function pathIn(group: string, rest: string): readonly string[] {
  if (group === "metrics") return [rest];
  const [first = "", second, ...others] = rest.split(".");
  return second === undefined ? [first] : [first, [second, ...others].join(".")];
}

function put(into: Record<string, unknown>, [first = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  const inner = into[first];
  const next = bare(isFields(inner) ? inner : {});
  put(next, rest, value);
  into[first] = next;
}

/** A copy that inherits nothing, so that no name in it is more than a name. */
function bare(fields: Fields): Record<string, unknown> {
  return Object.assign(Object.create(null) as Record<string, unknown>, fields);
}

function partOf(reading: Reading, fields: Fields, kind: CheckInKind | undefined): OutcomePart | null {
  const told: { -readonly [Name in keyof OutcomePart]: OutcomePart[Name] } = {};
  const counts = { ...readCounts(reading, "counts", fields["counts"]), ...countsIn(reading, "", fields) };
  if (Object.keys(counts).length > 0) told.counts = counts;
  const metrics = readMetrics(reading, "metrics", fields["metrics"]);
  if (metrics !== null) told.metrics = metrics;
  const isTallied = kind !== "step" || Array.isArray(fields["http"]);
  const ofStep = kind === "step" ? FLAT_STEP_FIELDS.filter((name) => name !== "http" || !isTallied) : [];
  const steps = [...readSteps(reading, "steps", fields["steps"]), ...readOwnStep(reading, fields, ofStep)];
  if (steps.length > 0) told.steps = steps;
  const plan = readPlan(reading, "plan", fields["plan"]);
  if (plan.length > 0) told.plan = plan;
  const evidence = readEvidence(reading, "evidence", fields["evidence"]);
  if (evidence.length > 0) told.evidence = evidence;
  const environment = readEnvironment(reading, "environment", fields["environment"]);
  if (environment !== null) told.environment = environment;
  const log = readLog(reading, fields["log"]);
  if (log !== null) told.log = log;
  const http = isTallied ? readTallies(reading, "http", fields["http"]) : [];
  if (http.length > 0) told.http = http;
  const unreadable = nameOf(reading, "unreadable", fields["unreadable"], LIMITS.outcomeTextCharacters);
  if (unreadable !== null) told.unreadable = unreadable;
  for (const [name, value] of Object.entries(fields)) {
    const isKnown = isOutcomeField(name, kind) || READ_ELSEWHERE.has(name);
    if (!isKnown) reading.unknown.push([name, value]);
  }
  const extra = readExtra(reading);
  if (extra !== null) told.extra = extra;
  return Object.keys(told).length === 0 ? null : boundedPart(reading, told);
}

/** A step said by itself: as `step`, and in a `step` check-in with its fields at the top. */
function readOwnStep(reading: Reading, fields: Fields, names: readonly string[]): readonly Step[] {
  const flat = names.filter((name) => isSaid(fields[name])).map((name) => [name, fields[name]] as const);
  const told = stepFieldsOf(reading, "step", fields["step"]);
  if (flat.length === 0 && told === null) return [];
  const read = readStep(reading, "step", { ...Object.fromEntries(flat), ...told });
  return read === null ? [] : [read.step];
}

/** Lines as a list, or as they are. */
function readLog(reading: Reading, value: unknown): string | null {
  const lines = Array.isArray(value) ? value : [value];
  const told = lines.flatMap((line, at) => {
    return textOf(reading, Array.isArray(value) ? `log[${at}]` : "log", line) ?? [];
  });
  return told.length === 0 ? null : told.join("\n");
}

/** Bounds as they hold for a whole run hold for a part of it too; what they cut is told. */
function boundedPart(reading: Reading, told: OutcomePart): OutcomePart {
  const part = joinParts({}, told);
  const stepsCut = part.stepsCut ?? 0;
  if (stepsCut > 0) {
    const bounds = { items: LIMITS.stepsPerRun, characters: LIMITS.outcomeCharacters };
    reading.notes.push(`${cutNote("steps", { cut: stepsCut, bounds })} with all else; they were counted`);
  }
  if (answersIn(part) < answersIn(told)) {
    reading.notes.push(cutNote("HTTP answers", { cut: answersIn(told) - answersIn(part), bounds: TALLIES }));
  }
  if ((part.log ?? "") !== (told.log ?? "")) {
    reading.notes.push(`the log was cut to its end of ${LIMITS.logCharacters} characters`);
  }
  return part;
}

function answersIn({ http = [] }: OutcomePart): number {
  return http.reduce((sum, { count }) => sum + count, 0);
}
