/** What a reader can count on in every file: it says what it is, its functions fit a screen, its names mean something. */
import { basename } from "node:path";
import { ONE_OBJECT, placeOf, type Node, type NodeOf, type Rule } from "./rule.ts";

export const openingComment: Rule = {
  create: (context) => ({
    Program(node) {
      const { text } = context.sourceCode;
      const isOpened = /^(#!.*\n)?\/\*\*\s*(\*\s*)?[^\s*/]/.test(text);
      if (!isOpened)
        context.report({ node, message: "A file opens with /** what it is, and why it exists */." });
    },
  }),
};

type AnyFunction = NodeOf<"FunctionDeclaration"> | NodeOf<"ArrowFunctionExpression">;

/**
 * `max` lines of its own: functions inside it are measured for themselves, so that a factory may return an object
 * of methods. The body of a describe() is a chapter, not a function.
 */
export const functionLength: Rule = {
  meta: { schema: ONE_OBJECT },
  create(context) {
    const { max } = context.options[0] as unknown as { max: number };
    const innerLines: number[] = [];
    const enter = (): void => void innerLines.push(0);
    const leave = (node: AnyFunction): void => {
      const lines = node.loc.end.line - node.loc.start.line + 1;
      const own = lines - (innerLines.pop() ?? 0);
      // The line on which an inner function begins belongs to the outer one too.
      if (innerLines.length > 0) innerLines[innerLines.length - 1]! += lines - 1;
      if (own <= max || isChapter(node)) return;
      context.report({ node, message: `This function has ${own} lines of its own; ${max} fit a screen.` });
    };
    return {
      FunctionDeclaration: enter,
      FunctionExpression: enter,
      ArrowFunctionExpression: enter,
      "FunctionDeclaration:exit": leave,
      "FunctionExpression:exit": leave,
      "ArrowFunctionExpression:exit": leave,
    };
  },
};

function isChapter(node: AnyFunction): boolean {
  const { parent } = node;
  if (parent?.type !== "CallExpression") return false;
  let callee: Node = parent.callee;
  // describe.each(table)("…", () => …), describe.skipIf(…)("…", () => …)
  while (callee.type === "CallExpression" || callee.type === "MemberExpression") {
    callee = callee.type === "CallExpression" ? callee.callee : callee.object;
  }
  return callee.type === "Identifier" && callee.name === "describe";
}

/** `words` say nothing about what a thing is; they stand in no file name and no exported name. */
export const plainNames: Rule = {
  meta: { schema: ONE_OBJECT },
  create(context) {
    const { words } = context.options[0] as unknown as { words: string[] };
    const judge = (node: Node, name: string): void => {
      const bad = wordsOf(name).find(
        (word) => words.includes(word) || words.includes(word.replace(/s$/, "")),
      );
      if (bad !== undefined)
        context.report({ node, message: `${name}: the word "${bad}" says nothing. What is it?` });
    };
    return {
      Program: (node) => judge(node, basename(placeOf(context)).replace(/\..*$/, "")),
      ExportNamedDeclaration: (node) => {
        const { declaration } = node;
        if (declaration?.type === "VariableDeclaration") {
          for (const { id } of declaration.declarations) if (id.type === "Identifier") judge(node, id.name);
        } else if (declaration && "id" in declaration && declaration.id?.type === "Identifier") {
          judge(node, declaration.id.name);
        }
        for (const { exported } of node.specifiers)
          if (exported.type === "Identifier") judge(node, exported.name);
      },
    };
  },
};

/** `parseHTTPBody`, `parse-http-body` and `PARSE_HTTP_BODY` are all parse, http, body. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}
