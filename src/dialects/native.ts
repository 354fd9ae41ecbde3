/**
 * Rollcall's own check-ins: `/checkin/<ping-key>/<monitor>[/<kind>]`, or `/checkin/<project>/<monitor>…` with the
 * key in `Authorization`. They answer with a receipt: one line of text, or JSON where that is asked for.
 */
import type { Receipt } from "../domain/change.ts";
import { CHECK_IN_KINDS } from "../domain/check-in.ts";
import type { CheckInKind } from "../domain/check-in.ts";
import { RollcallError, type FieldProblem } from "../domain/errors.ts";
import { KEY_PREFIX } from "../domain/key-text.ts";
import type { CheckInRequest, Dialect, DialectAnswer, ReadCheckIn, Refusal } from "../ports/dialect.ts";
import type { Presented } from "../ports/trust.ts";
import { exitStatusOf, readFields } from "./native-fields.ts";
import { headerText, receiptJson, receiptLine } from "./receipt.ts";

const LONGEST_IDEMPOTENCY_KEY = 200;

export const native: Dialect = {
  name: "native",
  prefixes: ["/checkin"],
  rootPaths: null,
  methods: ["GET", "HEAD", "POST"],

  read(request) {
    const segments = withoutTrailingSlash(request.segments);
    const [first, slug, suffix = ""] = segments;
    if (first === undefined || slug === undefined || slug === "" || segments.length > 3) return null;
    const presented = presentedIn(request, first, slug);
    const told = kindOf(suffix);
    return told === null
      ? { presented, unreadable: unknownKind(suffix) }
      : readTold(request, presented, told);
  },

  answer(request, result) {
    const isJsonWanted = (request.headers["accept"] ?? "").includes("application/json");
    if ("refusal" in result) return answerRefusal(result.refusal, isJsonWanted);
    const { receipt, problems } = result;
    if (problems.length > 0) return answerProblems(receipt, problems);
    return isJsonWanted ? jsonAnswer(200, receiptJson(receipt)) : textAnswer(200, receiptLine(receipt));
  },
};

interface Told {
  kind: CheckInKind;
  exitStatus: number | null;
  /** Said by the path; without it the body's exit status may decide. */
  isSaid: boolean;
  problems: readonly FieldProblem[];
}

function readTold(request: CheckInRequest, presented: Presented, told: Told): ReadCheckIn {
  const fields = readFields(request, told.kind);
  const exitStatus = told.exitStatus ?? fields.exitStatus;
  const isFailure = !told.isSaid && exitStatus !== null && exitStatus !== 0;
  const idempotencyKey = request.headers["idempotency-key"]?.slice(0, LONGEST_IDEMPOTENCY_KEY) ?? null;
  return {
    ...fields,
    presented,
    kind: isFailure ? "fail" : told.kind,
    exitStatus,
    idempotencyKey: idempotencyKey === "" ? null : idempotencyKey,
    problems: [...told.problems, ...fields.problems],
  };
}

/** The first segment is a key when it looks like one, else a project whose key is in `Authorization`. */
function presentedIn(request: CheckInRequest, first: string, slug: string): Presented {
  if (first.startsWith(KEY_PREFIX)) {
    return { credential: { text: first, where: "path" }, project: null, slug, uuid: null };
  }
  const header = request.headers["authorization"]?.trim() ?? "";
  const text = header.replace(/^Bearer\s+/i, "");
  const credential = header === "" ? null : ({ text, where: "authorization" } as const);
  return { credential, project: first, slug, uuid: null };
}

function kindOf(suffix: string): Told | null {
  if (suffix === "") return { kind: "success", exitStatus: null, isSaid: false, problems: [] };
  const kind = CHECK_IN_KINDS.find((each) => each === suffix);
  if (kind !== undefined) return { kind, exitStatus: null, isSaid: true, problems: [] };
  if (!/^\d+$/.test(suffix)) return null;
  const { exitStatus, problems } = exitStatusOf("exit status", suffix);
  // Not a status any program ends with, but surely no success.
  return { kind: exitStatus === 0 ? "success" : "fail", exitStatus, isSaid: true, problems };
}

function unknownKind(suffix: string): RollcallError {
  const shown = suffix.includes(KEY_PREFIX) ? "The end of this path" : JSON.stringify(suffix.slice(0, 40));
  const allowed = `${CHECK_IN_KINDS.join(", ")} or an exit status`;
  return new RollcallError(
    "not_found",
    `${shown} is no kind of check-in: end the path with nothing, ${allowed}.`,
  );
}

function withoutTrailingSlash(segments: readonly string[]): readonly string[] {
  return segments[segments.length - 1] === "" ? segments.slice(0, -1) : segments;
}

function answerProblems(receipt: Receipt, problems: readonly FieldProblem[]): DialectAnswer {
  const wrong = problems.map(({ field, message }) => `${field}: ${message}`).join("; ");
  const was = receipt.isDuplicate
    ? "was here already, and is not read again"
    : "was kept without what is wrong in it";
  const body = {
    type: "about:blank",
    title: receipt.isDuplicate
      ? "The check-in was here already, and parts of it could not be read"
      : "The check-in was kept, but parts of it could not be read",
    status: 400,
    code: "invalid_request",
    detail: `The check-in ${was}: ${wrong}`,
    problems,
    receipt: receiptJson(receipt),
  };
  return jsonAnswer(400, body, "application/problem+json");
}

function answerRefusal(refusal: Refusal, isJsonWanted: boolean): DialectAnswer {
  const { status, code, message, problems, retryAfterSeconds } = refusal;
  const headers: Record<string, string> =
    retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) };
  const answer = isJsonWanted
    ? jsonAnswer(
        status,
        { type: "about:blank", title: "The check-in was refused", status, code, detail: message, problems },
        "application/problem+json",
      )
    : textAnswer(status, message);
  return { ...answer, headers: { ...answer.headers, ...headers, "rollcall-receipt": headerText(message) } };
}

function jsonAnswer(status: number, body: unknown, type = "application/json"): DialectAnswer {
  return { status, headers: { "content-type": type }, body: `${JSON.stringify(body)}\n` };
}

function textAnswer(status: number, line: string): DialectAnswer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${line}\n` };
}
