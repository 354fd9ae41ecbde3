/** Says what is wrong with which field, its value and what is allowed, from what a schema found. */
import { z } from "@hono/zod-openapi";
import type { FieldProblem } from "../domain/errors.ts";
import { nearestWord } from "../domain/nearest-word.ts";
import { shown } from "./schemas.ts";

type Issue = z.core.$ZodIssue;

interface Read {
  input: unknown;
  /** How the whole thing is called where no field is at fault. */
  root: string;
  /** What it was read with: knows the names that an unknown one may have been meant for. */
  schema: z.ZodType;
}

export function fieldProblems(issues: readonly Issue[], read: Read): readonly FieldProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, read));
}

function problemsOf(issue: Issue, { input, root, schema }: Read): FieldProblem[] {
  const field = pathText(issue.path, root);
  if (issue.code === "unrecognized_keys") {
    const known = fieldsOf(schema, issue.path);
    return issue.keys.map((key) => {
      const meant = nearestWord(key, known);
      const advice = meant === null ? "check its name or leave it out" : `did you mean ${meant}?`;
      return { field: pathText([...issue.path, key], root), message: `is not a known field: ${advice}` };
    });
  }
  const value = valueAt(input, issue.path);
  if (issue.code === "invalid_union") {
    const union = unwrapped(schemaAt(schema, issue.path));
    const kinds = union instanceof z.ZodUnion ? union.options.filter(isObjectSchema) : [];
    if (union instanceof z.ZodUnion && kinds.length > 0) {
      return problemsOfKinds(value, { field, kinds, errors: issue.errors, options: union.options });
    }
  }
  return [{ field, message: messageOf(issue, value) }];
}

/**
 * Where one of several kinds of objects is allowed, each is known by its first field: `{metric: …}` is measured by the
 * kind that begins with `metric`.
 */
function problemsOfKinds(
  value: unknown,
  union: {
    field: string;
    kinds: readonly z.ZodObject[];
    errors: readonly (readonly Issue[])[];
    options: readonly unknown[];
  },
): FieldProblem[] {
  const { field, kinds } = union;
  if (value === undefined) return [{ field, message: "is missing" }];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ field, message: `${shown(value)} is not of the type object` }];
  }
  const kind = kinds.length === 1 ? kinds[0] : kinds.find((each) => firstFieldOf(each) in value);
  if (kind === undefined) {
    const names = kinds.map(firstFieldOf).join(", ");
    return [{ field, message: `has none of ${names}: the one it has says what it is` }];
  }
  const issues = union.errors[union.options.indexOf(kind)] ?? [];
  return fieldProblems(issues, { input: value, root: "", schema: kind }).map((within) => {
    const isNested = within.field !== "" && !within.field.startsWith("[");
    return { field: `${field}${isNested ? "." : ""}${within.field}`, message: within.message };
  });
}

function isObjectSchema(schema: unknown): schema is z.ZodObject {
  return schema instanceof z.ZodObject;
}

function firstFieldOf({ shape }: z.ZodObject): string {
  return Object.keys(shape)[0] ?? "";
}

function messageOf(issue: Issue, value: unknown): string {
  if (issue.code === "custom") return issue.message;
  if (value === undefined) return "is missing";
  switch (issue.code) {
    case "invalid_type":
      // Of what a secret may stand in by mistake, the value is not repeated.
      if (issue.expected === "object" || issue.expected === "record")
        return `${kindOf(value)} is not of the type object`;
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

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}

function unitOf(origin: string): string {
  if (origin === "string") return "characters";
  return origin === "array" ? "items" : "";
}

/** The names of the fields that the schema has at this path. */
function fieldsOf(schema: z.ZodType, path: Issue["path"]): readonly string[] {
  const at = unwrapped(schemaAt(schema, path));
  const objects = at instanceof z.ZodUnion ? at.options : [at];
  return objects.filter(isObjectSchema).flatMap(({ shape }) => Object.keys(shape));
}

function schemaAt(schema: z.ZodType, path: Issue["path"]): unknown {
  return path.reduce<unknown>((within, key) => childOf(unwrapped(within), key), schema);
}

function childOf(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<PropertyKey, unknown>)[key];
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodRecord ? schema.valueType : null;
}

function unwrapped(schema: unknown): unknown {
  const isWrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable;
  return isWrapped ? unwrapped(schema.unwrap()) : schema;
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
