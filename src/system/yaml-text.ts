/**
 * YAML text as a value, and the way back from a field of that value to its place in the text. Bounded in what aliases
 * and nesting can make of it.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from "yaml";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";

export interface YamlText {
  /** Null where the text says nothing. Parts that aliases repeat are one object. */
  value: unknown;
  /** Where the field is, like `schedule.cron[0]`, or where the nearest thing around it begins. */
  offsetOf(field: string): number;
  /** `12:5` */
  lineAndColumn(offset: number): string;
}

/** More mistakes than anybody mends before reading the text again. */
export const PROBLEMS_TOLD = 50;

/** Throws `invalid_request` with a line for each mistake, beginning with `path:line:column`. */
export function readYaml(text: string, path: string): YamlText {
  const lines = new LineCounter();
  const lineAndColumn = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const yaml = parsed(text, path, lines);
  return { value: valueOf(yaml, path), offsetOf: (field) => offsetOf(yaml, field), lineAndColumn };
}

/** Syntax first: what cannot be read is told line by line, and nothing of it is used. */
function parsed(text: string, path: string, lines: LineCounter): Document {
  let yaml: Document;
  try {
    // Its own search for names that are there twice takes seconds for thousands of monitors.
    yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: false });
  } catch (cause) {
    throw new RollcallError("invalid_request", `${path} is ${TOO_DEEP}.`, { cause });
  }
  const found = [...yaml.errors, ...yaml.warnings].map(({ code, message, pos }) => ({
    offset: pos[0],
    sentence: sentenceOf(code, message),
  }));
  if (found.length === 0) found.push(...twins(yaml.contents));
  // One mistake often makes the parser say several things about one line; the first of them is about the mistake.
  const byLine = new Map<number, string>();
  for (const { offset, sentence } of found) {
    const { line, col } = lines.linePos(offset);
    if (!byLine.has(line)) byLine.set(line, `${path}:${line}:${col}: ${sentence}`);
  }
  if (byLine.size === 0) return yaml;
  throw new RollcallError("invalid_request", [...byLine.values()].slice(0, PROBLEMS_TOLD).join("\n"));
}

const TOO_DEEP = "nested too deeply to be read";

function sentenceOf(code: string, message: string): string {
  const [first = ""] = message.split("\n");
  if (/call stack/.test(first)) return TOO_DEEP;
  // What a cron expression that begins with an asterisk comes to without quotes.
  if (/alias/i.test(first)) return 'a text that begins with * must be in quotes, like "*/5 * * * *"';
  return code === "MULTIPLE_DOCS" ? "a second document begins here: leave it out" : first;
}

/** Names that are in one map twice: of two monitors of one name, nobody could say which was meant. */
function twins(contents: unknown): { offset: number; sentence: string }[] {
  const found: { offset: number; sentence: string }[] = [];
  visit(contents as Node | null, {
    Map(_key, map) {
      const names = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        const isTwin = names.has(name) && name !== "<<";
        if (isTwin) found.push({ offset: startOf(key) ?? 0, sentence: `"${String(name)}" is there twice` });
        names.add(name);
      }
    },
  });
  return found;
}

function valueOf(yaml: Document, path: string): unknown {
  try {
    return yaml.toJS({ maxAliasCount: LIMITS.configurationAliases });
  } catch (cause) {
    const isBomb = cause instanceof Error && /alias count/i.test(cause.message);
    const why = isBomb ? "its aliases multiply without bound" : "an alias in it names nothing";
    throw new RollcallError("invalid_request", `${path} cannot be read: ${why}.`, { cause });
  }
}

function offsetOf(yaml: Document, field: string): number {
  return deepest(yaml, { node: yaml.contents, prefix: "", field, depth: 0 }) ?? 0;
}

interface Looking {
  node: unknown;
  /** The field that this node is. */
  prefix: string;
  field: string;
  depth: number;
}

function deepest(yaml: Document, { node, prefix, field, depth }: Looking): number | null {
  if (depth > LIMITS.configurationDepth) return null;
  const within = (next: unknown, at: string): number | null =>
    deepest(yaml, { node: next, prefix: at, field, depth: depth + 1 });
  if (isAlias(node)) return within(node.resolve(yaml), prefix);
  if (isSeq(node)) {
    const index = node.items.findIndex((_item, at) => isWithin(field, `${prefix}[${at}]`));
    const item = node.items[index];
    return item === undefined ? null : (within(item, `${prefix}[${index}]`) ?? startOf(item));
  }
  if (!isMap(node)) return null;
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : "";
    const at = prefix === "" ? name : `${prefix}.${name}`;
    if (isWithin(field, at)) return within(value, at) ?? startOf(key);
  }
  // What stands in a part that was merged in is told where it was written.
  for (const { key, value } of node.items) {
    if (!isScalar(key) || key.value !== "<<") continue;
    const parts = isSeq(value) ? value.items : [value];
    const found = parts.map((part) => within(part, prefix)).find((offset) => offset !== null);
    if (found !== undefined) return found;
  }
  return null;
}

function isWithin(field: string, place: string): boolean {
  return field === place || field.startsWith(`${place}.`) || field.startsWith(`${place}[`);
}

function startOf(node: unknown): number | null {
  return (node as Node | null)?.range?.[0] ?? null;
}
