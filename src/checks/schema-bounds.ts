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
  // First, so that nothing else has to go deeper.
  if (isDeeperThan(LIMITS.schemaDepth, schema)) {
    return `things within things lie deeper than ${LIMITS.schemaDepth}`;
  }
  const { length } = JSON.stringify(schema);
  if (length > LIMITS.schemaCharacters) {
    return `${length} characters; at most ${LIMITS.schemaCharacters} are allowed`;
  }
  const elsewhere = referenceElsewhere(schema);
  return elsewhere === null
    ? null
    : `"${elsewhere}" lies elsewhere and nothing is fetched: put it under "$defs" and refer to it by "#/$defs/…"`;
}

function isDeeperThan(depth: number, value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((each) => isDeeperThan(depth - 1, each));
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
