/**
 * Proposed monitors as a configuration file in YAML, alone or added to one that is there: of that nothing is changed,
 * comments included.
 */
import { Document, isMap, isScalar, isSeq, Pair, parseDocument, Scalar, visit, YAMLMap } from "yaml";
import type { Node } from "yaml";
import { UsageError } from "../command.ts";
import { plain } from "../terminal.ts";
import type { Named } from "./slug.ts";

export interface WrittenConfiguration {
  text: string;
  added: string[];
  /** There already and kept as they are; `differs`: the job's own schedule is another one. */
  kept: { slug: string; differs: boolean }[];
}

/** Throws bad usage, and nothing is written then, when `existing` is no configuration file. */
export function writeConfiguration(
  named: readonly Named[],
  { name, existing }: { name: string | null; existing: { file: string; text: string } | null },
): WrittenConfiguration {
  if (existing === null) {
    return { text: rendered(named, { name, indent: 2 }), added: named.map(({ slug }) => slug), kept: [] };
  }
  const document = readExisting(existing);
  const monitors = monitorsIn(document, existing.file);
  const kept = named.filter(({ slug }) => monitors?.has(slug));
  const added = named.filter((each) => !kept.includes(each));
  return {
    text: added.length === 0 ? existing.text : withMonitors(existing.text, { document, monitors, added }),
    added: added.map(({ slug }) => slug),
    kept: kept.map((each) => ({
      slug: each.slug,
      differs: isOtherSchedule(monitors?.get(each.slug, true), each),
    })),
  };
}

/** Behind the last monitor there is; all other text stays as it is, to the letter. */
function withMonitors(
  text: string,
  { document, monitors, added }: { document: Document; monitors: YAMLMap | null; added: readonly Named[] },
): string {
  const [first] = monitors?.items ?? [];
  if (monitors === null || first === undefined || monitors.flow === true) {
    return withFirstMonitors(document, added);
  }
  const firstKey = (first.key as Node).range?.[0] ?? 0;
  const indent = firstKey - (text.lastIndexOf("\n", firstKey - 1) + 1);
  const valueEnd = monitors.range?.[1] ?? text.length;
  const lineEnd = text[valueEnd - 1] === "\n" ? valueEnd : text.indexOf("\n", valueEnd) + 1 || text.length;
  const before = text.slice(0, lineEnd);
  const after = text.slice(lineEnd);
  const entries = rendered(added, { name: null, indent }).replace(/^monitors:\n/, "");
  const gap = after === "" || /^\r?\n/.test(after) ? "" : "\n";
  return `${before}${before.endsWith("\n") ? "" : "\n"}\n${entries}${gap}${after}`;
}

/** A file that holds no monitors so far, or all of them in one line. */
function withFirstMonitors(document: Document, added: readonly Named[]): string {
  // Nothing at all, or comments only.
  if (document.contents === null) document.contents = document.createNode({});
  addAll(document, added);
  return document.toString({ lineWidth: 0 });
}

function rendered(
  named: readonly Named[],
  { name, indent }: { name: string | null; indent: number },
): string {
  const document = new Document(name === null ? {} : { name });
  addAll(document, named);
  return document.toString({ lineWidth: 0, indent: Math.max(1, indent) });
}

function addAll(document: Document, added: readonly Named[]): void {
  const there = document.get("monitors");
  const monitors = isMap(there) ? there : new YAMLMap(document.schema);
  monitors.flow = false;
  for (const each of added) monitors.add(pairOf(document, each, { isFirst: monitors.items.length === 0 }));
  document.set("monitors", monitors);
}

function readExisting({ file, text }: { file: string; text: string }): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined)
    throw new UsageError(`${file} is not YAML, so nothing is added to it: ${error.message.split("\n")[0]}`);
  return document;
}

/** Null where there are none. */
function monitorsIn({ contents }: Document, file: string): YAMLMap | null {
  if (contents === null) return null;
  if (!isMap(contents))
    throw new UsageError(`${file} is not a configuration of Rollcall: it holds no fields.`);
  const found: unknown = contents.get("monitors", true);
  if (found === undefined || (isScalar(found) && found.value === null)) return null;
  if (isMap(found)) return found;
  throw new UsageError(
    `${file}: monitors is not a map of slugs and their settings, so nothing is added to it.`,
  );
}

function pairOf(document: Document, { slug, proposal }: Named, { isFirst }: { isFirst: boolean }): Pair {
  const { monitor, place, notes } = proposal;
  const key = new Scalar(slug);
  key.spaceBefore = !isFirst;
  const where = place.line === null ? place.file : `${place.file}:${place.line}`;
  key.commentBefore = [where, ...notes].map((line) => ` ${plain(line)}`).join("\n");
  const value = document.createNode(monitor);
  visit(value, {
    Pair(_at, pair) {
      const name = isScalar(pair.key) ? pair.key.value : null;
      if ((name === "schedule" || name === "tags") && (isMap(pair.value) || isSeq(pair.value)))
        pair.value.flow = true;
      // Some expressions need quotes and some do not; all with quotes are easier to read.
      if (name === "cron")
        visit(pair.value as Scalar, { Scalar: (_key, scalar) => void (scalar.type = "QUOTE_DOUBLE") });
    },
  });
  return new Pair(key, value);
}

function isOtherSchedule(found: unknown, { proposal }: Named): boolean {
  const there = isMap(found) ? found.get("schedule", true) : undefined;
  const value: unknown = isMap(there) ? there.toJSON() : there;
  return JSON.stringify(sorted(value)) !== JSON.stringify(sorted(proposal.monitor.schedule));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
