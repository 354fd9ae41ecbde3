/** The words in which the house rules are written: the linter's own types under short names, and where a file lies. */
import { relative, sep } from "node:path";
import type { RuleTester } from "oxlint/plugins-dev";

export type Rule = Parameters<RuleTester["run"]>[1];
export type Context = Parameters<NonNullable<Rule["create"]>>[0];
type Visitor = ReturnType<NonNullable<Rule["create"]>>;
export type NodeOf<Type extends keyof Visitor> = Parameters<NonNullable<Visitor[Type]>>[0];
export type Node = Context["sourceCode"]["ast"]["body"][number] | NonNullable<NodeOf<"Identifier">["parent"]>;

/** The options of every rule here are one object, as it stands in config/oxlint.json. */
export const ONE_OBJECT: NonNullable<Rule["meta"]>["schema"] = [{ type: "object" }];

/** The file from the project's folder on, with slashes: `src/domain/run.ts`. */
export function placeOf(context: Context): string {
  return relative(context.cwd, context.filename).split(sep).join("/");
}

/**
 * Whether a path below src/, without its ending, is what a line of a table names: the file itself, a folder above
 * it, or, with a star, everything that begins so. `stores/sqlite*` names sqlite.ts, sqlite-schema.ts and sqlite/open.ts.
 */
export function isNamedBy(pattern: string, path: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("*", "[^/]*");
  return new RegExp(`^${source}(/|$)`).test(path.replace(/\.tsx?$/, ""));
}

/** The text of a node that is a string written out, else null. */
export function textOf(node: Node | null | undefined): string | null {
  return node?.type === "Literal" && typeof node.value === "string" ? node.value : null;
}
