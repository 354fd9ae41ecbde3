/**
 * Keeps clock, chance, timers and environment out of everything but the folder that is allowed to touch the
 * world, so that every decision can be repeated in a test and replayed from what was stored.
 */
import {
  isNamedBy,
  ONE_OBJECT,
  placeOf,
  textOf,
  type Context,
  type Node,
  type NodeOf,
  type Rule,
} from "./rule.ts";

/** Names as they are written (`Date.now`, `setTimeout`, `new Date()`), each with the places that may use them. */
interface Table {
  onlyIn: Record<string, string[]>;
}

export const world: Rule = {
  meta: { schema: ONE_OBJECT },
  create(context) {
    const place = placeOf(context);
    if (!place.startsWith("src/")) return {};
    const { onlyIn } = context.options[0] as unknown as Table;
    const own = place.slice("src/".length);
    const judge = (node: Node, name: string): void => {
      const places = Object.hasOwn(onlyIn, name) ? (onlyIn[name] ?? []) : null;
      if (places === null || places.some((each) => isNamedBy(each, own))) return;
      context.report({
        node,
        message: `${name} is used only in ${places.join(", ")}; elsewhere it is handed in.`,
      });
    };
    const judgeDate = (node: NodeOf<"NewExpression"> | NodeOf<"CallExpression">): void => {
      if (node.callee.type !== "Identifier" || node.callee.name !== "Date") return;
      if (node.type === "CallExpression" || node.arguments.length === 0) judge(node, "new Date()");
    };
    return {
      NewExpression: judgeDate,
      CallExpression: judgeDate,
      MemberExpression: (node) => {
        const object = rootName(node.object);
        const property = node.computed ? textOf(node.property) : nameOf(node.property);
        if (object === null || property === null || isLocal(context, node.object)) return;
        judge(node, object === "globalThis" ? property : `${object}.${property}`);
      },
      VariableDeclarator: (node) => {
        // const { now } = Date
        if (node.id.type !== "ObjectPattern" || node.init?.type !== "Identifier") return;
        for (const each of node.id.properties) {
          if (each.type === "Property") judge(each, `${node.init.name}.${nameOf(each.key) ?? ""}`);
        }
      },
      ImportSpecifier: (node) => {
        // import { env } from "node:process"; import { randomUUID } from "node:crypto"
        const from = node.parent.type === "ImportDeclaration" ? node.parent.source.value : "";
        judge(node, `${from.replace(/^node:/, "")}.${nameOf(node.imported) ?? ""}`);
      },
      Identifier: (node) => {
        if (Object.hasOwn(onlyIn, node.name) && isReference(node) && !isLocal(context, node))
          judge(node, node.name);
      },
    };
  },
};

/** `Date` of `Date.now`, and of `globalThis.Date.now`; null for anything that is computed. */
function rootName(node: Node): string | null {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression" || nameOf(node.object) !== "globalThis") return null;
  return node.computed ? textOf(node.property) : nameOf(node.property);
}

function nameOf(node: Node): string | null {
  return node.type === "Identifier" ? node.name : textOf(node);
}

/** Not a property, a key, or the name being declared: those only happen to be spelt alike. */
function isReference(node: NodeOf<"Identifier">): boolean {
  const { parent } = node;
  if (parent.type === "MemberExpression") return parent.object === node || parent.computed;
  if (parent.type === "Property") return parent.value === node && parent.parent.type === "ObjectExpression";
  return !/Specifier$|^TS|^Method|^PropertyDefinition$/.test(parent.type);
}

/** A parameter or variable of that name is what was handed in, not the world. Imports were judged as imports. */
function isLocal(context: Context, node: Node): boolean {
  if (node.type !== "Identifier") return false;
  for (
    let scope: ReturnType<typeof scopeOf> | null = scopeOf(context, node);
    scope !== null;
    scope = scope.upper
  ) {
    const definition = scope.set.get(node.name)?.defs[0];
    if (definition !== undefined) return definition.type !== "ImportBinding";
  }
  return false;
}

function scopeOf(context: Context, node: Node): ReturnType<Context["sourceCode"]["getScope"]> {
  return context.sourceCode.getScope(node);
}
