/**
 * Expressions of experts, in CEL. Only `true` passes; an error is a value here and a true one, so that every other
 * value is looked at before it is believed. The run's numbers are doubles, as JSON has them.
 */
import { celEnv, celFunc, CelScalar, type CelResult, isCelError, parse, plan } from "@bufbuild/cel";
import { LIMITS } from "../domain/limits.ts";
import { faultIn, namesIn } from "./expression-tree.ts";
import type { Answer } from "./words.ts";

const environment = celEnv({ funcs: mixedArithmetic() });

/** Ready to be evaluated, with the paths below `run` that it speaks of; or what is wrong with it. */
export type Expression =
  | { evaluate: (run: unknown) => CelResult; names: readonly (readonly string[])[] }
  | { fault: string };

export function expressionOf(source: string): Expression {
  if (source.length > LIMITS.celCharacters) {
    return { fault: `${source.length} characters; at most ${LIMITS.celCharacters} are allowed` };
  }
  try {
    const parsed = parse(source);
    const fault = faultIn(parsed.expr, (name) => environment.funcs.find(name) !== undefined);
    if (fault !== null) return { fault };
    const evaluate = plan(environment, parsed);
    return { evaluate: (run) => evaluate({ run: run as never }), names: namesIn(parsed.expr) };
  } catch (error) {
    return { fault: error instanceof RangeError ? "it is nested too deeply" : inWords(error) };
  }
}

export function evaluateExpression(expression: Expression, run: unknown): Answer {
  if ("fault" in expression) return { status: "error", because: expression.fault };
  const value = expression.evaluate(run);
  if (value === true) return { status: "passed", because: valuesOf(expression.names, run) };
  if (value === false) return { status: "failed", because: valuesOf(expression.names, run) };
  if (isCelError(value)) return { status: "error", because: inWords(value) };
  return { status: "error", because: `it gave ${kindOf(value)}, and only true or false say something` };
}

/** A count times 100 is meant as it reads, although CEL itself knows no product of a double and a whole number. */
function mixedArithmetic() {
  const { DOUBLE, INT } = CelScalar;
  const operations: Record<string, (one: number, other: number) => number> = {
    "_+_": (one, other) => one + other,
    "_-_": (one, other) => one - other,
    "_*_": (one, other) => one * other,
    "_/_": (one, other) => one / other,
  };
  return Object.entries(operations).flatMap(([name, act]) => [
    celFunc(name, [DOUBLE, INT], DOUBLE, (one, other) => act(one, Number(other))),
    celFunc(name, [INT, DOUBLE], DOUBLE, (one, other) => act(Number(one), other)),
  ]);
}

/** `run.processed is 3, run.expected is 200`. */
function valuesOf(names: readonly (readonly string[])[], run: unknown): string {
  const told = names.flatMap((path) => {
    const value = valueAt(run, path);
    return value === null ? [] : [`run.${path.join(".")} is ${value}`];
  });
  return told.slice(0, LIMITS.valuesTold).join(", ");
}

function valueAt(run: unknown, path: readonly string[]): string | null {
  let value = run;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  if (typeof value === "string") return JSON.stringify(value.slice(0, LIMITS.valueCharacters));
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

function inWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const field = /^field not found: (.*)$/.exec(message)?.[1];
  if (field !== undefined) return `"${field}" was not told`;
  return message.replace(/^<input>:(\d+):(\d+): /, "line $1, column $2: ");
}

function kindOf(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "string") return "a text";
  return value === null ? "null" : "a list, a map or the like";
}
