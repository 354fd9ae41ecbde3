/** What a validator found wrong with an outcome, as people read it: the place, and what is wrong there. */
import type { OutputUnit } from "@cfworker/json-schema";
import { LIMITS } from "../domain/limits.ts";

/** `counts.processed is of type string, not number; "plan" is missing; and 2 more`. */
export function shapeFaultsInWords(errors: readonly OutputUnit[]): string {
  const told = errors.filter((error) => isTelling(error, errors)).map(inWords);
  const shown = told.slice(0, LIMITS.valuesTold);
  if (told.length > shown.length) shown.push(`and ${told.length - shown.length} more`);
  return shown.join("; ");
}

/** These say that something is wrong further in, and what it is follows. */
const OUTER =
  /^(\$ref|\$recursiveRef|allOf|if|properties|patternProperties|additionalProperties|unevaluatedProperties|dependentSchemas|items|prefixItems|additionalItems|unevaluatedItems)$/;

/** Of what lies within each other the innermost says what is wrong, except that none of several shapes did fit. */
function isTelling({ keyword, keywordLocation }: OutputUnit, errors: readonly OutputUnit[]): boolean {
  const isOfAChoice = errors.some(
    (outer) =>
      (outer.keyword === "anyOf" || outer.keyword === "oneOf") &&
      keywordLocation.startsWith(`${outer.keywordLocation}/`),
  );
  return !isOfAChoice && !OUTER.test(keyword);
}

function inWords({ instanceLocation, error }: OutputUnit): string {
  const place = placeOf(instanceLocation);
  const [, missing] = /^Instance does not have required property "(.*)"\.$/.exec(error) ?? [];
  if (missing !== undefined) return `${place === "it" ? "" : `${place}.`}${missing} is missing`;
  const [, actual, wanted] = /^Instance type "(.*)" is invalid\. Expected "(.*)"\.$/.exec(error) ?? [];
  if (actual !== undefined) return `${place} is of type ${actual}, not ${wanted?.replaceAll(`", "`, " or ")}`;
  if (error === "False boolean schema.") return `${place} is not allowed`;
  const plain = error.replace(/^(Instance|String|Items?|Array) /, "").replace(/\.$/, "");
  const said = plain === error.replace(/\.$/, "") ? `${place}: ${plain}` : `${place} ${plain}`;
  return said.slice(0, LIMITS.nameCharacters);
}

/** `#/steps/0/name` is `steps[0].name`. */
function placeOf(location: string): string {
  const parts = location.split("/").slice(1).map(unescaped);
  if (parts.length === 0) return "it";
  return parts
    .map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join("");
}

function unescaped(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
