/** Errors on the wire: one table from code to status, and problem details (RFC 9457) for all of them. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { RollcallError, type ErrorCode, type FieldProblem } from "../domain/errors.ts";
import type { Log } from "../ports/outside.ts";
import type { RejectionReason } from "../ports/records.ts";

export const STATUS: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  invalid_request: 400,
  not_yet_supported: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  gone: 410,
  too_large: 413,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
};

const TITLES: Readonly<Record<ErrorCode, string>> = {
  invalid_request: "The request is not as it must be",
  not_yet_supported: "This is not supported yet",
  unauthorized: "A key is needed",
  forbidden: "This key may not do that",
  not_found: "There is no such thing here",
  method_not_allowed: "This address does not take this method",
  conflict: "This does not fit the present state",
  gone: "This was deleted",
  too_large: "The request is too large",
  too_many_requests: "Too many requests",
  internal: "Something went wrong inside Rollcall",
  unavailable: "Rollcall cannot do this just now",
};

/** What a refused check-in is answered with, by the reason of the boundary. */
export function codeOfRejection(reason: RejectionReason): ErrorCode {
  switch (reason) {
    case "unknown_monitor":
      return "not_found";
    case "deleted":
      return "gone";
    case "not_allowed_monitor":
      return "forbidden";
    case "method_not_allowed":
      return "method_not_allowed";
    case "jwks_unavailable":
    case "not_configured":
      return "unavailable";
    default:
      return "unauthorized";
  }
}

export interface Problem {
  type: "about:blank";
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  problems: readonly FieldProblem[];
}

export function problemOf(error: RollcallError): Problem {
  return {
    type: "about:blank",
    title: TITLES[error.code],
    status: STATUS[error.code],
    code: error.code,
    detail: error.message,
    problems: error.problems,
  };
}

export function answerProblem(context: Context, error: RollcallError): Response {
  context.header("cache-control", "no-store");
  if (error.code === "unauthorized") context.header("www-authenticate", 'Bearer realm="Rollcall"');
  if (error.retryAfterSeconds !== null) context.header("retry-after", String(error.retryAfterSeconds));
  return context.body(JSON.stringify(problemOf(error)), STATUS[error.code], {
    "content-type": "application/problem+json",
  });
}

/** Makes one of ours of anything that was thrown. What is not ours is told in the log only. */
export function rollcallErrorOf(thrown: unknown, log: Log): RollcallError {
  if (thrown instanceof RollcallError) {
    if (thrown.code === "internal" || thrown.code === "unavailable")
      log.error("a request failed", { error: thrown });
    // The sentence of an internal error is for the log: it may tell of files and insides.
    return thrown.code === "internal" ? internalError() : thrown;
  }
  if (thrown instanceof HTTPException && thrown.status < 500) {
    return new RollcallError("invalid_request", thrown.message);
  }
  log.error("a request failed unexpectedly", {
    error: thrown instanceof Error ? thrown : new Error(String(thrown)),
  });
  return internalError();
}

function internalError(): RollcallError {
  return new RollcallError("internal", "An internal error happened; the log of the server tells which.");
}
