/** The outcome's shape by JSON Schema. Nothing is fetched: a schema stands alone or is refused. */
import { dereference, type Schema, type SchemaDraft, Validator } from "@cfworker/json-schema";
import { shapeFaultsInWords } from "./shape-words.ts";
import type { Answer } from "./words.ts";

export type Shape = { validator: Validator } | { fault: string };

export function shapeOf(schema: string): Shape {
  try {
    const parsed = JSON.parse(schema) as Schema;
    // All that is wrong is told, not the first of it alone.
    return { validator: new Validator(parsed, draftOf(parsed), false) };
  } catch (error) {
    return { fault: reasonOf(error) };
  }
}

export function validateShape(shape: Shape, outcome: unknown): Answer {
  if ("fault" in shape) return { status: "error", because: shape.fault };
  try {
    const { valid, errors } = shape.validator.validate(outcome);
    return valid
      ? { status: "passed", because: "" }
      : { status: "failed", because: shapeFaultsInWords(errors) };
  } catch (error) {
    return { status: "error", because: reasonOf(error) };
  }
}

/** What is wrong with it, as far as reading it and trying it on an empty outcome show; null: nothing. */
export function schemaFault(text: string): string | null {
  const tried = validateShape(shapeOf(text), {});
  if (tried.status === "error") return tried.because;
  const schema = JSON.parse(text) as Schema;
  return faultIn(schema, dereference(schema));
}

const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"];

function faultIn(value: unknown, known: Record<string, unknown>): string | null {
  if (typeof value !== "object" || value === null) return null;
  // The library marks with its address whatever is a schema and no value within one.
  if (Object.hasOwn(value, "__absolute_uri__")) {
    const fault = faultOf(value, known);
    if (fault !== null) return fault;
  }
  for (const each of Object.values(value)) {
    const fault = faultIn(each, known);
    if (fault !== null) return fault;
  }
  return null;
}

function faultOf(schema: Schema, known: Record<string, unknown>): string | null {
  const { $ref, __absolute_ref__: address, type = [], pattern, patternProperties = {} } = schema;
  if ($ref !== undefined && known[address ?? $ref] === undefined)
    return `"${$ref}" refers to nothing in the schema`;
  const odd = (Array.isArray(type) ? type : [type]).find((each) => !TYPES.includes(each));
  if (odd !== undefined) return `there is no type ${JSON.stringify(odd)}: types are ${TYPES.join(", ")}`;
  for (const each of [...Object.keys(patternProperties), ...(pattern === undefined ? [] : [pattern])]) {
    try {
      void new RegExp(each, "u");
    } catch {
      return `${JSON.stringify(each)} is no regular expression`;
    }
  }
  return null;
}

function draftOf(schema: Schema | boolean): SchemaDraft {
  const named = typeof schema === "object" ? schema.$schema : undefined;
  if (typeof named !== "string") return "2020-12";
  if (named.includes("draft-04")) return "4";
  if (named.includes("draft-06") || named.includes("draft-07")) return "7";
  return named.includes("2019-09") ? "2019-09" : "2020-12";
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return "the schema refers to itself without end";
  const message = error instanceof Error ? error.message : String(error);
  // The first line says it; what follows lists every address within the schema.
  return `it is no valid JSON Schema: ${message.split("\n")[0]}`;
}
