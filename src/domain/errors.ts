/**
 * The one error type that reaches a reader: a code from a closed list, a sentence to act on, and the
 * field at fault. HTTP maps the code to a status in one table; everything else is "internal" outside.
 */

/** Every code an answer may carry. Adding one here makes the compiler ask for its HTTP status. */
export const ERROR_CODES = [
  "invalid_request",
  "not_yet_supported",
  "unauthorized",
  "forbidden",
  "not_found",
  "method_not_allowed",
  "gone",
  "conflict",
  "too_large",
  "too_many_requests",
  "unavailable",
  "internal",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** One thing wrong with one field, written for the person who sent it. */
export interface FieldProblem {
  /** Where: `schedule.cron[0]`, `grace`, … */
  field: string;
  /** What was wrong and what is allowed: "minute: 60 is not in 0-59". */
  message: string;
}

export class RollcallError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly FieldProblem[];
  /** Whole seconds after which trying again makes sense, where that is known. */
  readonly retryAfterSeconds: number | null;
  /** Refused only because too much waits already: for whoever counts, not told outside. */
  readonly isOverload: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      problems?: readonly FieldProblem[];
      retryAfterSeconds?: number;
      isOverload?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "RollcallError";
    this.code = code;
    this.problems = more.problems ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.isOverload = more.isOverload ?? false;
  }
}

/** Bad input: one or more fields are not as they must be. Nothing was changed. */
export function invalid(problems: readonly FieldProblem[]): RollcallError {
  const sentence = problems.map((problem) => `${problem.field}: ${problem.message}`).join("; ");
  return new RollcallError("invalid_request", sentence, { problems });
}

/** It says nothing of what was asked for, only that nothing can be done just now. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof RollcallError && error.code === "unavailable";
}
