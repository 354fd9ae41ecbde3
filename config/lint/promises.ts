/** Promises made to the next reader, which are worth nothing unkept: skipped tests, notes to self, and sleeping tests. */
import { ONE_OBJECT, placeOf, textOf, type Context, type Node, type NodeOf, type Rule } from "./rule.ts";

/** Work left over is an issue with a number, where it is seen. */
export const numberedTodo: Rule = {
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (/\b(TODO|FIXME|XXX|HACK)\b(?!.*#\d)/.test(comment.value)) {
          context.report({
            loc: comment.loc,
            message: "Left-over work carries the number of its issue: TODO #12.",
          });
        }
      }
    },
  }),
};

/** Rules are kept, or changed for everyone; a comment that switches one off hides it from the next reader. */
export const noSwitchingOff: Rule = {
  create: (context) => ({
    "Program:exit"() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (
          /^\W*((ox|es)lint-|@ts-(ignore|nocheck|expect-error)|oxfmt-ignore|prettier-ignore)/.test(
            comment.value,
          )
        ) {
          context.report({
            loc: comment.loc,
            message: "A rule is kept or changed, never switched off in passing.",
          });
        }
      }
    },
  }),
};

/** `.only` never stays; a skipped test says why, in a comment above it or to `skip("…")` itself. */
export const noSilentSkip: Rule = {
  create: (context) => ({
    MemberExpression(node) {
      if (!placeOf(context).startsWith("test/") || node.property.type !== "Identifier") return;
      const { name } = node.property;
      if (name === "only" && isSuite(node.object))
        context.report({ node, message: ".only hides every other test." });
      if (!["skip", "skipIf", "runIf", "todo"].includes(name)) return;
      if (!isSuite(node.object)) {
        const isReasonGiven = node.parent.type === "CallExpression" && node.parent.arguments.length > 0;
        if (name !== "skip" || isReasonGiven || node.parent.type !== "CallExpression") return;
      }
      if (!hasCommentAbove(context, node))
        context.report({ node, message: `.${name} says why, in a comment above it.` });
    },
  }),
};

/** A test waits for what it expects; one that waits for time is slow on a good day and wrong on a bad one. */
export const noSleeping: Rule = {
  meta: { schema: ONE_OBJECT },
  create(context) {
    if (!placeOf(context).startsWith("test/")) return {};
    const { maxMs } = context.options[0] as unknown as { maxMs: number };
    const judge = (node: Node, delay: Node | undefined): void => {
      if (delay?.type === "Literal" && typeof delay.value === "number" && delay.value <= maxMs) return;
      context.report({
        node,
        message: `Wait for the event itself, or poll at most ${maxMs} ms apart; no sleeping.`,
      });
    };
    return {
      CallExpression(node) {
        if (node.callee.type !== "Identifier") return;
        if (isFromTimersPromises(context, node.callee)) judge(node, node.arguments[0]);
        else if (node.callee.name === "setTimeout" && isResolving(node)) judge(node, node.arguments[1]);
      },
    };
  },
};

/** `new Promise((resolve) => setTimeout(resolve, …))`: the timer ends nothing but the wait. */
function isResolving(call: NodeOf<"CallExpression">): boolean {
  const called = call.arguments[0];
  if (called?.type !== "Identifier") return false;
  for (let node: Node | null = call.parent; node !== null; node = node.parent) {
    if (node.type !== "ArrowFunctionExpression" && node.type !== "FunctionExpression") continue;
    const isExecutor = node.parent.type === "NewExpression" && node.parent.callee.type === "Identifier";
    const resolve = node.params[0];
    if (isExecutor && resolve?.type === "Identifier") return resolve.name === called.name;
  }
  return false;
}

function isFromTimersPromises(context: Context, callee: NodeOf<"Identifier">): boolean {
  return context.sourceCode.ast.body.some(
    (statement) =>
      statement.type === "ImportDeclaration" &&
      statement.source.value === "node:timers/promises" &&
      statement.specifiers.some(
        (each) =>
          each.local.name === callee.name && each.type === "ImportSpecifier" && isSetTimeout(each.imported),
      ),
  );
}

function isSetTimeout(node: Node): boolean {
  return (node.type === "Identifier" ? node.name : textOf(node)) === "setTimeout";
}

/** test, it, describe, and what hangs on them: describe.each(…).skip. */
function isSuite(node: Node): boolean {
  if (node.type === "CallExpression") return isSuite(node.callee);
  if (node.type === "MemberExpression") return isSuite(node.object);
  return node.type === "Identifier" && ["test", "it", "describe", "suite"].includes(node.name);
}

function hasCommentAbove(context: Context, node: Node): boolean {
  let statement: Node = node;
  while (!/Statement$|Declaration$/.test(statement.type) && statement.parent) statement = statement.parent;
  const line = statement.loc.start.line;
  // The comment that opens the file is about the file.
  const [, ...comments] = context.sourceCode.getAllComments();
  return comments.some(({ loc }) => loc.end.line === line - 1 || loc.start.line === node.loc.start.line);
}
