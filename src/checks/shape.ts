/** The outcome's shape by JSON Schema. Nothing is fetched: a schema stands alone or is refused. */
import { type OutputUnit, type Schema, type SchemaDraft, Validator } from "@cfworker/json-schema";
import { LIMITS } from "../domain/limits.ts";
import { type BoundedCache, boundedCache, cached } from "../domain/schedule/bounded-cache.ts";
import type { Answer } from "./words.ts";

const validators: BoundedCache<Validator> = boundedCache(LIMITS.schemasKept);

export function validateShape(schema: string, outcome: unknown): Answer {
  try {
    const { valid, errors } = cached(validators, schema, validatorOf).validate(outcome);
    return valid ? { status: "passed", because: "" } : { status: "failed", because: sentenceOf(errors) };
  } catch (error) {
    return { status: "error", because: reasonOf(error) };
  }
}

/** What is wrong with it, as far as trying it on an empty outcome shows; null: nothing. */
export function schemaFault(schema: string): string | null {
  try {
    const validator = validatorOf(schema);
    validator.validate({});
    return unresolvedIn(JSON.parse(schema), validator);
  } catch (error) {
    return reasonOf(error);
  }
}

function validatorOf(text: string): Validator {
  const schema = JSON.parse(text) as Schema;
  // All that is wrong is told, not the first of it alone.
  return new Validator(schema, draftOf(schema), false);
}

function draftOf(schema: Schema | boolean): SchemaDraft {
  const named = typeof schema === "object" ? schema.$schema : undefined;
  if (typeof named !== "string") return "2020-12";
  if (named.includes("draft-04")) return "4";
  if (named.includes("draft-06") || named.includes("draft-07")) return "7";
  return named.includes("2019-09") ? "2019-09" : "2020-12";
}

function unresolvedIn(_schema: unknown, _validator: Validator): string | null {
  return null;
}

function sentenceOf(errors: readonly OutputUnit[]): string {
  return errors
    .map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
    .slice(0, 3)
    .join("; ");
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return "the schema refers to itself without end";
  return error instanceof Error ? error.message : String(error);
}
