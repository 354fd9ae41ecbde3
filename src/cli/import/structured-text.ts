/**
 * YAML and JSON read for an import: what cannot be read is told with its line while the rest is kept, and every
 * value knows the line it stands on.
 */
import { LineCounter, parseAllDocuments } from "yaml";
import type { Document, Node } from "yaml";
import type { LeftOut, SourceFile } from "./source.ts";

export interface ReadDocument {
  value: unknown;
  /** The line of what lies at the path, or of the document where nothing does. */
  lineOf: (...path: (string | number)[]) => number;
}

/** Every document of a YAML file that can be read. */
export function readYaml({ name, text }: SourceFile): { documents: ReadDocument[]; leftOut: LeftOut[] } {
  const lines = new LineCounter();
  const leftOut: LeftOut[] = [];
  const documents: ReadDocument[] = [];
  for (const document of parseAllDocuments(text, { lineCounter: lines, merge: true, logLevel: "silent" })) {
    const [error] = document.errors;
    const leaveOut = (why: string, at: number): void =>
      void leftOut.push({
        place: { file: name, line: lines.linePos(at).line },
        what: "a document",
        why: `it cannot be read: ${why}`,
      });
    if (error !== undefined) {
      leaveOut(error.message.split("\n")[0]?.replace(/ at line \d+.*$/, "") ?? "", error.pos[0]);
      continue;
    }
    try {
      documents.push({ value: document.toJS({ maxAliasCount: 100 }), lineOf: lineFinder(document, lines) });
    } catch (thrown) {
      // Aliases that name nothing, or so many that they would fill the memory.
      leaveOut(thrown instanceof Error ? thrown.message : String(thrown), document.range[0]);
    }
  }
  return { documents, leftOut };
}

/** JSON, also with comments and trailing commas, as configuration files have them. */
export function readJson(file: SourceFile): { documents: ReadDocument[]; leftOut: LeftOut[] } {
  return readYaml({ ...file, text: asFlow(file.text) });
}

function lineFinder(document: Document.Parsed, lines: LineCounter): ReadDocument["lineOf"] {
  return (...path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true) as Node | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return lines.linePos(document.contents?.range[0] ?? document.range[0]).line;
  };
}

/** JSON is YAML's flow form once comments are blanked and no line begins with a tab; lines stay where they are. */
function asFlow(text: string): string {
  const withoutComments = text.replaceAll(/"(?:\\.|[^"\\\n])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (found) =>
    found.startsWith('"') ? found : found.replaceAll(/[^\n]/g, " "),
  );
  return withoutComments.replaceAll(/^[ \t]+/gm, (indentation) => " ".repeat(indentation.length));
}

/** What lies at the path; undefined where a step of it is not there. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

/** Null when it is no text or an empty one. */
export function textAt(value: unknown, ...path: (string | number)[]): string | null {
  const found = at(value, ...path);
  return typeof found === "string" && found.trim() !== "" ? found.trim() : null;
}

/** Null when it is no number, or a negative one. */
export function numberAt(value: unknown, ...path: (string | number)[]): number | null {
  const found = at(value, ...path);
  return typeof found === "number" && Number.isFinite(found) && found >= 0 ? found : null;
}

export function listAt(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}
