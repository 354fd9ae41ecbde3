/**
 * The dependency rule: imports point down the table in config/oxlint.json, never up and never sideways. Written
 * here rather than with the linter's own import bans because those see the text of an import, not where it leads.
 */
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { isNamedBy, ONE_OBJECT, placeOf, textOf, type Context, type Node, type Rule } from "./rule.ts";

/**
 * `folders`: what the files of each folder below src/ may import: other folders (`type domain`: types only), and
 * `node:*`. `packages`: where each npm package, or a `node:` module kept closer than `node:*`, may appear.
 */
interface Table {
  folders: Record<string, string[]>;
  packages: Record<string, string[]>;
}

interface Import {
  from: string;
  isTypeOnly: boolean;
}

export const imports: Rule = {
  meta: { schema: ONE_OBJECT },
  create(context) {
    const place = placeOf(context);
    if (!place.startsWith("src/")) return {};
    const table = context.options[0] as unknown as Table;
    const judge = (node: Node, found: Import | null): void => {
      const message =
        found === null ? "An import names its module in plain text." : faultOf(found, place, table);
      if (message !== null) context.report({ node, message });
    };
    return {
      Program: (node) => reportHomeless(context, { node, place, table }),
      ImportDeclaration: (node) =>
        judge(node, { from: node.source.value, isTypeOnly: isTypeOnly(node.importKind, node.specifiers) }),
      ExportAllDeclaration: (node) =>
        judge(node, { from: node.source.value, isTypeOnly: node.exportKind === "type" }),
      ExportNamedDeclaration: (node) => {
        if (node.source === null) return;
        judge(node, { from: node.source.value, isTypeOnly: isTypeOnly(node.exportKind, node.specifiers) });
      },
      ImportExpression: (node) => judge(node, asImport(textOf(node.source), false)),
      TSImportType: (node) => judge(node, asImport(node.source.value, true)),
      CallExpression: (node) => {
        if (!/^(require|(\w+\.)?getBuiltinModule)$/.test(context.sourceCode.getText(node.callee))) return;
        judge(node, asImport(textOf(node.arguments[0]), false));
      },
    };
  },
};

/** Says what is wrong with an import, in words that name the file and the place it reaches for; null if nothing is. */
function faultOf(found: Import, place: string, table: Table): string | null {
  const own = place.slice("src/".length);
  const folder = own.split("/")[0] ?? "";
  if (!found.from.startsWith(".")) return faultOfPackage(found.from, own, table);

  const reached = posix.join(posix.dirname(place), found.from);
  if (!reached.startsWith("src/")) return `${place} may not reach outside src/, to ${reached}.`;
  const target = reached.slice("src/".length);
  if (target.split("/")[0] === folder) return null;
  const allowed = table.folders[folder] ?? [];
  if (allowed.some((each) => isNamedBy(each, target))) return null;
  if (allowed.some((each) => each.startsWith("type ") && isNamedBy(each.slice("type ".length), target))) {
    return found.isTypeOnly ? null : `${folder} may import types alone from ${target}.`;
  }
  return `${folder} may not import ${target}: imports point down, to ${allowed.join(", ") || "nothing"}.`;
}

function faultOfPackage(from: string, own: string, table: Table): string | null {
  const folder = own.split("/")[0] ?? "";
  if (isBuiltin(from) && !from.startsWith("node:")) return `Write node:${from}.`;
  const name = from.startsWith("node:") ? from : from.split("/", from.startsWith("@") ? 2 : 1).join("/");
  const places = table.packages[name];
  if (places !== undefined) {
    const isAllowed = places.some((each) => isNamedBy(each, own));
    return isAllowed ? null : `${name} may be imported only in ${places.join(", ")}.`;
  }
  if (!name.startsWith("node:")) return `${name} is not in the table of packages in config/oxlint.json.`;
  const isAllowed = table.folders[folder]?.includes("node:*") ?? false;
  return isAllowed ? null : `${folder} may not import ${name}: it knows no platform.`;
}

function reportHomeless(context: Context, at: { node: Node; place: string; table: Table }): void {
  const folder = at.place.split("/")[1] ?? "";
  if (Object.hasOwn(at.table.folders, folder)) return;
  context.report({
    node: at.node,
    message: `${at.place} lies in no folder of the table in config/oxlint.json.`,
  });
}

function isTypeOnly(kind: string | undefined, specifiers: readonly object[]): boolean {
  const isMarked = (specifier: object): boolean =>
    ("importKind" in specifier && specifier.importKind === "type") ||
    ("exportKind" in specifier && specifier.exportKind === "type");
  return kind === "type" || (specifiers.length > 0 && specifiers.every(isMarked));
}

function asImport(from: string | null, isType: boolean): Import | null {
  return from === null ? null : { from, isTypeOnly: isType };
}
