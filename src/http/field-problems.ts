/** Says what is wrong with which field, its value and what is allowed, from what a schema found. */
import type { z } from "@hono/zod-openapi";
import type { FieldProblem } from "../domain/errors.ts";
import { shown } from "./schemas.ts";

type Issue = z.core.$ZodIssue;

/** `root`: how the whole thing is called where no field is at fault. */
export function fieldProblems(
  issues: readonly Issue[],
  input: unknown,
  root: string,
): readonly FieldProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, input, root));
}

function problemsOf(issue: Issue, input: unknown, root: string): FieldProblem[] {
  const field = pathText(issue.path, root);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      field: pathText([...issue.path, key], root),
      message: "is not a known field: check its name or leave it out",
    }));
  }
  return [{ field, message: messageOf(issue, valueAt(input, issue.path)) }];
}

function messageOf(issue: Issue, value: unknown): string {
  if (issue.code === "custom") return issue.message;
  if (value === undefined) return "is missing";
  switch (issue.code) {
    case "invalid_type":
      return `${shown(value)} is not ${issue.expected === "int" ? "a whole number" : `of the type ${issue.expected}`}`;
    case "invalid_value":
      return `${shown(value)} is not one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return `${shown(value)} is neither text nor a number, nor what else is allowed here`;
    case "too_small":
      return `${shown(value)} is too small: at least ${issue.minimum} ${unitOf(issue.origin)}`.trimEnd();
    case "too_big":
      return `${shown(value)} is too large: at most ${issue.maximum} ${unitOf(issue.origin)}`.trimEnd();
    default:
      return `${shown(value)}: ${issue.message}`;
  }
}

function unitOf(origin: string): string {
  if (origin === "string") return "characters";
  return origin === "array" ? "items" : "";
}

function valueAt(input: unknown, path: Issue["path"]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

/** `schedule.cron[0]` */
function pathText(path: Issue["path"], root: string): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return text === "" ? root : text.replace(/^\./, "").slice(0, 200);
}
