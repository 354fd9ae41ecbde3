/**
 * Cron triggers of Cloudflare Workers, from `wrangler.toml`, `wrangler.json` or `wrangler.jsonc`. Their weekdays
 * count from 1, Sunday. https://developers.cloudflare.com/workers/configuration/cron-triggers/
 */
import { parse as parseToml, TomlError } from "smol-toml";
import { fetchLines } from "./fetch-lines.ts";
import { checkInPath, nothingFound } from "./source.ts";
import type { Found, LeftOut, Place, Proposal, Source, SourceFile, SourceOptions } from "./source.ts";
import { at, listAt, readJson, textAt } from "./structured-text.ts";

interface Triggers {
  /** The worker's name; that of an environment has it as an ending. */
  names: string[];
  crons: unknown[];
  place: Place;
}

export const source: Source = {
  preparation: ({ url }) => [
    `Variable ROLLCALL_URL=${url} and secret ROLLCALL_PING_KEY (npx wrangler secret put ROLLCALL_PING_KEY).`,
  ],

  read(file, options) {
    const found = nothingFound();
    const read =
      /\.jsonc?$/.test(file.name) || /^\s*[{/]/.test(file.text) ? readJson(file) : readTomlFile(file);
    found.leftOut.push(...read.leftOut);
    for (const { value, lineOf } of read.documents) {
      for (const triggers of triggersIn(value, { file, lineOf })) take(found, triggers, options);
    }
    return found;
  },
};

interface ReadFile {
  documents: { value: unknown; lineOf: (...path: (string | number)[]) => number | null }[];
  leftOut: LeftOut[];
}

function readTomlFile({ name, text }: SourceFile): ReadFile {
  try {
    const lineOf = (): number | null => lineWith(text, /^\s*crons\s*=/);
    return { documents: [{ value: parseToml(text), lineOf }], leftOut: [] };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = `it cannot be read: ${error.message.split("\n")[0]}`;
    return { documents: [], leftOut: [{ place: { file: name, line: error.line }, what: "the file", why }] };
  }
}

/** TOML's values do not know their lines; its own lines are plain enough to be searched. */
function lineWith(text: string, pattern: RegExp): number | null {
  const index = text.split("\n").findIndex((line) => pattern.test(line));
  return index < 0 ? null : index + 1;
}

function triggersIn(
  value: unknown,
  { file, lineOf }: { file: SourceFile; lineOf: (...path: (string | number)[]) => number | null },
): Triggers[] {
  const worker = textAt(value, "name") ?? "worker";
  const environments = at(value, "env");
  const named = typeof environments === "object" && environments !== null ? Object.keys(environments) : [];
  const own = listAt(value, "triggers", "crons");
  const all: Triggers[] = [
    { names: [worker], crons: own, place: { file: file.name, line: lineOf("triggers", "crons") } },
    // One that names none has those of the top level, if it is deployed at all, which no file says.
    ...named.map((environment): Triggers => ({
      names: [textAt(value, "env", environment, "name") ?? `${worker}-${environment}`],
      crons: listAt(value, "env", environment, "triggers", "crons"),
      place: { file: file.name, line: lineOf("env", environment, "triggers", "crons") },
    })),
  ];
  return all.filter(({ crons }) => crons.length > 0);
}

function take(found: Found, { names, crons, place }: Triggers, options: SourceOptions): void {
  const read: string[] = [];
  let isTranslated = false;
  for (const cron of crons) {
    const expression = typeof cron === "string" ? withOurWeekdays(cron) : null;
    if (expression !== null) {
      read.push(expression);
      isTranslated ||= expression.toLowerCase() !== String(cron).toLowerCase();
    } else {
      const why =
        "it is not a cron expression of Cloudflare: five fields, the weekday 1 (Sunday) to 7 or a name";
      found.leftOut.push({ place, what: String(cron), why });
    }
  }
  if (read.length > 0) found.proposals.push(proposalOf({ names, place, crons: read, isTranslated }, options));
}

function proposalOf(
  { names, place, crons, isTranslated }: Triggers & { crons: string[]; isTranslated: boolean },
  options: SourceOptions,
): Proposal {
  const notes: string[] = [];
  if (isTranslated) {
    notes.push("weekdays count from 1 (Sunday) at Cloudflare and from 0 here; they are translated");
  }
  if (crons.length > 1) {
    notes.push(
      "one monitor for all its expressions: where controller.cron picks different jobs, give each its own",
    );
  }
  return {
    names,
    identity: names.join("\n"),
    slug: null,
    monitor: { schedule: { cron: crons.length === 1 ? (crons[0] ?? "") : crons, scheduler: "utc-platform" } },
    place,
    notes,
    linesFor: (slug) =>
      fetchLines(checkInPath(slug, options), {
        where: "scheduled(controller, env, ctx)",
        environment: "env",
      }),
  };
}

/**
 * The expression as cron has it: `10 7 * * 2-6` is `10 7 * * 1-5`. Null when a weekday is none. Exported for tests.
 */
export function withOurWeekdays(expression: string): string | null {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5) return null;
  const items = (fields[4] ?? "").split(",").map(ourWeekday);
  if (items.some((item) => item === null)) return null;
  return [...fields.slice(0, 4), items.join(",")].join(" ");
}

function ourWeekday(item: string): string | null {
  const shape = /^(\*|\d+|[a-z]{3})(?:-(\d+|[a-z]{3}))?(?:\/(\d+))?(L|#\d)?$/i.exec(item);
  if (shape === null) return item.toUpperCase() === "L" ? "6" : null;
  const [, first = "", last, step, ending = ""] = shape;
  const from = first === "*" ? "*" : ourDay(first);
  const to = last === undefined ? null : ourDay(last);
  if (from === null || (last !== undefined && to === null)) return null;
  if (step === undefined) return `${from}${to === null ? "" : `-${to}`}${ending}`;
  // Steps count from Sunday in both; an open one ends with Saturday, which is 6 here.
  const range = from === "*" ? "0-6" : `${from}-${to ?? 6}`;
  return `${range}/${step}`;
}

function ourDay(text: string): string | null {
  if (!/^\d+$/.test(text)) return text.toUpperCase();
  const day = Number(text);
  return day >= 1 && day <= 7 ? String(day - 1) : null;
}
