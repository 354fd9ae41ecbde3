/**
 * Attributes as they are kept while a batch is read: of what people and models said to each other only the size, of
 * everything else as much as is ever looked at.
 */
import { LIMITS } from "../../domain/limits.ts";
import type { AnyValue, Attributes } from "./trace-batch.ts";

/**
 * Names under which instrumentations put prompts, answers, arguments of tools, documents: by default none of them
 * leaves the reader. https://github.com/open-telemetry/semantic-conventions-genai calls them opt-in for the same reason.
 */
const CONTENTS =
  /^(gen_ai\.(.+\.)?messages|gen_ai\.(prompt|completion|system_instructions|tool\.call\.(arguments|result)|tool\.definitions|evaluation\.explanation)|ai\.(prompt|value|values|embedding|embeddings|response\.(text|object|reasoning|toolCalls|files)|toolCall\.(args|result))|(input|output)\.value|llm\.(input_messages|output_messages|prompts?|completions?|prompt_template|invocation_parameters|tools|function_call)|traceloop\.entity\.(input|output)|(retrieval|reranker)\..*documents|embedding\.(embeddings|text|vector)|tool\.(parameters|description)|message\.content|exception\.stacktrace|db\.(statement|query\.text)|langsmith\.(inputs?|outputs?))(\.|$)/;

export function isContent(name: string): boolean {
  return CONTENTS.test(name);
}

/** Adds one attribute, unless there are too many already. */
export function keepAttribute(into: Map<string, AnyValue>, name: string, value: AnyValue): void {
  if (into.size >= LIMITS.attributesPerSpan && !into.has(name)) return;
  into.set(cut(name), isContent(name) ? sizeOf(value) : shortened(value));
}

/** In characters, of all texts in it together. */
function sizeOf(value: AnyValue): number {
  if (typeof value === "string") return value.length;
  if (value === null || typeof value !== "object") return 0;
  let size = 0;
  for (const each of value.values()) size += sizeOf(each);
  return size;
}

function shortened(value: AnyValue): AnyValue {
  if (typeof value === "string") return cut(value);
  if (Array.isArray(value)) return (value as readonly AnyValue[]).map(shortened);
  return value;
}

export function cut(text: string): string {
  return text.slice(0, LIMITS.attributeCharacters);
}

/** Null where nothing stands under this name. */
export function valueAt(attributes: Attributes, name: string): AnyValue {
  return attributes.get(name) ?? null;
}

/** The first of these names that has a text, without blanks around it; null when none has. */
export function textAt(attributes: Attributes, names: readonly string[]): string | null {
  for (const name of names) {
    const value = attributes.get(name);
    const [first] = Array.isArray(value) ? (value as readonly AnyValue[]) : [value];
    const text = typeof first === "number" ? String(first) : typeof first === "string" ? first.trim() : "";
    if (text !== "") return text;
  }
  return null;
}

/** The first of these names that has a number, also one written as text. */
export function numberAt(attributes: Attributes, names: readonly string[]): number | null {
  for (const name of names) {
    const value = attributes.get(name);
    const [first] = Array.isArray(value) ? (value as readonly AnyValue[]) : [value];
    const number = typeof first === "string" && first.trim() !== "" ? Number(first) : first;
    if (typeof number === "number" && Number.isFinite(number)) return number;
  }
  return null;
}
