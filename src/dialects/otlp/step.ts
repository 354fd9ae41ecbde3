/** One span is one step of a run: its name and kind, how it ended, and what it cost, in the words of a job's steps. */
import { COUNT_NAMES, type StepKind, type StepStatus } from "../../domain/outcome/outcome.ts";
import { numberAt, textAt, valueAt } from "./attributes.ts";
import { KIND_TABLES, NAMES } from "./names.ts";
import type { Attributes, Span } from "./trace-batch.ts";

const UNSPECIFIED = 0;
const SERVER = 2;
const CLIENT = 3;
const STATUS_OK = 1;
const STATUS_ERROR = 2;

/** As a job would send it: bounds, redaction and the class of its error are matters of whoever reads that. */
export type ToldStep = Readonly<Record<string, unknown>> & { status: StepStatus };

/** What only other spans of its trace can tell of a span. */
export interface Surroundings {
  /** Its parent is the run itself. */
  isOfRun: boolean;
  /** A span inside it tells the same tokens, so that they would count twice. */
  hasModelInside: boolean;
  /** A span inside it tells the same HTTP answer. */
  hasHttpInside: boolean;
}

export function stepOf(span: Span, around: Surroundings): ToldStep {
  const { attributes } = span;
  const kind = kindOf(span);
  const isUsageInside = kind !== "llm" && around.hasModelInside;
  return {
    id: span.spanId,
    parent_id: around.isOfRun ? null : span.parentId,
    name: nameOf(span, kind),
    kind,
    status: isFailed(span) ? "failed" : "ok",
    started_at: span.startedAt,
    ended_at: span.endedAt,
    attempt: 1 + (numberAt(attributes, NAMES.resends) ?? 0),
    counts: countsOf(attributes),
    http: httpOf(span, kind, around),
    error: errorOf(span),
    tokens: isUsageInside ? null : tokensOf(attributes),
    cost: isUsageInside ? null : numberAt(attributes, NAMES.cost),
  };
}

export function kindOf(span: Span): StepKind {
  const { attributes } = span;
  for (const { names, kinds } of KIND_TABLES) {
    const told = textAt(attributes, names)?.toLowerCase();
    const kind = told === undefined || !Object.hasOwn(kinds, told) ? undefined : kinds[told];
    if (kind !== undefined) return kind;
  }
  // Calls only: a server's span is the work that a request asked for.
  const isCall = span.kind === CLIENT || span.kind === UNSPECIFIED;
  if (isCall && textAt(attributes, NAMES.method) !== null) return "http";
  if (textAt(attributes, NAMES.database) !== null) return "db";
  return textAt(attributes, NAMES.model) === null ? "task" : "llm";
}

/** What people call it: the tool or agent by its own name, else the span's. */
function nameOf({ name, attributes }: Span, kind: StepKind): string {
  const own = textAt(attributes, OWN_NAMES[kind] ?? []);
  if (own !== null) return own;
  // Instrumentations of HTTP name their spans by the method alone.
  const host = kind === "http" && /^[A-Z]+$/.test(name) ? hostOf(attributes) : null;
  return host === null ? name.trim() || "(unnamed)" : `${name} ${host}`;
}

const OWN_NAMES: Partial<Record<StepKind, readonly string[]>> = {
  tool: NAMES.tool,
  agent: [...NAMES.agent, ...NAMES.workflow],
  task: NAMES.workflow,
};

function httpOf(span: Span, kind: StepKind, around: Surroundings): object | null {
  const { attributes } = span;
  const host = hostOf(attributes);
  const answer = {
    method: textAt(attributes, NAMES.method),
    host,
    retry_after: numberAt(attributes, NAMES.retryAfter),
  };
  const status = statusOf(span);
  if (kind === "http" || status !== null) return { ...answer, status };
  // An instrumented model client tells the answer's status as the type of its error and nothing more.
  const asError = numberAt(attributes, ["error.type"]);
  const isAnswer = asError !== null && asError >= 100 && asError <= 599 && host !== null;
  return isAnswer && !around.hasHttpInside ? { ...answer, status: asError } : null;
}

function hostOf(attributes: Attributes): string | null {
  const url = textAt(attributes, NAMES.url);
  const hostInUrl = url !== null && URL.canParse(url) ? new URL(url).hostname : "";
  return textAt(attributes, NAMES.host) ?? (hostInUrl || null);
}

/** The status of the HTTP answer. */
export function statusOf({ attributes }: Span): number | null {
  return numberAt(attributes, NAMES.status);
}

/** Its status is the protocol's "error". */
export function isError(span: Span): boolean {
  return span.statusCode === STATUS_ERROR;
}

/** A span that says it went well is believed; one that says nothing is looked at. */
function isFailed(span: Span): boolean {
  if (isError(span)) return true;
  if (span.statusCode === STATUS_OK) return false;
  const status = statusOf(span) ?? 0;
  // What a server refuses is the caller's failure.
  const isErrorAnswer = status >= (span.kind === SERVER ? 500 : 400);
  return isErrorAnswer || textAt(span.attributes, ["error.type"]) !== null || exceptionIn(span) !== null;
}

/** Null where nothing is said of one. */
export function errorOf(span: Span): { type: string | null; message: string | null } | null {
  const exception = exceptionIn(span) ?? new Map();
  const type = textAt(span.attributes, NAMES.errorType) ?? textAt(exception, NAMES.errorType);
  const told = isError(span) ? span.statusMessage.trim() : "";
  const message =
    told || (textAt(exception, NAMES.errorMessage) ?? textAt(span.attributes, NAMES.errorMessage));
  return type === null && message === null ? null : { type, message };
}

/** The last one: what ended the span. */
function exceptionIn(span: Span): Attributes | null {
  const isException = ({ name }: { name: string }) =>
    name === "exception" || name === "gen_ai.client.operation.exception";
  return span.events.findLast(isException)?.attributes ?? null;
}

/** In and out together. */
export function tokensOf(attributes: Attributes): number | null {
  const input = numberAt(attributes, NAMES.inputTokens);
  const output = numberAt(attributes, NAMES.outputTokens);
  if (input !== null || output !== null) return (input ?? 0) + (output ?? 0);
  return numberAt(attributes, NAMES.allTokens);
}

/** Null: the span counts nothing. */
export function countsOf(attributes: Attributes): Readonly<Record<string, unknown>> | null {
  const told = COUNT_NAMES.map((name) => [name, valueAt(attributes, `work.items.${name}`)] as const);
  const said = told.filter(([, count]) => count !== null);
  return said.length === 0 ? null : Object.fromEntries(said);
}
