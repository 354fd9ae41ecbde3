/**
 * A configuration file, read: YAML with its references to the environment filled in, every mistake told with its
 * line.
 */
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { RollcallError, type FieldProblem } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { PROBLEMS_TOLD, readYaml } from "./yaml-text.ts";

export interface ConfigurationFile {
  /** As it was given; `-` for standard input. */
  path: string;
  /** What it is called unless it names itself. */
  name: string;
  document: unknown;
  /** `path:line:column: field: message` for each problem, in the order of the file; of very many the first ones. */
  located(problems: readonly FieldProblem[]): string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `RollcallError`, whose sentence says where the mistake is. */
export function readConfigurationFile(path: string, environment: Environment): ConfigurationFile {
  return readConfigurationText(textOf(path), { path, environment });
}

/** The same from standard input. Waits for it: a pipe whose writer is still at work has nothing to read at once. */
export async function readConfigurationInput(
  input: AsyncIterable<Uint8Array>,
  environment: Environment,
): Promise<ConfigurationFile> {
  const path = "-";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    size += chunk.byteLength;
    if (size > LIMITS.configurationBytes) throw tooLarge(path);
    chunks.push(chunk);
  }
  return readConfigurationText(decoded(Buffer.concat(chunks), path), { path, environment });
}

export function readConfigurationText(
  text: string,
  from: { path: string; environment: Environment },
): ConfigurationFile {
  const { path } = from;
  const yaml = readYaml(text, path);
  if (yaml.value === null) throw refused(`${path} is empty: a configuration has at least "monitors: {}"`);
  if (!text.endsWith("\n")) {
    const place = yaml.lineAndColumn(text.length);
    throw refused(`${path}:${place}: the last line has no end, so the file may be cut off: add a line break`);
  }
  const located = (problems: readonly FieldProblem[]): string[] => {
    const left = problems.length - PROBLEMS_TOLD;
    const told = problems
      .slice(0, PROBLEMS_TOLD)
      .map(({ field, message }) => ({ at: yaml.offsetOf(field), text: `${field}: ${message}` }))
      .sort((one, other) => one.at - other.at)
      .map(({ at, text }) => `${path}:${yaml.lineAndColumn(at)}: ${text}`);
    return left > 0 ? [...told, `${path}: and ${left} more`] : told;
  };
  const { document, problems } = filledIn(yaml.value, from);
  if (problems.length > 0) throw refused(located(problems).join("\n"));
  return { path, name: path === "-" ? "standard input" : basename(path), document, located };
}

function textOf(path: string): string {
  let bytes: Uint8Array;
  try {
    if (statSync(path).size > LIMITS.configurationBytes) throw tooLarge(path);
    bytes = readFileSync(path);
  } catch (cause) {
    if (cause instanceof RollcallError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "it is not there" : code === "EISDIR" ? "it is a folder" : (code ?? "unknown");
    throw refused(`The configuration ${path} cannot be read: ${why}.`, cause);
  }
  if (bytes.byteLength > LIMITS.configurationBytes) throw tooLarge(path);
  return decoded(bytes, path);
}

function decoded(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refused(`${path} is not UTF-8 text.`, cause);
  }
}

function tooLarge(path: string): RollcallError {
  return refused(
    `${path} is larger than ${LIMITS.configurationBytes} bytes, with its aliases filled in: split it into several files.`,
  );
}

function refused(sentence: string, cause?: unknown): RollcallError {
  return new RollcallError("invalid_request", sentence, { cause });
}

/**
 * `${SLACK_TOKEN}` in a channel's settings or a contract's secret is the variable's value; `$${` is a `${` of its own. Elsewhere nothing is
 * secret, and text stays as it is.
 */
function filledIn(
  value: unknown,
  { path: file, environment }: { path: string; environment: Environment },
): { document: unknown; problems: FieldProblem[] } {
  const problems: FieldProblem[] = [];
  let length = 0;
  const copied = (each: unknown, { field, path }: { field: string; path: readonly string[] }): unknown => {
    // About what it takes as JSON: aliases make much of little.
    length += typeof each === "string" ? each.length + 3 : 6;
    const isBounded = length <= LIMITS.configurationBytes && path.length <= LIMITS.configurationDepth;
    if (!isBounded) throw tooLarge(file);
    if (typeof each === "string") {
      return isSetting(path) ? withVariables(each, { environment, field, problems }) : each;
    }
    if (Array.isArray(each)) {
      return each.map((item, index) => copied(item, { field: `${field}[${index}]`, path: [...path, ""] }));
    }
    if (typeof each !== "object" || each === null) return each;
    const entries = Object.entries(each).map(([key, item]) => {
      length += key.length + 3;
      const place = { field: field === "" ? key : `${field}.${key}`, path: [...path, key] };
      return [key, copied(item, place)] as const;
    });
    return Object.fromEntries(entries);
  };
  return { document: copied(value, { field: "", path: [] }), problems };
}

function withVariables(
  text: string,
  { environment, field, problems }: { environment: Environment; field: string; problems: FieldProblem[] },
): string {
  return text.replaceAll(/\$\$\{|\$\{([^}]*)\}/g, (whole, name: string | undefined) => {
    if (name === undefined) return "${";
    const isName = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
    const found = isName ? environment[name] : undefined;
    if (found !== undefined && found !== "") return found;
    const message = isName
      ? `the environment has no ${name}: set that variable`
      : "refers to no variable: write ${NAME}, or $${ for these characters themselves";
    problems.push({ field, message });
    return whole;
  });
}

/** `channels.<name>.settings.<field>` and what lies in it; `contracts.<name>.secret`, and each of `secrets`. */
function isSetting([kind, _name, field, ...within]: readonly string[]): boolean {
  if (kind === "contracts") return field === "secret" || field === "secrets";
  return kind === "channels" && field === "settings" && within.length > 0;
}
