/** An expression as a tree: what may not be in it, and which values of the run it speaks of. */
import type { parse } from "@bufbuild/cel";
import { LIMITS } from "../domain/limits.ts";

type Tree = ReturnType<typeof parse>["expr"];

/** Names of types, which are values too; `google` begins those of messages. */
const TYPE_NAMES = "bool bytes double int list map null_type string type uint google".split(" ");
/** Known to the language itself, not to its table of functions. */
const OWN_FUNCTIONS = ["_&&_", "_||_", "_?_:_", "_[_]", "@not_strictly_false"];

/** Null: it can be planned and is nested no deeper than allowed. */
export function faultIn(tree: Tree, isFunction: (name: string) => boolean): string | null {
  if (loopsIn(tree) > LIMITS.nestedComprehensions) {
    const most = LIMITS.nestedComprehensions;
    return `all, exists, filter and map may lie within each other ${most} deep, and here they lie ${loopsIn(tree)} deep`;
  }
  return nameFaultIn(tree, ["run"], isFunction);
}

/** The paths below `run`, each once: `run.metrics.tokens` is `["metrics", "tokens"]`. */
export function namesIn(tree: Tree): readonly (readonly string[])[] {
  const path = pathOf(tree);
  if (path !== null) return [path];
  const found = childrenOf(tree).flatMap(namesIn);
  return found.filter(
    (one, index) => found.findIndex((other) => other.join(".") === one.join(".")) === index,
  );
}

function pathOf(tree: Tree): readonly string[] | null {
  const { exprKind } = tree;
  if (exprKind.case === "identExpr") return exprKind.value.name === "run" ? [] : null;
  if (exprKind.case !== "selectExpr" || exprKind.value.operand === undefined) return null;
  const before = pathOf(exprKind.value.operand);
  return before === null ? null : [...before, exprKind.value.field];
}

/** How deep loops lie within each other; one after the other is no deeper than one. */
function loopsIn(tree: Tree): number {
  const { exprKind } = tree;
  if (exprKind.case !== "comprehensionExpr") return Math.max(0, ...childrenOf(tree).map(loopsIn));
  const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
  const once = present([iterRange, accuInit, result]).map(loopsIn);
  const often = present([loopCondition, loopStep]).map((each) => loopsIn(each) + 1);
  return Math.max(...once, ...often);
}

function nameFaultIn(
  tree: Tree,
  known: readonly string[],
  isFunction: (name: string) => boolean,
): string | null {
  const { exprKind } = tree;
  let within = known;
  if (exprKind.case === "identExpr") {
    const { name } = exprKind.value;
    if (known.includes(name) || TYPE_NAMES.includes(name)) return null;
    return `there is no variable "${name}": everything is in run, as in run.processed`;
  }
  if (exprKind.case === "callExpr") {
    const name = exprKind.value.function;
    if (!OWN_FUNCTIONS.includes(name) && !isFunction(name)) return `there is no function "${name}"`;
  }
  if (exprKind.case === "comprehensionExpr") {
    const { iterVar, iterVar2, accuVar } = exprKind.value;
    within = [...known, iterVar, iterVar2, accuVar];
  }
  for (const child of childrenOf(tree)) {
    const fault = nameFaultIn(child, within, isFunction);
    if (fault !== null) return fault;
  }
  return null;
}

function childrenOf({ exprKind }: Tree): Tree[] {
  switch (exprKind.case) {
    case "selectExpr":
      return present([exprKind.value.operand]);
    case "callExpr":
      return present([exprKind.value.target, ...exprKind.value.args]);
    case "listExpr":
      return exprKind.value.elements;
    case "structExpr":
      return exprKind.value.entries.flatMap(({ keyKind, value }) =>
        present([keyKind.case === "mapKey" ? keyKind.value : undefined, value]),
      );
    case "comprehensionExpr": {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return present([iterRange, accuInit, loopCondition, loopStep, result]);
    }
    default:
      return [];
  }
}

function present(trees: readonly (Tree | undefined)[]): Tree[] {
  return trees.filter((tree) => tree !== undefined);
}
