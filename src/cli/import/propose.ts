/** The second half of every import: names, checks and writes what a source found, and says what is left to do. */
import { chmod, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { EXIT } from "../command.ts";
import type { Surroundings } from "../command.ts";
import { plain } from "../terminal.ts";
import { whyRefused } from "./check.ts";
import { writeConfiguration } from "./config-file.ts";
import type { WrittenConfiguration } from "./config-file.ts";
import { nameAll } from "./slug.ts";
import type { Named } from "./slug.ts";
import type { Found, LeftOut, Place } from "./source.ts";

const LONGEST_SHOWN = 300;

interface Proposing {
  found: Found;
  preparation: readonly string[];
  /** The kind of source. */
  of: string;
  /** Absent: standard output. */
  out?: string;
  prefix: string;
  tag?: string[];
}

/** The exit code: 0, 1 when something was left out, 2 when nothing is left to propose. */
export async function propose(
  { found, preparation, of, out, prefix, tag = [] }: Proposing,
  { terminal, now }: Surroundings,
): Promise<number> {
  const { named, leftOut: unnamed } = nameAll(found.proposals, { prefix });
  const { taken, refused } = checked(named, { nowAt: now(), tags: tag });
  const leftOut = [...found.leftOut, ...unnamed, ...refused].toSorted(byPlace);
  const sayLeftOut = (): void => leftOutLines(leftOut).forEach((line) => terminal.warn(line));
  if (taken.length === 0) {
    sayLeftOut();
    terminal.warn("rollcall: Nothing was imported: there is no job with a schedule that can be read.");
    return EXIT.badUsage;
  }
  const existing = out === undefined ? null : await readExisting(out);
  // A file is told from others by its name; what is piped on needs one, lest the next import takes its place.
  const name = out === undefined ? `${prefix}${of} import` : null;
  const written = writeConfiguration(taken, { name, existing });
  const say = out === undefined ? terminal.warn : terminal.say;
  if (out === undefined) terminal.say(written.text.trimEnd());
  else if (written.text !== existing?.text) await writeWhole(out, written.text);
  for (const line of reportLines({ taken, written, preparation, out, remarks: found.remarks })) say(line);
  sayLeftOut();
  return leftOut.length > 0 ? EXIT.notWell : 0;
}

/** Those that Rollcall would take, with the tags that all of them get. */
function checked(
  named: readonly Named[],
  { nowAt, tags }: { nowAt: number; tags: readonly string[] },
): { taken: Named[]; refused: LeftOut[] } {
  const taken: Named[] = [];
  const refused: LeftOut[] = [];
  for (const { slug, proposal } of named) {
    const { name, description } = proposal.monitor;
    const all = [...new Set([...(proposal.monitor.tags ?? []), ...tags])];
    const monitor = {
      ...proposal.monitor,
      ...(name === undefined ? {} : { name: plain(name) }),
      ...(description === undefined ? {} : { description: description.split(/\r?\n/).map(plain).join("\n") }),
      ...(all.length === 0 ? {} : { tags: all.map(plain) }),
    };
    const each: Named = { slug, proposal: { ...proposal, monitor } };
    const why = whyRefused(each, nowAt);
    if (why === null) taken.push(each);
    else refused.push({ place: proposal.place, what: slug, why });
  }
  return { taken, refused };
}

function reportLines({
  taken,
  written,
  preparation,
  out,
  remarks,
}: {
  taken: readonly Named[];
  written: WrittenConfiguration;
  preparation: readonly string[];
  out: string | undefined;
  remarks: readonly string[];
}): string[] {
  const lines: string[] = [];
  if (out !== undefined) {
    lines.push(`${written.added.length} added to ${out}, ${written.kept.length} there already and kept.`);
    for (const { slug, differs } of written.kept) {
      if (differs) lines.push(`  ${slug}: its schedule there is not the job's; it is kept as it is there.`);
    }
  }
  lines.push(...new Set(remarks));
  const steps = taken.flatMap(({ slug, proposal }) => {
    const more = proposal.linesFor(slug);
    const notes = proposal.notes.map((note) => `    note: ${plain(note)}`);
    if (more.length + notes.length === 0) return [];
    return [
      "",
      `  ${slug} (${placeText(proposal.place)})`,
      ...more.map((line) => `    ${shown(line)}`),
      ...notes,
    ];
  });
  if (steps.length > 0)
    lines.push("", "To do for each job:", ...preparation.map((line) => `  ${line}`), ...steps);
  return lines;
}

function leftOutLines(leftOut: readonly LeftOut[]): string[] {
  if (leftOut.length === 0) return [];
  return [
    "",
    "Not imported:",
    ...leftOut.map(({ place, what, why }) => `  ${placeText(place)}: ${excerpt(what)}: ${excerpt(why)}`),
  ];
}

function byPlace({ place: one }: LeftOut, { place: other }: LeftOut): number {
  return one.file === other.file ? (one.line ?? 0) - (other.line ?? 0) : one.file < other.file ? -1 : 1;
}

/** Enough to know it by: a line of a file that is no crontab may be the whole file. */
function excerpt(text: string): string {
  const shown = plain(text.slice(0, LONGEST_SHOWN + 1));
  return shown.length <= LONGEST_SHOWN ? shown : `${shown.slice(0, LONGEST_SHOWN)}…`;
}

function placeText({ file, line }: Place): string {
  return plain(line === null ? file : `${file}:${line}`);
}

/** To be pasted, so that its tabs stay. */
function shown(line: string): string {
  return line.split("\t").map(plain).join("\t");
}

async function readExisting(file: string): Promise<{ file: string; text: string } | null> {
  try {
    return { file, text: await readFile(file, "utf8") };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Whole or not at all: a configuration that was cut off would be refused by whoever reads it next. */
async function writeWhole(file: string, text: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const mode = await stat(target).then(
    (found) => found.mode & 0o777,
    () => 0o644,
  );
  const written = `${target}.new`;
  await writeFile(written, text);
  await chmod(written, mode);
  await rename(written, target);
}
