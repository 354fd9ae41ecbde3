/** The files of an import: named one by one, a folder with all of its kind, or standard input. */
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
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
  if (name === "-") return { name, text: await readText(process.stdin), beside: () => Promise.resolve(null) };
  const text = await readText(createReadStream(name));
  return { name, text, beside: (other) => readBeside(join(dirname(name), other)) };
}

/** Counted while it is read: of pipes and devices nobody can tell beforehand how much comes. */
async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > LIMITS.importFileBytes) throw new Error(TOO_LARGE);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const TOO_LARGE = `it is larger than ${LIMITS.importFileBytes / 1024 / 1024} MiB, which no list of jobs is`;

/** A unit that is not there or not ours to read is one we know nothing of. */
async function readBeside(path: string): Promise<string | null> {
  return await readFile(path, "utf8").catch(() => null);
}
