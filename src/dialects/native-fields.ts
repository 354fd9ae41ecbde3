/**
 * What a native check-in may say besides its path, from the query, a JSON object, a form or plain text. What is
 * wrong is named and left out; the check-in itself is kept.
 */
import type { CheckInKind, Trigger } from "../domain/check-in.ts";
import { parseDuration } from "../domain/duration.ts";
import type { FieldProblem } from "../domain/errors.ts";
import { parseInstant } from "../domain/instant.ts";
import { LIMITS } from "../domain/limits.ts";
import { beginsForm, isOutcomeField, showsOutcome } from "../domain/outcome/outcome-fields.ts";
import type { OutcomePart } from "../domain/outcome/outcome.ts";
import { readOutcome } from "../domain/outcome/read-outcome.ts";
import type { CheckInRequest, ReadCheckIn } from "../ports/dialect.ts";

const READ = [
  "run",
  "scheduled_for",
  "trigger",
  "occurred_at",
  "sent_at",
  "duration",
  "exit_status",
  "message",
  "create",
] as const;
const CREATE = ["every", "cron", "tz", "grace", "signals"] as const;
const KNOWN: ReadonlySet<string> = new Set([...READ, ...CREATE]);
/** Names other tools use for the same thing. */
const ALSO: Readonly<Record<string, string>> = { run_id: "run", exit_code: "exit_status", timezone: "tz" };
const NAMES_SHOWN = 5;

type Fields = Omit<ReadCheckIn, "presented" | "kind" | "idempotencyKey">;

/** Collects what is found out while reading: values by field, remarks, faults. */
interface Reading {
  kind: CheckInKind;
  values: Map<string, unknown>;
  /** Fields for whoever reads the outcome: all that is told of it, and in a body all that is not known here. */
  ofOutcome: Map<string, unknown>;
  /** Why a body that was to tell the outcome does not. */
  unreadable: string | null;
  notes: string[];
  problems: FieldProblem[];
}

export function readFields(request: CheckInRequest, kind: CheckInKind): Fields {
  const reading: Reading = {
    kind,
    values: new Map(),
    ofOutcome: new Map(),
    unreadable: null,
    notes: [],
    problems: [],
  };
  const readAs = readBody(reading, request);
  take(reading, request.query, "query");
  const message = textOf(reading, "message");
  const outcome = outcomeOf(reading);
  return {
    ...(outcome === null ? {} : { outcome }),
    runId: runIdOf(reading),
    trigger: triggerOf(reading),
    scheduledForAt: instantOf(reading, "scheduled_for"),
    occurredAt: instantOf(reading, "occurred_at"),
    sentAt: instantOf(reading, "sent_at"),
    durationMs: durationOf(reading),
    exitStatus: exitStatus(reading),
    body: message ?? (holdsFieldsOnly(readAs, outcome) ? "" : request.body),
    create: createOf(reading),
    notes: reading.notes,
    problems: reading.problems,
  };
}

/** A whole number from 0 to 255, as programs end with. */
export function exitStatusOf(
  field: string,
  text: string,
): { exitStatus: number | null; problems: readonly FieldProblem[] } {
  const status = Number(text);
  if (/^\d{1,9}$/.test(text) && status <= 255) return { exitStatus: status, problems: [] };
  return {
    exitStatus: null,
    problems: [{ field, message: `${quoted(text)} is not a whole number from 0 to 255` }],
  };
}

function outcomeOf(reading: Reading): OutcomePart | null {
  const { ofOutcome, unreadable, kind } = reading;
  if (ofOutcome.size === 0) return unreadable === null ? null : { unreadable };
  const { part, problems, notes } = readOutcome(Object.fromEntries(ofOutcome), kind);
  reading.problems.push(...problems);
  reading.notes.push(...notes);
  return unreadable === null ? part : { ...part, unreadable };
}

/** A form holds its text in a field, an outcome its message; anything else that carries none is a message itself. */
function holdsFieldsOnly(readAs: "json" | "form" | "text", outcome: OutcomePart | null): boolean {
  if (readAs !== "json" || outcome === null) return readAs === "form";
  const { extra: _, unreadable, ...told } = outcome;
  return unreadable === undefined && Object.keys(told).length > 0;
}

/** Fills in what the body says. Only a body that plainly holds fields is read; anything else is the job's output. */
function readBody(reading: Reading, request: CheckInRequest): "json" | "form" | "text" {
  const { body } = request;
  const type = (request.headers["content-type"] ?? "").toLowerCase();
  const isDeclaredJson = /^application\/([\w.+-]+\+)?json\b/.test(type);
  if (body.trim() === "") return "text";
  if (!request.isBodyWhole) {
    if (isDeclaredJson) {
      reading.notes.push("the body was cut, so its JSON was kept as text and not read");
      setUnreadable(reading, "the body was cut, so its JSON could not be read");
    }
    return "text";
  }
  if (isDeclaredJson) return readDeclaredJson(reading, body);
  if (type.startsWith("multipart/")) {
    reading.notes.push(
      "a multipart form is kept as text and not read: send its fields as curl -d does, or as JSON",
    );
    return "text";
  }
  // Who says that it is text means it: a job's output may well look like fields.
  if (type.startsWith("text/")) return "text";
  // `curl -d` declares every text a form, so the content decides.
  const fields = body.startsWith("{") ? jsonFields(body, reading.kind) : null;
  if (fields !== null) {
    take(reading, fields, "JSON body");
    return "json";
  }
  if (!type.startsWith("application/x-www-form-urlencoded") || !isForm(body, reading.kind)) return "text";
  take(reading, Object.fromEntries(new URLSearchParams(body)), "form");
  return "form";
}

function readDeclaredJson(reading: Reading, body: string): "json" {
  const wrong = (message: string) => {
    reading.problems.push({ field: "body", message });
    setUnreadable(reading, `the body ${message}`);
  };
  try {
    const value: unknown = JSON.parse(body);
    if (isObject(value)) take(reading, value, "JSON body");
    else wrong(`is JSON, but ${kindOfValue(value)} and not an object`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // Without the piece of the body that it may show: a credential is not to be recognised by its middle.
    wrong(`is declared JSON and is none: ${why.replace(/, (\.\.\.)?".*$/s, "").slice(0, 200)}`);
  }
  return "json";
}

/** A log in whatever form is no outcome. */
function setUnreadable(reading: Reading, why: string): void {
  if (reading.kind !== "log") reading.unreadable = why;
}

/**
 * The query is taken last: what stands in the address was written for this very check-in. What is not known there may
 * have been added on the way, so only the body's is kept with the outcome.
 */
function take(
  reading: Reading,
  from: Readonly<Record<string, unknown>>,
  where: "query" | "form" | "JSON body",
): void {
  const ignored: string[] = [];
  for (const [sent, value] of Object.entries(from)) {
    const name = Object.hasOwn(ALSO, sent) ? (ALSO[sent] ?? sent) : sent;
    if (KNOWN.has(name)) reading.values.set(name, value);
    else if (where !== "query" || isOutcomeField(sent, reading.kind)) reading.ofOutcome.set(sent, value);
    else ignored.push(sent);
  }
  if (ignored.length === 0) return;
  const shown = ignored.slice(0, NAMES_SHOWN).map((name) => quoted(name));
  const more = ignored.length > NAMES_SHOWN ? ` and ${ignored.length - NAMES_SHOWN} more` : "";
  reading.notes.push(`ignored in the ${where}, because they are not known: ${shown.join(", ")}${more}`);
}

function textOf(reading: Reading, field: string): string | null {
  const value = reading.values.get(field);
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  reading.problems.push({ field, message: `is ${kindOfValue(value)}; text or a number is allowed` });
  return null;
}

function runIdOf(reading: Reading): string | null {
  const text = textOf(reading, "run")?.trim() ?? "";
  if (text.length > LIMITS.runIdCharacters) {
    reading.notes.push(`the run id was cut from ${text.length} to ${LIMITS.runIdCharacters} characters`);
  }
  return text === "" ? null : text.slice(0, LIMITS.runIdCharacters);
}

function triggerOf(reading: Reading): Trigger {
  const text = textOf(reading, "trigger") ?? "schedule";
  if (text === "schedule" || text === "manual") return text;
  reading.problems.push({ field: "trigger", message: `${quoted(text)} is not one of schedule, manual` });
  return "schedule";
}

function instantOf(reading: Reading, field: string): number | null {
  const text = textOf(reading, field);
  if (text === null || text === "") return null;
  // In a query a plus sign stands for a space: `2026-03-08T02:00:00+01:00` arrives with one in its place.
  const at = parseInstant(text.replace(/ (\d\d:?\d\d)$/, "+$1"));
  if (at === null) {
    const allowed = "an instant like 2026-03-08T07:00:00Z, or seconds or milliseconds since 1970";
    reading.problems.push({ field, message: `${quoted(text)} is not ${allowed}` });
  }
  return at;
}

function durationOf(reading: Reading): number | null {
  const text = textOf(reading, "duration");
  if (text === null || text === "") return null;
  const durationMs = parseDuration(text);
  if (durationMs !== null && durationMs <= LIMITS.longestGraceMs) return durationMs;
  const allowed = "a duration up to 400 days, like 90s, 1h30m or a number of seconds";
  reading.problems.push({ field: "duration", message: `${quoted(text)} is not ${allowed}` });
  return null;
}

function exitStatus(reading: Reading): number | null {
  const text = textOf(reading, "exit_status");
  if (text === null || text === "") return null;
  const read = exitStatusOf("exit_status", text);
  reading.problems.push(...read.problems);
  return read.exitStatus;
}

function createOf(reading: Reading): Readonly<Record<string, string>> | null {
  if (!["1", "true"].includes(textOf(reading, "create") ?? "")) return null;
  const create: Record<string, string> = {};
  for (const name of CREATE) {
    const text = textOf(reading, name);
    if (text !== null) create[name] = text;
  }
  return create;
}

/** What its first field is called decides. */
function isForm(body: string, kind: CheckInKind): boolean {
  const [first = ""] = body.split("&", 1);
  const equals = first.indexOf("=");
  const name = first.slice(0, Math.max(equals, 0));
  return isKnown(name) || beginsForm(name, first.slice(equals + 1), kind);
}

/** Null: no JSON object, or none with a field that is known. */
function jsonFields(body: string, kind: CheckInKind): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    if (!isObject(value)) return null;
    const isAny = Object.entries(value).some(
      ([name, told]) => isKnown(name) || showsOutcome(name, told, kind),
    );
    return isAny ? value : null;
  } catch {
    // Not JSON after all: a log line that begins with a brace.
    return null;
  }
}

function isKnown(name: string): boolean {
  return KNOWN.has(name) || Object.hasOwn(ALSO, name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOfValue(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `of the type ${typeof value}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 60)}…`);
}
