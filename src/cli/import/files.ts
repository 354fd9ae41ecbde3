/** The files of an import: named one by one, a folder with all of its kind, or standard input. */
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LIMITS } from "../../domain/limits.ts";
import type { LeftOut, SourceFile } from "./source.ts";

/** A file that cannot be read is left out with the reason, and the others are read. */
export async function readFiles(
  names: readonly string[],
  { inFolders }: { inFolders: RegExp },
): Promise<{ files: SourceFile[]; leftOut: LeftOut[] }> {
  const files: SourceFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const name of names) {
    try {
      for (const path of await pathsOf(name, inFolders)) files.push(await readOne(path));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      leftOut.push({ place: { file: name, line: null }, what: "the file", why });
    }
  }
  return { files, leftOut };
}

async function pathsOf(name: string, inFolders: RegExp): Promise<string[]> {
  if (name === "-" || !(await stat(name)).isDirectory()) return [name];
  const entries = await readdir(name, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && inFolders.test(entry.name))
    .map((entry) => join(name, entry.name))
    .toSorted();
}

async function readOne(name: string): Promise<SourceFile> {
  if (name === "-") return { name, text: await readInput(), beside: () => Promise.resolve(null) };
  const { size } = await stat(name);
  if (size > LIMITS.importFileBytes) throw new Error(tooLarge());
  return {
    name,
    text: await readFile(name, "utf8"),
    beside: (other) => readBeside(join(dirname(name), other)),
  };
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > LIMITS.importFileBytes) throw new Error(tooLarge());
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** A unit that is not there or not ours to read is one we know nothing of. */
async function readBeside(path: string): Promise<string | null> {
  return await readFile(path, "utf8").catch(() => null);
}

function tooLarge(): string {
  return `it is larger than ${LIMITS.importFileBytes / 1024 / 1024} MiB, which no list of jobs is`;
}
