/**
 * A configuration file, read: YAML with its references to the environment filled in, and the way back from a field to
 * its line, so that every mistake is told where it was made.
 */
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
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
import { RollcallError, type FieldProblem } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";

export interface ConfigurationFile {
  /** As it was given; `-` for standard input. */
  path: string;
  /** What it is called unless it names itself. */
  name: string;
  document: unknown;
  /** `path:line:column: field: message` for each problem, in the order of the file; of very many the first ones. */
  located(problems: readonly FieldProblem[]): string[];
}

/** More than anybody mends before reading the file again. */
const PROBLEMS_TOLD = 50;

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `RollcallError`, whose sentence says where the mistake is. The file `-` is standard input. */
export function readConfigurationFile(path: string, environment: Environment): ConfigurationFile {
  return readConfigurationText(textOf(path), { path, environment });
}

export function readConfigurationText(
  text: string,
  from: { path: string; environment: Environment },
): ConfigurationFile {
  const { path, environment } = from;
  const lines = new LineCounter();
  const yaml = parsed(text, path, lines);
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const located = (problems: readonly FieldProblem[]): string[] => {
    const left = problems.length - PROBLEMS_TOLD;
    const told = problems
      .slice(0, PROBLEMS_TOLD)
      .map(({ field, message }) => ({ at: offsetOf(yaml, field), text: `${field}: ${message}` }))
      .sort((one, other) => one.at - other.at)
      .map(({ at, text }) => `${placeOf(at)}: ${text}`);
    return left > 0 ? [...told, `${path}: and ${left} more`] : told;
  };
  const filled = filledIn(valueOf(yaml, path), environment);
  if (filled.problems.length > 0) throw told(located(filled.problems), filled.problems);
  const name = path === "-" ? "standard input" : basename(path);
  return { path, name, document: filled.document, located };
}

function textOf(path: string): string {
  let bytes: Uint8Array;
  try {
    if (path !== "-" && statSync(path).size > LIMITS.configurationBytes) throw tooLarge(path);
    bytes = readFileSync(path === "-" ? 0 : path);
  } catch (cause) {
    if (cause instanceof RollcallError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "it is not there" : code === "EISDIR" ? "it is a folder" : (code ?? "unknown");
    throw new RollcallError("invalid_request", `The configuration ${path} cannot be read: ${why}.`, {
      cause,
    });
  }
  if (bytes.byteLength > LIMITS.configurationBytes) throw tooLarge(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RollcallError("invalid_request", `${path} is not UTF-8 text.`, { cause });
  }
}

function tooLarge(path: string): RollcallError {
  const sentence = `${path} is larger than ${LIMITS.configurationBytes} bytes, with its aliases filled in: split it into several files.`;
  return new RollcallError("invalid_request", sentence);
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
  if (byLine.size > 0) throw told([...byLine.values()].slice(0, PROBLEMS_TOLD), []);
  if (yaml.contents === null || (isScalar(yaml.contents) && yaml.contents.value === null)) {
    throw told([`${path} is empty: a configuration has at least "monitors: {}"`], []);
  }
  return yaml;
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

function told(lines: readonly string[], problems: readonly FieldProblem[]): RollcallError {
  return new RollcallError("invalid_request", lines.join("\n"), { problems });
}

/**
 * `${SLACK_TOKEN}` in a channel's settings is the variable's value; `$${` is a `${` of its own. Elsewhere nothing is
 * secret, and text stays as it is.
 */
function filledIn(value: unknown, environment: Environment): { document: unknown; problems: FieldProblem[] } {
  const problems: FieldProblem[] = [];
  let length = 0;
  const resolved = (text: string, field: string): string =>
    text.replaceAll(/\$\$\{|\$\{([^}]*)\}/g, (whole, name: string | undefined) => {
      if (name === undefined) return "${";
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        problems.push({
          field,
          message: "refers to no variable: write ${NAME}, or $${ for these characters themselves",
        });
        return whole;
      }
      const found = environment[name];
      if (found !== undefined && found !== "") return found;
      problems.push({ field, message: `the environment has no ${name}: set that variable` });
      return whole;
    });
  const copied = (each: unknown, place: { field: string; path: readonly string[] }): unknown => {
    const { field, path } = place;
    length += typeof each === "string" ? each.length + 2 : 8;
    if (length > LIMITS.configurationBytes || path.length > LIMITS.configurationDepth)
      throw tooLarge("The file");
    if (typeof each === "string") return isSetting(path) ? resolved(each, field) : each;
    if (Array.isArray(each)) {
      return each.map((item, index) => copied(item, { field: `${field}[${index}]`, path: [...path, ""] }));
    }
    if (typeof each !== "object" || each === null) return each;
    const entries = Object.entries(each).map(([key, item]) => {
      length += key.length;
      return [
        key,
        copied(item, { field: field === "" ? key : `${field}.${key}`, path: [...path, key] }),
      ] as const;
    });
    return Object.fromEntries(entries);
  };
  return { document: copied(value, { field: "", path: [] }), problems };
}

/** `channels.<name>.settings.<field>` and what lies in it. */
function isSetting(path: readonly string[]): boolean {
  return path.length > 3 && path[0] === "channels" && path[2] === "settings";
}

/** Where the field is, or where the nearest thing around it begins. */
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
