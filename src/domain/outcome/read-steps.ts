/** Steps and the plan as jobs send them: whole lists, or one step with a check-in of its own. */
import { LIMITS } from "../limits.ts";
import { PLAN } from "./bounds.ts";
import { errorClassOf } from "./error-class.ts";
import { STEP_FIELDS } from "./outcome-fields.ts";
import type { Step, StepError, StepHttp, StepKind, StepStatus } from "./outcome.ts";
import { readCounts } from "./read-counts.ts";
import { readHttp } from "./read-http.ts";
import {
  countOf,
  fieldsOf,
  fittingOf,
  instantOf,
  isLikeJson,
  isSaid,
  keepOthers,
  listOf,
  nameOf,
  numberOf,
  refuse,
  type Fields,
  type Reading,
} from "./reading.ts";

const STATUS_WORDS: Readonly<Record<StepStatus, readonly string[]>> = {
  running: ["running", "started", "start", "in_progress"],
  ok: ["ok", "success", "succeeded", "passed", "done", "completed"],
  failed: ["failed", "fail", "error", "failure"],
  skipped: ["skipped", "skip"],
};
const KIND_WORDS: Readonly<Record<StepKind, readonly string[]>> = {
  agent: ["agent"],
  llm: ["llm", "model", "chat"],
  tool: ["tool", "function"],
  retrieval: ["retrieval"],
  http: ["http", "api", "request"],
  db: ["db", "database", "sql"],
  task: ["task"],
};

/** In a list, a name that comes again without `seq` or `id` is another step: told one by one it is the same. */
export function readSteps(reading: Reading, field: string, value: unknown): readonly Step[] {
  const names = new Map<string, number>();
  return listOf(reading, field, value).flatMap((each, at) => {
    const place = `${field}[${at}]`;
    const fields = stepFieldsOf(reading, place, each);
    const read = fields === null ? null : readStep(reading, place, fields);
    if (read === null) return [];
    if (!read.isNamedOnly) return [read.step];
    const times = (names.get(read.step.id) ?? 0) + 1;
    names.set(read.step.id, times);
    return [times === 1 ? read.step : { ...read.step, id: `${read.step.id}#${times}` }];
  });
}

/** A text alone is its name, a number its place. */
export function stepFieldsOf(reading: Reading, field: string, value: unknown): Fields | null {
  const isName = typeof value === "string" && !isLikeJson(value);
  if (typeof value === "number" || (isName && /^\s*\d+\s*$/.test(value))) return { seq: value };
  return isName && isSaid(value) ? { name: value } : fieldsOf(reading, field, value);
}

/** `isNamedOnly`: its name is all that tells it from others. */
export function readStep(
  reading: Reading,
  field: string,
  fields: Fields,
): { step: Step; isNamedOnly: boolean } | null {
  keepOthers(reading, field, { fields, known: STEP_FIELDS });
  const id = nameOf(reading, `${field}.id`, fields["id"]);
  const seq = numberOf(reading, `${field}.seq`, fields["seq"], { from: 1, isWhole: true });
  const name = nameOf(reading, `${field}.name`, fields["name"]);
  if (id === null && seq === null && name === null) {
    return refuse(reading, `${field}.name`, undefined, "a step has a name, a seq or an id");
  }
  const http = readHttp(reading, `${field}.http`, fields["http"]);
  const startedAt = instantOf(reading, `${field}.started_at`, fields["started_at"]);
  const endedAt = instantOf(reading, `${field}.ended_at`, fields["ended_at"]);
  const error = readError(reading, `${field}.error`, { value: fields["error"], http });
  const step: Step = {
    id: id ?? (seq === null ? (name ?? "") : `#${seq}`),
    parentId: nameOf(reading, `${field}.parent_id`, fields["parent_id"]),
    seq,
    name: name ?? (seq === null ? (id ?? "") : `step ${seq}`),
    kind:
      wordOf(reading, `${field}.kind`, { value: fields["kind"], words: KIND_WORDS }) ??
      (http === null ? "task" : "http"),
    status:
      wordOf(reading, `${field}.status`, { value: fields["status"], words: STATUS_WORDS }) ??
      statusFrom({ http, error, isUnderWay: startedAt !== null && endedAt === null }),
    startedAt,
    endedAt,
    attempt: numberOf(reading, `${field}.attempt`, fields["attempt"], ATTEMPTS) ?? 1,
    counts: readCounts(reading, `${field}.counts`, fields["counts"]),
    http,
    error,
    tokens: countOf(reading, `${field}.tokens`, fields["tokens"]),
    cost: numberOf(reading, `${field}.cost`, fields["cost"], { from: 0 }),
  };
  return { step, isNamedOnly: id === null && seq === null };
}

/** Names as a list, or as text with commas between them. */
export function readPlan(reading: Reading, field: string, value: unknown): readonly string[] {
  const isText = typeof value === "string" && !isLikeJson(value);
  const list = isText ? value.split(",") : listOf(reading, field, value);
  const names = list.flatMap((each, at) => nameOf(reading, `${field}[${at}]`, each) ?? []);
  return fittingOf(reading, "names of the plan", { items: names, bounds: PLAN });
}

/** Nobody told how it went: an error says so itself, and what was told without a word of it is done. */
function statusFrom(told: {
  http: StepHttp | null;
  error: StepError | null;
  isUnderWay: boolean;
}): StepStatus {
  if (told.error !== null || (told.http?.status ?? 0) >= 400) return "failed";
  return told.isUnderWay ? "running" : "ok";
}

/** A text alone is its message. */
function readError(
  reading: Reading,
  field: string,
  { value, http }: { value: unknown; http: StepHttp | null },
): StepError | null {
  if (!isSaid(value) || value === false) return null;
  const isMessage = typeof value === "string" && !isLikeJson(value);
  const fields: Fields | null = isMessage ? { message: value } : fieldsOf(reading, field, value);
  if (fields === null) return null;
  keepOthers(reading, field, { fields, known: ["class", "type", "message"] });
  const told = nameOf(reading, `${field}.class`, fields["class"]);
  const type = nameOf(reading, `${field}.type`, fields["type"]);
  const message = nameOf(
    reading,
    isMessage ? field : `${field}.message`,
    fields["message"],
    LIMITS.outcomeTextCharacters,
  );
  if (told === null && type === null && message === null) return null;
  return { class: errorClassOf({ told, type, status: http?.status ?? null, message }), type, message };
}

function wordOf<Word extends string>(
  reading: Reading,
  field: string,
  { value, words }: { value: unknown; words: Readonly<Record<Word, readonly string[]>> },
): Word | null {
  if (!isSaid(value)) return null;
  const said = typeof value === "string" ? value.trim().toLowerCase().replaceAll(/[\s-]/g, "_") : "";
  const found = (Object.keys(words) as Word[]).find((word) => words[word].includes(said));
  return found ?? refuse(reading, field, value, `one of ${Object.keys(words).join(", ")} is allowed`);
}

const ATTEMPTS = { from: 1, to: LIMITS.stepAttempts, isWhole: true };
