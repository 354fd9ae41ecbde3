/** What a schema may not be, whatever it says: too large, too deep, or not all there. */
import { LIMITS } from "../domain/limits.ts";
import type { JsonValue } from "../domain/outcome/outcome.ts";

/** Under these a schema lies as a value, not as a rule. */
const VALUES = ["const", "default", "enum", "examples"];
const REFERENCES = ["$ref", "$dynamicRef", "$recursiveRef"];

/** Null: it may be tried. */
export function schemaProblem(schema: JsonValue): string | null {
  if (typeof schema !== "boolean" && (typeof schema !== "object" || Array.isArray(schema))) {
    return "must be a JSON Schema: an object, or true or false";
  }
  const { length } = JSON.stringify(schema);
  if (length > LIMITS.schemaCharacters) {
    return `${length} characters; at most ${LIMITS.schemaCharacters} are allowed`;
  }
  if (depthOf(schema) > LIMITS.schemaDepth) {
    return `nested ${depthOf(schema)} deep; at most ${LIMITS.schemaDepth} is allowed`;
  }
  const elsewhere = referenceElsewhere(schema);
  return elsewhere === null
    ? null
    : `"${elsewhere}" lies elsewhere and nothing is fetched: put it under "$defs" and refer to it by "#/$defs/…"`;
}

function depthOf(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function referenceElsewhere(value: JsonValue): string | null {
  if (typeof value !== "object" || value === null) return null;
  for (const [name, each] of Object.entries(value)) {
    if (REFERENCES.includes(name) && typeof each === "string" && !each.startsWith("#")) return each;
    const found = VALUES.includes(name) ? null : referenceElsewhere(each);
    if (found !== null) return found;
  }
  return null;
}
